"""The section Tasks."""

from dataclasses import replace

import pytest

from chassis.context import new_id
from contracts import work
from contracts.common import Done
from contracts.sections import Section
from services.work.operations import tasks
from services.work.queries import items


def status_in(session, ctx, category):
    return next(one for one in items.list_task_statuses(session, ctx, Done()).items if one.category == category)


def test_five_latest_open_ones_newest_created_first(session, ctx, account_id, new_task, later, section):
    """R-TSK-1, R-TSK-5, R-OV-3, R-OV-4, R-OV-6"""
    for minute in range(7):
        new_task(f"Task {minute}", by=later(ctx, minutes=minute))

    made = section("tasks")

    assert [row["title"] for row in made.rows] == ["Task 6", "Task 5", "Task 4", "Task 3", "Task 2"]
    assert (made.total, made.footer) == (7, None)


def test_changing_a_task_does_not_make_it_later(session, ctx, account_id, new_task, later, section):
    """R-TSK-5"""
    first = new_task("First")
    new_task("Second", by=later(ctx, minutes=1))
    change = work.ChangeTask(account_id=account_id, task_id=first.id, version=1, priority="urgent")
    tasks.change_task(session, later(ctx, minutes=2), change)

    assert [row["title"] for row in section("tasks").rows] == ["Second", "First"]


@pytest.mark.parametrize(
    ("category", "is_shown"),
    [("planned", True), ("in_progress", True), ("waiting", True), ("done", False), ("canceled", False)],
)
def test_which_statuses_qualify(session, ctx, account_id, new_task, category, is_shown, section):
    """R-TSK-2, R-TSK-3: a task done or canceled leaves the section"""
    task = new_task()
    status = status_in(session, ctx, category)
    change = work.ChangeTask(account_id=account_id, task_id=task.id, version=1, status_id=status.id)
    tasks.change_task(session, ctx, change)

    made = section("tasks")

    assert (len(made.rows), made.total) == (int(is_shown), int(is_shown))


def test_what_a_row_shows(session, ctx, account_id, new_task, employee, later, section):
    """§5.0 quick table; R-TSK-3: the status; R-TSK-5: overdue marked"""
    emil = employee()
    task = new_task(
        assignee_ids=(emil.actor.id, ctx.actor.id),
        priority="high",
        due_on=ctx.now.date(),
        subtasks=(work.Subtask(title="a", is_done=True), work.Subtask(title="b"), work.Subtask(title="c")),
    )

    (row,) = section("tasks", by=later(ctx, days=1)).rows

    assert row == {
        "id": str(task.id),
        "title": "File the return",
        "status": {"id": str(task.status.id), "name": "Planned", "category": "planned"},
        "assignees": [
            {"id": str(emil.actor.id), "name": "Emil Employee"},
            {"id": str(ctx.actor.id), "name": "Olga Owner"},
        ],
        "roles": [],
        "priority": "high",
        "due_on": ctx.now.date().isoformat(),
        "is_overdue": True,
        "subtasks_done": 1,
        "subtasks_total": 3,
        "version": 1,
    }


def test_a_task_without_anything_has_empty_lists(session, ctx, account_id, new_task, section):
    new_task()

    (row,) = section("tasks").rows

    assert (row["assignees"], row["subtasks_total"], row["due_on"]) == ([], 0, None)
    assert row["is_overdue"] is False


def test_nothing_of_another_account_or_firm(session, ctx, account_id, new_task, section):
    new_task()

    assert section("tasks", account_id=new_id()) == Section(name="tasks", rows=(), total=0)
    assert section("tasks", by=replace(ctx, firm_id=new_id())) == Section(name="tasks", rows=(), total=0)
