"""The firm's settings and company: changed, connected, expired, disconnected (R-QB-1 to R-QB-6)."""

import datetime as dt
from typing import Any

import orjson
from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from chassis.sealing import Sealer
from chassis.wire import UNSET, dump, to_json
from contracts.common import Done
from contracts.quickbooks import QuickBooksConnectionChanged
from contracts.quickbooks_connection import (
    ChangeQuickBooksSettings,
    ConnectingExpired,
    FinishConnecting,
    NothingRests,
    OtherCompany,
    QuickBooksConnection,
    QuickBooksNotSet,
    QuickBooksSettingsChanged,
)
from contracts.quickbooks_errors import QuickBooksProblem
from services.quickbooks import ledger, model, people
from services.quickbooks.client import Keys, Tokens
from services.quickbooks.documents import marking as documents
from services.quickbooks.operations import attention, queue
from services.quickbooks.queries import connection as described

BACK_SECONDS = 600  # for the owner's way to Intuit and back (R-QB-5)
APP_KEYS = ("client_id", "client_secret", "redirect_url")
EXPIRED = "QuickBooks refuses our permission. The owner connects again."
KEYS_CHANGED = "The keys of the Intuit app were changed. The owner connects again."


def change_settings(
    session: Session, ctx: Context, request: ChangeQuickBooksSettings, sealer: Sealer
) -> QuickBooksConnection:
    """Change what is synced, and, by the owner, the app's keys. Raises Forbidden, QuickBooksSettingsChanged."""
    people.manager(ctx)
    if any(getattr(request, name) is not UNSET for name in APP_KEYS):
        people.owner(ctx)
    row = locked(session, ctx)
    if row.version != request.version:
        raise QuickBooksSettingsChanged(current=_shown(session, ctx))
    given = {name: value for name, value in dump(request).items() if name not in {"version", "client_secret"}}
    is_other_app = request.client_id not in {UNSET, row.client_id}
    is_other_rule = request.which_accounts not in {UNSET, row.which_accounts} or request.start_on not in {
        UNSET,
        row.start_on,
    }
    ledger.check(session, ctx, request)
    for name, value in given.items():
        setattr(row, name, value)
    kept = credential(session, ctx)
    if isinstance(request.client_secret, str):
        kept.client_secret = sealer.seal(ctx.firm, request.client_secret)
    row.version, row.updated_at = row.version + 1, ctx.now
    is_set = bool(row.client_id and row.redirect_url and kept.client_secret)
    if is_other_app and row.state in {"connected", "expired"}:
        _leave(session, ctx, row, kept, KEYS_CHANGED)
    elif row.state in {"unset", "disconnected"}:
        row.state = "disconnected" if is_set else "unset"
    session.flush()
    if is_other_rule:
        queue.ask(session, ctx, "rule", ctx.firm, "settle")
    return described.connection(session, ctx)


def begin(session: Session, ctx: Context, digest: bytes, expires_at: dt.datetime) -> None:
    """Remember a way to Intuit and back; forget those that are over."""
    way = model.Connecting
    session.execute(delete(way).where(way.firm_id == ctx.firm, way.expires_at < ctx.now))
    session.add(way(firm_id=ctx.firm, digest=digest, member_id=ctx.actor.id, expires_at=expires_at))


def keys(session: Session, ctx: Context, sealer: Sealer) -> Keys:
    """Give the keys of the firm's app. Raises QuickBooksNotSet, Unavailable."""
    row, kept = locked(session, ctx), credential(session, ctx)
    if not (row.client_id and row.redirect_url and kept.client_secret):
        raise QuickBooksNotSet
    return Keys(row.client_id, sealer.unseal(ctx.firm, kept.client_secret), row.redirect_url)


def come_back(session: Session, ctx: Context, request: FinishConnecting, digest: bytes) -> None:
    """Use up the way back that this member began. Raises ConnectingExpired, OtherCompany.

    Another company than before leaves it open, so that the owner may confirm.
    """
    way = model.Connecting
    here = (way.firm_id == ctx.firm, way.digest == digest)
    found = session.scalar(select(way).where(*here).with_for_update())
    if found is None or found.member_id != ctx.actor.id or found.expires_at < ctx.now:
        raise ConnectingExpired
    check_company(session, ctx, request)
    session.delete(found)


def check_company(session: Session, ctx: Context, request: FinishConnecting) -> None:
    """Raise OtherCompany unless it is the one connected before, or the change is confirmed (R-QB-5)."""
    row = locked(session, ctx)
    if row.realm_id not in {None, request.realm_id} and not request.resets_links:
        raise OtherCompany(former=row.realm_id, former_name=row.company_name, found=request.realm_id)


def connect(
    session: Session, ctx: Context, request: FinishConnecting, company_name: str, tokens: Tokens, sealer: Sealer
) -> QuickBooksConnection:
    """Keep a company that lets us in, and go on with what waits. Raises OtherCompany."""
    check_company(session, ctx, request)
    row, kept = locked(session, ctx), credential(session, ctx)
    if row.realm_id not in {None, request.realm_id}:
        _forget_links(session, ctx)
        row.customers_read_at = row.customers_until = row.home_currency = None
        ledger.forget(session, ctx, row)
    row.state, row.realm_id, row.company_name = "connected", request.realm_id, company_name
    row.connected_by_id, row.connected_by_name, row.connected_at = ctx.actor.id, ctx.actor.name, ctx.now
    row.expired_at = None
    _clear(row)
    row.version, row.updated_at = row.version + 1, ctx.now
    store(kept, ctx, tokens, sealer)
    session.flush()
    queue.resume(session, ctx)
    attention.solved(session, ctx, ctx.firm)
    queue.ask(session, ctx, "customers", ctx.firm, "read")
    queue.ask(session, ctx, "owners", ctx.firm, "read")
    queue.ask(session, ctx, "rule", ctx.firm, "settle")
    _announce(session, ctx, row)
    return described.connection(session, ctx)


def store(kept: model.Credential, ctx: Context, tokens: Tokens, sealer: Sealer) -> None:
    """Keep a pair of tokens instead of the former."""
    kept.access_token = sealer.seal(ctx.firm, tokens.access)
    kept.access_until = ctx.now + dt.timedelta(seconds=tokens.access_seconds)
    kept.refresh_token = sealer.seal(ctx.firm, tokens.refresh)
    kept.refresh_until = ctx.now + dt.timedelta(seconds=tokens.refresh_seconds)
    kept.serial += 1
    kept.renewing_by = kept.renewing_until = None


def expire(session: Session, ctx: Context, serial: int, problem: QuickBooksProblem) -> None:
    """QuickBooks refuses the pair of tokens of this serial: let everything rest until the owner reconnects (R-QB-4)."""
    row, kept = locked(session, ctx), credential(session, ctx)
    if row.state != "connected" or kept.serial != serial:
        return
    row.state, row.expired_at, row.updated_at = "expired", ctx.now, ctx.now
    _refuse(ctx, row, problem)
    row.paused_until = None
    kept.renewing_by = kept.renewing_until = None
    queue.rest(session, ctx)
    attention.connection(session, ctx, "connection_expired", problem.sentence, problem)
    _announce(session, ctx, row)


def pause(session: Session, ctx: Context, seconds: float, problem: QuickBooksProblem) -> None:
    """Ask the company nothing for some seconds."""
    row = locked(session, ctx)
    is_news = row.problem != problem.sentence
    _refuse(ctx, row, problem)
    row.paused_until = ctx.now + dt.timedelta(seconds=seconds)
    queue.put_off(session, ctx, row.paused_until)
    if is_news:
        _announce(session, ctx, row)


def resume(session: Session, ctx: Context, _request: Done) -> QuickBooksConnection:
    """Go on at once with what rests since the firm's subscription had ended. Raises Forbidden, NothingRests."""
    people.manager(ctx)
    row = locked(session, ctx)
    until = row.paused_until
    if row.state != "connected" or until is None or until <= ctx.now or not _is_over(row):
        raise NothingRests
    row.paused_until, row.updated_at = ctx.now, ctx.now
    queue.bring_forward(session, ctx, until)
    session.flush()
    _announce(session, ctx, row)
    return described.connection(session, ctx)


def went_well(session: Session, ctx: Context, *, wrote: bool) -> None:
    """The company answers again; after its subscription had ended only what was written tells, for it reads on."""
    row = locked(session, ctx)
    is_told = row.paused_until is not None and row.paused_until <= ctx.now and (wrote or not _is_over(row))
    if row.state == "connected" and is_told:
        _clear(row)
        attention.solved(session, ctx, ctx.firm)
        _announce(session, ctx, row)


def disconnect(session: Session, ctx: Context) -> tuple[bytes | None, QuickBooksConnection]:
    """Forget the tokens and keep everything else; gives the sealed one that is to be revoked (R-QB-6)."""
    row, kept = locked(session, ctx), credential(session, ctx)
    token = kept.refresh_token
    if row.state in {"connected", "expired"}:
        _leave(session, ctx, row, kept, "")
        row.version, row.updated_at = row.version + 1, ctx.now
        session.flush()
    return token, described.connection(session, ctx)


def locked(session: Session, ctx: Context) -> model.Connection:
    """Give the firm's row, locked; made at first."""
    row = model.Connection
    first = {"state": "unset", "which_accounts": "billed", "version": 1, "updated_at": ctx.now}
    empty = dict.fromkeys(("client_id", "redirect_url", "company_name", "connected_by_name", "problem"), "")
    session.execute(insert(row).values(firm_id=ctx.firm, **first, **empty).on_conflict_do_nothing())
    query = select(row).where(row.firm_id == ctx.firm).with_for_update()
    return session.scalars(query).one()


def credential(session: Session, ctx: Context) -> model.Credential:
    """Give the firm's secrets, locked; made at first. After `locked`, so that nobody waits for each other."""
    row = model.Credential
    session.execute(insert(row).values(firm_id=ctx.firm, serial=0).on_conflict_do_nothing())
    return session.scalars(select(row).where(row.firm_id == ctx.firm).with_for_update()).one()


def _leave(session: Session, ctx: Context, row: model.Connection, kept: model.Credential, problem: str) -> None:
    row.state = "disconnected"
    _clear(row)
    row.problem = problem
    kept.access_token = kept.refresh_token = kept.access_until = kept.refresh_until = None
    kept.serial += 1
    queue.rest(session, ctx)
    _announce(session, ctx, row)


def _refuse(ctx: Context, row: model.Connection, problem: QuickBooksProblem) -> None:
    if row.problem != problem.sentence or row.refused_at is None:
        row.refused_at = ctx.now
    row.problem, row.refusal = problem.sentence, dump(problem)


def _clear(row: model.Connection) -> None:
    row.problem = ""
    row.refusal = row.refused_at = row.paused_until = None


def _is_over(row: model.Connection) -> bool:
    return (row.refusal or {}).get("case") == "subscription_ended"


def _forget_links(session: Session, ctx: Context) -> None:
    """Links to a former company's customers mean nothing in another; each account is looked for anew."""
    session.execute(delete(model.Customer).where(model.Customer.firm_id == ctx.firm))
    session.execute(delete(model.Job).where(model.Job.firm_id == ctx.firm, model.Job.subject == "account"))
    attention.all_solved(session, ctx)
    documents.forget_company(session, ctx)
    row = model.Account
    status = case((row.wish == "skip", "do_not_sync"), else_="not_eligible")
    blank = {"customer_id": None, "is_shared": False, "synced_at": None, "problem": None, "since": ctx.now}
    forget = update(row).where(row.firm_id == ctx.firm).values(**blank, status=status)
    forgotten = session.execute(forget.returning(row.id, row.status)).all()
    session.expire_all()
    steps = [
        {
            "firm_id": ctx.firm, "id": new_id(), "account_id": one.id, "at": ctx.now, "status": one.status,
            "author": ctx.actor.name, "customer_id": None, "intuit_tid": "", "problem": None,
        }
        for one in forgotten
    ]  # fmt: skip
    if steps:
        session.execute(insert(model.Step), steps)


def _announce(session: Session, ctx: Context, row: model.Connection) -> None:
    session.flush()
    told = QuickBooksConnectionChanged(
        state=row.state,  # type: ignore[arg-type]
        company_name=row.company_name,
        problem=row.problem,
        paused_until=row.paused_until,
    )
    emit(session, ctx, told)


def _shown(session: Session, ctx: Context) -> Any:
    return orjson.loads(to_json(described.connection(session, ctx)))
