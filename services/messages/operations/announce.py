"""Events about threads: each carries how the thread is since, and the caller gets the same."""

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.chats import Thread, ThreadChanged
from services.messages import model, snapshots


def thread_changed(session: Session, ctx: Context, thread: model.Thread, *, is_started: bool = False) -> Thread:
    """Report how a thread is since it was started or changed."""
    session.flush()
    made = snapshots.thread(session, ctx, thread)
    emit(session, ctx, ThreadChanged(account_id=thread.account_id, thread=made, is_started=is_started))
    return made
