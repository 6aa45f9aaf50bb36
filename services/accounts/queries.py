"""What one may ask about accounts: each question sees only what its caller sees."""

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, distinct, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Actor, Context
from chassis.errors import wrong
from contracts.account_settings import AccountRole, AccountRoles, RoleUse, Tags, TagUse
from contracts.accounts import (
    Access,
    AccessRequest,
    AccessRequests,
    Account,
    AccountList,
    AccountNotFound,
    AccountRef,
    GetAccounts,
    GetPhoto,
    ListTrash,
    TrashedAccount,
    TrashedAccounts,
    Viewer,
    Viewers,
)
from contracts.common import Done, Person
from contracts.custom_fields import CustomFields, FieldUse
from contracts.files import Content
from services.accounts import fields, initials, model, photos, rules, snapshot, team
from services.accounts.visibility import check, depicted, in_trash, visible


def get_account(session: Session, ctx: Context, request: AccountRef) -> Account:
    """One account, in one statement. Raises AccountNotFound."""
    row = session.execute(snapshot.query(and_(visible(ctx), model.Account.id == request.account_id))).one_or_none()
    if row is None:
        raise AccountNotFound(account_id=str(request.account_id))
    return snapshot.of_row(row)


def get_photo(session: Session, ctx: Context, request: GetPhoto) -> Content:
    """The file of the photo, or the initials drawn (R-PHOTO-2). Raises AccountNotFound."""
    account = model.Account
    query = select(account.name, account.type, account.photo_id).where(depicted(ctx), account.id == request.account_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise AccountNotFound(account_id=str(request.account_id))
    if found.photo_id is not None:
        place = photos.path(ctx.firm, request.account_id, found.photo_id, request.size)
        return Content(media_type="image/webp", etag=f"{found.photo_id}-{request.size}", path=place)
    drawn = initials.drawing(request.account_id, found.name, found.type, request.size)
    return Content(media_type="image/svg+xml", etag=hashlib.sha256(drawn.encode()).hexdigest()[:32], text=drawn)


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
    query = select(member.id, member.name, member.role, member.rights, assigned.label("is_assigned"))
    query = query.where(member.firm_id == ctx.firm, member.is_active, or_(assigned, team.sees_all()))
    rows = session.execute(query.order_by(func.lower(member.name), member.id))
    return Viewers(items=tuple(_viewer(row) for row in rows))


def _viewer(row: Any) -> Viewer:
    reason = row.role if row.role in ("owner", "admin") else "team" if row.is_assigned else "view_all_accounts"
    actor = Actor(kind="member", id=row.id, role=row.role, rights=frozenset(row.rights))
    return Viewer(
        member=Person(id=row.id, name=row.name),
        reason=reason,  # type: ignore[arg-type]
        actions=rules.actions(actor),
    )


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


def list_account_fields(session: Session, ctx: Context, request: Done) -> CustomFields:  # noqa: ARG001
    """The firm's fields in its order, and how many accounts in the caller's sight fill each (R-CF-7, R-ACC-5)."""
    rules.check_staff(ctx.actor)
    filled = fields.filled(session, ctx)
    known = fields.defined(session, ctx).values()
    return CustomFields(items=tuple(FieldUse(field=each, filled=filled.get(each.id, 0)) for each in known))


def list_account_roles(session: Session, ctx: Context, request: Done) -> AccountRoles:  # noqa: ARG001
    """The firm's roles by name, and how many accounts in the caller's sight have somebody in each (R-ACC-5)."""
    rules.check_staff(ctx.actor)
    role, holder = model.AccountRole, model.AccountRoleHolder
    is_its = and_(model.Account.firm_id == holder.firm_id, model.Account.id == holder.account_id)
    filled = (
        select(func.count(distinct(holder.account_id)))
        .join_from(holder, model.Account, is_its)
        .where(holder.firm_id == role.firm_id, holder.role_id == role.id, visible(ctx))
        .correlate(role)
        .scalar_subquery()
    )
    rows = session.execute(
        select(role.id, role.name, filled.label("accounts")).where(role.firm_id == ctx.firm).order_by(role.key)
    )
    uses = (RoleUse(role=AccountRole(id=row.id, name=row.name), accounts=row.accounts) for row in rows)
    return AccountRoles(items=tuple(uses))


def list_trash(session: Session, ctx: Context, request: ListTrash) -> TrashedAccounts:
    """The accounts in the trash that the caller would see, the last deleted first (R-ARC-5). Raises Forbidden."""
    rules.check_in_firm(ctx.actor, "see_trash")
    account, trash, member = model.Account, model.AccountTrash, model.MemberRef
    is_its = and_(account.firm_id == trash.firm_id, account.id == trash.account_id)
    is_theirs = and_(member.firm_id == trash.firm_id, member.id == trash.deleted_by)
    query = (
        select(trash, account.code, account.name, account.type, func.coalesce(member.name, "").label("who"))
        .join_from(trash, account, is_its)
        .outerjoin(member, is_theirs)
        .where(trash.firm_id == ctx.firm, in_trash(ctx))
        .order_by(trash.deleted_at.desc(), trash.account_id.desc())
    )
    if request.cursor is not None:
        query = query.where(tuple_(trash.deleted_at, trash.account_id) < _before(request.cursor))
    rows = session.execute(query.limit(request.limit + 1)).all()
    shown = [_trashed(row) for row in rows[: request.limit]]
    more = cursor.encode(shown[-1].deleted_at, shown[-1].id) if len(rows) > len(shown) else None
    return TrashedAccounts(items=tuple(shown), next_cursor=more)


def _trashed(row: Row[Any]) -> TrashedAccount:
    trash = row.AccountTrash
    return TrashedAccount(
        id=trash.account_id,
        code=row.code,
        name=row.name,
        type=row.type,
        deleted_by=Person(id=trash.deleted_by, name=row.who) if trash.deleted_by else None,
        deleted_at=trash.deleted_at,
        gone_at=trash.due_at,
    )


def _before(typed: str) -> tuple[dt.datetime, UUID]:
    deleted_at, last = cursor.decode(typed, 2)
    try:
        return dt.datetime.fromisoformat(deleted_at), UUID(last)
    except (AttributeError, TypeError, ValueError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc


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
