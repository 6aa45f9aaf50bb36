"""Statuses of jobs that a pipeline defines for itself (R-JOB-2)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from contracts.work import StatusInUse
from contracts.work_settings import CustomStatusEntry
from services.work import model, rules


def set_statuses(
    session: Session, ctx: Context, pipeline: model.Pipeline, entries: tuple[CustomStatusEntry, ...]
) -> None:
    """Make the statuses of a locked pipeline these, in this order. Raises Invalid, StatusInUse."""
    query = select(model.CustomStatus).where(
        model.CustomStatus.firm_id == ctx.firm,
        model.CustomStatus.pipeline_id == pipeline.id,
        model.CustomStatus.is_removed.is_(False),
    )
    left = {status.id: status for status in session.scalars(query)}
    names = _checked_names(entries)
    kept = []
    for position, entry in enumerate(entries):
        if entry.id is None:
            kept.append(model.CustomStatus(firm_id=ctx.firm, id=new_id(), pipeline_id=pipeline.id, is_removed=False))
        elif entry.id in left:
            kept.append(left.pop(entry.id))
        else:
            field = f"statuses.{position}.id"
            raise wrong(field, "Must be one of this pipeline's statuses, once; leave it out for a new one.")
    recounted = [status for status, entry in zip(kept, entries, strict=True) if status.kind not in (None, entry.kind)]
    _check_unused(session, ctx, pipeline.id, [*left.values(), *recounted])
    for status in left.values():
        status.is_removed = True
    for position, (status, entry, name) in enumerate(zip(kept, entries, names, strict=True)):
        status.name, status.kind, status.position = name, entry.kind, position
    session.add_all(kept)
    session.flush()


def follow(session: Session, ctx: Context, job: model.Job, changes: dict[str, Any]) -> dict[str, Any]:
    """What follows for a job's status and custom status from the changes made to it.

    Raises Invalid for a custom status that its pipeline has not, or that counts as another status than is asked for.
    """
    pipeline_id, status = changes.get("pipeline_id", job.pipeline_id), changes.get("status", job.status)
    chosen = changes.get("custom_status_id")
    if chosen is not None:
        kind = usable(session, ctx, pipeline_id, chosen).kind
        if changes.get("status", kind) not in (kind, "archived"):
            raise wrong("status", f"Must be {kind}, which this custom status counts as, or archived; or leave it out.")
        return {"status": changes.get("status", kind)}
    if job.custom_status_id is None or "custom_status_id" in changes:
        return {}
    is_kept = pipeline_id == job.pipeline_id and (
        status in (job.status, "archived") or _fits(session, ctx, job.custom_status_id, status)
    )
    return {} if is_kept else {"custom_status_id": None}


def usable(session: Session, ctx: Context, pipeline_id: UUID, status_id: UUID) -> model.CustomStatus:
    """The pipeline's custom status; the pipeline stays locked against its removal. Raises Invalid."""
    lock = select(model.Pipeline.id).where(model.Pipeline.firm_id == ctx.firm, model.Pipeline.id == pipeline_id)
    session.execute(lock.with_for_update(read=True))
    found = _present(session, ctx, status_id)
    if found is None or found.pipeline_id != pipeline_id:
        raise wrong("custom_status_id", "There is no such status in this job's pipeline.")
    return found


def _checked_names(entries: tuple[CustomStatusEntry, ...]) -> list[str]:
    names = [rules.trimmed(f"statuses.{index}.name", entry.name) for index, entry in enumerate(entries)]
    for index, name in enumerate(names):
        if name.casefold() in (other.casefold() for other in names[:index]):
            raise wrong(f"statuses.{index}.name", "Two statuses can't have one name.")
    return names


def _fits(session: Session, ctx: Context, status_id: UUID, status: str) -> bool:
    """Whether an archived job taken back as `status` may keep its custom status; its pipeline is locked by then."""
    found = _present(session, ctx, status_id)
    return found is not None and found.kind == status


def _present(session: Session, ctx: Context, status_id: UUID) -> model.CustomStatus | None:
    query = select(model.CustomStatus).where(
        model.CustomStatus.firm_id == ctx.firm,
        model.CustomStatus.id == status_id,
        model.CustomStatus.is_removed.is_(False),
    )
    return session.scalar(query.execution_options(populate_existing=True))


def _check_unused(session: Session, ctx: Context, pipeline_id: UUID, statuses: list[model.CustomStatus]) -> None:
    if not statuses:
        return
    current = select(model.Job.custom_status_id).where(
        model.Job.firm_id == ctx.firm,
        model.Job.pipeline_id == pipeline_id,
        model.Job.status != "archived",
        model.Job.custom_status_id.in_([status.id for status in statuses]),
    )
    used = session.scalars(current.limit(1)).first()
    if used:
        name = next(status.name for status in statuses if status.id == used)
        raise StatusInUse(f"There are jobs in the status “{name}”; give them another first.")
