"""Work on an account: tasks, jobs, notes, time entries; pipelines and task statuses of the firm."""

from collections.abc import Callable
from typing import Any

from contracts.overview import Overview
from contracts.work import Work
from gateway.route import Route


def _kind(
    path: str,
    item_id: str,
    section: str,
    create: Callable[..., Any],
    get: Callable[..., Any],
    change: Callable[..., Any],
    delete: Callable[..., Any],
) -> tuple[Route, ...]:
    """The five routes of what an account has many of; the list is the section's "view all"."""
    every = f"/v1/accounts/{{account_id}}/{path}"
    one = f"{every}/{{{item_id}}}"
    return (
        Route(
            "GET",
            every,
            Overview.list_section,
            scope="work:read",
            action="view",
            fixed={"name": section},
            hidden=("scope",),
            filters="filters",
            summary=f"List {path}",
        ),
        Route(
            "POST",
            every,
            create,
            scope="work:write",
            action="view",
            status=201,
            location=f"/v1/accounts/{{account_id}}/{path}/{{id}}",
        ),
        Route("GET", one, get, scope="work:read", action="view"),
        Route("PATCH", one, change, scope="work:write", action="view"),
        Route("DELETE", one, delete, scope="work:write", action="view", status=204),
    )


ROUTES = (
    *_kind("tasks", "task_id", "tasks", Work.create_task, Work.get_task, Work.change_task, Work.delete_task),
    *_kind("jobs", "job_id", "jobs", Work.create_job, Work.get_job, Work.change_job, Work.delete_job),
    *_kind("notes", "note_id", "notes", Work.create_note, Work.get_note, Work.change_note, Work.delete_note),
    *_kind(
        "time-entries",
        "time_entry_id",
        "time",
        Work.create_time_entry,
        Work.get_time_entry,
        Work.change_time_entry,
        Work.delete_time_entry,
    ),
    Route("GET", "/v1/pipelines", Work.list_pipelines, scope="settings:read"),
    Route("POST", "/v1/pipelines", Work.create_pipeline, scope="settings:write", may="manage_pipelines", status=201),
    Route("PATCH", "/v1/pipelines/{pipeline_id}", Work.change_pipeline, scope="settings:write", may="manage_pipelines"),
    Route(
        "DELETE",
        "/v1/pipelines/{pipeline_id}",
        Work.delete_pipeline,
        scope="settings:write",
        may="manage_pipelines",
        status=204,
    ),
    Route("GET", "/v1/task-statuses", Work.list_task_statuses, scope="settings:read"),
    Route("PUT", "/v1/task-statuses", Work.set_task_statuses, scope="settings:write", may="manage_pipelines"),
)
# Asked by overview, which knows what the viewer may see.
INTERNAL = (Work.get_sections, Work.list_section, Work.count_open)
