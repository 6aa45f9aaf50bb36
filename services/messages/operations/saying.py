"""Writing, editing and deleting a message, whichever side does it; its thread is locked, so that order is one."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from contracts.chats import MessageChanged, MessageNotFound, MessageSent, NotTheAuthor, TooLateToChange
from services.messages import model, rules, snapshots
from services.messages.operations import announce, facts, files, marks

Kind = Literal["sent", "received", "internal"]


def say(
    session: Session,
    ctx: Context,
    thread: model.Thread,
    author_id: UUID,
    kind: Kind,
    text: str,
    *,
    attachment_ids: Sequence[UUID] = (),
    mention_ids: Sequence[UUID] = (),
) -> model.Message:
    """Add a message at the end of a thread; one that reaches the client brings an archived thread back."""
    message = model.Message(
        firm_id=ctx.firm,
        id=new_id(),
        thread_id=thread.id,
        position=thread.numbered + 1,
        kind=kind,
        author_id=author_id,
        author_name=ctx.actor.name,
        text=rules.said(text, has_files=bool(attachment_ids)),
        mention_ids=rules.unique(mention_ids),
        sent_at=_after_the_last(session, ctx, thread),
        version=1,
    )
    session.add(message)
    files.show(session, ctx, thread, message, attachment_ids)
    marks.follow(session, ctx, thread, author_id, message.position)
    is_back = thread.is_archived and kind != "internal"
    if is_back:
        thread.is_archived, thread.version, thread.updated_at = False, thread.version + 1, ctx.now
    facts.refresh(session, ctx, thread)
    if is_back:
        announce.thread_changed(session, ctx, thread)
    announce_sent(session, ctx, thread, message)
    return message


def announce_sent(session: Session, ctx: Context, thread: model.Thread, message: model.Message) -> None:
    """Report a message with all that telling people of it takes."""
    part = snapshots.participants(session, ctx, [thread]).get(thread.id)
    sent = MessageSent(
        account_id=thread.account_id,
        subject=thread.subject,
        assignee_id=thread.assignee_id,
        participant_ids=None if part is None else tuple(one.id for one in part),
        message=snapshots.message(session, ctx, message),
    )
    emit(session, ctx, sent)


def own(ctx: Context, message: model.Message, author_id: UUID) -> None:
    """Raise unless the caller may still change the message: NotTheAuthor, TooLateToChange, MessageNotFound."""
    if message.deleted_at is not None:
        raise MessageNotFound
    if message.author_id != author_id:
        raise NotTheAuthor
    if not rules.is_editable(message.sent_at, ctx.now):
        raise TooLateToChange(sent_at=message.sent_at.isoformat())


def edit(session: Session, ctx: Context, thread: model.Thread, message: model.Message, text: str) -> None:
    """Change what a message says, and mark it as edited. Its mentions were checked before."""
    has_files = bool(snapshots.attachments(session, ctx, [message]))
    message.text = rules.said(text, has_files=has_files)
    message.edited_at, message.version = ctx.now, message.version + 1
    _announce_changed(session, ctx, thread, message)


def delete(session: Session, ctx: Context, thread: model.Thread, message: model.Message) -> None:
    """Take away what a message says and shows; its place stays, marked as deleted."""
    files.leave(session, ctx, message)
    message.text, message.mention_ids = "", []
    message.deleted_at, message.version = ctx.now, message.version + 1
    facts.refresh(session, ctx, thread)
    _announce_changed(session, ctx, thread, message)


def _announce_changed(session: Session, ctx: Context, thread: model.Thread, message: model.Message) -> None:
    session.flush()
    made = snapshots.message(session, ctx, message)
    emit(session, ctx, MessageChanged(account_id=thread.account_id, message=made))


def _after_the_last(session: Session, ctx: Context, thread: model.Thread) -> dt.datetime:
    """When the message counts as sent: never before the one it follows, whichever call came in first."""
    last = select(model.Message.sent_at).where(
        model.Message.firm_id == ctx.firm,
        model.Message.thread_id == thread.id,
        model.Message.position == thread.numbered,
    )
    before = session.scalar(last)
    return ctx.now if before is None else max(before, ctx.now)
