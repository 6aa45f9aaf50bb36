"""Whose a portal session is, and a portal user's own sessions."""

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import identity, portal
from contracts.common import Done
from services.identity import model
from services.identity.rules import limits
from services.identity.tokens import Parsed


@dataclass(frozen=True, slots=True)
class Found:
    """`is_touch_due`: its last use was noted long enough ago to note this one."""

    identity: portal.PortalIdentity
    is_touch_due: bool


def find_identity(session: Session, ctx: Context, parsed: Parsed) -> Found | None:
    """Whose session this is at `ctx.now`; None when it is unknown or has run out."""
    table, user = model.PortalSession, model.PortalUser
    query = (
        select(table.id, table.last_seen_at, table.expires_at, user.id.label("user_id"), user.email, model.Firm.name)
        .join(user, and_(user.firm_id == table.firm_id, user.id == table.user_id))
        .join(model.Firm, model.Firm.firm_id == table.firm_id)
        .where(table.firm_id == ctx.firm, table.digest == parsed.digest)
    )
    row = session.execute(query).one_or_none()
    if row is None or limits.session_ends(row.last_seen_at, row.expires_at) <= ctx.now:
        return None
    whose = portal.PortalIdentity(
        firm=identity.Firm(id=ctx.firm, name=row.name),
        user=portal.PortalUser(id=row.user_id, email=row.email),
        session_id=row.id,
        expires_at=row.expires_at,
    )
    return Found(whose, is_touch_due=row.last_seen_at <= ctx.now - limits.SEEN_EVERY)


def list_portal_sessions(session: Session, ctx: Context, _request: Done) -> identity.Sessions:
    """The user's own sessions that have not run out, the one used last first."""
    table = model.PortalSession
    is_portal = ctx.actor.kind == "portal" and ctx.actor.account_id is None
    query = select(table).where(
        table.firm_id == ctx.firm,
        table.user_id == (ctx.actor.id if is_portal else None),
        table.expires_at > ctx.now,
        table.last_seen_at > ctx.now - limits.SESSION_IDLE,
    )
    rows = session.scalars(query.order_by(table.last_seen_at.desc(), table.id.desc()))
    return identity.Sessions(items=tuple(row.to_contract() for row in rows))
