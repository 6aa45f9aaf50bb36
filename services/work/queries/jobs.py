"""The section Jobs: current jobs by pipeline, stage and due date (R-JOB-1..3, R-JOB-5)."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, func, or_, true

from chassis.errors import wrong
from chassis.listing import Listing, Order, day, id_of, instant
from contracts.sections import Section, Seen
from services.work import model, rules
from services.work.queries.listing import ACCOUNT, FIRM, LAST_DAY, MEMBER, Asked, assigned_to, filled, named

ROWS = 10  # R-OV-3

job = model.Job.__table__
pipeline = model.Pipeline.__table__
stage = model.Stage.__table__
custom = model.CustomStatus.__table__
is_current = job.c.status != "archived"  # R-JOB-2


def _visible(scope: Seen) -> list[ColumnElement[bool]]:
    of_account = [job.c.firm_id == FIRM, pipeline.c.firm_id == FIRM, job.c.account_id == ACCOUNT]
    if scope.member_id is None:
        return of_account
    return [*of_account, or_(pipeline.c.available_to.is_(None), any_(pipeline.c.available_to) == MEMBER)]


def _in_status(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "all":
        return true()
    if value == "current":
        return is_current
    if value in ("active", "completed", "archived"):
        return job.c.status == value
    try:
        return and_(is_current, job.c.custom_status_id == UUID(value))
    except ValueError as exc:
        text = "Must be current, all, active, completed, archived, or the id of a pipeline's status."
        raise wrong("filters.status", text) from exc


def _assigned_to(value: str, _: Asked) -> ColumnElement[bool]:
    return assigned_to(value, job.c.assignee_ids, job.c.role_ids)


def _in_pipeline(value: str, _: Asked) -> ColumnElement[bool]:
    return job.c.pipeline_id == id_of("pipeline", value)


def _row(row: Any, asked: Asked) -> dict[str, Any]:
    chosen = row.custom_status_id
    return {
        "id": str(row.id),
        "name": row.name,
        "pipeline": {"id": str(row.pipeline_id), "name": row.pipeline_name},
        "stage": {"id": str(row.stage_id), "name": row.stage_name},
        "stage_since": instant(row.stage_since),
        "status": row.status,
        "custom_status": chosen and {"id": str(chosen), "name": row.custom_name, "kind": row.custom_kind},
        "assignees": row.assignees or [],
        "roles": row.roles or [],
        "due_on": day(row.due_on),
        "is_overdue": rules.is_job_overdue(row.status, row.due_on, asked.today),
    }


LISTING: Listing[Asked] = Listing(
    source=job.join(
        stage,
        and_(stage.c.firm_id == job.c.firm_id, stage.c.id == job.c.stage_id, stage.c.pipeline_id == job.c.pipeline_id),
    )
    .join(pipeline, and_(pipeline.c.firm_id == job.c.firm_id, pipeline.c.id == job.c.pipeline_id))
    .outerjoin(custom, and_(custom.c.firm_id == job.c.firm_id, custom.c.id == job.c.custom_status_id)),
    columns=(
        job.c.id,
        job.c.name,
        job.c.pipeline_id,
        pipeline.c.name.label("pipeline_name"),
        job.c.stage_id,
        stage.c.name.label("stage_name"),
        job.c.stage_since,
        job.c.status,
        job.c.custom_status_id,
        custom.c.name.label("custom_name"),
        custom.c.kind.label("custom_kind"),
        named(job.c.assignee_ids).label("assignees"),
        filled(job.c.role_ids).label("roles"),
        job.c.due_on,
    ),
    visible=lambda asked: _visible(asked.scope),
    orders={
        "stage": Order(
            (
                pipeline.c.position,
                pipeline.c.id,
                stage.c.position,
                stage.c.id,
                func.coalesce(job.c.due_on, LAST_DAY),
                job.c.id,
            ),
            is_descending=False,
        )
    },
    filters={"status": _in_status, "assignee": _assigned_to, "pipeline": _in_pipeline},
    row=_row,
    unless_said={"status": "current"},
)


def statement(scope: Seen) -> Select[Any]:
    """The section in one statement: its rows, each with the count of all."""
    page = LISTING.statement([*_visible(scope), is_current], LISTING.orders["stage"], ROWS)
    return page.add_columns(func.count().over().label("total"))


def section(rows: Any, asked: Asked) -> Section:
    return Section(name="jobs", rows=tuple(_row(row, asked) for row in rows), total=rows[0].total if rows else 0)
