"""Tasks: to-dos of the firm about one account (R-TSK-4)."""

from typing import Any

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.common import Done
from contracts.work import ChangeTask, CreateTask, Subtask, Task, TaskCreated, TaskDeleted, TaskRef
from services.work import items, model, people, rules, snapshots
from services.work.operations import announce, links, statuses

CHANGEABLE = (
    "title", "status_id", "assignee_ids", "role_ids", "priority", "start_on", "due_on", "description", "subtasks",
    "tag_ids", "job_id",
)  # fmt: skip


def create_task(session: Session, ctx: Context, request: CreateTask) -> Task:
    """Add a task, planned unless said otherwise. Raises Invalid for an unknown status, member, role, tag or job."""
    people.staff(ctx)
    items.check_links(session, ctx, request.account_id, job_id=request.job_id)
    people.check_active(session, ctx, "assignee_ids", request.assignee_ids)
    people.check_roles(session, ctx, request.role_ids)
    people.check_tags(session, ctx, request.tag_ids)
    status = statuses.usable(session, ctx, request.status_id)  # held on to: the answer names it
    row = model.Task(
        **items.begin(ctx, request.account_id),
        title=rules.trimmed("title", request.title),
        status_id=status.id,
        assignee_ids=rules.unique(request.assignee_ids),
        role_ids=rules.unique(request.role_ids),
        priority=request.priority,
        start_on=request.start_on,
        due_on=request.due_on,
        description=request.description,
        subtasks=_subtasks(request.subtasks),
        tag_ids=rules.unique(request.tag_ids),
        job_id=request.job_id,
    )
    session.add(row)
    session.flush()
    made = snapshots.task(session, ctx, row)
    emit(session, ctx, TaskCreated(account_id=row.account_id, task=made))
    return made


def change_task(session: Session, ctx: Context, request: ChangeTask) -> Task:
    """Change a task unless it changed since the caller read it. Raises WorkNotFound, WorkChangedMeanwhile."""
    row = items.find(session, ctx, model.Task, request.account_id, request.task_id, lock=True)
    if row.version != request.version:
        raise items.changed_meanwhile(snapshots.task(session, ctx, row))
    items.apply(ctx, row, _checked(session, ctx, row, items.given(request, *CHANGEABLE)))
    return announce.task_changed(session, ctx, row)


def delete_task(session: Session, ctx: Context, request: TaskRef) -> Done:
    """Delete a task; what was linked to it stays, without the link. Raises WorkNotFound."""
    row = items.find(session, ctx, model.Task, request.account_id, request.task_id, lock=True)
    links.unlink_task(session, ctx, row.account_id, row.id)
    session.delete(row)
    emit(session, ctx, TaskDeleted(account_id=row.account_id, task_id=row.id))
    return Done()


def _checked(session: Session, ctx: Context, row: model.Task, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as they are kept. What stays as it was is not checked again: it may have gone since (R-ROLE-3)."""
    if "title" in changes:
        changes["title"] = rules.trimmed("title", changes["title"])
    if changes.get("status_id", row.status_id) != row.status_id:
        statuses.usable(session, ctx, changes["status_id"])
    if "assignee_ids" in changes:
        changes["assignee_ids"] = rules.unique(changes["assignee_ids"])
        people.check_active(session, ctx, "assignee_ids", set(changes["assignee_ids"]).difference(row.assignee_ids))
    if "role_ids" in changes:
        changes["role_ids"] = rules.unique(changes["role_ids"])
        people.check_roles(session, ctx, set(changes["role_ids"]).difference(row.role_ids))
    if "tag_ids" in changes:
        changes["tag_ids"] = rules.unique(changes["tag_ids"])
        people.check_tags(session, ctx, set(changes["tag_ids"]).difference(row.tag_ids))
    if "subtasks" in changes:
        changes["subtasks"] = _subtasks(changes["subtasks"])
    if changes.get("job_id", row.job_id) != row.job_id:
        items.check_links(session, ctx, row.account_id, job_id=changes["job_id"])
    return changes


def _subtasks(entries: tuple[Subtask, ...]) -> list[dict[str, Any]]:
    return [
        {"title": rules.trimmed(f"subtasks.{index}.title", entry.title), "is_done": entry.is_done}
        for index, entry in enumerate(entries)
    ]
