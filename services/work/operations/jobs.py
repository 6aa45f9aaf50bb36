"""Jobs: one service delivered to one account, in one stage of one pipeline (R-JOB-4)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Invalid, wrong
from chassis.outbox import emit
from contracts.common import Done
from contracts.work import ChangeJob, CreateJob, Job, JobCreated, JobDeleted, JobRef
from services.work import items, model, people, rules, snapshots
from services.work.operations import announce, custom_statuses, links

CHANGEABLE = (
    "name", "stage_id", "status", "custom_status_id", "assignee_ids", "role_ids", "priority", "start_on", "due_on",
    "description", "client_status_override",
)  # fmt: skip
NO_STAGE = "There is no such stage in a pipeline available to you."


def create_job(session: Session, ctx: Context, request: CreateJob) -> Job:
    """Begin a job in a pipeline available to the caller (R-JOB-3). Raises Invalid for any other."""
    people.staff(ctx)
    stage_id = request.stage_id or _first_stage(session, ctx, request.pipeline_id)
    stage = _usable_stage(session, ctx, stage_id, within=request.pipeline_id)
    people.check_active(session, ctx, "assignee_ids", request.assignee_ids)
    people.check_roles(session, ctx, request.role_ids)
    row = model.Job(
        **items.begin(ctx, request.account_id),
        name=rules.trimmed("name", request.name),
        pipeline_id=request.pipeline_id,
        stage_id=stage.id,
        stage_since=ctx.now,
        status="active",
        assignee_ids=rules.unique(request.assignee_ids),
        priority=request.priority,
        start_on=request.start_on,
        due_on=request.due_on,
        description=request.description,
        role_ids=rules.unique(request.role_ids),
        client_status_override=_stripped(request.client_status_override),
    )
    session.add(row)
    session.flush()
    made = snapshots.job(session, ctx, row)
    emit(session, ctx, JobCreated(account_id=row.account_id, job=made))
    return made


def change_job(session: Session, ctx: Context, request: ChangeJob) -> Job:
    """Change a job unless it changed since the caller read it. Raises WorkNotFound, WorkChangedMeanwhile."""
    row = items.find(session, ctx, model.Job, request.account_id, request.job_id, lock=True)
    if row.version != request.version:
        raise items.changed_meanwhile(snapshots.job(session, ctx, row))
    items.apply(ctx, row, _checked(session, ctx, row, items.given(request, *CHANGEABLE)))
    return announce.job_changed(session, ctx, row)


def delete_job(session: Session, ctx: Context, request: JobRef) -> Done:
    """Delete a job; what was linked to it stays, without the link. Raises WorkNotFound."""
    row = items.find(session, ctx, model.Job, request.account_id, request.job_id, lock=True)
    links.unlink_job(session, ctx, row.account_id, row.id)
    session.delete(row)
    emit(session, ctx, JobDeleted(account_id=row.account_id, job_id=row.id))
    return Done()


def _checked(session: Session, ctx: Context, row: model.Job, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as they are kept. What stays as it was is not checked again: it may have gone since (R-ROLE-3)."""
    if "name" in changes:
        changes["name"] = rules.trimmed("name", changes["name"])
    if "assignee_ids" in changes:
        changes["assignee_ids"] = rules.unique(changes["assignee_ids"])
        people.check_active(session, ctx, "assignee_ids", set(changes["assignee_ids"]).difference(row.assignee_ids))
    if "role_ids" in changes:
        changes["role_ids"] = rules.unique(changes["role_ids"])
        people.check_roles(session, ctx, set(changes["role_ids"]).difference(row.role_ids))
    if "client_status_override" in changes:
        changes["client_status_override"] = _stripped(changes["client_status_override"])
    changes |= _moved(session, ctx, row, changes)
    return changes | custom_statuses.follow(session, ctx, row, changes)


def _moved(session: Session, ctx: Context, row: model.Job, changes: dict[str, Any]) -> dict[str, Any]:
    """What follows from a change of stage (R-JOB-5: the time in stage begins anew), or from taking a job back."""
    stage_id = changes.get("stage_id", row.stage_id)
    if stage_id == row.stage_id and not _is_taken_back(row, changes):
        return {}
    stage = _usable_stage(session, ctx, stage_id)
    if stage_id == row.stage_id:
        return {}
    return {"pipeline_id": stage.pipeline_id, "stage_since": ctx.now}


def _is_taken_back(row: model.Job, changes: dict[str, Any]) -> bool:
    """Whether an archived job comes back; a custom status alone sets the status it counts as."""
    follows = "active" if changes.get("custom_status_id") else row.status
    return row.status == "archived" and changes.get("status", follows) != "archived"


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _first_stage(session: Session, ctx: Context, pipeline_id: UUID) -> UUID:
    query = (
        select(model.Stage.id)
        .where(
            model.Stage.firm_id == ctx.firm, model.Stage.pipeline_id == pipeline_id, model.Stage.is_removed.is_(False)
        )
        .order_by(model.Stage.position, model.Stage.id)
    )
    first = session.scalars(query.limit(1)).first()
    if first is None:
        raise _no_pipeline()
    return first


def _usable_stage(session: Session, ctx: Context, stage_id: UUID, within: UUID | None = None) -> model.Stage:
    """The stage, if its pipeline is available to the caller; the pipeline stays locked against removal."""
    query = select(model.Stage).where(model.Stage.firm_id == ctx.firm, model.Stage.id == stage_id)
    pipeline_id = within or session.scalars(query.with_only_columns(model.Stage.pipeline_id)).first()
    pipeline = session.scalar(
        select(model.Pipeline)
        .where(
            model.Pipeline.firm_id == ctx.firm, model.Pipeline.id == pipeline_id, model.Pipeline.is_removed.is_(False)
        )
        .with_for_update(read=True)
    )
    if pipeline is None or not rules.may_use_pipeline(ctx.actor, pipeline.available_to):
        raise _no_pipeline() if within else wrong("stage_id", NO_STAGE)
    present = query.where(model.Stage.pipeline_id == pipeline.id, model.Stage.is_removed.is_(False))
    stage = session.scalar(present.execution_options(populate_existing=True))
    if stage is None:
        raise wrong("stage_id", NO_STAGE)
    return stage


def _no_pipeline() -> Invalid:
    return wrong("pipeline_id", "There is no such pipeline, or it is not available to you.")
