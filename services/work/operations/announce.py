"""Events about changed items: each carries how the item is since, and the caller gets the same."""

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts import work
from services.work import model, snapshots


def job_changed(session: Session, ctx: Context, row: model.Job) -> work.Job:
    session.flush()
    made = snapshots.job(session, ctx, row)
    emit(session, ctx, work.JobChanged(account_id=row.account_id, job=made))
    return made


def task_changed(session: Session, ctx: Context, row: model.Task) -> work.Task:
    session.flush()
    made = snapshots.task(session, ctx, row)
    emit(session, ctx, work.TaskChanged(account_id=row.account_id, task=made))
    return made


def note_changed(session: Session, ctx: Context, row: model.Note) -> work.Note:
    session.flush()
    made = snapshots.note(session, ctx, row)
    emit(session, ctx, work.NoteChanged(account_id=row.account_id, note=made))
    return made


def time_entry_changed(session: Session, ctx: Context, row: model.TimeEntry) -> work.TimeEntry:
    """The event carries the money; the answer only what the caller may see of it (C-TIME)."""
    session.flush()
    made = snapshots.time_entry(session, ctx, row)
    emit(session, ctx, work.TimeEntryChanged(account_id=row.account_id, time_entry=made))
    return snapshots.as_seen(ctx, made)
