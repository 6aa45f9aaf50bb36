"""Pipelines, their stages, and to whom they are available."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.common import Done
from contracts.rights import FIRM
from contracts.work import PipelineChanged, PipelineInUse, WorkNotFound
from contracts.work_settings import ChangePipeline, CreatePipeline, Pipeline, PipelineRef, StageEntry
from services.work import items, model, people, rules, snapshots
from services.work.operations import custom_statuses


def create_pipeline(session: Session, ctx: Context, request: CreatePipeline) -> Pipeline:
    """Add a pipeline at the end of the firm's. Raises NotYours."""
    people.needs(ctx, "Changing pipelines", FIRM["manage_pipelines"])
    name = rules.trimmed("name", request.name)
    available_to = _checked_availability(session, ctx, request.available_to, ())
    if any(entry.id for entry in request.stages):
        raise wrong("stages", "The stages of a new pipeline have no ids yet.")
    if any(entry.id for entry in request.statuses):
        raise wrong("statuses", "The statuses of a new pipeline have no ids yet.")
    last = session.scalars(_of_firm(ctx).order_by(model.Pipeline.position.desc()).limit(1)).first()
    row = model.Pipeline(
        firm_id=ctx.firm,
        id=new_id(),
        name=name,
        position=last.position + 1 if last else 0,
        available_to=available_to,
        is_removed=False,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    session.flush()
    _set_stages(session, ctx, row, request.stages)
    custom_statuses.set_statuses(session, ctx, row, request.statuses)
    return _report(session, ctx, row)


def change_pipeline(session: Session, ctx: Context, request: ChangePipeline) -> Pipeline:
    """Change a pipeline unless it changed since the caller read it.

    Raises NotYours, WorkNotFound, WorkChangedMeanwhile, PipelineInUse or StatusInUse where a stage or custom status
    of current jobs is left out.
    """
    people.needs(ctx, "Changing pipelines", FIRM["manage_pipelines"])
    changes = items.given(request, "name", "available_to")
    if isinstance(request.position, int):
        row, moved = _reordered(session, ctx, request.pipeline_id, request.version, request.position)
    else:
        row, moved = _locked(session, ctx, request.pipeline_id, request.version), []
    if "name" in changes:
        changes["name"] = rules.trimmed("name", changes["name"])
    if "available_to" in changes:
        known = row.available_to or ()
        changes["available_to"] = _checked_availability(session, ctx, changes["available_to"], known)
    if isinstance(request.stages, tuple):
        _set_stages(session, ctx, row, request.stages)
    if isinstance(request.statuses, tuple):
        custom_statuses.set_statuses(session, ctx, row, request.statuses)
    items.apply(ctx, row, changes)
    for other in moved:
        items.apply(ctx, other, {})
        _report(session, ctx, other)
    return _report(session, ctx, row)


def delete_pipeline(session: Session, ctx: Context, request: PipelineRef) -> Done:
    """Remove a pipeline without current jobs; archived ones keep naming it. Raises WorkNotFound, PipelineInUse."""
    people.needs(ctx, "Deleting pipelines", FIRM["manage_pipelines"])
    row = session.scalar(_of_firm(ctx).where(model.Pipeline.id == request.pipeline_id).with_for_update())
    if row is None:
        raise WorkNotFound
    _check_unused(session, ctx, model.Job.pipeline_id == row.id)
    items.apply(ctx, row, {"is_removed": True})
    emit(session, ctx, PipelineChanged(pipeline=snapshots.pipeline(session, ctx, row), is_deleted=True))
    return Done()


def _of_firm(ctx: Context) -> Select[tuple[model.Pipeline]]:
    return select(model.Pipeline).where(model.Pipeline.firm_id == ctx.firm, model.Pipeline.is_removed.is_(False))


def _locked(session: Session, ctx: Context, pipeline_id: UUID, version: int) -> model.Pipeline:
    row = session.scalar(_of_firm(ctx).where(model.Pipeline.id == pipeline_id).with_for_update())
    return _checked(session, ctx, row, version)


def _checked(session: Session, ctx: Context, row: model.Pipeline | None, version: int) -> model.Pipeline:
    if row is None:
        raise WorkNotFound
    if row.version != version:
        raise items.changed_meanwhile(snapshots.pipeline(session, ctx, row))
    return row


def _reordered(
    session: Session, ctx: Context, pipeline_id: UUID, version: int, position: int
) -> tuple[model.Pipeline, list[model.Pipeline]]:
    """The pipeline, moved to its place, and the others that moved along."""
    everything = list(session.scalars(_of_firm(ctx).order_by(model.Pipeline.id).with_for_update()))
    row = _checked(session, ctx, next((one for one in everything if one.id == pipeline_id), None), version)
    order = sorted((one for one in everything if one is not row), key=lambda one: (one.position, one.id))
    order.insert(position, row)
    moved = []
    for place, one in enumerate(order):
        if one.position != place:
            one.position = place
            if one is not row:
                moved.append(one)
    return row, moved


def _checked_availability(
    session: Session, ctx: Context, ids: tuple[UUID, ...] | None, known: list[UUID] | tuple[UUID, ...]
) -> list[UUID] | None:
    if ids is None:
        return None
    people.check_active(session, ctx, "available_to", set(ids).difference(known))
    return rules.unique(ids)


def _set_stages(session: Session, ctx: Context, row: model.Pipeline, entries: tuple[StageEntry, ...]) -> None:
    """Make the pipeline's stages these, in this order."""
    query = select(model.Stage).where(
        model.Stage.firm_id == ctx.firm, model.Stage.pipeline_id == row.id, model.Stage.is_removed.is_(False)
    )
    left = {stage.id: stage for stage in session.scalars(query)}
    for position, entry in enumerate(entries):
        name = rules.trimmed(f"stages.{position}.name", entry.name)
        if entry.id is None:
            stage = model.Stage(firm_id=ctx.firm, id=new_id(), pipeline_id=row.id, is_removed=False, client_status="")
            session.add(stage)
        elif entry.id in left:
            stage = left.pop(entry.id)
        else:
            field = f"stages.{position}.id"
            raise wrong(field, "Must be one of this pipeline's stages, once; leave it out for a new one.")
        stage.name, stage.position = name, position
        if entry.client_status is not None:
            stage.client_status = entry.client_status.strip()
    if left:
        _check_unused(session, ctx, model.Job.pipeline_id == row.id, model.Job.stage_id.in_(left))
    for stage in left.values():
        stage.is_removed = True
    session.flush()


def _check_unused(session: Session, ctx: Context, *where: ColumnElement[bool]) -> None:
    current = select(model.Job.id).where(model.Job.firm_id == ctx.firm, model.Job.status != "archived", *where)
    if session.scalars(current.limit(1)).first():
        raise PipelineInUse


def _report(session: Session, ctx: Context, row: model.Pipeline) -> Pipeline:
    session.flush()
    made = snapshots.pipeline(session, ctx, row)
    emit(session, ctx, PipelineChanged(pipeline=made))
    return made
