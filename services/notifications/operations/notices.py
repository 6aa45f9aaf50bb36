"""Notices of members: made of a happening, read, chosen; and what is remembered of accounts for them."""

from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import notices
from contracts.accounts import Account, AccountChanged, AccountCreated, AccountDeleted
from contracts.common import Done
from services.notifications import audience, model
from services.notifications.queries import notices as queries


def read_notice(session: Session, ctx: Context, request: notices.NoticeRef) -> notices.Notice:
    """Note that the caller has read one. Raises NoticeNotFound."""
    query = queries.named(ctx).where(queries.visible(ctx), model.Notice.id == request.notice_id)
    found = session.execute(query.with_for_update(of=model.Notice)).one_or_none()
    if found is None:
        raise notices.NoticeNotFound(notice_id=str(request.notice_id))
    row, name = found
    row.read_at = row.read_at or ctx.now
    session.flush()
    return queries.as_message(row, name)


def read_notices(session: Session, ctx: Context, request: notices.ReadNotices) -> notices.UnreadNotices:
    """Note that the caller has read all up to one of them."""
    notice = model.Notice
    where = [queries.visible(ctx), notice.read_at.is_(None), notice.id <= request.up_to]
    if request.account_id is not None:
        where.append(notice.account_id == request.account_id)
    session.execute(update(notice).where(*where).values(read_at=ctx.now))
    return notices.UnreadNotices(unread=queries.unread(session, ctx))


def choose_notices(session: Session, ctx: Context, request: notices.ChooseNotices) -> notices.NoticeChoices:
    """Keep what the caller wants to be told of, and where (R-FOL-2)."""
    row = model.NoticeChoice
    wanted = {one.kind: one for one in request.items}
    for kind in sorted(wanted):
        values = {"is_listed": wanted[kind].is_listed, "is_mailed": wanted[kind].is_mailed}
        put = insert(row).values(firm_id=ctx.firm, member_id=queries.member(ctx), kind=kind, **values)
        session.execute(put.on_conflict_do_update(index_elements=["firm_id", "member_id", "kind"], set_=values))
    return queries.get_notice_choices(session, ctx, Done())


def account_told(session: Session, ctx: Context, event: AccountCreated | AccountChanged) -> None:
    """Keep who sees the account, and its name."""
    keep_account(session, ctx, event.account)


def keep_account(session: Session, ctx: Context, account: Account) -> None:
    """Keep an account as it is, unless something newer is known."""
    row = model.AccountRef
    values: dict[str, Any] = {
        "name": account.name,
        "state": account.state,
        "team": audience.unique(one.id for one in account.team),
        "version": account.version,
    }
    put = insert(row).values(firm_id=ctx.firm, id=account.id, **values)
    newer = put.excluded.version > row.version
    session.execute(put.on_conflict_do_update(index_elements=["firm_id", "id"], set_=values, where=newer))


def account_deleted(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Forget what members were told of an account."""
    for table, column in ((model.Notice, model.Notice.account_id), (model.AccountRef, model.AccountRef.id)):
        session.execute(delete(table).where(table.firm_id == ctx.firm, column == event.account_id))
