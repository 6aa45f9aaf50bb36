"""What accounts remembers of members, and what follows when one of them goes or loses rights (R-ROLE-3)."""

from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Actor, Context
from contracts.identity import Member, MemberChanged, MemberCreated, MemberDeactivated, MemberRestored, holds
from services.accounts import snapshot, team, visibility
from services.accounts.model import AccessRequest, Account, AccountFollower, AccountRoleHolder, AccountTeam, MemberRef


def told(
    session: Session, ctx: Context, event: MemberCreated | MemberChanged | MemberDeactivated | MemberRestored
) -> None:
    """A member is new or has changed: remember how they are, unless something newer is known."""
    member = event.member
    # All of the firm in one order: replacing one member by others locks those too.
    mine = select(MemberRef.id).where(MemberRef.firm_id == ctx.firm).order_by(MemberRef.id).with_for_update()
    session.execute(mine)
    if not _keep(session, ctx, member):
        return
    if not member.is_active:
        _leave_teams(session, ctx, member.id)
    _stop_following(session, ctx, member)


def _keep(session: Session, ctx: Context, member: Member) -> bool:
    row = {
        "name": member.name,
        "role": member.role,
        "rights": list(member.rights),
        "is_active": member.is_active,
        "has_default_access": member.has_default_access,
        "version": member.version,
    }
    statement = insert(MemberRef).values(firm_id=ctx.firm, id=member.id, **row)
    statement = statement.on_conflict_do_update(
        index_elements=["firm_id", "id"], set_=row, where=MemberRef.version < statement.excluded.version
    )
    return session.execute(statement.returning(MemberRef.id)).first() is not None


def _leave_teams(session: Session, ctx: Context, member_id: UUID) -> None:
    """Take the member off every team and out of every role (R-ROLE-3).

    A team left without anybody gets the default members (R-ACC-3).
    """
    assigned, fills_role = (
        exists().where(table.firm_id == ctx.firm, table.account_id == Account.id, table.member_id == member_id)
        for table in (AccountTeam, AccountRoleHolder)
    )
    accounts = [account.id for account in visibility.locked_all(session, ctx, or_(assigned, fills_role))]
    session.execute(
        delete(AccountRoleHolder).where(AccountRoleHolder.firm_id == ctx.firm, AccountRoleHolder.member_id == member_id)
    )
    for account_id in accounts:
        team.remove(session, ctx, account_id, [member_id])
        if not team.of(session, ctx, account_id):
            team.add(session, ctx, account_id, team.default(session, ctx))
    session.execute(
        delete(AccessRequest).where(
            AccessRequest.firm_id == ctx.firm,
            AccessRequest.member_id == member_id,
            AccessRequest.answered_at.is_(None),
        )
    )
    snapshot.report(session, ctx, accounts)


def _stop_following(session: Session, ctx: Context, member: Member) -> None:
    """Losing access ends following (R-FOL-1): a right taken away or a role lost is such a loss."""
    actor = Actor(kind="member", id=member.id, role=member.role, rights=frozenset(member.rights))
    if member.is_active and holds(actor, "view_all_accounts"):
        return
    theirs = (AccountFollower.firm_id == ctx.firm, AccountFollower.member_id == member.id)
    assigned = exists().where(
        AccountTeam.firm_id == ctx.firm,
        AccountTeam.account_id == AccountFollower.account_id,
        AccountTeam.member_id == member.id,
    )
    lost = select(AccountFollower.account_id).where(*theirs, ~assigned)
    accounts = [account.id for account in visibility.locked_all(session, ctx, Account.id.in_(lost))]
    session.execute(delete(AccountFollower).where(*theirs, AccountFollower.account_id.in_(accounts)))
    snapshot.report(session, ctx, accounts)
