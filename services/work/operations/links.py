"""What is linked to a job or task that goes: it stays, without the link."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from services.work import items, model
from services.work.operations import announce


def unlink_job(session: Session, ctx: Context, account_id: UUID, job_id: UUID) -> None:
    """Take the job out of the account's tasks, notes and time entries."""
    query = select(model.Task).where(
        model.Task.firm_id == ctx.firm, model.Task.account_id == account_id, model.Task.job_id == job_id
    )
    for task in session.scalars(query.order_by(model.Task.id).with_for_update()):
        items.apply(ctx, task, {"job_id": None})
        announce.task_changed(session, ctx, task)
    _unlink(session, ctx, account_id, "job_id", job_id)


def unlink_task(session: Session, ctx: Context, account_id: UUID, task_id: UUID) -> None:
    """Take the task out of the account's notes and time entries."""
    _unlink(session, ctx, account_id, "task_id", task_id)


def _unlink(session: Session, ctx: Context, account_id: UUID, field: str, item_id: UUID) -> None:
    of_account = model.Note.firm_id == ctx.firm, model.Note.account_id == account_id
    notes = select(model.Note).where(*of_account, getattr(model.Note, field) == item_id)
    for note in session.scalars(notes.order_by(model.Note.id).with_for_update()):
        items.apply(ctx, note, {field: None}, is_edit=False)
        announce.note_changed(session, ctx, note)
    of_account = model.TimeEntry.firm_id == ctx.firm, model.TimeEntry.account_id == account_id
    entries = select(model.TimeEntry).where(*of_account, getattr(model.TimeEntry, field) == item_id)
    for entry in session.scalars(entries.order_by(model.TimeEntry.id).with_for_update()):
        items.apply(ctx, entry, {field: None})
        announce.time_entry_changed(session, ctx, entry)
