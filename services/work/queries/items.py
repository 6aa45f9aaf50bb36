"""Single items, and the firm's pipelines and task statuses."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.common import Done
from contracts.work import Job, JobRef, Note, NoteRef, Task, TaskRef, TimeEntry, TimeEntryRef
from contracts.work_settings import Pipelines, TaskStatuses
from services.work import model, people, rules, snapshots
from services.work.items import find


def list_pipelines(session: Session, ctx: Context, request: Done) -> Pipelines:  # noqa: ARG001
    """The pipelines available to the caller, in the firm's order (R-JOB-3, R-JOB-5)."""
    people.staff(ctx)
    query = select(model.Pipeline).where(model.Pipeline.firm_id == ctx.firm, model.Pipeline.is_removed.is_(False))
    rows = session.scalars(query.order_by(model.Pipeline.position, model.Pipeline.id))
    available = [row for row in rows if rules.may_use_pipeline(ctx.actor, row.available_to)]
    return Pipelines(items=snapshots.pipelines(session, ctx, available))


def list_task_statuses(session: Session, ctx: Context, request: Done) -> TaskStatuses:  # noqa: ARG001
    """The firm's statuses in order; those every firm begins with, where it has none of its own yet."""
    people.staff(ctx)
    query = select(model.TaskStatus).where(model.TaskStatus.firm_id == ctx.firm, model.TaskStatus.is_removed.is_(False))
    rows = session.scalars(query.order_by(model.TaskStatus.position, model.TaskStatus.id))
    return TaskStatuses(items=tuple(snapshots.status(row) for row in rows) or rules.default_statuses(ctx.firm))


def get_job(session: Session, ctx: Context, request: JobRef) -> Job:
    """One job. Raises WorkNotFound, also where its pipeline is not available to the caller (R-JOB-3)."""
    return snapshots.job(session, ctx, find(session, ctx, model.Job, request.account_id, request.job_id))


def get_task(session: Session, ctx: Context, request: TaskRef) -> Task:
    """One task. Raises WorkNotFound."""
    return snapshots.task(session, ctx, find(session, ctx, model.Task, request.account_id, request.task_id))


def get_note(session: Session, ctx: Context, request: NoteRef) -> Note:
    """One note. Raises WorkNotFound."""
    return snapshots.note(session, ctx, find(session, ctx, model.Note, request.account_id, request.note_id))


def get_time_entry(session: Session, ctx: Context, request: TimeEntryRef) -> TimeEntry:
    """One time entry, with money where the caller may see it (C-TIME). Raises WorkNotFound, also for others'."""
    row = find(session, ctx, model.TimeEntry, request.account_id, request.time_entry_id)
    return snapshots.as_seen(ctx, snapshots.time_entry(session, ctx, row))
