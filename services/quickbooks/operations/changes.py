"""What is kept of changes in QuickBooks: who changed, until it is looked into, and how far we have looked (R-QB-22)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import case, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from services.quickbooks import model
from services.quickbooks.budget import NotNow
from services.quickbooks.client.answers import CustomerFacts
from services.quickbooks.client.deliveries import Change
from services.quickbooks.operations import connection, matching, queue
from services.quickbooks.operations.queue import Subject, Taken

# Of entities whose changes mean something here; what is named before what names it.
KINDS = ("Customer", "Item", "Invoice", "CreditMemo", "Payment", "RefundReceipt")
MOST_WAITING = 5000  # of one firm; beyond them we ask what changed instead
KEPT_DAYS = 7  # a change that is told again later is looked into again, which does no harm
AT_ONCE = 100  # changes of one request
LOOK_SECONDS = 900.0  # between two looks for what changed, while nothing tells us
DAY_SECONDS = 86_400.0  # the same where webhooks come: some may be lost
HEARD_HOURS = 26  # after which webhooks are taken to come no more; longer than a night and two looks apart
BACK_DAYS = 29  # QuickBooks remembers 30; its clock is not ours
AGAIN_SECONDS = 1.0  # after another company was connected meanwhile


class Waiting(NamedTuple):
    """Changes to look into: the ids of their events, and whom they are of."""

    event_ids: tuple[str, ...]
    entity_ids: tuple[str, ...]


def watch(session: Session, ctx: Context) -> model.Watch:
    """Give the firm's row, locked; made at first."""
    row = model.Watch
    session.execute(insert(row).values(firm_id=ctx.firm).on_conflict_do_nothing())
    query = select(row).where(row.firm_id == ctx.firm).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def hear(session: Session, ctx: Context, told: Sequence[Change] | None) -> int:
    """Keep who changed and have it looked into; of None, which nobody can read, have all looked for.

    How many are new; of another company, or while none is connected, none is.
    """
    firm = session.scalar(select(model.Connection).where(model.Connection.firm_id == ctx.firm))
    if firm is None or firm.state != "connected":
        return 0
    row = watch(session, ctx)
    if told is None:
        _wake(session, ctx, "changes", firm.paused_until)
        return 0
    ours = [one for one in told if one.realm_id == firm.realm_id]
    if ours:
        row.told_at = ctx.now
    kinds = {kind.lower(): kind for kind in KINDS}
    ours = [one for one in ours if one.kind in kinds]
    if not ours:
        return 0
    change = model.ToldChange
    waits = (change.firm_id == ctx.firm, change.is_done.is_(False), change.realm_id == firm.realm_id)
    if session.scalars(select(func.count()).select_from(change).where(*waits)).one() + len(ours) > MOST_WAITING:
        _wake(session, ctx, "changes", firm.paused_until)
        return 0
    rows = [
        {
            "firm_id": ctx.firm, "id": one.id, "realm_id": one.realm_id, "kind": kinds[one.kind],
            "entity_id": one.entity_id, "at": one.at, "received_at": ctx.now, "is_done": False,
        }
        for one in sorted(ours)
    ]  # fmt: skip
    kept = insert(change).values(rows).on_conflict_do_nothing().returning(change.id)
    count = len(session.execute(kept).all())
    if count:
        _wake(session, ctx, "told", firm.paused_until)
    return count


def waiting(session: Session, ctx: Context, realm_id: str, kind: str) -> Waiting | None:
    """Give changes of a kind that wait, those that happened first before; each entity once."""
    change = model.ToldChange
    mine = (change.firm_id == ctx.firm, change.is_done.is_(False), change.realm_id == realm_id, change.kind == kind)
    query = select(change.id, change.entity_id).where(*mine).order_by(change.at, change.id).limit(AT_ONCE)
    rows = session.execute(query).all()
    if not rows:
        return None
    return Waiting(tuple(row.id for row in rows), tuple(dict.fromkeys(row.entity_id for row in rows)))


def finish(session: Session, ctx: Context, taken: Taken, seconds: float = 0.0) -> None:
    """End the looking into what was told, unless more was; then go on after some seconds. Forget what is old."""
    change, realm_id = model.ToldChange, realm(session, ctx)
    if not queue.is_mine(session, ctx, taken):
        return
    before = ctx.now - dt.timedelta(days=KEPT_DAYS)
    session.execute(delete(change).where(change.firm_id == ctx.firm, change.received_at < before))
    mine = (change.firm_id == ctx.firm, change.is_done.is_(False), change.realm_id == realm_id)
    if session.scalars(select(exists().where(*mine))).one():
        queue.again(session, ctx, taken, {}, seconds)
    else:
        queue.done(session, ctx, taken)


def realm(session: Session, ctx: Context) -> str:
    """Tell which company is connected, or was last."""
    return connection.locked(session, ctx).realm_id or ""


def keep_told(
    session: Session,
    ctx: Context,
    realm_id: str,
    told: Iterable[CustomerFacts],
    gone: Iterable[str],
    intuit_tid: str,
    event_ids: Iterable[str],
) -> None:
    """Keep customers that webhooks named; these changes are known from here on."""
    keep_customers(session, ctx, realm_id, told, gone, intuit_tid)
    change = model.ToldChange
    here = (change.firm_id == ctx.firm, change.id.in_(list(event_ids)))
    session.execute(update(change).where(*here).values(is_done=True))


def keep_customers(
    session: Session, ctx: Context, realm_id: str, told: Iterable[CustomerFacts], gone: Iterable[str], intuit_tid: str
) -> None:
    """Keep customers as QuickBooks told them, see what it means for accounts; `gone` are those it does not know."""
    of_company(session, ctx, realm_id)
    news = [*newest(session, ctx, told), *_lost(session, ctx, gone)]
    matching.keep(session, ctx, news)
    matching.look_after(session, ctx, news, intuit_tid)
    matching.search_again(session, ctx, news)


def newest(session: Session, ctx: Context, told: Iterable[CustomerFacts]) -> list[CustomerFacts]:
    """Leave out what is older than what is known: answers may overtake each other, also one of our own writes."""
    by_id = {one.id: one for one in told}
    customer = model.Customer
    here = (customer.firm_id == ctx.firm, customer.id.in_(list(by_id)))
    query = select(customer.id, customer.sync_token).where(*here).order_by(customer.id).with_for_update()
    for known_id, token in session.execute(query).all():
        both = (token, by_id[known_id].sync_token)
        if all(one.isdecimal() for one in both) and int(both[0]) > int(both[1]):
            del by_id[known_id]
    return list(by_id.values())


def _lost(session: Session, ctx: Context, gone: Iterable[str]) -> list[CustomerFacts]:
    customer = model.Customer
    query = select(customer).where(customer.firm_id == ctx.firm, customer.id.in_(list(gone))).order_by(customer.id)
    return [CustomerFacts(row.id, row.name, False, row.sync_token) for row in session.scalars(query)]


def of_company(session: Session, ctx: Context, realm_id: str) -> model.Connection:
    """Give the connection, locked. Raises NotNow where it is another company's meanwhile."""
    row = connection.locked(session, ctx)
    if row.realm_id != realm_id:
        raise NotNow(AGAIN_SECONDS)
    return row


def begin(session: Session, ctx: Context) -> None:
    """From here on look for what changed: since customers were read, or where the last look at this company ended."""
    firm, row = connection.locked(session, ctx), watch(session, ctx)
    if row.realm_id != firm.realm_id:
        row.realm_id, row.changes_until, row.told_at = firm.realm_id, None, None
    row.changes_until = row.changes_until or firm.customers_until
    row.looked_at = ctx.now
    queue.ask(session, ctx, "changes", ctx.firm, "look", due_at=_next(ctx, row))


def since(session: Session, ctx: Context) -> dt.datetime | None:
    """Tell since when to ask; None where QuickBooks does not remember that long."""
    until = watch(session, ctx).changes_until
    return until if until is not None and until > ctx.now - dt.timedelta(days=BACK_DAYS) else None


def looked(
    session: Session, ctx: Context, realm_id: str, began: dt.datetime, until: dt.datetime | None, taken: Taken
) -> None:
    """Everything that changed until then, by QuickBooks' clock, is known; look again after a while."""
    firm, row = of_company(session, ctx, realm_id), watch(session, ctx)
    if row.realm_id != realm_id:
        row.realm_id, row.told_at = realm_id, None
    if until is not None:
        firm.customers_read_at, firm.customers_until = began, until
    row.changes_until, row.looked_at = firm.customers_until, ctx.now
    queue.again(session, ctx, taken, {}, (_next(ctx, row) - ctx.now).total_seconds())


def _next(ctx: Context, row: model.Watch) -> dt.datetime:
    is_told = row.told_at is not None and row.told_at > ctx.now - dt.timedelta(hours=HEARD_HOURS)
    return ctx.now + dt.timedelta(seconds=DAY_SECONDS if is_told else LOOK_SECONDS)


def _wake(session: Session, ctx: Context, subject: Subject, paused_until: dt.datetime | None) -> None:
    """Have a job done soon: as soon as QuickBooks may be asked, and without taking it from who works on it."""
    job = model.Job
    due_at = max(ctx.now, paused_until or ctx.now)
    values: dict[str, Any] = {
        "firm_id": ctx.firm, "id": new_id(), "subject": subject, "subject_id": ctx.firm, "kind": "look",
        "arguments": {}, "author": "", "asked_at": ctx.now, "due_at": due_at, "attempts": 0,
    }  # fmt: skip
    sooner = case((job.due_at.is_(None), None), else_=func.least(job.due_at, due_at))
    asked = insert(job).values(values)
    session.execute(
        asked.on_conflict_do_update(index_elements=["firm_id", "subject", "subject_id"], set_={"due_at": sooner})
    )
