"""How the firm works: pipelines with their stages, statuses of tasks (R-JOB-2, R-JOB-5, R-TSK-2)."""

from typing import Any

from starlette.responses import Response

from chassis.errors import NotFound
from contracts.identity import Identities
from contracts.work import Work
from contracts.work_settings import Pipeline
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

PIPELINES, STATUSES = "pipelines", "task-statuses"
CATEGORIES = {
    "planned": later("Planned"),
    "in_progress": later("In progress"),
    "waiting": later("Waiting"),
    "done": later("Done"),
    "canceled": later("Cancelled"),
}
KINDS = {"active": later("counts as active"), "completed": later("counts as completed")}


async def show_pipelines(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, PIPELINES)
    found = await visit.call(Work.list_pipelines)
    return place.draw(visit, "pipelines", PIPELINES, status, pipelines=found.items, **values)


async def create_pipeline(visit: Visit) -> Response:
    stages = [{"name": line.strip()} for line in visit.form.get("stages", "").splitlines() if line.strip()]
    making = visit.call(Work.create_pipeline, name=visit.form.get("name", ""), stages=stages)
    return await place.act(visit, making, PIPELINES, show_pipelines)


async def show_pipeline(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, PIPELINES)
    pipeline = await _pipeline(visit)
    members = await visit.call(Identities.list_members)
    shown = {"pipeline": pipeline, "members": members.items, "kinds": KINDS}
    return place.draw(visit, "pipeline", PIPELINES, status, **shown | values)


async def change_pipeline(visit: Visit) -> Response:
    """All that the form showed: names, order by place, stages and statuses, and who may use it."""
    form = visit.form
    position = place.number(visit, "position")
    changing = visit.call(
        Work.change_pipeline,
        pipeline_id=visit.path_id(),
        version=place.number(visit, "version"),
        name=form.get("name", ""),
        stages=[_stage(row) for row in place.parts(visit, "stage", "stage_id", "client_status")],
        statuses=[_status(row) for row in place.parts(visit, "status", "status_id", "kind")],
        available_to=visit.chosen("available_to") if form.get("who") == "some" else None,
        **({"position": max(position - 1, 0)} if isinstance(position, int) else {}),
    )
    return await place.act(visit, changing, PIPELINES, show_pipeline)


def _stage(row: dict[str, str]) -> dict[str, Any]:
    return {"id": row["stage_id"] or None, "name": row["stage"], "client_status": row["client_status"]}


def _status(row: dict[str, str]) -> dict[str, Any]:
    return {"id": row["status_id"] or None, "name": row["status"], "kind": row["kind"]}


async def delete_pipeline(visit: Visit) -> Response:
    deleting = visit.call(Work.delete_pipeline, pipeline_id=visit.path_id())
    return await place.act(visit, deleting, PIPELINES, show_pipeline)


async def _pipeline(visit: Visit) -> Pipeline:
    found = await visit.call(Work.list_pipelines)
    wanted = visit.path_id()
    for pipeline in found.items:
        if pipeline.id == wanted:
            return pipeline
    raise NotFound


async def show_statuses(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, STATUSES)
    found = await visit.call(Work.list_task_statuses)
    return place.draw(visit, "task_statuses", STATUSES, status, statuses=found.items, categories=CATEGORIES, **values)


async def set_statuses(visit: Visit) -> Response:
    rows = place.parts(visit, "status", "status_id", "category")
    items = [{"id": row["status_id"] or None, "name": row["status"], "category": row["category"]} for row in rows]
    return await place.act(visit, visit.call(Work.set_task_statuses, items=items), STATUSES, show_statuses)


PAGES = (
    Page("GET", "/settings/pipelines", show_pipelines),
    Page("POST", "/settings/pipelines", create_pipeline),
    Page("GET", "/settings/pipelines/{pipeline_id}", show_pipeline),
    Page("POST", "/settings/pipelines/{pipeline_id}", change_pipeline),
    Page("POST", "/settings/pipelines/{pipeline_id}/delete", delete_pipeline),
    Page("GET", "/settings/task-statuses", show_statuses),
    Page("POST", "/settings/task-statuses", set_statuses),
)
