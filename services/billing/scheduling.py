"""Invoices that are issued by themselves, on the day they were scheduled for."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError
from chassis.logs import log
from services.billing import applying, ledger
from services.billing.model import Invoice
from services.billing.operations.invoices import issued

BATCH = 200  # of one sweep; the rest is issued by the next


def issue_due(db: Transactions, now: Context) -> int:
    """Issue what is scheduled for today or before, in every firm; how many."""
    due = select(Invoice.firm_id, Invoice.account_id, Invoice.id).where(
        Invoice.state == "scheduled", Invoice.posted_on <= now.now.date()
    )
    with db.reading(now) as session:
        found = session.execute(due.order_by(Invoice.posted_on, Invoice.id).limit(BATCH)).all()
    count = 0
    for firm_id, account_id, invoice_id in found:
        try:
            count += _issue(db, replace(now, firm_id=firm_id), account_id, invoice_id)
        except AppError as problem:
            log.warning("invoice not issued", invoice_id=str(invoice_id), error=str(problem))
    return count


def _issue(db: Transactions, ctx: Context, account_id: UUID, invoice_id: UUID) -> bool:
    """Whether it was still to be issued."""
    with db.transaction(ctx) as session:
        book = ledger.open_book(session, ctx, account_id)
        query = select(Invoice.id).where(
            Invoice.firm_id == ctx.firm, Invoice.id == invoice_id, Invoice.state == "scheduled"
        )
        if session.scalar(query.where(Invoice.posted_on <= ctx.now.date())) is None:
            return False
        issued(book, applying.invoice_of(book, invoice_id))
        return True
