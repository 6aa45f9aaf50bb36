"""What every change of the team begins and ends with: one change at a time, and a line in the audit (R-ROLE-2)."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts.identity import MemberNotFound
from services.identity import model


def lock(session: Session, ctx: Context) -> str:
    """Let no other change of the firm's roles, rights or states run beside this one, and tell the actor's standing.

    The standing is `system` or the member's role at this moment, not when the call came in; `none` for anybody else.
    """
    session.execute(
        select(model.Firm.firm_id).where(model.Firm.firm_id == ctx.firm).with_for_update(key_share=True)
    ).one_or_none()
    return standing(session, ctx)


def standing(session: Session, ctx: Context) -> str:
    """The actor's standing at this moment, without a lock."""
    if ctx.actor.kind == "system":
        return "system"
    if ctx.actor.kind != "member":
        return "none"
    query = select(model.Member.role).where(
        model.Member.firm_id == ctx.firm, model.Member.id == ctx.actor.id, model.Member.is_active
    )
    return session.scalar(query) or "none"


def locked(session: Session, ctx: Context, member_id: UUID) -> model.Member:
    """The member, held until the transaction ends. Raises MemberNotFound."""
    query = select(model.Member).where(model.Member.firm_id == ctx.firm, model.Member.id == member_id)
    member = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if member is None:
        raise MemberNotFound(member_id=str(member_id))
    return member


def is_self(ctx: Context, member: model.Member) -> bool:
    return ctx.actor.kind == "member" and ctx.actor.id == member.id


def touch(ctx: Context, member: model.Member) -> None:
    """Count a change of the member."""
    member.version += 1
    member.updated_at = ctx.now


def audit(session: Session, ctx: Context, member: model.Member, change: str, before: str, after: str) -> None:
    """Write down who changed what of whom."""
    entry = model.Audit(
        firm_id=ctx.firm,
        id=new_id(),
        at=ctx.now,
        actor_id=ctx.actor.id,
        actor_name=ctx.actor.name or ctx.actor.kind,
        member_id=member.id,
        member_name=member.name,
        change=change,
        before=before,
        after=after,
    )
    session.add(entry)


def allow_login(session: Session, member: model.Member) -> None:
    """Let the member's address, and no other, find the member when signing in."""
    forbid_login(session, member)
    session.flush()  # the member first: `login` points to it
    session.add(model.Login(firm_id=member.firm_id, member_id=member.id, email_folded=member.email_folded))
    session.flush()


def forbid_login(session: Session, member: model.Member) -> None:
    session.execute(
        delete(model.Login).where(model.Login.firm_id == member.firm_id, model.Login.member_id == member.id)
    )
