"""Sessions and API tokens are made, ended, and seen in use."""

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import NotFound, wrong
from chassis.outbox import emit
from contracts import identity
from contracts.common import Done
from services.identity import model, tokens
from services.identity.operations import team
from services.identity.rules import limits, names

LONGEST_ADDRESS = 100  # characters; more than any IP address needs
LONGEST_AGENT = 400  # characters of what a browser says of itself


def begin_session(
    session: Session, ctx: Context, member: model.Member, *, address: str = "", agent: str = ""
) -> identity.SignedIn:
    """Sign the member in; their sessions that have run out are cleared away."""
    over = or_(model.Session.expires_at <= ctx.now, model.Session.last_seen_at <= ctx.now - limits.SESSION_IDLE)
    session.execute(
        delete(model.Session).where(model.Session.firm_id == ctx.firm, model.Session.member_id == member.id, over)
    )
    token = tokens.make("s", ctx.firm)
    begun = model.Session(
        firm_id=ctx.firm,
        id=new_id(),
        member_id=member.id,
        digest=tokens.digest(token),
        created_at=ctx.now,
        last_seen_at=ctx.now,
        expires_at=ctx.now + limits.SESSION_LIFE,
        address=address[:LONGEST_ADDRESS],
        agent=agent[:LONGEST_AGENT],
    )
    session.add(begun)
    session.flush()
    firm = session.scalars(select(model.Firm).where(model.Firm.firm_id == ctx.firm)).one()
    return identity.SignedIn(
        token=token, expires_at=begun.expires_at, firm=firm.to_contract(), member=member.to_contract()
    )


def end_session(session: Session, ctx: Context, request: identity.SessionRef) -> Done:
    """End one of the actor's own sessions. Raises NotFound."""
    query = delete(model.Session).where(
        model.Session.firm_id == ctx.firm,
        model.Session.member_id == ctx.actor.id,
        model.Session.id == request.session_id,
    )
    member_id = session.scalar(query.returning(model.Session.member_id))
    if member_id is None:
        raise NotFound("You have no such session.", session_id=str(request.session_id))
    emit(session, ctx, identity.CredentialsEnded(member_id=member_id, session_ids=(request.session_id,)))
    return Done()


def sign_out(session: Session, ctx: Context, parsed: tokens.Parsed) -> None:
    """End the session of this token; one that has ended stays ended."""
    query = delete(model.Session).where(model.Session.firm_id == ctx.firm, model.Session.digest == parsed.digest)
    ended = session.execute(query.returning(model.Session.member_id, model.Session.id)).one_or_none()
    if ended is not None:
        emit(session, ctx, identity.CredentialsEnded(member_id=ended.member_id, session_ids=(ended.id,)))


def create_token(session: Session, ctx: Context, request: identity.CreateToken) -> identity.Token:
    """Make an API token of the actor's own. Raises NotAllowed, Invalid."""
    if ctx.actor.kind != "member" or ctx.actor.id is None:
        raise identity.NotAllowed("API tokens belong to members.")
    if request.expires_on is not None and request.expires_on < ctx.now.date():
        raise wrong("expires_on", "This day is past.")
    member = team.locked(session, ctx, ctx.actor.id)  # or a deactivation beside this would leave the token alive
    if not member.is_active:
        raise identity.NotAllowed
    secret = tokens.make("t", ctx.firm)
    token = model.Token(
        firm_id=ctx.firm,
        id=new_id(),
        member_id=member.id,
        name=names.tidy("name", request.name),
        scopes=sorted(set(request.scopes)),
        digest=tokens.digest(secret),
        created_at=ctx.now,
        expires_on=request.expires_on,
    )
    session.add(token)
    session.flush()
    return token.to_contract(secret)


def revoke_token(session: Session, ctx: Context, request: identity.TokenRef) -> Done:
    """Make one of the actor's own API tokens void. Raises NotFound."""
    query = delete(model.Token).where(
        model.Token.firm_id == ctx.firm, model.Token.member_id == ctx.actor.id, model.Token.id == request.token_id
    )
    member_id = session.scalar(query.returning(model.Token.member_id))
    if member_id is None:
        raise NotFound("You have no such token.", token_id=str(request.token_id))
    emit(session, ctx, identity.CredentialsEnded(member_id=member_id, token_ids=(request.token_id,)))
    return Done()


def touch(session: Session, ctx: Context, parsed: tokens.Parsed) -> None:
    """Note that the credential is in use; of several notes at once the first counts."""
    long_ago = ctx.now - limits.SEEN_EVERY
    if parsed.kind == "s":
        seen = (model.Session.firm_id == ctx.firm, model.Session.digest == parsed.digest)
        session.execute(
            update(model.Session).where(*seen, model.Session.last_seen_at <= long_ago).values(last_seen_at=ctx.now)
        )
        return
    used = (model.Token.firm_id == ctx.firm, model.Token.digest == parsed.digest)
    unused = or_(model.Token.last_used_at.is_(None), model.Token.last_used_at <= long_ago)
    session.execute(update(model.Token).where(*used, unused).values(last_used_at=ctx.now))
