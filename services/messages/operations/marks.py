"""Who has read how far (R-CHT-2, R-CHT-5). A mark only ever moves on."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.chats import MessageRead, MessageRef
from contracts.common import Done
from services.messages import model, people, rules, snapshots, threads
from services.messages.operations import facts


def read_thread(session: Session, ctx: Context, request: MessageRef) -> Done:
    """Note that a member has read a thread up to a message. Raises ThreadNotFound, MessageNotFound."""
    reader_id = people.acting(session, ctx)
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    return _read(session, ctx, thread, request.message_id, reader_id)


def read_portal_thread(session: Session, ctx: Context, request: MessageRef) -> Done:
    """Note that a contact has read a thread up to a message. Raises ThreadNotFound, MessageNotFound."""
    reader_id = people.contact(ctx)
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id, lock=True)
    return _read(session, ctx, thread, request.message_id, reader_id)


def _read(session: Session, ctx: Context, thread: model.Thread, message_id: UUID, reader_id: UUID) -> Done:
    message = threads.message(session, ctx, thread, message_id)
    mark = move(session, ctx, thread, reader_id, message.position)
    if mark is not None:
        facts.refresh(session, ctx, thread)
        reader = snapshots.reader(thread, mark)
        read = MessageRead(account_id=thread.account_id, thread_id=thread.id, message_id=message.id, reader=reader)
        emit(session, ctx, read)
    return Done()


def move(session: Session, ctx: Context, thread: model.Thread, reader_id: UUID, position: int) -> model.ReadMark | None:
    """The reader's mark where it moved on; None where they had read as far already. The thread is locked."""
    mark = session.get(model.ReadMark, (ctx.firm, thread.id, reader_id), populate_existing=True)
    if mark is not None and mark.position >= position:
        return None
    if mark is None:
        mark = model.ReadMark(firm_id=ctx.firm, thread_id=thread.id, reader_id=reader_id)
        mark.side = "client" if ctx.actor.kind == "portal" else "firm"
        session.add(mark)
    mark.name, mark.position, mark.read_at = ctx.actor.name, position, ctx.now
    return mark


def follow(session: Session, ctx: Context, thread: model.Thread, author_id: UUID, position: int) -> None:
    """Let an author who left nothing unread keep up with the message they write; the facts are of before it."""
    mark = session.get(model.ReadMark, (ctx.firm, thread.id, author_id), populate_existing=True)
    top = thread.top_shown if ctx.actor.kind == "portal" else thread.top
    if rules.marks_own(0 if mark is None else mark.position, top):
        move(session, ctx, thread, author_id, position)
