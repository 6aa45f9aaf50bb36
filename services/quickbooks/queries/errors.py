"""What waits for a decision of owner and admins: accounts, documents and services, in groups (R-QB-20)."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from contracts.quickbooks import DocumentInError, ListSyncErrors, SyncError, SyncErrors, SyncStatus
from contracts.quickbooks_connection import ConnectionInError
from services.quickbooks import model, people, rules
from services.quickbooks.documents import rules as of_documents
from services.quickbooks.queries import accounts


def list_sync_errors(session: Session, ctx: Context, request: ListSyncErrors) -> SyncErrors:
    """List what waits for a decision, the latest first (R-QB-20). Raises Forbidden, Invalid."""
    people.manager(ctx)
    counts = _counts(session, ctx)
    found: list[tuple[Any, SyncError]] = []
    if request.group in {None, "client"}:
        found += _accounts(session, ctx, request)
    if request.group != "client":
        found += _documents(session, ctx, request)
    found.sort(key=lambda one: one[0], reverse=True)
    shown = found[: request.limit]
    end = shown[-1][0] if len(found) > request.limit else None
    return SyncErrors(
        items=tuple(one for _, one in shown),
        counts=counts,
        next_cursor=cursor.encode(*end) if end else None,
        connection=_connection(session, ctx),
    )


def _connection(session: Session, ctx: Context) -> ConnectionInError | None:
    """What lets the whole connection rest, until it answers well again."""
    row = session.scalar(select(model.Connection).where(model.Connection.firm_id == ctx.firm))
    problem = accounts.problem_of(row.refusal) if row is not None else None
    if row is None or problem is None:
        return None
    return ConnectionInError(
        state=row.state,  # type: ignore[arg-type]
        since=row.refused_at,
        resumes_at=row.paused_until,
        problem=problem,
        remedies=problem.remedies,
    )


def _counts(session: Session, ctx: Context) -> dict[str, int]:
    row = model.Document
    account = model.Account
    clients = session.scalars(select(func.count()).select_from(account).where(*_waiting_accounts(ctx))).one()
    counts = {"client": clients} if clients else {}
    query = select(row.kind, func.count()).outerjoin(account, _is_its()).where(*_waiting_documents(ctx))
    for kind, count in session.execute(query.group_by(row.kind)).tuples():
        group = of_documents.GROUPS[kind]  # type: ignore[index]
        counts[group] = counts.get(group, 0) + count
    return counts


def _accounts(session: Session, ctx: Context, request: ListSyncErrors) -> list[tuple[Any, SyncError]]:
    row = model.Account
    order = accounts.order(row.since, row.id)
    query = select(row).where(*_waiting_accounts(ctx))
    if request.cursor:
        query = query.where(order.after(request.cursor))
    rows = session.scalars(query.order_by(*order.sorted()).limit(request.limit + 1))
    return [((each.since, each.id), _account(each)) for each in rows]


def _documents(session: Session, ctx: Context, request: ListSyncErrors) -> list[tuple[Any, SyncError]]:
    row, account = model.Document, model.Account
    order = accounts.order(row.since, row.id)
    query = select(row, account.name, account.code).outerjoin(account, _is_its()).where(*_waiting_documents(ctx))
    if request.group is not None:
        kinds = [kind for kind, group in of_documents.GROUPS.items() if group == request.group]
        query = query.where(row.kind.in_(kinds))
    if request.cursor:
        query = query.where(order.after(request.cursor))
    rows = session.execute(query.order_by(*order.sorted()).limit(request.limit + 1)).tuples()
    return [((each.since, each.id), _document(each, name, code)) for each, name, code in rows]


def _waiting_accounts(ctx: Context) -> tuple[Any, ...]:
    row = model.Account
    return row.firm_id == ctx.firm, row.status.in_(rules.TO_SOLVE), row.state != "trashed"


def _waiting_documents(ctx: Context) -> tuple[Any, ...]:
    row, account = model.Document, model.Account
    is_seen = account.id.is_(None) | (account.state != "trashed")
    return row.firm_id == ctx.firm, row.status.in_(of_documents.TO_SOLVE), is_seen


def _is_its() -> Any:
    row, account = model.Document, model.Account
    return (account.firm_id == row.firm_id) & (account.id == row.account_id)


def _account(row: model.Account) -> SyncError:
    problem = accounts.problem_of(row.problem)
    status: SyncStatus = row.status  # type: ignore[assignment]
    return SyncError(
        group="client",
        account_id=row.id,
        account_name=row.name,
        account_code=row.code,
        document=None,
        status=status,
        since=row.since,  # type: ignore[arg-type]
        problem=problem,
        remedies=accounts.remedies(status, problem),
    )


def _document(row: model.Document, name: str | None, code: str | None) -> SyncError:
    problem = accounts.problem_of(row.problem)
    remedies = of_documents.remedies(row.kind, row.status, problem)  # type: ignore[arg-type]
    shown = DocumentInError(
        kind=row.kind,  # type: ignore[arg-type]
        id=row.id,
        name=row.name,
        url=of_documents.url(row.entity, row.quickbooks_id),
    )
    return SyncError(
        group=of_documents.GROUPS[row.kind],  # type: ignore[index]
        account_id=row.account_id,
        account_name=name or "",
        account_code=code or "",
        document=shown,
        status=row.status,  # type: ignore[arg-type]
        since=row.since,
        problem=problem,
        remedies=remedies,
    )
