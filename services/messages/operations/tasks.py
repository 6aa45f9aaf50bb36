"""Client tasks: the firm writes them down, either side ticks them."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from chassis.wire import dump
from contracts.client_tasks import (
    MOST_TASKS,
    AddClientTask,
    ChangeClientTask,
    ClientTask,
    ClientTaskChanged,
    ClientTaskChangedMeanwhile,
    ClientTaskNotFound,
    ClientTaskRef,
    Side,
)
from contracts.common import Done
from services.messages import model, people, rules, snapshots, threads
from services.messages.operations import facts

Change = Literal["added", "ticked", "unticked", "renamed", "removed"]


def add_client_task(session: Session, ctx: Context, request: AddClientTask) -> ClientTask:
    """Add a task to a thread's checklist. Raises ThreadNotFound, Invalid where the list is full."""
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    (row,) = write_down(session, ctx, thread, [request.title])
    return _done(session, ctx, thread, row, "added")


def write_down(session: Session, ctx: Context, thread: model.Thread, titles: Sequence[str]) -> list[model.ClientTask]:
    """Add tasks to a thread, without counting them yet."""
    if thread.tasks_total + len(titles) > MOST_TASKS:
        raise wrong("title", f"A thread has at most {MOST_TASKS} client tasks.")
    rows = [
        model.ClientTask(
            firm_id=ctx.firm,
            id=new_id(),
            account_id=thread.account_id,
            thread_id=thread.id,
            title=rules.trimmed("title", title),
            version=1,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        for title in titles
    ]
    session.add_all(rows)
    return rows


def change_client_task(session: Session, ctx: Context, request: ChangeClientTask) -> ClientTask:
    """Rename, tick or untick a task unless it changed since the caller read it. Raises what the contract says."""
    member_id = people.acting(session, ctx)
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    row = _task(session, ctx, thread, request.task_id)
    if row.version != request.version:
        raise ClientTaskChangedMeanwhile(current=threads.current(snapshots.task(row)))
    changes = dump(request)
    change: Change = "renamed"
    if "title" in changes:
        row.title = rules.trimmed("title", changes["title"])
    if changes.get("is_done", row.done_at is not None) != (row.done_at is not None):
        change = "ticked" if changes["is_done"] else "unticked"
        _mark(ctx, row, ("firm", member_id) if changes["is_done"] else None)
    row.version, row.updated_at = row.version + 1, ctx.now
    return _done(session, ctx, thread, row, change)


def tick_portal_task(session: Session, ctx: Context, request: ClientTaskRef) -> ClientTask:
    """Tick a task as the client; one that is done stays as it is. Raises ThreadNotFound, ClientTaskNotFound."""
    contact_id = people.contact(ctx)
    thread = threads.of_contact(session, ctx, request.account_id, request.thread_id, lock=True)
    row = _task(session, ctx, thread, request.task_id)
    if row.done_at is not None:
        return snapshots.task(row)
    _mark(ctx, row, ("client", contact_id))
    row.version, row.updated_at = row.version + 1, ctx.now
    return _done(session, ctx, thread, row, "ticked")


def remove_client_task(session: Session, ctx: Context, request: ClientTaskRef) -> Done:
    """Take a task off the checklist. Raises ThreadNotFound, ClientTaskNotFound."""
    thread = threads.of_staff(session, ctx, request.account_id, request.thread_id, lock=True)
    row = _task(session, ctx, thread, request.task_id)
    session.delete(row)
    _done(session, ctx, thread, row, "removed")
    return Done()


def _task(session: Session, ctx: Context, thread: model.Thread, task_id: UUID) -> model.ClientTask:
    row = model.ClientTask
    query = select(row).where(row.firm_id == ctx.firm, row.thread_id == thread.id, row.id == task_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ClientTaskNotFound
    return found


def _mark(ctx: Context, row: model.ClientTask, by: tuple[Side, UUID] | None) -> None:
    row.done_at = ctx.now if by else None
    row.done_by_side, row.done_by_id = by or (None, None)
    row.done_by_name = ctx.actor.name if by else None


def _done(session: Session, ctx: Context, thread: model.Thread, row: model.ClientTask, change: Change) -> ClientTask:
    facts.refresh(session, ctx, thread)
    made = snapshots.task(row)
    emit(session, ctx, ClientTaskChanged(account_id=thread.account_id, change=change, task=made))
    return made
