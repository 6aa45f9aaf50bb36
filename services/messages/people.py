"""Who acts in a chat, and which members may be named in it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.rights import is_staff
from services.messages import model


def staff(ctx: Context) -> None:
    """Raise Forbidden for clients: they have calls of their own."""
    if not is_staff(ctx.actor):
        raise Forbidden


def member(ctx: Context) -> UUID:
    """The member who acts. Raises Forbidden for everybody else."""
    if ctx.actor.kind != "member" or ctx.actor.id is None:
        raise Forbidden("Only a member of the firm can do this.")
    return ctx.actor.id


def acting(session: Session, ctx: Context) -> UUID:
    """The member who acts, known from then on even where identity's event is late. Raises Forbidden for others."""
    member_id = member(ctx)
    values = {"firm_id": ctx.firm, "id": member_id, "name": ctx.actor.name, "is_active": True, "version": 0}
    session.execute(insert(model.MemberRef).values(values).on_conflict_do_nothing())
    return member_id


def contact(ctx: Context) -> UUID:
    """The contact as whom a portal user acts. Raises Forbidden for everybody else."""
    if ctx.actor.kind != "portal" or ctx.actor.id is None:
        raise Forbidden("Only a contact of the account can do this, in the portal.")
    return ctx.actor.id


def hold(session: Session, ctx: Context, ids: Iterable[UUID]) -> None:
    """Keep members as they are until the transaction ends, for whoever locks a thread next and checks them then.

    A deactivation takes the member first and their threads after, so everybody does.
    """
    query = select(model.MemberRef.id).where(model.MemberRef.firm_id == ctx.firm, model.MemberRef.id.in_(sorted(ids)))
    session.execute(query.order_by(model.MemberRef.id).with_for_update(read=True))


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
