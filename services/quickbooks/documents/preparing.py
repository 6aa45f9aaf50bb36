"""Documents that are due are claimed, read from billing and from QuickBooks, decided on, and put into requests."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import case, exists, or_, select, update
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts.billing import Billing
from contracts.books import Books, ReadBooks
from services.quickbooks import ledger, lists, model
from services.quickbooks.company import BATCH, Company, quoted
from services.quickbooks.documents import credit, deciding, items, lanes, marking, rules, telling
from services.quickbooks.documents.deciding import Failed, Later, Settled, Wait, Write
from services.quickbooks.documents.desk import Claimed, Desk, by_kind, others_of, services_of
from services.quickbooks.operations import attention, connection
from services.quickbooks.tools import Tools

AT_ONCE = 30  # documents of one batch, as Intuit allows
FEW = 3  # that many or less are sent one by one, so that each knows its own fate at once
CLAIM_SECONDS = 60.0  # longer than preparing takes; of a worker that died, another takes over then
Current = dict[tuple[str, str], dict[str, Any]]


class _Setup(NamedTuple):
    currency: str | None
    has_ledger: bool


def prepare(tools: Tools, billed: Billing, company: Company, firm_id: UUID, me: UUID) -> int | None:
    """Put documents that are due into requests; how many requests, None where nothing is due.

    Raises what the company raises; what was claimed then is due again.
    """
    claimed, credit_of = tools.do(firm_id, claim, me)
    if not claimed:
        return None
    try:
        books = billed.read_books(Context(firm_id=firm_id), _asked(claimed, credit_of))
        currency = _set_up(tools, company, firm_id, claimed)
        current = _read(company, claimed)
        return tools.do(firm_id, _decide, me, claimed, books, current, currency)  # type: ignore[no-any-return]
    except Exception:
        tools.do(firm_id, release, me)
        raise


def claim(session: Session, ctx: Context, me: UUID) -> tuple[list[Claimed], list[UUID]]:
    """Claim documents that are due, those first that others depend on, and tell whose credit has to be known."""
    row = model.Document
    rank = case(rules.RANKS, value=row.kind)
    is_free = or_(row.taken_until.is_(None), row.taken_until <= ctx.now)
    due = (row.firm_id == ctx.firm, row.due_at <= ctx.now, row.push_id.is_(None), is_free)
    query = select(row).where(*due).order_by(rank, row.due_at, row.id).limit(AT_ONCE)
    found = session.scalars(query.with_for_update(skip_locked=True).execution_options(populate_existing=True)).all()
    for each in found:
        each.taken_by, each.taken_until = me, ctx.now + dt.timedelta(seconds=CLAIM_SECONDS)
    if len(found) == AT_ONCE:
        lanes.wake(session, ctx, lanes.LANES)
    claimed = [
        Claimed(one.kind, one.id, one.account_id, one.entity, one.quickbooks_id, one.is_chosen)  # type: ignore[arg-type]
        for one in found
    ]
    surely = {one.account_id for one in claimed if one.kind in {"credit", "application"}}
    maybe = {one.account_id for one in claimed if one.kind == "payment"} - surely
    if maybe:
        applied = select(row.account_id).where(row.firm_id == ctx.firm, row.kind == "application")
        surely |= set(session.scalars(applied.where(row.account_id.in_(maybe)).distinct()))
    return claimed, sorted(one for one in surely if one is not None)


def release(session: Session, ctx: Context, me: UUID) -> None:
    """Let others have what was claimed."""
    row = model.Document
    mine = (row.firm_id == ctx.firm, row.taken_by == me, row.push_id.is_(None))
    session.execute(update(row).where(*mine).values(taken_by=None, taken_until=None))


def _asked(claimed: Sequence[Claimed], credit_of: Sequence[UUID]) -> ReadBooks:
    ids: dict[str, list[UUID]] = defaultdict(list)
    for one in claimed:
        ids[one.kind].append(one.id)
    return ReadBooks(
        invoices=tuple(ids["invoice"]),
        payments=tuple(ids["payment"]),
        credits=tuple(ids["credit"]),
        refunds=tuple(ids["refund"]),
        services=tuple(one for one in ids["service"] if one not in rules.NAMES),
        credit_of=tuple(credit_of),
    )


def _set_up(tools: Tools, company: Company, firm_id: UUID, claimed: Sequence[Claimed]) -> str:
    """Make sure that the company's currency, its ledger and items are known; gives the currency."""
    setup: _Setup = tools.do(firm_id, _known)
    currency = setup.currency
    if currency is None:
        currency = company.home_currency()
        tools.do(firm_id, _keep_currency, currency)
    if not setup.has_ledger:
        lists.read_ledger(tools, company, firm_id)
    if any(one.kind == "service" and one.quickbooks_id is None for one in claimed):
        items.read(tools, company, firm_id)
    return currency


def _known(session: Session, ctx: Context) -> _Setup:
    firm, row = model.Connection, model.LedgerAccount
    currency = session.scalar(select(firm.home_currency).where(firm.firm_id == ctx.firm))
    return _Setup(currency, bool(session.scalar(select(exists().where(row.firm_id == ctx.firm)))))


def _keep_currency(session: Session, ctx: Context, currency: str) -> None:
    connection.locked(session, ctx).home_currency = currency


def _read(company: Company, claimed: Sequence[Claimed]) -> Current:
    """Read what is to be changed as it is there, so that only ours is changed of it, whatever happened to it."""
    ids: dict[str, list[str]] = defaultdict(list)
    for one in claimed:
        if one.quickbooks_id is not None and not one.is_chosen:
            ids[one.entity].append(one.quickbooks_id)
    found: Current = {}
    for entity, wanted in ids.items():
        among = ", ".join(quoted(one) for one in wanted)
        active = " AND Active IN (true, false)" if entity == "Item" else ""
        answer = company.query(f"SELECT * FROM {entity} WHERE Id IN ({among}){active}")  # noqa: S608 (Intuit's language)
        for each in answer.document.get("QueryResponse", {}).get(entity, []):
            found[entity, str(each["Id"])] = each
    return found


def _decide(
    session: Session, ctx: Context, me: UUID, claimed: list[Claimed], books: Books, current: Current, currency: str
) -> int:
    """Decide on what was claimed, under the locks of the accounts, and keep the requests that follow."""
    account, row = model.Account, model.Document
    ids = sorted({one.account_id for one in claimed if one.account_id is not None})
    held = select(account).where(account.firm_id == ctx.firm, account.id.in_(ids)).order_by(account.id)
    held = held.with_for_update().execution_options(populate_existing=True)
    accounts = {one.id: one for one in session.scalars(held)}
    mine = [row.firm_id == ctx.firm, row.taken_by == me, row.push_id.is_(None)]
    rows = sorted(marking.locked(session, mine), key=lambda one: (rules.RANKS[one.kind], one.id))  # type: ignore[index]
    told = by_kind(books)
    lines = [(line.service_id, line.name) for one in books.invoices for line in one.lines]
    wanted = {service_id or rules.OTHER for service_id, _ in lines}
    wanted |= {rules.OTHER, rules.TAX} if any(one.taxes for one in books.invoices) else set()
    wanted |= {rules.OTHER} if any(one.kind in {"credit", "refund"} for one in rows) else set()
    names = {service_id: name for service_id, name in lines if service_id}
    desk = Desk(
        session=session,
        ctx=ctx,
        currency=currency,
        chosen=ledger.chosen(session, ctx),
        accounts=accounts,
        books=told,
        current=current,
        others=others_of(session, ctx, {one.account_id for one in claimed if one.account_id and one.kind != "invoice"}),
        services={},
    )
    _share_credit(desk, books, {(one.kind, one.id) for one in rows})
    desk.services = services_of(session, ctx, wanted, names)
    begins = marking.start_on(session, ctx)
    writes: list[tuple[model.Document, Write]] = []
    for each in rows:
        each.taken_by = each.taken_until = None
        of = accounts.get(each.account_id) if each.account_id else None
        if each.kind != "service" and (of is None or not marking.is_ready(of)):
            marking.place(session, ctx, each, of, begins)
            continue
        decision = deciding.decide(desk, each)
        if isinstance(decision, Write):
            writes.append((each, decision))
        else:
            _settle(desk, each, decision)
    if any(one.due_at is not None for one in desk.services.values()):
        lanes.wake(session, ctx)
    return _keep_requests(session, ctx, writes)


def _settle(desk: Desk, row: model.Document, decision: Wait | Settled | Later | Failed) -> None:
    session, ctx = desk.session, desk.ctx
    row.due_at = None
    match decision:
        case Later(seconds):
            row.due_at, row.attempts = ctx.now + dt.timedelta(seconds=seconds), row.attempts + 1
        case Wait(waits_for, status):
            marking.mark(session, ctx, row, status, waits_for=waits_for)
        case Failed(problem, status):
            marking.mark(session, ctx, row, status, problem=problem)
        case Settled(is_gone=True):
            forget(session, ctx, row)
        case Settled():
            marking.mark(session, ctx, row, "synced")
    if row.status == "synced":
        _let_go(desk, row)


def _let_go(desk: Desk, row: model.Document) -> None:
    if row.kind == "service":
        desk.session.flush()
        marking.wake_waiting(desk.session, desk.ctx, "service")
    elif row.account_id is not None and row.account_id in desk.accounts:
        marking.wake_waiting(desk.session, desk.ctx, "document", account=desk.accounts[row.account_id])


def forget(session: Session, ctx: Context, row: model.Document) -> None:
    """Nothing of a document is in QuickBooks any more, as it is to be."""
    row.quickbooks_id = row.sync_token = row.digest = row.pushed = row.due_at = None
    if row.wanted == "gone" and (row.kind == "application" or not row.version):
        session.delete(row)
        attention.solved(session, ctx, row.id)
    elif row.wish == "skip":
        marking.mark(session, ctx, row, "do_not_sync")
    else:
        marking.mark(session, ctx, row, "synced")


def _share_credit(desk: Desk, books: Books, claimed: set[tuple[str, UUID]]) -> None:
    """Give the credit that goes to invoices its sources, and have those pushed again that it changed."""
    session, ctx = desk.session, desk.ctx
    begins = marking.start_on(session, ctx)
    absent = {
        key[1]
        for key, one in desk.others.items()
        if one.wish == "skip" or one.waits_for in {"start", "currency"} or one.wanted == "gone"
    }
    for told in books.credit:
        shares, touched = credit.allocate(session, ctx, told, desk.currency, absent)
        desk.expired |= shares.expired
        row = model.Document
        changed = [row.firm_id == ctx.firm, row.account_id == told.account_id, row.id.in_(touched)] if touched else []
        for each in marking.locked(session, changed) if changed else ():
            if (each.kind, each.id) not in claimed and each.wanted == "there":
                telling.touch(session, ctx, each, desk.accounts.get(told.account_id), begins)
                key = (each.kind, each.id)
                desk.others[key] = desk.others[key]._replace(status=each.status, is_under_way=True)
    desk.flows = credit.flows(session, ctx, list(desk.accounts))


def _keep_requests(session: Session, ctx: Context, writes: list[tuple[model.Document, Write]]) -> int:
    """Keep the requests before any is sent: one for all, or, where they are few, one for each."""
    groups = [writes] if len(writes) > FEW else [[one] for one in writes]
    realm_id = session.scalar(select(model.Connection.realm_id).where(model.Connection.firm_id == ctx.firm))
    for group in groups:
        push = model.Push(
            firm_id=ctx.firm, id=new_id(), realm_id=realm_id, made_at=ctx.now, due_at=ctx.now, attempts=0,
            **(_batch(group) if len(group) > 1 else _single(*group[0])),
        )  # fmt: skip
        push.items = [_item(str(place), *one) for place, one in enumerate(group, 1)]
        session.add(push)
        for row, _ in group:
            row.push_id = push.id
    return len(groups)


def _single(row: model.Document, write: Write) -> dict[str, Any]:
    params = {} if write.operation in {"create", "update"} else {"operation": write.operation}
    body = orjson.dumps(write.body, option=orjson.OPT_SORT_KEYS)
    return {"path": row.entity.lower(), "params": params, "body": body}


def _batch(group: list[tuple[model.Document, Write]]) -> dict[str, Any]:
    asked = []
    for place, (row, write) in enumerate(group, 1):
        is_void = write.operation == "void"
        options = {"optionsData": "void"} if is_void else {}
        operation = "update" if is_void else write.operation
        asked.append({"bId": str(place), "operation": operation, **options, row.entity: write.body})
    body = orjson.dumps({"BatchItemRequest": asked}, option=orjson.OPT_SORT_KEYS)
    return {"path": BATCH, "params": {}, "body": body}


def _item(bid: str, row: model.Document, write: Write) -> dict[str, Any]:
    return {
        "bid": bid,
        "kind": row.kind,
        "id": str(row.id),
        "entity": row.entity,
        "serial": row.serial,
        "operation": write.operation,
        "digest": write.digest,
        "cents": write.cents,
        "parts": dict(write.parts),
        "again": write.again,
    }
