"""Giving back: refunds, payments deleted, what is taken off an invoice (R-CRD-1)."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from contracts import invoices
from contracts.billing import RefundMade
from contracts.common import Done
from contracts.money import exact, shown
from contracts.payments import (
    ApplicationNotFound,
    ApplicationRef,
    Payment,
    PaymentNotCleared,
    PaymentRef,
    PaymentRefunded,
    RefundPayment,
    RefundTooMuch,
)
from services.billing import applying, ledger, model, people, settings, snapshots
from services.billing.operations.payments import payment_of, told

ZERO = Decimal(0)


def refund_payment(session: Session, ctx: Context, request: RefundPayment) -> Payment:
    """Give back money of a payment: to who paid, or to the account as credit; what it paid is due again.

    Raises PaymentNotFound, BillingChanged, PaymentNotCleared, RefundTooMuch.
    """
    people.may(ctx, "manage_payments")
    book = ledger.open_book(session, ctx, request.account_id)
    row = payment_of(book, request.payment_id)
    settings.check_version(request.version, snapshots.payment(session, ctx, row))
    if row.status != "cleared":
        raise PaymentNotCleared(state=row.status)
    amount = exact("amount", request.amount, row.currency)
    is_money = request.to == "money"
    free = min(row.credit, ledger.available(book, row.currency)) if is_money else ZERO
    if amount > free + row.applied:
        raise RefundTooMuch(refundable=format(shown(free + row.applied, row.currency), "f"))
    from_credit = min(free, amount)
    detached = amount - from_credit
    row.credit -= from_credit if is_money else -detached
    row.applied -= detached
    row.refunded += amount if is_money else ZERO
    if from_credit:
        ledger.enter(book, "refunded", -from_credit, row.currency, payment_id=row.id, note=request.note)
    touched = applying.take_back(book, applying.of_payment(book, row.id), detached)
    if not is_money:
        ledger.enter(book, "detached", detached, row.currency, payment_id=row.id, note=request.note)
    for invoice in touched:
        applying.tell(book, invoice)
    if is_money:
        _give_back(book, row, amount, request.note)
    return told(book, row)


def delete_payment(session: Session, ctx: Context, request: PaymentRef) -> Done:
    """Delete a payment that was recorded by mistake: what it paid is due again, its credit is gone.

    Raises PaymentNotFound, PaymentNotCleared, PaymentRefunded, CreditNotEnough where its credit was used already.
    """
    people.may(ctx, "manage_payments")
    book = ledger.open_book(session, ctx, request.account_id)
    row = payment_of(book, request.payment_id)
    if row.status == "pending":
        raise PaymentNotCleared("Settle it first: a payment in progress fails or clears.", state=row.status)
    if row.refunded:
        raise PaymentRefunded
    applied, credit = row.applied, row.credit
    ledger.check_available(book, credit, row.currency)
    row.status, row.applied, row.credit = "deleted", ZERO, ZERO
    if credit:
        ledger.enter(book, "reversed", -credit, row.currency, payment_id=row.id)
    touched = applying.take_back(book, applying.of_payment(book, row.id), applied)
    for invoice in touched:
        applying.tell(book, invoice)
    told(book, row)
    return Done()


def detach_application(session: Session, ctx: Context, request: ApplicationRef) -> invoices.Invoice:
    """Take a payment or credit off an invoice: the money becomes the account's credit (R-CRD-1).

    Raises ApplicationNotFound, PaymentNotCleared.
    """
    people.may(ctx, "manage_payments")
    book = ledger.open_book(session, ctx, request.account_id)
    query = select(model.Application).where(
        model.Application.firm_id == ctx.firm,
        model.Application.account_id == request.account_id,
        model.Application.id == request.application_id,
        model.Application.ended_at.is_(None),
    )
    one = session.scalar(query.with_for_update())
    if one is None:
        raise ApplicationNotFound
    if one.is_pending:
        raise PaymentNotCleared("The payment is in progress: settle it first.", state="pending")
    invoice = applying.end(book, one)
    if one.is_credit:
        ledger.enter(book, "returned", one.amount, invoice.currency, invoice_id=invoice.id)
    elif one.payment_id is not None:
        payment = payment_of(book, one.payment_id)
        payment.applied -= one.amount
        payment.credit += one.amount
        session.flush()
        ledger.enter(book, "detached", one.amount, invoice.currency, invoice_id=invoice.id, payment_id=payment.id)
        changed = applying.tell(book, invoice)
        told(book, payment)
        return changed
    changed = applying.tell(book, invoice)
    ledger.close(book)
    return changed


def _give_back(book: ledger.Book, payment: model.Payment, amount: Decimal, note: str) -> None:
    """Keep that money was given back, and announce it."""
    row = model.Refund(
        firm_id=book.ctx.firm,
        id=new_id(),
        account_id=book.account_id,
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        given_on=book.ctx.now.date(),
        note=note,
        created_at=book.ctx.now,
        **people.author(book.ctx),
    )
    book.session.add(row)
    book.session.flush()
    emit(book.session, book.ctx, RefundMade(account_id=book.account_id, refund=snapshots.refund(row)))
