"""A member's notices: only what they may see by now, in the query before its limit (R-ACC-1, R-ACC-5)."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts import notices
from contracts.common import Done
from contracts.identity import holds
from services.notifications import audience, model

IN_SIGHT = ("active", "archived")  # states in which an account is seen (R-ACC-8)


def member(ctx: Context) -> UUID:
    """The member who asks. Raises Forbidden for everybody else."""
    if ctx.actor.kind != "member" or ctx.actor.id is None:
        raise Forbidden("Only a member of the firm has notices.")
    return ctx.actor.id


def visible(ctx: Context) -> ColumnElement[bool]:
    """Whether a row of `notice` is the caller's and about what they may see."""
    notice, account = model.Notice, model.AccountRef
    member_id = member(ctx)
    opens: ColumnElement[bool] = account.state.in_(IN_SIGHT)
    if not holds(ctx.actor, "view_all_accounts"):
        opens = and_(opens, account.team.any(member_id))  # type: ignore[arg-type]
    opened = exists().where(account.firm_id == ctx.firm, account.id == notice.account_id, opens).correlate(notice)
    return and_(
        notice.firm_id == ctx.firm,
        notice.member_id == member_id,
        notice.kind.in_(audience.allowed(ctx.actor)),
        or_(notice.account_id.is_(None), opened),
    )


def list_notices(session: Session, ctx: Context, request: notices.ListNotices) -> notices.Notices:
    """The caller's notices, the newest first. Raises Forbidden, Invalid for a cursor of another list."""
    notice = model.Notice
    query = named(ctx).where(visible(ctx))
    if request.is_unread is not None:
        query = query.where(notice.read_at.is_(None) if request.is_unread else notice.read_at.is_not(None))
    if request.account_id is not None:
        query = query.where(notice.account_id == request.account_id)
    if request.cursor is not None:
        query = query.where(notice.id < _before(request.cursor))
    rows = session.execute(query.order_by(notice.id.desc()).limit(request.limit + 1)).all()
    shown = [as_message(*row) for row in rows[: request.limit]]
    return notices.Notices(
        items=tuple(shown),
        unread=unread(session, ctx),
        next_cursor=cursor.encode(shown[-1].id) if len(rows) > len(shown) else None,
    )


def get_unread_notices(session: Session, ctx: Context, request: Done) -> notices.UnreadNotices:  # noqa: ARG001
    """How many notices the caller has not read. Raises Forbidden."""
    return notices.UnreadNotices(unread=unread(session, ctx))


def get_notice_choices(session: Session, ctx: Context, request: Done) -> notices.NoticeChoices:  # noqa: ARG001
    """What the caller is told of, and where (R-FOL-2). Raises Forbidden."""
    chosen = choices(session, ctx, [member(ctx)])
    return notices.NoticeChoices(items=tuple(choice(chosen, member(ctx), kind) for kind in audience.KINDS))


def choices(session: Session, ctx: Context, member_ids: list[UUID]) -> dict[tuple[UUID, str], model.NoticeChoice]:
    """What these members chose, by member and kind."""
    row = model.NoticeChoice
    query = select(row).where(row.firm_id == ctx.firm, row.member_id.in_(member_ids))
    return {(one.member_id, one.kind): one for one in session.scalars(query)}


def choice(
    chosen: dict[tuple[UUID, str], model.NoticeChoice], member_id: UUID, kind: notices.NoticeKind
) -> notices.NoticeChoice:
    """What a member chose for a kind, or what stands unless they do."""
    row = chosen.get((member_id, kind))
    if row is None:
        return notices.NoticeChoice(kind=kind, is_listed=True, is_mailed=audience.KINDS[kind].is_mailed)
    return notices.NoticeChoice(kind=kind, is_listed=row.is_listed, is_mailed=row.is_mailed)


def named(ctx: Context) -> Any:
    """Notices, each with the name of its account."""
    notice, account = model.Notice, model.AccountRef
    is_its = and_(account.firm_id == ctx.firm, account.id == notice.account_id)
    return select(notice, account.name).outerjoin(account, is_its)


def as_message(row: model.Notice, account_name: str | None) -> notices.Notice:
    return notices.Notice(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        account_id=row.account_id,
        account_name=account_name,
        about_id=row.about_id,
        facts=row.facts,
        happened_at=row.happened_at,
        read_at=row.read_at,
    )


def unread(session: Session, ctx: Context) -> int:
    query = select(func.count()).select_from(model.Notice).where(visible(ctx), model.Notice.read_at.is_(None))
    return session.scalars(query).one()


def _before(typed: str) -> UUID:
    (last,) = cursor.decode(typed, 1)
    try:
        return UUID(last)
    except (AttributeError, TypeError, ValueError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
