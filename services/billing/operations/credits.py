"""Credit of an account: credit notes, applying it to invoices, letting it expire (R-CRD-1 to R-CRD-3, R-CRD-6)."""

from decimal import Decimal

from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import invoices
from contracts.money import exact, shown
from contracts.payments import AddCredit, ApplyCredit, Balances, CreditNotEnough, ExpireCredit
from services.billing import applying, ledger, model, people, settings


def add_credit(session: Session, ctx: Context, request: AddCredit) -> Balances:
    """Credit the account with an amount that nobody paid: a credit note (R-CRD-1)."""
    people.may(ctx, "manage_payments")
    currency = request.currency or settings.of_firm(session, ctx).currency
    amount = exact("amount", request.amount, currency)
    book = ledger.open_book(session, ctx, request.account_id)
    ledger.enter(book, "credit_note", amount, currency, note=request.note)
    return ledger.close(book)


def expire_credit(session: Session, ctx: Context, request: ExpireCredit) -> Balances:
    """End an amount of credit that will not be used. Raises CreditNotEnough."""
    people.may(ctx, "manage_payments")
    currency = request.currency or settings.of_firm(session, ctx).currency
    amount = exact("amount", request.amount, currency)
    book = ledger.open_book(session, ctx, request.account_id)
    ledger.enter(book, "expired", -amount, currency, note=request.note)
    return ledger.close(book)


def apply_credit(session: Session, ctx: Context, request: ApplyCredit) -> invoices.Invoice:
    """Pay an invoice from the account's credit, fully or as far as it goes (R-CRD-3).

    Raises InvoiceNotFound, InvoiceNotIssued, MoreThanDue, CreditNotEnough.
    """
    people.may(ctx, "manage_payments")
    return _applied(session, ctx, request)


def apply_own_credit(session: Session, ctx: Context, request: ApplyCredit) -> invoices.Invoice:
    """Pay one's invoice from one's credit, in the portal (R-CRD-2). Raises as apply_credit does."""
    people.client(ctx)
    return _applied(session, ctx, request)


def _applied(session: Session, ctx: Context, request: ApplyCredit) -> invoices.Invoice:
    book = ledger.open_book(session, ctx, request.account_id)
    row = applying.payable(book, request.invoice_id)
    there = ledger.available(book, row.currency)
    if request.amount is None:
        amount = min(there, applying.remaining(row))
    else:
        amount = exact("amount", request.amount, row.currency)
    applying.check_remaining(row, amount)
    if not there:
        raise CreditNotEnough(
            "There is no credit.", available=format(shown(there, row.currency), "f"), currency=row.currency
        )
    use_credit(book, row, amount)
    told = applying.tell(book, row)
    ledger.close(book)
    return told


def use_credit(book: ledger.Book, row: model.Invoice, amount: Decimal) -> None:
    """Move credit to an invoice. Raises CreditNotEnough, MoreThanDue."""
    ledger.enter(book, "applied", -amount, row.currency, invoice_id=row.id)
    applying.apply(book, row, amount, on=book.ctx.now.date(), is_credit=True)
