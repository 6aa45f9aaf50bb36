"""How an account stands: each change is kept as a step, and told (§6.4)."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from chassis.wire import dump
from contracts.quickbooks import AccountSyncChanged, SyncStatus
from contracts.quickbooks_errors import QuickBooksProblem
from services.quickbooks import model, rules
from services.quickbooks.documents import marking as documents
from services.quickbooks.operations import attention, queue

RESTING = ("not_eligible", "skipped")
SYSTEM = "Dossier"  # who did what nobody asked for


def account(session: Session, ctx: Context, account_id: UUID) -> model.Account:
    """Give an account's row, locked; one that nothing was told of yet is made."""
    row = model.Account
    session.execute(insert(row).values(firm_id=ctx.firm, id=account_id).on_conflict_do_nothing())
    query = select(row).where(row.firm_id == ctx.firm, row.id == account_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def known(session: Session, ctx: Context, account_id: UUID) -> model.Account | None:
    """Give an account's row, locked; None where it is gone. Whoever needs its job too locks that after it."""
    row = model.Account
    query = select(row).where(row.firm_id == ctx.firm, row.id == account_id).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def mark(
    session: Session,
    ctx: Context,
    row: model.Account,
    status: SyncStatus,
    *,
    problem: QuickBooksProblem | None = None,
    intuit_tid: str = "",
    author: str = "",
    link: tuple[str | None, bool] | None = None,
) -> None:
    """Bring an account to a status; `link` is the customer it is from here on, and whether others may be it too."""
    before = (row.status, row.customer_id, row.is_shared, row.problem)
    if link is not None:
        row.customer_id, row.is_shared = link
    row.status = status
    row.problem = dump(problem) if problem else None
    if status == "synced":
        row.synced_at = ctx.now
    if before == (row.status, row.customer_id, row.is_shared, row.problem):
        return
    row.since = ctx.now
    was_other = link is not None and before[1] is not None and before[1] != row.customer_id
    documents.account_changed(session, ctx, row, is_other_customer=was_other)
    name = author or (ctx.actor.name if ctx.actor.kind == "member" else "") or SYSTEM
    session.add(
        model.Step(
            firm_id=ctx.firm, id=new_id(), account_id=row.id, at=ctx.now, status=status, author=name,
            customer_id=row.customer_id, intuit_tid=intuit_tid, problem=row.problem,
        )
    )  # fmt: skip
    session.flush()
    told = AccountSyncChanged(
        account_id=row.id, status=status, customer_id=row.customer_id, problem=problem, at=ctx.now
    )
    emit(session, ctx, told)
    attention.account(session, ctx, row, status, problem)


def settle(session: Session, ctx: Context, row: model.Account, rule: rules.Rule) -> None:
    """Queue an account that is to be synced and is not yet; let one rest that is not to be (R-QB-2)."""
    standing = rules.standing(rule, row.wish, row.state, row.billed_on, is_billed=row.is_billed)
    if row.wish == "skip" or row.customer_id is not None:
        return
    if standing is None and row.status in RESTING:
        search(session, ctx, row)
    elif standing is not None and row.status != standing:
        queue.drop(session, ctx, "account", row.id)
        mark(session, ctx, row, standing)


def search(session: Session, ctx: Context, row: model.Account, due_at: dt.datetime | None = None) -> None:
    """Have the account's customer looked for, or looked after."""
    queue.ask(session, ctx, "account", row.id, "match", due_at=due_at)
    mark(session, ctx, row, "queued")


def rule(session: Session, ctx: Context) -> rules.Rule:
    """The firm's rule for all accounts."""
    firm = model.Connection
    found = session.execute(select(firm.which_accounts, firm.start_on).where(firm.firm_id == ctx.firm)).one_or_none()
    return rules.Rule(found.which_accounts, found.start_on) if found else rules.Rule("billed", None)
