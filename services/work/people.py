"""Who may act and who may be named: members as far as work knows them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.rights import Rule, allows, needed
from contracts.work import NotYours
from services.work import model


def staff(ctx: Context) -> None:
    """Raise Forbidden for clients: they never see the firm's own work (domain.md §2.4)."""
    if ctx.actor.kind == "portal":
        raise Forbidden


def needs(ctx: Context, what: str, rule: Rule) -> None:
    """Raise NotYours unless a rule of the one table lets the caller do it."""
    staff(ctx)
    if not allows(rule, ctx.actor):
        raise NotYours(f"{what} needs {needed(rule)}.")


def acting(session: Session, ctx: Context) -> UUID:
    """The member who acts, known from then on even where identity's event is late. Raises Forbidden for others."""
    if ctx.actor.kind != "member" or ctx.actor.id is None:
        raise Forbidden("Only a member of the firm can do this.")
    values = {"firm_id": ctx.firm, "id": ctx.actor.id, "name": ctx.actor.name, "is_active": True, "version": 0}
    session.execute(insert(model.MemberRef).values(values).on_conflict_do_nothing())
    return ctx.actor.id


def check_active(session: Session, ctx: Context, field: str, ids: Iterable[UUID]) -> None:
    """Raise Invalid unless each is an active member; a deactivation waits for this transaction (R-ROLE-3)."""
    wanted = sorted(set(ids))
    if not wanted:
        return
    if ctx.actor.id in wanted:
        acting(session, ctx)
    query = (
        select(model.MemberRef.id)
        .where(model.MemberRef.firm_id == ctx.firm, model.MemberRef.id.in_(wanted), model.MemberRef.is_active.is_(True))
        .order_by(model.MemberRef.id)
        .with_for_update(read=True)
    )
    unknown = set(wanted).difference(session.scalars(query))
    if unknown:
        names = ", ".join(str(member_id) for member_id in sorted(unknown))
        raise wrong(field, f"Not an active member of the firm, or not known here yet: {names}.").naming(unknown)


def check_tags(session: Session, ctx: Context, ids: Iterable[UUID]) -> None:
    """Raise Invalid unless each is a tag of the firm."""
    wanted = set(ids)
    if not wanted:
        return
    query = select(model.TagRef.id).where(
        model.TagRef.firm_id == ctx.firm, model.TagRef.id.in_(wanted), model.TagRef.is_deleted.is_(False)
    )
    unknown = wanted.difference(session.scalars(query))
    if unknown:
        names = ", ".join(str(tag_id) for tag_id in sorted(unknown))
        raise wrong("tag_ids", f"Not a tag of the firm, or not known here yet: {names}.").naming(unknown)


def check_roles(session: Session, ctx: Context, ids: Iterable[UUID]) -> None:
    """Raise Invalid unless each is an account role of the firm."""
    wanted = set(ids)
    if not wanted:
        return
    query = select(model.RoleRef.id).where(
        model.RoleRef.firm_id == ctx.firm, model.RoleRef.id.in_(wanted), model.RoleRef.is_deleted.is_(False)
    )
    unknown = wanted.difference(session.scalars(query))
    if unknown:
        names = ", ".join(str(role_id) for role_id in sorted(unknown))
        raise wrong("role_ids", f"Not a role of the firm, or not known here yet: {names}.").naming(unknown)
