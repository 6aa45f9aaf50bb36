"""What a contact writes to the firm, in the threads in which they take part."""

from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.chats import MessageChangedMeanwhile, MessageRef
from contracts.common import Done
from contracts.portal_chats import (
    ChangePortalMessage,
    PortalMessage,
    PortalThread,
    SendPortalMessage,
    StartPortalThread,
)
from services.messages import people, portal, threads
from services.messages.operations import announce, saying
from services.messages.operations.threads import begin, invite


def start_portal_thread(session: Session, ctx: Context, request: StartPortalThread) -> PortalThread:
    """Begin a thread with a message to the firm. Raises Invalid."""
    contact_id = people.contact(ctx)
    thread = begin(session, ctx, request.account_id, request.subject, "client", contact_id)
    if not request.is_for_all:
        invite(session, ctx, thread, {contact_id: ctx.actor.name})
    saying.say(session, ctx, thread, contact_id, "received", request.text, attachment_ids=request.attachment_ids)
    announce.thread_changed(session, ctx, thread, is_started=True)
    return portal.threads_as_seen(session, ctx, [thread])[0]


def send_portal_message(session: Session, ctx: Context, request: SendPortalMessage) -> PortalMessage:
    """Write to the firm. Raises ThreadNotFound, Invalid."""
    contact_id = people.contact(ctx)
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id, lock=True)
    row = saying.say(session, ctx, thread, contact_id, "received", request.text, attachment_ids=request.attachment_ids)
    return portal.messages_as_seen(session, ctx, [row])[0]


def change_portal_message(session: Session, ctx: Context, request: ChangePortalMessage) -> PortalMessage:
    """Edit an own message while one may. Raises what the contract says."""
    contact_id = people.contact(ctx)
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id, lock=True)
    row = threads.message(session, ctx, thread, request.message_id)
    saying.own(ctx, row, contact_id)
    if row.version != request.version:
        current = portal.messages_as_seen(session, ctx, [row])[0]
        raise MessageChangedMeanwhile(current=threads.current(current))
    saying.edit(session, ctx, thread, row, request.text)
    return portal.messages_as_seen(session, ctx, [row])[0]


def delete_portal_message(session: Session, ctx: Context, request: MessageRef) -> Done:
    """Delete an own message while one may. Raises what the contract says."""
    contact_id = people.contact(ctx)
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id, lock=True)
    row = threads.message(session, ctx, thread, request.message_id)
    saying.own(ctx, row, contact_id)
    saying.delete(session, ctx, thread, row)
    return Done()
