"""How a document stands: each change is kept as a step and told; where it goes from here is decided in one place."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from chassis.wire import dump
from contracts.quickbooks_documents import AnyKind, DocumentStatus, DocumentSyncChanged, Waiting
from contracts.quickbooks_errors import QuickBooksProblem
from services.quickbooks import model
from services.quickbooks.documents import lanes
from services.quickbooks.operations import attention

SYSTEM = "Dossier"  # who did what nobody asked for
READY = ("synced", "queued")  # of an account whose customer is known; queued: it is being looked after
UNTOLD = ("queued", "out_of_date")


def mark(
    session: Session,
    ctx: Context,
    row: model.Document,
    status: DocumentStatus,
    *,
    waits_for: Waiting | None = None,
    problem: QuickBooksProblem | None = None,
    intuit_tid: str = "",
) -> None:
    """Bring a document to a status."""
    kept = dump(problem) if problem else None
    before = (row.status, row.problem, row.quickbooks_id if status == "synced" else None)
    row.waits_for = waits_for
    if status == "synced":
        row.synced_at = ctx.now
    after = (status, kept, row.quickbooks_id if status == "synced" else None)
    row.status, row.problem = status, kept
    if before == after:
        return
    row.since = ctx.now
    name = (ctx.actor.name if ctx.actor.kind == "member" else "") or row.author or SYSTEM
    session.add(
        model.DocumentStep(
            firm_id=ctx.firm, id=new_id(), kind=row.kind, document_id=row.id, account_id=row.account_id, at=ctx.now,
            status=status, author=name, quickbooks_id=row.quickbooks_id, intuit_tid=intuit_tid, problem=row.problem,
        )
    )  # fmt: skip
    if status not in UNTOLD:
        kind: AnyKind = row.kind  # type: ignore[assignment]
        told = DocumentSyncChanged(
            account_id=row.account_id,
            kind=kind,
            document_id=row.id,
            status=status,
            quickbooks_id=row.quickbooks_id,
            problem=problem,
            at=ctx.now,
        )
        emit(session, ctx, told)
        attention.document(session, ctx, row, status, problem)


def place(
    session: Session,
    ctx: Context,
    row: model.Document,
    account: model.Account | None,
    start_on: dt.date | None,
    *,
    wakes: bool = True,
) -> None:
    """Let a document go where it is to go: be pushed, wait for something, or be left alone.

    One that is being pushed is placed again when it is answered.
    """
    if row.push_id is not None:
        return
    row.attempts, row.due_at = 0, None
    is_there = row.quickbooks_id is not None
    if row.wish == "skip" and not (row.wanted == "gone" and is_there):
        mark(session, ctx, row, "do_not_sync")
    elif row.wanted != "there" and not is_there:
        mark(session, ctx, row, "synced" if row.synced_at else "skipped")
    elif account is not None and not is_ready(account):
        mark(session, ctx, row, "skipped", waits_for="account")
    elif not is_there and is_early(row, start_on):
        mark(session, ctx, row, "skipped", waits_for="start")
    else:
        row.due_at = ctx.now
        mark(session, ctx, row, "out_of_date" if is_there else "queued")
        if wakes:
            lanes.wake(session, ctx)


def is_ready(account: model.Account) -> bool:
    """Whether documents of the account may be pushed (R-QB-13)."""
    return account.customer_id is not None and account.status in READY and account.state != "trashed"


def is_early(row: model.Document, start_on: dt.date | None) -> bool:
    """Whether the document is of a day before those that are synced, and no person chose otherwise (R-QB-2)."""
    return row.wish != "sync" and start_on is not None and row.on_day is not None and row.on_day < start_on


def start_on(session: Session, ctx: Context) -> dt.date | None:
    """From which day on documents are synced."""
    return session.scalar(select(model.Connection.start_on).where(model.Connection.firm_id == ctx.firm))


def account_changed(session: Session, ctx: Context, account: model.Account, *, is_other_customer: bool) -> None:
    """Let an account's documents go on, or wait, as it stands (R-QB-12, R-QB-13)."""
    begins = start_on(session, ctx)
    ready = is_ready(account)
    for row in of_account(session, ctx, account.id):
        if is_other_customer and row.quickbooks_id is not None and ready:
            row.serial += 1
            place(session, ctx, row, account, begins)
        elif ready and row.waits_for == "account":
            place(session, ctx, row, account, begins)
        elif not ready and row.push_id is None and row.wish != "skip" and row.wanted == "there":
            row.due_at = None
            mark(session, ctx, row, "skipped", waits_for="account")


def begin(session: Session, ctx: Context, account: model.Account, start_on: dt.date | None) -> None:
    """Let documents go on, or wait, by the day from which they are synced; what is there stays (R-QB-2)."""
    row = model.Document
    of_day = [row.firm_id == ctx.firm, row.account_id == account.id, row.quickbooks_id.is_(None)]
    for each in locked(session, [*of_day, row.wish == "rule", row.on_day.is_not(None)]):
        early = is_early(each, start_on)
        if early != (each.waits_for == "start") and each.waits_for != "account":
            place(session, ctx, each, account, start_on)


def forget_company(session: Session, ctx: Context) -> None:
    """What a document was in a former company means nothing in another; each goes its way anew."""
    for table in (model.Push, model.Item):
        session.execute(delete(table).where(table.firm_id == ctx.firm))
    row = model.Document
    is_former = (row.version == 0) & (row.wanted == "gone")
    session.execute(delete(row).where(row.firm_id == ctx.firm, (row.kind == "service") | is_former))
    of_company = (row.quickbooks_id, row.sync_token, row.digest, row.pushed, row.push_id, row.synced_at, row.due_at)
    blank = dict.fromkeys(column.key for column in (*of_company, row.problem, row.double_id, row.apart))
    waits = {"status": "skipped", "waits_for": "account", "since": ctx.now, "number": None, "is_chosen": False}
    mine = (row.firm_id == ctx.firm, row.wish != "skip")
    session.execute(update(row).where(*mine).values(**blank, **waits))
    session.execute(update(row).where(row.firm_id == ctx.firm, row.wish == "skip").values(**blank))


def wake_waiting(session: Session, ctx: Context, waits_for: Waiting, *, account: model.Account | None = None) -> None:
    """Let documents go on that waited for something that is there: of an account, or of the firm."""
    row = model.Document
    where = [row.firm_id == ctx.firm, row.waits_for == waits_for, row.due_at.is_(None)]
    if account is not None:
        where.append(row.account_id == account.id)
    found = locked(session, where)
    begins = start_on(session, ctx) if found else None
    known = {account.id: account} if account is not None else _accounts(session, ctx, {one.account_id for one in found})
    for each in found:
        place(session, ctx, each, known.get(each.account_id or UUID(int=0)), begins)


def rest_waiting(session: Session, ctx: Context, row: model.Document) -> None:
    """Say of documents that wait for one which was refused that they do not go on by themselves."""
    other = model.Document
    waits: Waiting = "service" if row.kind == "service" else "document"
    where = [other.firm_id == ctx.firm, other.waits_for == waits, other.status == "queued", other.due_at.is_(None)]
    if row.account_id is not None:
        where.append(other.account_id == row.account_id)
    for each in locked(session, where):
        mark(session, ctx, each, "skipped", waits_for=waits)


def of_account(session: Session, ctx: Context, account_id: UUID) -> list[model.Document]:
    """Give all documents of an account, locked. After the account."""
    return locked(session, [model.Document.firm_id == ctx.firm, model.Document.account_id == account_id])


def locked(session: Session, where: Iterable[object]) -> list[model.Document]:
    row = model.Document
    query = select(row).where(*where).order_by(row.kind, row.id).with_for_update()  # type: ignore[arg-type]
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _accounts(session: Session, ctx: Context, ids: Iterable[UUID | None]) -> dict[UUID, model.Account]:
    row = model.Account
    query = select(row).where(row.firm_id == ctx.firm, row.id.in_([one for one in ids if one is not None]))
    return {each.id: each for each in session.scalars(query)}
