"""Members leave, come back, forget their password, and hand the firm over."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.outbox import emit
from contracts import identity
from services.identity import model
from services.identity.operations import team
from services.identity.rules import roles


def deactivate_member(session: Session, ctx: Context, request: identity.MemberRef) -> identity.Member:
    """Switch a member's sign-in off and end every session and token at once (R-ROLE-3); done before, it stays done.

    Raises MemberNotFound, NotAllowed, OwnerStays.
    """
    member = _managed(session, ctx, request.member_id)
    if member.role == "owner":
        raise identity.OwnerStays
    if not member.is_active:
        return member.to_contract()
    member.is_active = False
    member.deactivated_at = ctx.now
    team.touch(ctx, member)
    team.audit(session, ctx, member, "state", "active", "deactivated")
    team.forbid_login(session, member)
    for table in (model.Session, model.Token):
        session.execute(delete(table).where(table.firm_id == ctx.firm, table.member_id == member.id))
    session.flush()
    emit(session, ctx, identity.CredentialsEnded(member_id=member.id))
    emit(session, ctx, identity.MemberDeactivated(member=member.to_contract()))
    return member.to_contract()


def restore_member(session: Session, ctx: Context, request: identity.MemberRef) -> identity.Member:
    """Let a deactivated member sign in again with the role, rights and password of before (R-ROLE-3).

    Raises MemberNotFound, NotAllowed.
    """
    member = _managed(session, ctx, request.member_id)
    if member.is_active:
        return member.to_contract()
    member.is_active = True
    member.deactivated_at = None
    team.touch(ctx, member)
    team.audit(session, ctx, member, "state", "deactivated", "active")
    team.allow_login(session, member)
    emit(session, ctx, identity.MemberRestored(member=member.to_contract()))
    return member.to_contract()


def check_may_reset_password(session: Session, ctx: Context, request: identity.MemberRef) -> None:
    """Refuse what `reset_password` would refuse, before a password is hashed for nothing.

    Raises MemberNotFound, NotAllowed.
    """
    _resettable(session, ctx, request.member_id)


def reset_password(session: Session, ctx: Context, request: identity.MemberRef, password_hash: str) -> identity.Member:
    """Give a member who forgot it a new password, and end their sessions. Raises MemberNotFound, NotAllowed."""
    member = _resettable(session, ctx, request.member_id)
    member.password_hash = password_hash
    team.touch(ctx, member)
    team.audit(session, ctx, member, "password", "", "reset")
    session.flush()
    end_sessions(session, ctx, member.id)
    emit(session, ctx, identity.MemberChanged(member=member.to_contract()))
    return member.to_contract()


def end_sessions(session: Session, ctx: Context, member_id: UUID, *, but: UUID | None = None) -> None:
    """End the member's sessions except one, and tell whoever remembers them."""
    of_member = (model.Session.firm_id == ctx.firm, model.Session.member_id == member_id)
    ended = session.scalars(
        delete(model.Session).where(*of_member, model.Session.id.is_distinct_from(but)).returning(model.Session.id)
    ).all()
    if ended:
        emit(session, ctx, identity.CredentialsEnded(member_id=member_id, session_ids=tuple(ended)))


def transfer_ownership(session: Session, ctx: Context, request: identity.MemberRef) -> identity.Member:
    """Make another active member the owner; the owner before becomes an admin (R-ROLE-1). Answers the new owner.

    Raises MemberNotFound, NotAllowed, Invalid.
    """
    if team.lock(session, ctx) not in roles.ABOVE:
        raise identity.NotAllowed("Only the owner hands the firm over.")
    heir = team.locked(session, ctx, request.member_id)
    if heir.role == "owner":
        raise wrong("member_id", "This member is the owner already.")
    if not heir.is_active:
        raise wrong("member_id", "This member is deactivated; restore them first.")
    owner = session.scalars(
        select(model.Member).where(model.Member.firm_id == ctx.firm, model.Member.role == "owner").with_for_update()
    ).one()
    _become(session, ctx, owner, "admin")  # first: there is no moment with two
    _become(session, ctx, heir, "owner")
    return heir.to_contract()


def _become(session: Session, ctx: Context, member: model.Member, role: identity.Role) -> None:
    team.audit(session, ctx, member, "role", member.role, role)
    member.role = role
    if member.rights:
        team.audit(session, ctx, member, "rights", ", ".join(member.rights), "")
        member.rights = []
    if role == "owner" and not member.has_default_access:
        team.audit(session, ctx, member, "default_access", "no", "yes")
        member.has_default_access = True  # R-ACC-2
    team.touch(ctx, member)
    session.flush()
    emit(session, ctx, identity.MemberChanged(member=member.to_contract()))


def _managed(session: Session, ctx: Context, member_id: UUID) -> model.Member:
    standing = team.lock(session, ctx)
    member = team.locked(session, ctx, member_id)
    if not roles.may_manage(standing, member.role):
        raise identity.NotAllowed
    return member


def _resettable(session: Session, ctx: Context, member_id: UUID) -> model.Member:
    member = _managed(session, ctx, member_id)
    if team.is_self(ctx, member):
        raise identity.NotAllowed("Change your own password with the present one.")
    return member
