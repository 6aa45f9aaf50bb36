"""Payments: recorded, settled, described anew (R-CRD-1, R-CRD-6)."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.billing import PaymentChanged, PaymentRecorded
from contracts.money import exact
from contracts.payments import (
    ChangePayment,
    PayInvoice,
    Payment,
    PaymentNotFound,
    PaymentNotPending,
    RecordPayment,
    SettlePayment,
)
from services.billing import applying, ledger, model, people, settings, snapshots
from services.billing.ledger import Book
from services.billing.rules import invoices as rules

CHANGEABLE = ("method", "received_on", "reference", "note")
ZERO = Decimal(0)


def record_payment(session: Session, ctx: Context, request: RecordPayment) -> Payment:
    """Record money that came, give it to invoices, and make credit of what they do not take (R-CRD-1).

    Raises Invalid, InvoiceNotFound, InvoiceNotIssued, MoreThanDue, CreditNotEnough.
    """
    people.may(ctx, "manage_payments")
    currency = request.currency or settings.of_firm(session, ctx).currency
    amount = exact("amount", request.amount, currency)
    _check_days(ctx, "received_on", request.received_on)
    book = ledger.open_book(session, ctx, request.account_id)
    row = model.Payment(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=request.account_id,
        amount=amount,
        currency=currency,
        method=request.method,
        status="pending",
        received_on=request.received_on,
        reference=request.reference.strip(),
        note=request.note,
        rest=request.rest,
        applied=ZERO,
        credit=ZERO,
        refunded=ZERO,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
        **people.author(ctx),
    )
    session.add(row)
    session.flush()
    touched = _given(book, row, request)
    if not request.is_pending:
        _clear(book, row, request.received_on)
    for invoice in touched.values():
        applying.tell(book, invoice)
    session.flush()
    made = snapshots.payment(session, ctx, row)
    emit(session, ctx, PaymentRecorded(account_id=row.account_id, payment=made))
    ledger.close(book)
    return made


def settle_payment(session: Session, ctx: Context, request: SettlePayment) -> Payment:
    """Say that a pending payment has cleared, or that it failed and pays nothing.

    Raises PaymentNotFound, BillingChanged, PaymentNotPending.
    """
    people.may(ctx, "manage_payments")
    on = request.on or ctx.now.date()
    _check_days(ctx, "on", on)
    book = ledger.open_book(session, ctx, request.account_id)
    row = payment_of(book, request.payment_id)
    if row.status != "pending":
        raise PaymentNotPending(state=row.status)
    settings.check_version(request.version, snapshots.payment(session, ctx, row))
    touched = _clear(book, row, on) if request.outcome == "cleared" else _fail(book, row)
    for invoice in touched.values():
        applying.tell(book, invoice)
    return told(book, row)


def change_payment(session: Session, ctx: Context, request: ChangePayment) -> Payment:
    """Change what is written about a payment. Raises PaymentNotFound, BillingChanged."""
    people.may(ctx, "manage_payments")
    book = ledger.open_book(session, ctx, request.account_id)
    row = payment_of(book, request.payment_id)
    settings.check_version(request.version, snapshots.payment(session, ctx, row))
    changes = settings.given(request, *CHANGEABLE)
    if "received_on" in changes:
        _check_days(ctx, "received_on", changes["received_on"])
    if "reference" in changes:
        changes["reference"] = changes["reference"].strip()
    for name, value in changes.items():
        setattr(row, name, value)
    return told(book, row)


def payment_of(book: Book, payment_id: UUID) -> model.Payment:
    """The payment of this account, unless it was deleted. Raises PaymentNotFound."""
    query = select(model.Payment).where(
        model.Payment.firm_id == book.ctx.firm,
        model.Payment.account_id == book.account_id,
        model.Payment.id == payment_id,
        model.Payment.status != "deleted",
    )
    row = book.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise PaymentNotFound
    return row


def told(book: Book, row: model.Payment) -> Payment:
    """Raise the version of a changed payment, announce it, and close the book."""
    row.version += 1
    row.updated_at = book.ctx.now
    book.session.flush()
    made = snapshots.payment(book.session, book.ctx, row)
    emit(book.session, book.ctx, PaymentChanged(account_id=row.account_id, payment=made))
    ledger.close(book)
    return made


def _given(book: Book, row: model.Payment, request: RecordPayment) -> dict[UUID, model.Invoice]:
    """The invoices that the payment, and the credit along with it, go to: pending until it clears."""
    touched: dict[UUID, model.Invoice] = {}
    for field, parts, is_credit in (("invoices", request.invoices, False), ("credits", request.credits, True)):
        if len({part.invoice_id for part in parts}) < len(parts):
            raise wrong(field, "Name each invoice once.")
        for index, part in enumerate(parts):
            invoice = touched.get(part.invoice_id) or applying.payable(book, part.invoice_id)
            applying.check_currency(f"{field}.{index}.invoice_id", invoice, row.currency)
            left = ledger.available(book, row.currency) if is_credit else row.amount - row.applied
            amount = _wanted(f"{field}.{index}.amount", part, invoice, left, is_credit=is_credit)
            if not amount:
                continue
            if is_credit:
                ledger.reserve(book, amount, row.currency)
            else:
                row.applied += amount
            given = {"on": row.received_on, "payment_id": row.id, "is_credit": is_credit, "is_pending": True}
            applying.apply(book, invoice, amount, **given)  # type: ignore[arg-type]
            touched[invoice.id] = invoice
    return touched


def _wanted(field: str, part: PayInvoice, invoice: model.Invoice, left: Decimal, *, is_credit: bool) -> Decimal:
    if part.amount is None:
        return min(left, applying.remaining(invoice))
    amount = exact(field, part.amount, invoice.currency)
    if amount > left and not is_credit:
        raise wrong(field, "That is more than is left of the payment.")
    return amount


def _clear(book: Book, row: model.Payment, on: dt.date) -> dict[UUID, model.Invoice]:
    touched = {}
    for one in applying.of_payment(book, row.id):
        if one.is_credit:
            ledger.release(book, one.amount, row.currency)
            ledger.enter(
                book, "applied", -one.amount, row.currency, on=on, invoice_id=one.invoice_id, payment_id=row.id
            )
        invoice = applying.clear(book, one, on)
        touched[invoice.id] = invoice
    row.credit = row.amount - row.applied
    row.status, row.cleared_on = "cleared", on
    book.session.flush()
    if row.credit:
        ledger.enter(book, row.rest, row.credit, row.currency, on=on, payment_id=row.id)  # type: ignore[arg-type]
    return touched


def _fail(book: Book, row: model.Payment) -> dict[UUID, model.Invoice]:
    touched = {}
    for one in applying.of_payment(book, row.id):
        if one.is_credit:
            ledger.release(book, one.amount, row.currency)
        invoice = applying.end(book, one)
        touched[invoice.id] = invoice
    row.applied = ZERO
    row.status = "failed"
    return touched


def _check_days(ctx: Context, field: str, day: dt.date) -> None:
    rules.sensible(field, day)
    if day > ctx.now.date() + dt.timedelta(days=1):  # the firm's day may be ahead of UTC's
        raise wrong(field, "Must not be a day to come.")
