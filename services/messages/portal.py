"""Rows as a contact sees them: without internal messages, mentions, assignees, positions and readers (R-CHT-4)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.portal_chats import PortalMessage, PortalSnippet, PortalThread
from services.messages import model, people, rules, snapshots


def messages_as_seen(session: Session, ctx: Context, rows: Sequence[model.Message]) -> tuple[PortalMessage, ...]:
    """Messages that the caller was shown by `threads.shown_to`."""
    files = snapshots.attachments(session, ctx, rows)
    return tuple(
        PortalMessage(
            id=row.id,
            thread_id=row.thread_id,
            author=snapshots.author(row),
            text=row.text,
            attachments=files.get(row.id, ()),
            sent_at=row.sent_at,
            edited_at=row.edited_at,
            deleted_at=row.deleted_at,
            version=row.version,
        )
        for row in rows
    )


def threads_as_seen(session: Session, ctx: Context, rows: Sequence[model.Thread]) -> tuple[PortalThread, ...]:
    """Threads in which the caller takes part."""
    read = _marks(session, ctx, rows)
    last = _last_messages(session, ctx, rows)
    part = snapshots.participants(session, ctx, rows)
    todo = snapshots.tasks(session, ctx, [row.id for row in rows])
    return tuple(
        PortalThread(
            id=row.id,
            account_id=row.account_id,
            subject=row.subject,
            participants=part.get(row.id),
            is_archived=row.is_archived,
            is_unread=row.top_shown > read.get(row.id, 0),
            started_by=snapshots.started_by(row),
            started_at=row.created_at,
            responded_at=row.responded_at,
            last_message=last.get(row.id),
            attachments=row.attachments,
            tasks=todo[row.id],
        )
        for row in rows
    )


def _marks(session: Session, ctx: Context, rows: Sequence[model.Thread]) -> dict[UUID, int]:
    mark = model.ReadMark
    query = select(mark.thread_id, mark.position).where(
        mark.firm_id == ctx.firm,
        mark.thread_id.in_([row.id for row in rows]),
        mark.reader_id == people.contact(ctx),
    )
    return {row.thread_id: row.position for row in session.execute(query)}


def _last_messages(session: Session, ctx: Context, rows: Sequence[model.Thread]) -> dict[UUID, PortalSnippet]:
    message = model.Message
    ends = [(row.id, row.top_shown) for row in rows]
    query = select(message).where(
        message.firm_id == ctx.firm,
        tuple_(message.thread_id, message.position).in_(ends),
        message.kind != "internal",
    )
    return {
        row.thread_id: PortalSnippet(author=snapshots.author(row), text=row.text[: rules.SNIPPET], sent_at=row.sent_at)
        for row in session.scalars(query)
    }
