"""What messages tells that concerns clients: chats and what is asked of them there; internal messages never do."""

from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.chats import MessageSent
from contracts.client_tasks import ClientTaskChanged
from services.notifications.happenings.noting import excerpt, note


def message_sent(session: Session, ctx: Context, event: MessageSent) -> None:
    """Whoever takes part in the thread is told of a message of somebody else's (R-NOT-3, R-CHT-4)."""
    said = event.message
    if said.is_internal:
        return
    files = ", ".join(one.name for one in said.attachments)
    facts = {
        "author": said.author.name,
        "subject": event.subject,
        "excerpt": excerpt(said.text or files),
        "is_reply": said.position > 1,
    }
    about = {"thread_id": str(said.thread_id), "message_id": str(said.id)}
    author_id = said.author.id if said.author.side == "client" else None
    to = event.participant_ids
    note(session, ctx, "chat_message", event.account_id, facts, about=about, to=to, but_for=author_id)


def client_task_changed(session: Session, ctx: Context, event: ClientTaskChanged) -> None:
    """Whoever takes part in the thread is told what the firm asks of them besides."""
    if event.change != "added" or ctx.actor.kind == "portal":
        return
    facts = {"tasks": [event.task.title], "author": ctx.actor.name}
    about = {"thread_id": str(event.task.thread_id), "task_id": str(event.task.id)}
    note(session, ctx, "client_tasks", event.account_id, facts, about=about)
