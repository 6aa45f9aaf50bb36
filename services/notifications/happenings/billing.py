"""What billing tells that concerns clients: proposals, invoices, money that came or went back (R-NOT-3)."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.billing import InvoiceChanged, PaymentChanged, PaymentRecorded
from contracts.proposals import ProposalChanged
from services.notifications import model
from services.notifications.happenings.noting import money, note, remind

MORNING = dt.time(9, tzinfo=dt.UTC)  # of the day from which an invoice is overdue


def proposal_changed(session: Session, ctx: Context, event: ProposalChanged) -> None:
    """A proposal was sent: whoever may sign it is told, and reminded while they have not."""
    if event.change != "sent":
        return
    sent = event.proposal
    facts, about = {"proposal": sent.name}, {"proposal_id": str(sent.id)}
    note(session, ctx, "proposal_sent", event.account_id, facts, about=about, once_for=(sent.id, ""))
    remind(session, ctx, "proposal_reminder", event.account_id, facts, about=about, once_for=(sent.id, ""))


def invoice_changed(session: Session, ctx: Context, event: InvoiceChanged) -> None:
    """An invoice was issued: the account is told, and reminded on the day it is overdue unless it is paid."""
    invoice = event.invoice
    if invoice.issued_at is None or invoice.number is None or invoice.voided_at is not None:
        return
    about = {"invoice_id": str(invoice.id)}
    due_on = None if invoice.due_on is None else invoice.due_on.isoformat()
    facts: dict[str, Any] = {
        "number": invoice.number,
        "amount": money(invoice.total, invoice.currency),
        "due_on": due_on,
    }
    if invoice.updated_at == invoice.issued_at:  # this change, or one of the same moment, issued it
        note(session, ctx, "invoice_issued", event.account_id, facts, about=about, once_for=(invoice.id, ""))
    if invoice.overdue_on is not None:
        due_at = dt.datetime.combine(invoice.overdue_on, MORNING)
        facts = {**facts, "amount": money(invoice.remaining, invoice.currency), "is_overdue": True}
        remind(
            session,
            ctx,
            "invoice_reminder",
            event.account_id,
            facts,
            about=about,
            once_for=(invoice.id, ""),
            due_at=max(due_at, ctx.now),
        )


def payment_told(session: Session, ctx: Context, event: PaymentRecorded | PaymentChanged) -> None:
    """Money came, or was given back: the account is told of each once."""
    payment = event.payment
    about = {"payment_id": str(payment.id)}
    if payment.status != "cleared":
        return
    facts = {
        "amount": money(payment.amount, payment.currency),
        "paid_on": (payment.cleared_on or payment.received_on).isoformat(),
        "credit": money(payment.credit, payment.currency) if payment.credit else None,
    }
    note(session, ctx, "payment_received", event.account_id, facts, about=about, once_for=(payment.id, ""))
    given_back = payment.refunded - _told_of(session, ctx, event)
    if given_back > 0:
        facts = {"amount": money(given_back, payment.currency), "refunded_on": ctx.now.date().isoformat()}
        note(
            session,
            ctx,
            "refund_made",
            event.account_id,
            facts,
            about=about,
            once_for=(payment.id, str(payment.refunded)),
        )


def _told_of(session: Session, ctx: Context, event: PaymentRecorded | PaymentChanged) -> Decimal:
    """What of this payment is known to have been given back."""
    row = model.Happening
    told = session.scalars(
        select(row.facts["amount"]["amount"].astext).where(
            row.firm_id == ctx.firm,
            row.account_id == event.account_id,
            row.kind == "refund_made",
            row.about["payment_id"].astext == str(event.payment.id),
        )
    )
    return sum((Decimal(amount) for amount in told), Decimal(0))
