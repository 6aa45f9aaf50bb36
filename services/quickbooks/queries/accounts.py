"""How accounts stand, from what is stored: nothing here asks QuickBooks (R-QB-23)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.listing import Order
from chassis.wire import load
from contracts.quickbooks import (
    AccountSync,
    ListSyncSteps,
    SyncRef,
    SyncStatus,
    SyncStep,
    SyncSteps,
)
from contracts.quickbooks_errors import QuickBooksProblem, Remedy
from services.quickbooks import model, people, rules
from services.quickbooks.operations import matching
from services.quickbooks.queries.connection import shown

CHOOSING: tuple[SyncStatus, ...] = ("no_match", "several_matches")


def get_account_sync(session: Session, ctx: Context, request: SyncRef) -> AccountSync:
    """Tell how an account stands; to others than owner and admins the status alone. Raises Forbidden."""
    people.staff(ctx)
    row = session.scalar(
        select(model.Account).where(model.Account.firm_id == ctx.firm, model.Account.id == request.account_id)
    )
    return account(session, ctx, row or model.Account(id=request.account_id, status="not_eligible", is_shared=False))


def account(session: Session, ctx: Context, row: model.Account) -> AccountSync:
    """Describe how an account stands, as far as the caller may know."""
    session.flush()
    status = _status(session, ctx, row)
    sees = people.manages(ctx)
    customer = None
    candidates: tuple[Any, ...] = ()
    if sees and row.customer_id is not None:
        query = select(model.Customer).where(model.Customer.firm_id == ctx.firm, model.Customer.id == row.customer_id)
        customer = next(iter(shown(session, ctx, session.scalars(query).all())), None)
    if sees and status in CHOOSING:
        candidates = shown(session, ctx, matching.same_name(session, ctx, row.name))
    problem = problem_of(row.problem) if sees else None
    return AccountSync(
        account_id=row.id,
        status=status,
        label=rules.LABELS[status],
        since=row.since,
        synced_at=row.synced_at,
        customer=customer,
        is_shared=row.is_shared,
        problem=problem,
        candidates=candidates,
        remedies=remedies(status, problem, candidates) if sees else (),
    )


def connection_state(session: Session, ctx: Context) -> str:
    """How the firm stands; `unset` where it never touched QuickBooks."""
    return session.scalar(select(model.Connection.state).where(model.Connection.firm_id == ctx.firm)) or "unset"


def list_sync_steps(session: Session, ctx: Context, request: ListSyncSteps) -> SyncSteps:
    """List what an account went through, the latest first. Raises Forbidden, Invalid."""
    people.manager(ctx)
    step = model.Step
    query = select(step).where(step.firm_id == ctx.firm, step.account_id == request.account_id)
    if request.cursor:
        query = query.where(order(step.id).after(request.cursor))
    rows = session.scalars(query.order_by(step.id.desc()).limit(request.limit + 1)).all()
    items = tuple(_step(row) for row in rows[: request.limit])
    more = cursor.encode(rows[request.limit - 1].id) if len(rows) > request.limit else None
    return SyncSteps(items=items, next_cursor=more)


def order(*keys: Any) -> Order:
    """The order of a list, the latest first."""
    return Order(keys)


def problem_of(kept: dict[str, Any] | None) -> QuickBooksProblem | None:
    """A problem as it was kept."""
    return load(QuickBooksProblem, kept) if kept else None


def _status(session: Session, ctx: Context, row: model.Account) -> SyncStatus:
    state = connection_state(session, ctx)
    if state in {"unset", "disconnected"}:
        return "not_connected"
    if state == "expired":
        return "connection_expired"
    status: SyncStatus = row.status  # type: ignore[assignment]
    document = model.Document
    changed = (document.firm_id == ctx.firm, document.account_id == row.id, document.status == "out_of_date")
    if status == "synced" and session.scalar(select(document.id).where(*changed).limit(1)) is not None:
        return "out_of_date"
    job = model.Job
    here = (job.firm_id == ctx.firm, job.subject == "account", job.subject_id == row.id, job.taken_until > ctx.now)
    if status == "queued" and session.scalar(select(job.id).where(*here)) is not None:
        return "syncing"
    return status


def remedies(
    status: SyncStatus, problem: QuickBooksProblem | None, candidates: tuple[Any, ...] = ()
) -> tuple[Remedy, ...]:
    """What owner and admins may do."""
    if status == "failed" and problem is not None:
        return tuple(dict.fromkeys((*problem.remedies, "do_not_sync")))
    offered = rules.REMEDIES[status]
    if status == "no_match" and any(not one.is_active for one in candidates):
        return ("reactivate", *offered)
    return offered


def _step(row: model.Step) -> SyncStep:
    return SyncStep(
        at=row.at,
        status=row.status,  # type: ignore[arg-type]
        author=row.author,
        customer_id=row.customer_id,
        intuit_tid=row.intuit_tid,
        problem=problem_of(row.problem),
    )
