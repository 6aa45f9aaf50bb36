"""The section Jobs."""

import datetime as dt

from contracts import work, work_settings
from services.work.operations import jobs, pipelines


def test_by_pipeline_then_stage_then_due_date(session, ctx, account_id, new_pipeline, new_job, section):
    """R-JOB-1, R-JOB-5"""
    second, first = new_pipeline("Second"), new_pipeline("First")
    order = work_settings.ChangePipeline(pipeline_id=first.id, version=1, position=0)
    pipelines.change_pipeline(session, ctx, order)
    day = dt.date(2026, 6, 1)
    new_job("second pipeline", second, due_on=day)
    new_job("later stage", first, stage_id=first.stages[1].id, due_on=day)
    new_job("no due date", first)
    new_job("due later", first, due_on=day + dt.timedelta(days=1))
    new_job("due first", first, due_on=day)

    made = section("jobs")

    names = ["due first", "due later", "no due date", "later stage", "second pipeline"]
    assert [row["name"] for row in made.rows] == names


def test_current_jobs_only_and_at_most_ten(session, ctx, account_id, new_pipeline, new_job, section):
    """R-JOB-2, R-OV-3, R-OV-6"""
    pipeline = new_pipeline()
    made = [new_job(f"Job {index:02}", pipeline, due_on=dt.date(2026, 1, 1 + index)) for index in range(13)]
    for job, status in ((made[0], "archived"), (made[1], "completed")):
        change = work.ChangeJob(account_id=account_id, job_id=job.id, version=1, status=status)
        jobs.change_job(session, ctx, change)

    shown = section("jobs")

    assert [row["name"] for row in shown.rows] == [f"Job {index:02}" for index in range(1, 11)]
    assert (shown.rows[0]["status"], shown.rows[0]["is_overdue"], shown.rows[1]["is_overdue"]) == (
        "completed",
        False,
        True,
    )
    assert shown.total == 12


def test_only_pipelines_available_in_the_viewers_scope(
    session, ctx, account_id, new_pipeline, new_job, employee, section
):
    """R-JOB-3: hidden jobs are neither shown nor counted"""
    emil, eve = employee(), employee(name="Eve")
    new_job("everyone's", new_pipeline("A"))
    new_job("Emil's", new_pipeline("B", available_to=(emil.actor.id,)))
    new_job("nobody's", new_pipeline("C", available_to=()))

    seen = {scope: section("jobs", scope) for scope in ("firm", f"member:{emil.actor.id}", f"member:{eve.actor.id}")}

    assert [[row["name"] for row in made.rows] for made in seen.values()] == [
        ["everyone's", "Emil's", "nobody's"],
        ["everyone's", "Emil's"],
        ["everyone's"],
    ]
    assert [made.total for made in seen.values()] == [3, 2, 1]


def test_what_a_row_shows(session, ctx, account_id, new_pipeline, new_job, section):
    """§5.0 quick table; R-JOB-1: pipeline and stage; R-JOB-5: time in stage"""
    pipeline = new_pipeline()
    job = new_job(pipeline=pipeline, due_on=ctx.now.date())

    (row,) = section("jobs").rows

    assert row == {
        "id": str(job.id),
        "name": "Tax return 2026",
        "pipeline": {"id": str(pipeline.id), "name": "Tax return"},
        "stage": {"id": str(pipeline.stages[0].id), "name": "Collect"},
        "stage_since": ctx.now.isoformat().replace("+00:00", "Z"),
        "status": "active",
        "custom_status": None,
        "assignees": [],
        "roles": [],
        "due_on": ctx.now.date().isoformat(),
        "is_overdue": False,
    }
