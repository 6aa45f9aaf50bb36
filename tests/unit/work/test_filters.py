"""How view all is narrowed down."""

import datetime as dt
from decimal import Decimal

import pytest

from chassis.errors import Invalid
from contracts import work
from contracts.common import Done
from services.work.operations import jobs, tasks, time_entries
from services.work.queries import items

DAY = dt.date(2026, 5, 1)


def ids(rows):
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("name", "filters", "field"),
    [
        ("tasks", {"colour": "red"}, "filters.colour"),
        ("tasks", {"status": "finished"}, "filters.status"),
        ("tasks", {"assignee": "me"}, "filters.assignee"),
        ("tasks", {"overdue": "yes"}, "filters.overdue"),
        ("tasks", {"sort": "title"}, "filters.sort"),
        ("jobs", {"pipeline": "tax"}, "filters.pipeline"),
        ("jobs", {"status": "done"}, "filters.status"),
        ("jobs", {"assignee": "me"}, "filters.assignee"),
        ("jobs", {"sort": "due_on"}, "filters.sort"),
        ("notes", {"author": "me"}, "filters.author"),
        ("notes", {"pinned": "1"}, "filters.pinned"),
        ("time", {"member": "me"}, "filters.member"),
        ("time", {"billable": ""}, "filters.billable"),
        ("time", {"billed": "TRUE"}, "filters.billed"),
        ("time", {"from": "yesterday"}, "filters.from"),
        ("time", {"to": "2026-02-30"}, "filters.to"),
    ],
)
def test_unknown_names_and_bad_values_are_named(listed, name, filters, field):
    with pytest.raises(Invalid) as refused:
        listed(name, **filters)

    assert refused.value.data["errors"][0]["field"] == field


def test_tasks_by_status(session, ctx, account_id, listed, new_task):
    """R-TSK-2"""
    statuses = {one.category: one for one in items.list_task_statuses(session, ctx, Done()).items}
    made = {category: str(new_task(status_id=status.id).id) for category, status in statuses.items()}

    assert {category: ids(listed("tasks", status=category).rows) for category in made} == {
        category: [task_id] for category, task_id in made.items()
    }
    assert ids(listed("tasks", status=str(statuses["done"].id)).rows) == [made["done"]]
    assert (listed("tasks").total, listed("tasks", status="open").total, listed("tasks", status="all").total) == (
        3,
        3,
        5,
    )


def test_tasks_by_assignee(ctx, listed, new_task, employee):
    emil = employee()
    mine = new_task(assignee_ids=(ctx.actor.id, emil.actor.id))
    new_task(assignee_ids=(ctx.actor.id,))

    made = listed("tasks", assignee=str(emil.actor.id))

    assert (ids(made.rows), made.total) == ([str(mine.id)], 1)


def test_tasks_overdue_on_the_callers_day(session, ctx, account_id, listed, later, new_task):
    """R-TSK-5"""
    late = new_task(due_on=ctx.now.date())
    new_task()
    done = new_task(due_on=ctx.now.date())
    status = next(one for one in items.list_task_statuses(session, ctx, Done()).items if one.category == "done")
    change = work.ChangeTask(account_id=account_id, task_id=done.id, version=1, status_id=status.id)
    tasks.change_task(session, ctx, change)
    tomorrow = later(ctx, days=1)

    assert ids(listed("tasks", overdue="true", status="all", by=tomorrow).rows) == [str(late.id)]
    assert listed("tasks", overdue="false", status="all", by=tomorrow).total == 2
    assert listed("tasks", overdue="true", by=ctx).total == 0


def test_tasks_by_due_date(listed, new_task):
    """R-TSK-5: the user may switch to due-date order"""
    without, second, first = new_task(), new_task(due_on=DAY + dt.timedelta(days=1)), new_task(due_on=DAY)

    made = listed("tasks", sort="due_on")

    assert ids(made.rows) == [str(first.id), str(second.id), str(without.id)]


def test_jobs_by_status_and_pipeline(session, ctx, account_id, listed, new_pipeline, new_job):
    """R-JOB-2"""
    tax, books = new_pipeline("Tax"), new_pipeline("Books")
    made = {status: new_job(status, tax) for status in ("active", "completed", "archived")}
    for status, job in made.items():
        jobs.change_job(session, ctx, work.ChangeJob(account_id=account_id, job_id=job.id, version=1, status=status))
    new_job("books", books)

    for status, job in made.items():
        assert ids(listed("jobs", status=status, pipeline=str(tax.id)).rows) == [str(job.id)]
    assert (listed("jobs").total, listed("jobs", status="all").total) == (3, 4)
    assert [row["name"] for row in listed("jobs", pipeline=str(books.id)).rows] == ["books"]


def test_jobs_by_assignee(ctx, listed, new_job, employee):
    """R-JOB-4"""
    emil = employee()
    mine = new_job(assignee_ids=(ctx.actor.id, emil.actor.id))
    new_job(assignee_ids=(ctx.actor.id,))

    made = listed("jobs", assignee=str(emil.actor.id))

    assert (ids(made.rows), made.total) == ([str(mine.id)], 1)


def test_notes_by_author_and_pin(listed, new_note, employee):
    emil = employee()
    pinned, plain = new_note(by=emil, is_pinned=True), new_note(by=emil)
    new_note()

    assert ids(listed("notes", author=str(emil.actor.id)).rows) == [str(pinned.id), str(plain.id)]
    assert ids(listed("notes", pinned="true").rows) == [str(pinned.id)]
    assert listed("notes", pinned="false").total == 2


def test_time_by_member_kind_and_dates(session, ctx, account_id, listed, new_entry, employee):
    """R-TIM-2"""
    emil = employee()
    first = new_entry(10, by=emil, on=DAY)
    second = new_entry(20, on=DAY + dt.timedelta(days=1), is_billable=False)
    third = new_entry(30, on=DAY + dt.timedelta(days=2))
    bill = work.ChangeTimeEntry(account_id=account_id, time_entry_id=third.id, version=1, is_billed=True)
    time_entries.change_time_entry(session, ctx, bill)

    assert ids(listed("time", member=str(emil.actor.id)).rows) == [str(first.id)]
    assert ids(listed("time", billable="false").rows) == [str(second.id)]
    assert ids(listed("time", billed="true").rows) == [str(third.id)]
    dates = {"from": "2026-05-01", "to": "2026-05-02"}
    assert ids(listed("time", **dates).rows) == [str(second.id), str(first.id)]


def test_time_of_others_is_out_of_a_members_scope(ctx, listed, new_entry, employee):
    """C-TIME"""
    emil = employee()
    own = new_entry(10, by=emil, rate=None)
    new_entry(20, rate=Decimal(80))
    scope = f"member:{emil.actor.id}"

    made = listed("time", scope=scope, member=str(emil.actor.id))

    assert (ids(made.rows), made.total) == ([str(own.id)], 1)
    assert ids(listed("time", scope=scope).rows) == [str(own.id)]
    with pytest.raises(Invalid) as refused:
        listed("time", scope=scope, member=str(ctx.actor.id))
    assert refused.value.data["errors"][0]["field"] == "filters.member"


def test_jobs_of_hidden_pipelines_stay_hidden_under_any_filter(listed, new_pipeline, new_job, employee):
    """R-JOB-3"""
    eve = employee(name="Eve")
    hidden = new_pipeline(available_to=())
    new_job(pipeline=hidden)

    for filters in ({}, {"status": "all"}, {"pipeline": str(hidden.id)}):
        made = listed("jobs", scope=f"member:{eve.actor.id}", **filters)
        assert (made.rows, made.total) == ((), 0)
