"""Whose a credential is; one's own sessions and tokens; who signed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, select, tuple_
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.cursor import encode
from contracts import identity
from contracts.common import Done
from services.identity import model
from services.identity.operations import team
from services.identity.queries.pages import after
from services.identity.rules import agents, limits
from services.identity.tokens import Parsed


@dataclass(frozen=True, slots=True)
class Found:
    """`is_touch_due`: its last use was noted long enough ago to note this one."""

    identity: identity.Identity
    is_touch_due: bool


def _owner_of(table: type[model.Session] | type[model.Token], *columns: Any) -> Select[Any]:
    """One statement on the unique index of the digests, bounded by firm, with the member and the firm."""
    member = model.Member
    whose = and_(member.firm_id == table.firm_id, member.id == table.member_id, member.is_active)
    return (
        select(
            model.Firm.name.label("firm_name"),
            member.id,
            member.email,
            member.name,
            member.role,
            member.rights,
            member.has_default_access,
            member.version,
            member.created_at,
            table.id.label("credential_id"),
            *columns,
        )
        .join_from(table, member, whose)
        .join(model.Firm, model.Firm.firm_id == table.firm_id)
        .where(table.firm_id == bindparam("firm"), table.digest == bindparam("digest"))
    )


SESSION_OWNER = _owner_of(model.Session, model.Session.last_seen_at, model.Session.expires_at)
TOKEN_OWNER = _owner_of(model.Token, model.Token.last_used_at, model.Token.expires_on, model.Token.scopes)


def find_identity(session: Session, ctx: Context, parsed: Parsed) -> Found | None:
    """Whose credential this is at `ctx.now`; None when it is unknown, has run out, or its member is deactivated."""
    query = SESSION_OWNER if parsed.kind == "s" else TOKEN_OWNER
    row = session.execute(query, {"firm": ctx.firm, "digest": parsed.digest}).one_or_none()
    if row is None:
        return None
    return _of_session(ctx, row) if parsed.kind == "s" else _of_token(ctx, row)


def _of_session(ctx: Context, row: Row[Any]) -> Found | None:
    if limits.session_ends(row.last_seen_at, row.expires_at) <= ctx.now:
        return None
    whose = identity.Identity(
        firm=identity.Firm(id=ctx.firm, name=row.firm_name),
        member=_member(row),
        session_id=row.credential_id,
        expires_at=row.expires_at,
    )
    return Found(whose, is_touch_due=row.last_seen_at <= ctx.now - limits.SEEN_EVERY)


def _of_token(ctx: Context, row: Row[Any]) -> Found | None:
    if row.expires_on is not None and row.expires_on < ctx.now.date():
        return None
    whose = identity.Identity(
        firm=identity.Firm(id=ctx.firm, name=row.firm_name),
        member=_member(row),
        token_id=row.credential_id,
        scopes=tuple(row.scopes),
        expires_at=limits.day_ends(row.expires_on) if row.expires_on else None,
    )
    is_unused = row.last_used_at is None or row.last_used_at <= ctx.now - limits.SEEN_EVERY
    return Found(whose, is_touch_due=is_unused)


def _member(row: Row[Any]) -> identity.Member:
    return identity.Member(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        rights=tuple(row.rights),
        has_default_access=row.has_default_access,
        is_active=True,
        version=row.version,
        created_at=row.created_at,
    )


def list_sessions(session: Session, ctx: Context, _request: Done) -> identity.Sessions:
    """The actor's own sessions that have not run out, the one used last first."""
    table = model.Session
    query = select(table).where(
        table.firm_id == ctx.firm,
        table.member_id == ctx.actor.id,
        table.expires_at > ctx.now,
        table.last_seen_at > ctx.now - limits.SESSION_IDLE,
    )
    rows = session.scalars(query.order_by(table.last_seen_at.desc(), table.id.desc()))
    return identity.Sessions(items=tuple(row.to_contract() for row in rows))


def list_tokens(session: Session, ctx: Context, _request: Done) -> identity.Tokens:
    """The actor's own API tokens, the newest first; those that have run out stay until they are revoked."""
    table = model.Token
    query = select(table).where(table.firm_id == ctx.firm, table.member_id == ctx.actor.id)
    rows = session.scalars(query.order_by(table.created_at.desc(), table.id.desc()))
    return identity.Tokens(items=tuple(row.to_contract() for row in rows))


def list_sign_ins(session: Session, ctx: Context, request: identity.ListSignIns) -> identity.SignIns:
    """The sign-in history, newest first; an employee sees only their own (R-LA-4). Raises NotAllowed."""
    member_id = _whose_history(team.standing(session, ctx), ctx.actor.id, request.member_id)
    table = model.SignIn
    query = select(table).where(table.firm_id == ctx.firm)
    if member_id is not None:
        query = query.where(table.member_id == member_id)
    if request.cursor is not None:
        query = query.where(tuple_(table.at, table.id) < after(request.cursor))
    rows = session.scalars(query.order_by(table.at.desc(), table.id.desc()).limit(request.limit + 1)).all()
    page = rows[: request.limit]
    return identity.SignIns(
        items=tuple(_record(row) for row in page),
        next_cursor=encode(page[-1].at, page[-1].id) if len(rows) > request.limit else None,
    )


def _whose_history(standing: str, actor_id: UUID | None, wanted: UUID | None) -> UUID | None:
    if standing in {"system", "owner", "admin"}:
        return wanted
    if standing == "none" or wanted not in {None, actor_id}:
        raise identity.NotAllowed("The owner and admins see when others signed in.")
    return actor_id


def _record(row: model.SignIn) -> identity.SignInRecord:
    seen = agents.read(row.agent)
    return identity.SignInRecord(
        at=row.at,
        member_id=row.member_id,
        email=row.email,
        succeeded=row.succeeded,
        address=row.address,
        agent=row.agent,
        browser=seen.browser,
        system=seen.system,
    )
