"""What payments and credit give to invoices, and how it is taken back; always within an open book."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from chassis.context import new_id
from chassis.errors import wrong
from chassis.outbox import emit
from contracts import invoices
from contracts.billing import InvoiceChanged
from contracts.invoices import InvoiceNotFound, InvoiceNotIssued
from contracts.money import shown
from contracts.payments import MoreThanDue
from services.billing import model, snapshots
from services.billing.ledger import Book


def invoice_of(book: Book, invoice_id: UUID) -> model.Invoice:
    """The invoice of this account, as it is under the book's lock. Raises InvoiceNotFound."""
    query = select(model.Invoice).where(
        model.Invoice.firm_id == book.ctx.firm,
        model.Invoice.account_id == book.account_id,
        model.Invoice.id == invoice_id,
    )
    row = book.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None or (row.state != "issued" and book.ctx.actor.kind == "portal"):
        raise InvoiceNotFound
    return row


def payable(book: Book, invoice_id: UUID) -> model.Invoice:
    """The same of an issued invoice. Raises InvoiceNotFound, InvoiceNotIssued."""
    row = invoice_of(book, invoice_id)
    if row.state != "issued":
        raise InvoiceNotIssued(state=row.state)
    return row


def remaining(row: model.Invoice) -> Decimal:
    """R-CRD-5: what nobody has paid or is paying."""
    return row.total - row.paid - row.clearing


def check_remaining(row: model.Invoice, amount: Decimal) -> None:
    """Raise MoreThanDue for more than is left to pay."""
    left = remaining(row)
    if amount > left or not left:
        raise MoreThanDue(invoice_id=str(row.id), remaining=format(shown(left, row.currency), "f"))


def check_currency(field: str, row: model.Invoice, currency: str) -> None:
    """Raise Invalid for money of another currency: there is no conversion (U-22)."""
    if row.currency != currency:
        raise wrong(field, f"This invoice is in {row.currency}; money in {currency} can't pay it.")


def apply(
    book: Book,
    row: model.Invoice,
    amount: Decimal,
    *,
    on: dt.date,
    payment_id: UUID | None = None,
    is_credit: bool = False,
    is_pending: bool = False,
) -> model.Application:
    """Give an amount to an invoice. Raises MoreThanDue."""
    check_remaining(row, amount)
    made = model.Application(
        firm_id=book.ctx.firm,
        id=new_id(),
        account_id=book.account_id,
        invoice_id=row.id,
        payment_id=payment_id,
        is_credit=is_credit,
        is_pending=is_pending,
        amount=amount,
        applied_on=on,
        created_at=book.ctx.now,
    )
    book.session.add(made)
    recount(book, row)
    return made


def end(book: Book, application: model.Application) -> model.Invoice:
    """Take back what was applied; the caller says where it goes."""
    application.ended_at = book.ctx.now
    row = invoice_of(book, application.invoice_id)
    recount(book, row)
    return row


def clear(book: Book, application: model.Application, on: dt.date) -> model.Invoice:
    """Let what was pending count as paid."""
    application.is_pending, application.applied_on = False, on
    row = invoice_of(book, application.invoice_id)
    recount(book, row)
    return row


def take_back(book: Book, taken: Sequence[model.Application], amount: Decimal) -> list[model.Invoice]:
    """Take an amount off applications, the latest first, of one of them a part if need be; they hold enough."""
    touched: dict[UUID, model.Invoice] = {}
    for one in sorted(taken, key=lambda row: row.id, reverse=True):
        if not amount:
            break
        part = min(one.amount, amount)
        row = end(book, one)
        if part < one.amount:
            left = one.amount - part
            apply(book, row, left, on=one.applied_on, payment_id=one.payment_id, is_credit=one.is_credit)
        touched[row.id] = row
        amount -= part
    return list(touched.values())


def recount(book: Book, row: model.Invoice) -> None:
    """Add up what is applied to an invoice."""
    book.session.flush()
    one = model.Application
    given = func.coalesce(func.sum(one.amount).filter(one.is_pending.is_(False)), 0)
    coming = func.coalesce(func.sum(one.amount).filter(one.is_pending), 0)
    last = func.max(one.applied_on).filter(one.is_pending.is_(False))
    query = select(given, coming, last).where(
        one.firm_id == book.ctx.firm, one.invoice_id == row.id, one.ended_at.is_(None)
    )
    paid, clearing, last_paid_on = book.session.execute(query).one()
    row.paid, row.clearing, row.last_paid_on = paid, clearing, last_paid_on


def of_payment(book: Book, payment_id: UUID) -> Sequence[model.Application]:
    """What a payment gives of its own, and the credit that goes along while it is pending."""
    one = model.Application
    goes_along = or_(one.is_credit.is_(False), and_(one.is_credit, one.is_pending))
    return snapshots.active(book.session, book.ctx, one.payment_id == payment_id, goes_along)


def tell(book: Book, row: model.Invoice) -> invoices.Invoice:
    """Raise the version of a changed invoice and announce it, once its changes are all made."""
    row.version += 1
    row.updated_at = book.ctx.now
    book.session.flush()
    return announce(book, row)


def announce(book: Book, row: model.Invoice) -> invoices.Invoice:
    """Announce an invoice as it is."""
    made = snapshots.invoice(book.session, book.ctx, row)
    emit(book.session, book.ctx, InvoiceChanged(account_id=row.account_id, invoice=made))
    return made
