"""The section Tasks: what is planned, in progress or waiting (R-TSK-1, R-TSK-2, R-TSK-5)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, func, not_, or_, true
from sqlalchemy.dialects.postgresql import JSONPATH

from chassis.listing import Listing, Order, day, flag_of, id_of
from contracts.sections import Section, Seen
from services.work import model, rules
from services.work.queries.listing import ACCOUNT, FIRM, LAST_DAY, TODAY, Asked, assigned_to, filled, named

ROWS = 5  # R-TSK-1

task = model.Task.__table__
status = model.TaskStatus.__table__
is_open = status.c.category.in_(rules.OPEN)


def _visible(_: Seen) -> tuple[ColumnElement[bool], ...]:
    return (task.c.firm_id == FIRM, status.c.firm_id == FIRM, task.c.account_id == ACCOUNT)


def _in_status(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "all":
        return true()
    if value == "open":
        return is_open
    if value in rules.OPEN or value in rules.KEPT:
        return status.c.category == value
    return task.c.status_id == id_of("status", value)


def _assigned_to(value: str, _: Asked) -> ColumnElement[bool]:
    return assigned_to(value, task.c.assignee_ids, task.c.role_ids)


def _overdue(value: str, _: Asked) -> ColumnElement[bool]:
    is_overdue = and_(is_open, task.c.due_on < TODAY)
    return is_overdue if flag_of("overdue", value) else or_(task.c.due_on.is_(None), not_(is_overdue))


def _row(row: Any, asked: Asked) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title": row.title,
        "status": {"id": str(row.status_id), "name": row.status_name, "category": row.category},
        "assignees": row.assignees or [],
        "roles": row.roles or [],
        "priority": row.priority,
        "due_on": day(row.due_on),
        "is_overdue": rules.is_task_overdue(row.category, row.due_on, asked.today),
        "subtasks_done": row.subtasks_done,
        "subtasks_total": row.subtasks_total,
        "version": row.version,  # the status can be changed in the section itself (R-TSK-3)
    }


LISTING: Listing[Asked] = Listing(
    source=task.join(status, and_(status.c.firm_id == task.c.firm_id, status.c.id == task.c.status_id)),
    columns=(
        task.c.id,
        task.c.title,
        task.c.status_id,
        status.c.name.label("status_name"),
        status.c.category,
        named(task.c.assignee_ids).label("assignees"),
        filled(task.c.role_ids).label("roles"),
        task.c.priority,
        task.c.due_on,
        func.jsonb_array_length(
            func.jsonb_path_query_array(task.c.subtasks, cast("$[*] ? (@.is_done == true)", JSONPATH))
        ).label("subtasks_done"),
        func.jsonb_array_length(task.c.subtasks).label("subtasks_total"),
        task.c.version,
    ),
    visible=lambda asked: _visible(asked.scope),
    orders={
        "-created_at": Order((task.c.created_at, task.c.id)),
        "due_on": Order((func.coalesce(task.c.due_on, LAST_DAY), task.c.id), is_descending=False),
    },
    filters={"status": _in_status, "assignee": _assigned_to, "overdue": _overdue},
    row=_row,
    unless_said={"status": "open"},
)


def statement(scope: Seen) -> Select[Any]:
    """The section in one statement: its rows, each with the count of all."""
    page = LISTING.statement([*_visible(scope), is_open], LISTING.orders["-created_at"], ROWS)
    return page.add_columns(func.count().over().label("total"))


def section(rows: Any, asked: Asked) -> Section:
    return Section(name="tasks", rows=tuple(_row(row, asked) for row in rows), total=rows[0].total if rows else 0)
