"""Rows as the messages that calls answer with and events carry."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import chat_files, chats, client_tasks
from contracts.client_tasks import Author, Side
from contracts.common import Person
from services.messages import model


def members(session: Session, ctx: Context, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """These members by id; one that identity has not told of yet has no name."""
    wanted = set(ids)
    if not wanted:
        return {}
    query = select(model.MemberRef.id, model.MemberRef.name).where(
        model.MemberRef.firm_id == ctx.firm, model.MemberRef.id.in_(wanted)
    )
    names = {row.id: row.name for row in session.execute(query)}
    return {member_id: Person(id=member_id, name=names.get(member_id, "")) for member_id in wanted}


def participants(session: Session, ctx: Context, rows: Sequence[model.Thread]) -> dict[UUID, tuple[Person, ...]]:
    """Who takes part in those of the threads that are not for all, by thread, in order of names."""
    wanted = [row.id for row in rows if not row.is_for_all]
    found: dict[UUID, tuple[Person, ...]] = dict.fromkeys(wanted, ())
    if wanted:
        part = model.Participant
        query = select(part).where(part.firm_id == ctx.firm, part.thread_id.in_(wanted))
        for row in session.scalars(query.order_by(part.name, part.contact_id)):
            found[row.thread_id] += (Person(id=row.contact_id, name=row.name),)
    return found


def tasks(session: Session, ctx: Context, ids: Iterable[UUID]) -> dict[UUID, tuple[client_tasks.ClientTask, ...]]:
    """The client tasks of these threads, by thread, in the order in which they were added."""
    found: dict[UUID, tuple[client_tasks.ClientTask, ...]] = dict.fromkeys(ids, ())
    if found:
        row = model.ClientTask
        query = select(row).where(row.firm_id == ctx.firm, row.thread_id.in_(found))
        for one in session.scalars(query.order_by(row.created_at, row.id)):
            found[one.thread_id] += (task(one),)
    return found


def task(row: model.ClientTask) -> client_tasks.ClientTask:
    done_by = None
    if row.done_by_side is not None and row.done_by_id is not None:
        done_by = Author(side=_side(row.done_by_side), id=row.done_by_id, name=row.done_by_name or "")
    return client_tasks.ClientTask(
        id=row.id,
        thread_id=row.thread_id,
        title=row.title,
        done_at=row.done_at,
        done_by=done_by,
        version=row.version,
    )


def thread(session: Session, ctx: Context, row: model.Thread) -> chats.Thread:
    """The whole of a thread but its messages, for the firm."""
    known = members(session, ctx, [row.assignee_id] if row.assignee_id else [])
    return chats.Thread(
        id=row.id,
        account_id=row.account_id,
        subject=row.subject,
        participants=participants(session, ctx, [row]).get(row.id),
        assignee=known.get(row.assignee_id) if row.assignee_id else None,
        is_archived=row.is_archived,
        is_unread=row.is_unread,
        started_by=started_by(row),
        responded_at=row.responded_at,
        tasks=tasks(session, ctx, [row.id])[row.id],
        readers=_readers(session, ctx, row),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def started_by(row: model.Thread) -> Author:
    return Author(side=_side(row.started_by_side), id=row.started_by_id, name=row.started_by_name)


def _readers(session: Session, ctx: Context, row: model.Thread) -> tuple[chats.Reader, ...]:
    mark = model.ReadMark
    query = select(mark).where(mark.firm_id == ctx.firm, mark.thread_id == row.id)
    return tuple(reader(row, one) for one in session.scalars(query.order_by(mark.name, mark.reader_id)))


def reader(row: model.Thread, mark: model.ReadMark) -> chats.Reader:
    return chats.Reader(
        side=_side(mark.side),
        id=mark.reader_id,
        name=mark.name,
        read_at=mark.read_at,
        has_read_all=mark.position >= (row.top if mark.side == "firm" else row.top_shown),
    )


def author(row: model.Message) -> Author:
    return Author(side="client" if row.kind == "received" else "firm", id=row.author_id, name=row.author_name)


def messages(session: Session, ctx: Context, rows: Sequence[model.Message]) -> tuple[chats.Message, ...]:
    """Messages as the firm sees them."""
    files = attachments(session, ctx, rows)
    known = members(session, ctx, (one for row in rows for one in row.mention_ids))
    return tuple(_message(row, files, known) for row in rows)


def message(session: Session, ctx: Context, row: model.Message) -> chats.Message:
    return messages(session, ctx, [row])[0]


def _message(
    row: model.Message, files: Mapping[UUID, tuple[chat_files.Attachment, ...]], known: Mapping[UUID, Person]
) -> chats.Message:
    return chats.Message(
        id=row.id,
        thread_id=row.thread_id,
        position=row.position,
        author=author(row),
        text=row.text,
        is_internal=row.kind == "internal",
        attachments=files.get(row.id, ()),
        mentions=tuple(known[one] for one in row.mention_ids),
        sent_at=row.sent_at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        version=row.version,
    )


def attachments(
    session: Session, ctx: Context, rows: Sequence[model.Message]
) -> dict[UUID, tuple[chat_files.Attachment, ...]]:
    """The files that these messages show, by message."""
    if not rows:
        return {}
    file = model.Attachment
    query = select(file).where(
        file.firm_id == ctx.firm,
        file.thread_id.in_({row.thread_id for row in rows}),
        file.message_id.in_([row.id for row in rows]),
        file.due_at.is_(None),
    )
    found: dict[UUID, tuple[chat_files.Attachment, ...]] = {}
    for one in session.scalars(query.order_by(file.place, file.id)):
        if one.message_id is not None:
            found[one.message_id] = (*found.get(one.message_id, ()), attachment(one))
    return found


def attachment(row: model.Attachment) -> chat_files.Attachment:
    return chat_files.Attachment(id=row.id, name=row.name, media_type=row.media_type, size=row.size)


def _side(text: str) -> Side:
    return "client" if text == "client" else "firm"
