"""Invoices that recur each month since somebody signed (R-SIG-3): begun, ended, and made on their day, each once."""

from dataclasses import replace

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import wire
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import AppError
from chassis.logs import log
from contracts.invoices import LineEntry
from contracts.proposal_content import Package
from services.billing import model, offers
from services.billing.rules import proposals as rules

BATCH = 200  # schedules of one sweep; the next one takes the rest


def start(session: Session, ctx: Context, row: model.Proposal, package: Package) -> None:
    """Begin what recurs by the package: one signature is enough (R-SIG-3)."""
    lines = offers.entries(package.lines, "monthly")
    if row.invoicing == "later" or not lines:
        return
    first = rules.first_on(row.recurs_from, ctx.now.date())
    session.add(
        model.RecurringInvoice(
            firm_id=ctx.firm,
            id=new_id(),
            account_id=row.account_id,
            proposal_id=row.id,
            name=row.name,
            lines=[orjson.loads(wire.to_json(line)) for line in lines],
            currency=row.currency,
            day=first.day,
            next_on=first,
            issues_invoices=row.issues_invoices,
            started_at=ctx.now,
        )
    )


def end(session: Session, ctx: Context, row: model.Proposal) -> None:
    """End what recurs by a proposal that came to nothing."""
    schedule = model.RecurringInvoice
    query = select(schedule).where(
        schedule.firm_id == ctx.firm, schedule.proposal_id == row.id, schedule.ended_at.is_(None)
    )
    for one in session.scalars(query.with_for_update()):
        one.ended_at = ctx.now


def issue_due(db: Transactions, now: Context) -> int:
    """Make every monthly invoice that is due, in every firm, also those of days on which nothing ran; how many."""
    schedule = model.RecurringInvoice
    due = select(schedule.firm_id, schedule.id).where(schedule.ended_at.is_(None), schedule.next_on <= now.now.date())
    with db.reading(now) as session:
        found = session.execute(due.order_by(schedule.next_on, schedule.id).limit(BATCH)).all()
    made = 0
    for firm_id, recurring_id in found:
        ctx = replace(now, firm_id=firm_id)
        try:
            while _issue_next(db, ctx, recurring_id):
                made += 1
        except AppError as problem:
            log.warning("monthly invoice not made", recurring_id=str(recurring_id), error=str(problem))
    return made


def issue(session: Session, ctx: Context, recurring_id: object) -> bool:
    """Make the one invoice that is due, unless somebody else makes it or has; whether there was one."""
    schedule = model.RecurringInvoice
    query = select(schedule).where(
        schedule.firm_id == ctx.firm,
        schedule.id == recurring_id,
        schedule.ended_at.is_(None),
        schedule.next_on <= ctx.now.date(),
    )
    row = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if row is None:
        return False
    invoice_id = offers.invoice(
        session,
        ctx,
        row.account_id,
        [wire.load(LineEntry, line) for line in row.lines],
        currency=row.currency,
        memo=row.name,
        is_issued=row.issues_invoices,
    )
    made = {
        "firm_id": ctx.firm,
        "recurring_id": row.id,
        "due_on": row.next_on,
        "account_id": row.account_id,
        "invoice_id": invoice_id,
    }
    session.execute(insert(model.RecurringIssue).values(made))  # its key refuses a second one of that day
    row.next_on = rules.following(row.next_on, row.day)
    session.flush()
    return True


def _issue_next(db: Transactions, ctx: Context, recurring_id: object) -> bool:
    with db.transaction(ctx) as session:
        return issue(session, ctx, recurring_id)
