"""Invoices: written, changed, issued with a number, scheduled, voided (R-INV-2, R-INV-3)."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from contracts import invoices
from contracts.billing import InvoiceDeleted
from contracts.common import Done
from contracts.invoices import (
    ChangeInvoice,
    CreateInvoice,
    InvoiceNotDraft,
    InvoiceNotIssued,
    InvoiceRef,
    InvoiceSettled,
    IssueInvoice,
    UnscheduleInvoice,
    VoidInvoice,
)
from services.billing import applying, ledger, lines, model, numbering, people, settings, snapshots
from services.billing.ledger import Book
from services.billing.rules import amounts
from services.billing.rules import invoices as rules

ZERO = Decimal(0)
UNISSUED = ("draft", "scheduled")


def create_invoice(session: Session, ctx: Context, request: CreateInvoice) -> invoices.Invoice:
    """Write a draft. Raises Invalid."""
    people.may(ctx, "manage_invoices")
    if request.due_on is not None:
        rules.sensible("due_on", request.due_on)
    currency = request.currency or settings.of_firm(session, ctx).currency
    book = ledger.open_book(session, ctx, request.account_id)
    row = model.Invoice(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=request.account_id,
        state="draft",
        currency=currency,
        due_on=request.due_on,
        paid=ZERO,
        clearing=ZERO,
        memo=request.memo,
        void_reason="",
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
        **people.author(ctx),
        **_worth(lines.made(session, ctx, request.lines, currency), currency),
    )
    session.add(row)
    session.flush()
    return applying.announce(book, row)


def change_invoice(session: Session, ctx: Context, request: ChangeInvoice) -> invoices.Invoice:
    """Change a draft, a scheduled invoice, or an issued one on which nothing is paid (R-INV-3).

    Raises InvoiceNotFound, BillingChanged, InvoiceSettled, InvoiceNotDraft for a voided one.
    """
    people.may(ctx, "manage_invoices")
    book = ledger.open_book(session, ctx, request.account_id)
    row = applying.invoice_of(book, request.invoice_id)
    settings.check_version(request.version, snapshots.invoice(session, ctx, row))
    if row.state == "voided":
        raise InvoiceNotDraft(state=row.state)
    _check_unpaid(row)
    changes = settings.given(request, "lines", "currency", "due_on", "memo")
    if row.number is not None and changes.get("currency", row.currency) != row.currency:
        raise wrong("currency", "An issued invoice keeps its currency.")
    row.currency = changes.get("currency", row.currency)
    row.memo = changes.get("memo", row.memo)
    if "lines" in changes or "currency" in changes:
        worth = lines.made(session, ctx, request.lines, row.currency, row.lines)
        for name, value in _worth(worth, row.currency).items():
            setattr(row, name, value)
    if "due_on" in changes:
        if changes["due_on"] is not None:
            rules.sensible("due_on", changes["due_on"])
        row.due_on = changes["due_on"]
    if row.state != "draft":
        _check_complete(row)
        row.due_on = _due_on(session, ctx, row) if row.number is not None else row.due_on
    changed = applying.tell(book, row)
    ledger.close(book)
    return changed


def delete_invoice(session: Session, ctx: Context, request: InvoiceRef) -> Done:
    """Delete a draft or a scheduled invoice; an issued one is voided. Raises InvoiceNotFound, InvoiceNotDraft."""
    people.may(ctx, "manage_invoices")
    book = ledger.open_book(session, ctx, request.account_id)
    row = applying.invoice_of(book, request.invoice_id)
    if row.state not in UNISSUED:
        raise InvoiceNotDraft("An issued invoice can't be deleted: void it.", state=row.state)
    session.delete(row)
    emit(session, ctx, InvoiceDeleted(account_id=row.account_id, invoice_id=row.id))
    return Done()


def issue_invoice(session: Session, ctx: Context, request: IssueInvoice) -> invoices.Invoice:
    """Issue a draft with the next number, or schedule it for a day to come.

    Raises InvoiceNotFound, BillingChanged, InvoiceNotDraft, NumberTaken, Invalid.
    """
    people.may(ctx, "manage_invoices")
    book = ledger.open_book(session, ctx, request.account_id)
    row = applying.invoice_of(book, request.invoice_id)
    settings.check_version(request.version, snapshots.invoice(session, ctx, row))
    if row.state not in UNISSUED:
        raise InvoiceNotDraft(state=row.state)
    row.posted_on = rules.sensible("posted_on", request.posted_on or ctx.now.date())
    _check_complete(row)
    if row.posted_on > ctx.now.date():
        row.state = "scheduled"
        return applying.tell(book, row)
    return issued(book, row)


def unschedule_invoice(session: Session, ctx: Context, request: UnscheduleInvoice) -> invoices.Invoice:
    """Make a scheduled invoice a draft again. Raises InvoiceNotFound, BillingChanged, InvoiceNotDraft."""
    people.may(ctx, "manage_invoices")
    book = ledger.open_book(session, ctx, request.account_id)
    row = applying.invoice_of(book, request.invoice_id)
    settings.check_version(request.version, snapshots.invoice(session, ctx, row))
    if row.state != "scheduled":
        raise InvoiceNotDraft("It is not scheduled.", state=row.state)
    row.state, row.posted_on = "draft", None
    return applying.tell(book, row)


def void_invoice(session: Session, ctx: Context, request: VoidInvoice) -> invoices.Invoice:
    """Cancel an issued invoice on which nothing is paid; its number stays taken.

    Raises InvoiceNotFound, BillingChanged, InvoiceNotIssued, InvoiceSettled.
    """
    people.may(ctx, "manage_invoices")
    book = ledger.open_book(session, ctx, request.account_id)
    row = applying.invoice_of(book, request.invoice_id)
    settings.check_version(request.version, snapshots.invoice(session, ctx, row))
    if row.state != "issued":
        raise InvoiceNotIssued(state=row.state)
    if row.paid or row.clearing:
        raise InvoiceSettled("Take what is paid off the invoice first, or settle what is in progress.")
    row.state, row.voided_at, row.void_reason = "voided", ctx.now, request.reason.strip()
    changed = applying.tell(book, row)
    ledger.close(book)
    return changed


def issued(book: Book, row: model.Invoice) -> invoices.Invoice:
    """Issue an invoice on its posting day, and close the book. Raises NumberTaken, Invalid."""
    row.due_on = _due_on(book.session, book.ctx, row)
    numbering.give_number(book.session, book.ctx, row)
    row.state, row.issued_at = "issued", book.ctx.now
    changed = applying.tell(book, row)
    ledger.close(book)
    return changed


def _worth(made: list[invoices.InvoiceLine], currency: str) -> dict[str, Any]:
    """Lines with what they come to, as a row keeps them."""
    sums = amounts.sums(made, currency)
    return {
        "lines": [lines.kept(line) for line in made],
        "taxes": [lines.kept(tax) for tax in sums.taxes],
        "subtotal": sums.subtotal,
        "total": sums.total,
    }


def _check_unpaid(row: model.Invoice) -> None:
    if row.state == "issued" and (row.paid or row.clearing or not row.total):
        raise InvoiceSettled


def _check_complete(row: model.Invoice) -> None:
    if not row.lines:
        raise wrong("lines", "An invoice needs at least one line.")
    if row.due_on is not None and row.posted_on is not None and row.due_on < row.posted_on:
        raise wrong("due_on", "Must not be before the posting day.")


def _due_on(session: Session, ctx: Context, row: model.Invoice) -> dt.date:
    if row.due_on is not None:
        return row.due_on
    posted_on = row.posted_on or ctx.now.date()
    return posted_on + dt.timedelta(days=settings.of_firm(session, ctx).due_days)
