"""Portal users and their sessions are made and ended, and every sign-in is written down."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import NotFound
from chassis.outbox import emit
from contracts import identity, portal
from contracts.accounts import AccountDeleted
from contracts.common import Done
from contracts.entries import Entry
from services.identity import model, tokens
from services.identity.operations.credentials import LONGEST_ADDRESS, LONGEST_AGENT
from services.identity.rules import limits


def make_user(session: Session, ctx: Context, email: str, folded: str, password_hash: str) -> None:
    """Let the address sign in with this password, unless it has one already."""
    user, login = model.PortalUser, model.PortalLogin
    facts = {"email": email, "email_folded": folded, "password_hash": password_hash}
    made = insert(user).values(firm_id=ctx.firm, id=new_id(), created_at=ctx.now, password_at=ctx.now, **facts)
    user_id = session.scalar(made.on_conflict_do_nothing().returning(user.id))
    if user_id is not None:
        session.execute(insert(login).values(firm_id=ctx.firm, user_id=user_id, email_folded=folded))


def begin_session(
    session: Session, ctx: Context, user_id: UUID, *, address: str, agent: str, former: str
) -> tuple[str, model.PortalSession]:
    """Begin a session under a fresh token, which is given; the `former` one and those that have run out end."""
    table = model.PortalSession
    mine = (table.firm_id == ctx.firm, table.user_id == user_id)
    over = or_(table.expires_at <= ctx.now, table.last_seen_at <= ctx.now - limits.SESSION_IDLE)
    session.execute(delete(table).where(*mine, over))
    if former:
        end_by_digest(session, ctx, tokens.digest(former))
    token = tokens.make("p", ctx.firm)
    begun = table(
        firm_id=ctx.firm,
        id=new_id(),
        user_id=user_id,
        digest=tokens.digest(token),
        created_at=ctx.now,
        last_seen_at=ctx.now,
        expires_at=ctx.now + limits.SESSION_LIFE,
        address=address[:LONGEST_ADDRESS],
        agent=agent[:LONGEST_AGENT],
    )
    session.add(begun)
    session.flush()
    return token, begun


def touch(session: Session, ctx: Context, parsed: tokens.Parsed) -> None:
    """Note that the session is in use; of several notes at once the first counts."""
    table = model.PortalSession
    seen = (table.firm_id == ctx.firm, table.digest == parsed.digest)
    long_ago = ctx.now - limits.SEEN_EVERY
    session.execute(update(table).where(*seen, table.last_seen_at <= long_ago).values(last_seen_at=ctx.now))


def end_by_digest(session: Session, ctx: Context, digest: bytes) -> None:
    """End the session of this token; one that has ended stays ended."""
    table = model.PortalSession
    query = delete(table).where(table.firm_id == ctx.firm, table.digest == digest)
    ended = session.execute(query.returning(table.user_id, table.id)).one_or_none()
    if ended is not None:
        emit(session, ctx, portal.PortalSessionsEnded(user_id=ended.user_id, session_ids=(ended.id,)))


def end_portal_session(session: Session, ctx: Context, request: identity.SessionRef) -> Done:
    """End one of the user's own sessions. Raises NotFound."""
    table = model.PortalSession
    query = delete(table).where(*_own(ctx), table.id == request.session_id)
    user_id = session.scalar(query.returning(table.user_id))
    if user_id is None:
        raise NotFound("You have no such session.", session_id=str(request.session_id))
    emit(session, ctx, portal.PortalSessionsEnded(user_id=user_id, session_ids=(request.session_id,)))
    return Done()


def end_portal_sessions(session: Session, ctx: Context, request: Done) -> Done:
    """End all of the user's own sessions, this one too."""
    ended = delete(model.PortalSession).where(*_own(ctx)).returning(model.PortalSession.user_id)
    user_id = session.scalars(ended).first()
    if user_id is not None:
        emit(session, ctx, portal.PortalSessionsEnded(user_id=user_id))
    return request


def end_sessions(session: Session, ctx: Context, user_id: UUID, *, but: UUID | None = None) -> None:
    """End the sessions of a user whose password changed."""
    table = model.PortalSession
    query = delete(table).where(table.firm_id == ctx.firm, table.user_id == user_id)
    if but is not None:
        query = query.where(table.id != but)
    ended = tuple(session.scalars(query.returning(table.id)))
    if ended:
        emit(session, ctx, portal.PortalSessionsEnded(user_id=user_id, session_ids=ended))


def record(
    session: Session,
    ctx: Context,
    how: portal.How,
    entries: Iterable[Entry],
    *,
    folded: str,
    address: str,
    agent: str,
) -> None:
    """Write into the login activity of each account that somebody came (R-LA-2)."""
    for entry in entries:
        line = model.PortalSignIn(
            firm_id=ctx.firm,
            id=new_id(),
            at=ctx.now,
            how=how,
            account_id=entry.account_id,
            account_name=entry.name,
            contact_id=entry.contact_id,
            contact_name=entry.contact_name,
            email=entry.email,
            email_folded=folded,
            address=address[:LONGEST_ADDRESS],
            agent=agent[:LONGEST_AGENT],
            door=ctx.door,
        )
        session.add(line)
        happened = portal.ClientSignedIn(
            account_id=entry.account_id, contact_id=entry.contact_id, email=entry.email, at=ctx.now
        )
        emit(session, ctx, happened)


def was_here(session: Session, ctx: Context, account_id: UUID, folded: str) -> bool:
    """Whether the address came to the account so lately that coming again says nothing new."""
    table = model.PortalSignIn
    query = select(table.id).where(
        table.firm_id == ctx.firm,
        table.account_id == account_id,
        table.email_folded == folded,
        table.at > ctx.now - limits.SEEN_EVERY,
    )
    return session.scalars(query.limit(1)).first() is not None


def forget_account(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Drop the login activity of an account that is gone for good."""
    for table in (model.PortalSignIn, model.PortalInvitation):
        session.execute(delete(table).where(table.firm_id == ctx.firm, table.account_id == event.account_id))


def _own(ctx: Context) -> tuple[ColumnElement[bool], ...]:
    table = model.PortalSession
    is_portal = ctx.actor.kind == "portal" and ctx.actor.account_id is None
    return table.firm_id == ctx.firm, table.user_id == (ctx.actor.id if is_portal else None)
