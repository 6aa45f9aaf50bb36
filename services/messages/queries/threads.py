"""One thread and what was said in it, for the firm and for the contacts who take part."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import wrong
from contracts.chat_files import AttachmentNotFound, AttachmentRef
from contracts.chats import ListMessages, Messages, Thread, ThreadRef
from contracts.files import Content
from contracts.portal_chats import ListPortalMessages, PortalMessages
from services.messages import model, people, portal, snapshots, threads
from services.messages.keeping import path


def get_thread(session: Session, ctx: Context, request: ThreadRef) -> Thread:
    """One thread with its client tasks and readers. Raises ThreadNotFound."""
    return snapshots.thread(session, ctx, threads.of_staff(session, ctx, request.account_id, request.thread_id))


def list_messages(session: Session, ctx: Context, request: ListMessages) -> Messages:
    """A page of all messages, internal ones among them. Raises ThreadNotFound."""
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id)
    page = _page(session, ctx, thread, request)
    return Messages(items=snapshots.messages(session, ctx, page.rows), total=page.total, next_cursor=page.next_cursor)


def list_portal_messages(session: Session, ctx: Context, request: ListPortalMessages) -> PortalMessages:
    """A page of the messages that are the contact's to see (R-CHT-4). Raises ThreadNotFound."""
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id)
    page = _page(session, ctx, thread, request)
    return PortalMessages(
        items=portal.messages_as_seen(session, ctx, page.rows), total=page.total, next_cursor=page.next_cursor
    )


class _Page(NamedTuple):
    rows: list[model.Message]
    total: int
    next_cursor: str | None


def _page(session: Session, ctx: Context, thread: model.Thread, request: ListMessages | ListPortalMessages) -> _Page:
    message = model.Message
    mine = [message.firm_id == ctx.firm, message.thread_id == thread.id, *threads.shown_to(ctx)]
    beyond = [message.position < _position(session, mine, request.cursor)] if request.cursor else []
    query = select(message).where(*mine, *beyond).order_by(message.position.desc()).limit(request.limit + 1)
    rows = list(session.scalars(query))
    shown = rows[: request.limit]
    return _Page(
        rows=shown,
        total=session.scalars(select(func.count()).select_from(message).where(*mine)).one(),
        next_cursor=cursor.encode(shown[-1].id) if len(rows) > request.limit else None,
    )


def _position(session: Session, mine: list[ColumnElement[bool]], after: str) -> int:
    """Where a cursor points. It holds an id: the gaps between positions would tell of internal messages."""
    (text,) = cursor.decode(after, 1)
    try:
        last = UUID(text)
    except (TypeError, ValueError, AttributeError) as exc:
        raise wrong("cursor", "This cursor is of another list.") from exc
    position = session.scalar(select(model.Message.position).where(*mine, model.Message.id == last))
    if position is None:
        raise wrong("cursor", "This cursor is of another list.")
    return position


def get_attachment(session: Session, ctx: Context, request: AttachmentRef) -> Content:
    """A file of the account's chats, to be saved. Raises AttachmentNotFound."""
    people.staff(ctx)
    return _content(session, ctx, request, model.Attachment.message_id.is_not(None))


def get_portal_attachment(session: Session, ctx: Context, request: AttachmentRef) -> Content:
    """A file of a contact's threads, unless it is internal (R-CHT-4). Raises AttachmentNotFound."""
    file = model.Attachment
    contact_id = people.contact(ctx)
    thread_ids = select(model.Thread.id).where(
        model.Thread.firm_id == ctx.firm,
        model.Thread.account_id == request.account_id,
        threads.takes_part(ctx.firm, contact_id),
    )
    return _content(session, ctx, request, file.is_internal.is_(False) & file.thread_id.in_(thread_ids))


def _content(session: Session, ctx: Context, request: AttachmentRef, shown: ColumnElement[bool]) -> Content:
    """A file that a message shows, or one of the caller's own that waits for its message."""
    file = model.Attachment
    waits = file.message_id.is_(None) & file.kept_at.is_not(None) & (file.by_id == ctx.actor.id)
    query = select(file).where(
        file.firm_id == ctx.firm,
        file.account_id == request.account_id,
        file.id == request.attachment_id,
        or_(shown & file.due_at.is_(None), waits & (file.due_at > ctx.now)),
    )
    row = session.scalar(query)
    if row is None:
        raise AttachmentNotFound
    return Content(
        media_type=row.media_type,
        etag=row.id.hex,
        path=path(ctx.firm, row.account_id, row.id),
        file_name=row.name,
    )
