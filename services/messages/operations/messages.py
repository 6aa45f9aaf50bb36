"""What members of the firm write, to the client or among themselves (R-CHT-1, R-CHT-4)."""

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import dump
from contracts.chats import ChangeMessage, Message, MessageChangedMeanwhile, MessageRef, SendMessage
from contracts.common import Done
from services.messages import people, rules, snapshots, threads
from services.messages.operations import saying


def send_message(session: Session, ctx: Context, request: SendMessage) -> Message:
    """Write to the client or, internally, to the firm. Raises ThreadNotFound, Invalid."""
    author_id = people.acting(session, ctx)
    people.check_active(session, ctx, "mention_ids", request.mention_ids)
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    given = {"attachment_ids": request.attachment_ids, "mention_ids": request.mention_ids}
    kind: saying.Kind = "internal" if request.is_internal else "sent"
    row = saying.say(session, ctx, thread, author_id, kind, request.text, **given)
    return snapshots.message(session, ctx, row)


def change_message(session: Session, ctx: Context, request: ChangeMessage) -> Message:
    """Edit an own message while one may. Raises what the contract says."""
    author_id = people.acting(session, ctx)
    changes = dump(request)
    people.hold(session, ctx, changes.get("mention_ids", ()))
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    row = threads.message(session, ctx, thread, request.message_id)
    saying.own(ctx, row, author_id)
    if row.version != request.version:
        raise MessageChangedMeanwhile(current=threads.current(snapshots.message(session, ctx, row)))
    if "mention_ids" in changes:
        people.check_active(session, ctx, "mention_ids", set(changes["mention_ids"]).difference(row.mention_ids))
        row.mention_ids = rules.unique(changes["mention_ids"])
    saying.edit(session, ctx, thread, row, changes.get("text", row.text))
    return snapshots.message(session, ctx, row)


def delete_message(session: Session, ctx: Context, request: MessageRef) -> Done:
    """Delete an own message while one may. Raises what the contract says."""
    author_id = people.acting(session, ctx)
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    row = threads.message(session, ctx, thread, request.message_id)
    saying.own(ctx, row, author_id)
    saying.delete(session, ctx, thread, row)
    return Done()
