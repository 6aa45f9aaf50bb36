"""Members: added and changed; their roles, rights and states are in `states`."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from chassis.wire import dump
from contracts import identity
from services.identity import model
from services.identity.operations import firms, team
from services.identity.rules import names, roles

AUDITED = {"role": "role", "rights": "rights", "has_default_access": "default_access", "email": "email"}


def check_may_create(session: Session, ctx: Context, request: identity.CreateMember) -> None:
    """Refuse what `create_member` would refuse, before a password is hashed for nothing.

    Raises NotAllowed, EmailTaken, Invalid.
    """
    _check_may_create(team.standing(session, ctx), request)
    names.tidy("name", request.name)
    _check_email_free(session, ctx, request.email)


def create_member(
    session: Session, ctx: Context, request: identity.CreateMember, password_hash: str
) -> identity.Member:
    """Add a member to the team. Raises NotAllowed, EmailTaken, Invalid."""
    _check_may_create(team.lock(session, ctx), request)
    _check_email_free(session, ctx, request.email)
    member = firms.new_member(
        ctx,
        email=request.email,
        name=names.tidy("name", request.name),
        role=request.role,
        password_hash=password_hash,
    )
    member.rights = sorted(set(request.rights))
    member.has_default_access = request.has_default_access
    session.add(member)
    team.allow_login(session, member)
    team.audit(session, ctx, member, "created", "", member.role)
    if member.rights:
        team.audit(session, ctx, member, "rights", "", _shown(member.rights))
    if member.has_default_access:
        team.audit(session, ctx, member, "default_access", _shown(False), _shown(True))
    emit(session, ctx, identity.MemberCreated(member=member.to_contract()))
    return member.to_contract()


def change_member(session: Session, ctx: Context, request: identity.ChangeMember) -> identity.Member:
    """Change what the request names and what really differs.

    Raises MemberNotFound, MemberChangedMeanwhile, NotAllowed, OwnerStays, EmailTaken, Invalid.
    """
    standing = team.lock(session, ctx)
    member = team.locked(session, ctx, request.member_id)
    if standing == "none" or not (team.is_self(ctx, member) or roles.may_manage(standing, member.role)):
        raise identity.NotAllowed
    if member.version != request.version:
        raise identity.MemberChangedMeanwhile(current=dump(member.to_contract()))
    changes = _differing(member, request)
    roles.check_change(standing, member.role, changes, is_self=team.is_self(ctx, member))
    if not changes:
        return member.to_contract()
    _apply(session, ctx, member, changes)
    team.touch(ctx, member)
    session.flush()
    emit(session, ctx, identity.MemberChanged(member=member.to_contract()))
    return member.to_contract()


def _differing(member: model.Member, request: identity.ChangeMember) -> dict[str, Any]:
    wanted = dump(request)
    del wanted["member_id"], wanted["version"]
    if "name" in wanted:
        wanted["name"] = names.tidy("name", wanted["name"])
    if "email" in wanted:
        wanted["email"] = wanted["email"].strip()
    if "rights" in wanted:
        wanted["rights"] = sorted(set(wanted["rights"]))
    return {field: value for field, value in wanted.items() if getattr(member, field) != value}


def _apply(session: Session, ctx: Context, member: model.Member, changes: dict[str, Any]) -> None:
    if changes.get("role", "employee") != "employee" and member.rights:
        changes["rights"] = []  # an admin holds all rights; made an employee again, one begins without any
    if "email" in changes:
        folded = names.fold(changes["email"])
        if folded != member.email_folded:
            _check_email_free(session, ctx, changes["email"])
            member.email_folded = folded
    for field, value in changes.items():
        if field in AUDITED:
            team.audit(session, ctx, member, AUDITED[field], _shown(getattr(member, field)), _shown(value))
        setattr(member, field, value)
    if "email" in changes and member.is_active:
        team.allow_login(session, member)


def _check_may_create(standing: str, request: identity.CreateMember) -> None:
    if not roles.may_manage(standing, request.role):
        raise identity.NotAllowed
    roles.check_rights(request.role, {"rights": request.rights})


def _check_email_free(session: Session, ctx: Context, email: str) -> None:
    """Raises EmailTaken; a deactivated member keeps the address, so that restoring is always possible."""
    query = select(model.Member.is_active).where(
        model.Member.firm_id == ctx.firm, model.Member.email_folded == names.fold(email)
    )
    is_active = session.scalar(query)
    if is_active is False:
        raise identity.EmailTaken("A deactivated member of this firm has this e-mail address: restore them instead.")
    if is_active:
        raise identity.EmailTaken


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
