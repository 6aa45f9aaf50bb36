"""Who is on the team of an account, and who follows it (R-TEAM-1, R-ACC-2, R-ACC-3, R-FOL-1)."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable
from contracts.accounts import TeamMemberUnknown
from services.accounts.model import AccessRequest, AccountFollower, AccountTeam, MemberRef


def choose(session: Session, ctx: Context, wanted: Collection[UUID]) -> list[UUID]:
    """The members to be assigned, kept from being deactivated until the transaction ends; none wanted: the default.

    Raises TeamMemberUnknown for who is not an active member of the firm.
    """
    if not wanted:
        return default(session, ctx)
    check_active(session, ctx, [(f"members.{place}", member_id) for place, member_id in enumerate(wanted)])
    return sorted(set(wanted))


def check_active(session: Session, ctx: Context, named: Sequence[tuple[str, UUID]]) -> None:
    """Keep members from being deactivated until the transaction ends; each comes with the field that names them.

    Raises TeamMemberUnknown.
    """
    active = set(_active(session, ctx, MemberRef.id.in_({member_id for _, member_id in named})))
    absent = [(field, member_id) for field, member_id in named if member_id not in active]
    if absent:
        message = "This is not an active member of the firm."
        errors = [{"field": field, "message": message} for field, _ in absent]
        raise TeamMemberUnknown(errors=errors).naming([member_id for _, member_id in absent])


def default(session: Session, ctx: Context, *, creator: UUID | None = None) -> list[UUID]:
    """Who is on a team nobody chose: those with default access, the owner among them (R-ACC-2), and the creator."""
    theirs = or_(MemberRef.has_default_access, MemberRef.role == "owner", MemberRef.id == creator)
    found = _active(session, ctx, theirs)
    if not found and creator is not None:
        return [creator]
    if not found:
        raise Unavailable("The firm's members are not known here yet; try again in a moment.").naming([ctx.firm])
    return found


def still_active(session: Session, ctx: Context, wanted: Collection[UUID]) -> list[UUID]:
    """Those of a team chosen a while ago who were not deactivated since, or the default."""
    query = select(MemberRef).where(MemberRef.firm_id == ctx.firm, MemberRef.id.in_(wanted)).order_by(MemberRef.id)
    query = query.with_for_update(read=True).execution_options(populate_existing=True)
    gone = {member.id for member in session.scalars(query) if not member.is_active}
    return sorted(set(wanted) - gone) or default(session, ctx)


def _active(session: Session, ctx: Context, where: ColumnElement[bool]) -> list[UUID]:
    query = select(MemberRef).where(MemberRef.firm_id == ctx.firm, MemberRef.is_active, where)
    query = query.order_by(MemberRef.id).with_for_update(read=True).execution_options(populate_existing=True)
    return [member.id for member in session.scalars(query)]


def of(session: Session, ctx: Context, account_id: UUID) -> set[UUID]:
    """The members assigned to an account."""
    theirs = and_(AccountTeam.firm_id == ctx.firm, AccountTeam.account_id == account_id)
    return set(session.scalars(select(AccountTeam.member_id).where(theirs)))


def assign(session: Session, ctx: Context, account_id: UUID, members: Iterable[UUID]) -> None:
    """Put members on the team; whoever gains access follows (R-FOL-1)."""
    rows = [{"firm_id": ctx.firm, "account_id": account_id, "member_id": member_id} for member_id in sorted(members)]
    if rows:
        session.execute(insert(AccountTeam).on_conflict_do_nothing(), rows)
        session.execute(insert(AccountFollower).on_conflict_do_nothing(), rows)


def add(session: Session, ctx: Context, account_id: UUID, members: Iterable[UUID]) -> None:
    """The same on an account some may have asked for: they need not any longer."""
    ids = set(members)
    if not ids:
        return
    assign(session, ctx, account_id, ids)
    open_ones = and_(
        AccessRequest.firm_id == ctx.firm,
        AccessRequest.account_id == account_id,
        AccessRequest.member_id.in_(ids),
        AccessRequest.answered_at.is_(None),
    )
    answer = {"answered_at": ctx.now, "answered_by": ctx.actor.id, "is_granted": True}
    session.execute(update(AccessRequest).where(open_ones).values(answer))


def remove(session: Session, ctx: Context, account_id: UUID, members: Collection[UUID]) -> None:
    """Take members off the team; who loses access with it no longer follows, owner and admins do not lose it."""
    on_team = and_(
        AccountTeam.firm_id == ctx.firm, AccountTeam.account_id == account_id, AccountTeam.member_id.in_(members)
    )
    session.execute(delete(AccountTeam).where(on_team))
    keeps = select(MemberRef.id).where(MemberRef.firm_id == ctx.firm, MemberRef.is_active, sees_all())
    session.execute(
        delete(AccountFollower).where(
            AccountFollower.firm_id == ctx.firm,
            AccountFollower.account_id == account_id,
            AccountFollower.member_id.in_(members),
            AccountFollower.member_id.not_in(keeps),
        )
    )


def sees_all() -> ColumnElement[bool]:
    """Whether a member sees accounts without being assigned (R-ACC-1)."""
    return or_(MemberRef.role.in_(("owner", "admin")), MemberRef.rights.contains(["view_all_accounts"]))
