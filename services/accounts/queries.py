"""What one may ask about accounts: each question sees only what its caller sees."""

from sqlalchemy import and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.accounts import (
    Access,
    AccessRequest,
    AccessRequests,
    Account,
    AccountList,
    AccountNotFound,
    AccountRef,
    GetAccounts,
    Tags,
    TagUse,
    Viewer,
    Viewers,
)
from contracts.common import Done, Person
from services.accounts import model, rules, snapshot, team
from services.accounts.visibility import check, visible


def get_account(session: Session, ctx: Context, request: AccountRef) -> Account:
    """One account, in one statement. Raises AccountNotFound."""
    row = session.execute(snapshot.query(and_(visible(ctx), model.Account.id == request.account_id))).one_or_none()
    if row is None:
        raise AccountNotFound(account_id=str(request.account_id))
    return snapshot.of_row(row)


def get_accounts(session: Session, ctx: Context, request: GetAccounts) -> AccountList:
    """Those of the accounts that the caller sees, in one statement (R-ACC-5)."""
    where = and_(visible(ctx), model.Account.id.in_(request.account_ids))
    rows = session.execute(snapshot.query(where).order_by(model.Account.id))
    return AccountList(items=tuple(snapshot.of_row(row) for row in rows))


def get_access(session: Session, ctx: Context, request: AccountRef) -> Access:
    """What the caller may do on the account. Raises AccountNotFound, whether it exists or not (R-ACC-5)."""
    check(session, ctx, request.account_id)
    return Access(account_id=request.account_id, actions=rules.actions(ctx.actor))


def list_viewers(session: Session, ctx: Context, request: AccountRef) -> Viewers:
    """Every member who sees the account, by name, and why (R-TEAM-1)."""
    check(session, ctx, request.account_id)
    member = model.MemberRef
    assigned = exists().where(
        model.AccountTeam.firm_id == ctx.firm,
        model.AccountTeam.account_id == request.account_id,
        model.AccountTeam.member_id == member.id,
    )
    query = select(member.id, member.name, member.role, assigned.label("is_assigned"))
    query = query.where(member.firm_id == ctx.firm, member.is_active, or_(assigned, team.sees_all()))
    rows = session.execute(query.order_by(func.lower(member.name), member.id))
    return Viewers(items=tuple(_viewer(row.id, row.name, row.role, is_assigned=row.is_assigned) for row in rows))


def _viewer(member_id: object, name: str, role: str, *, is_assigned: bool) -> Viewer:
    reason = role if role in ("owner", "admin") else "team" if is_assigned else "view_all_accounts"
    return Viewer(member=Person(id=member_id, name=name), reason=reason)  # type: ignore[arg-type]


def list_tags(session: Session, ctx: Context, request: Done) -> Tags:  # noqa: ARG001 (every call takes a message)
    """The firm's tags by name, and how many accounts in the caller's sight carry each (R-TAG-5, R-ACC-5)."""
    rules.check_staff(ctx.actor)
    tag = model.Tag
    carried = (
        select(func.count())
        .select_from(model.AccountTag)
        .join(
            model.Account,
            and_(model.Account.firm_id == model.AccountTag.firm_id, model.Account.id == model.AccountTag.account_id),
        )
        .where(model.AccountTag.firm_id == tag.firm_id, model.AccountTag.tag_id == tag.id, visible(ctx))
        .correlate(tag)
        .scalar_subquery()
    )
    rows = session.execute(
        select(tag.id, tag.name, tag.colour, carried.label("accounts")).where(tag.firm_id == ctx.firm).order_by(tag.key)
    )
    return Tags(items=tuple(TagUse(id=row.id, name=row.name, colour=row.colour, accounts=row.accounts) for row in rows))


def list_access_requests(session: Session, ctx: Context, request: Done) -> AccessRequests:  # noqa: ARG001
    """Open requests for accounts the caller sees, oldest first (R-ACC-4). Raises Forbidden."""
    rules.check_in_firm(ctx.actor, "answer_requests")
    asked = model.AccessRequest
    query = (
        select(
            asked, model.Account.name, model.Account.code, func.coalesce(model.MemberRef.name, literal("")).label("who")
        )
        .join(model.Account, and_(model.Account.firm_id == asked.firm_id, model.Account.id == asked.account_id))
        .outerjoin_from(
            asked,
            model.MemberRef,
            and_(model.MemberRef.firm_id == asked.firm_id, model.MemberRef.id == asked.member_id),
        )
        .where(asked.firm_id == ctx.firm, asked.answered_at.is_(None), visible(ctx))
        .order_by(asked.requested_at, asked.id)
    )
    items = [
        AccessRequest(
            id=row.AccessRequest.id,
            account_id=row.AccessRequest.account_id,
            account_name=row.name,
            account_code=row.code,
            member=Person(id=row.AccessRequest.member_id, name=row.who),
            requested_at=row.AccessRequest.requested_at,
        )
        for row in session.execute(query)
    ]
    return AccessRequests(items=tuple(items))
