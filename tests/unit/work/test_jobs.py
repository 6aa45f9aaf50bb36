import datetime as dt

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import work, work_settings
from services.work.operations import jobs, pipelines, tasks
from services.work.queries import items


def ref(job):
    return work.JobRef(account_id=job.account_id, job_id=job.id)


def change(session, ctx, job, **fields):
    request = work.ChangeJob(**{"account_id": job.account_id, "job_id": job.id, "version": job.version, **fields})
    return jobs.change_job(session, ctx, request)


def test_a_job_begins_active_in_the_first_stage(session, ctx, account_id, new_pipeline, new_job, employee):
    """R-JOB-4"""
    pipeline, emil = new_pipeline(), employee()

    made = new_job(" Tax ", pipeline, assignee_ids=(emil.actor.id, emil.actor.id), due_on=dt.date(2026, 4, 30))

    assert (made.account_id, made.name, made.status, made.stage) == (account_id, "Tax", "active", pipeline.stages[0])
    assert (made.pipeline.name, made.stage_since) == ("Tax return", ctx.now)
    assert [one.name for one in made.assignees] == ["Emil Employee"]
    assert items.get_job(session, ctx, ref(made)) == made
    assert outbox.pending(session)[-1] == work.JobCreated(account_id=account_id, job=made)


def test_a_job_begins_in_the_stage_it_names(ctx, new_pipeline, new_job):
    """R-JOB-4"""
    pipeline = new_pipeline()

    assert new_job(pipeline=pipeline, stage_id=pipeline.stages[2].id).stage == pipeline.stages[2]


def test_a_stage_of_another_pipeline_is_refused(ctx, new_pipeline, new_job):
    """R-JOB-4"""
    pipeline, other = new_pipeline(), new_pipeline("Other")

    with pytest.raises(Invalid) as refused:
        new_job(pipeline=pipeline, stage_id=other.stages[0].id)

    assert refused.value.data["errors"][0]["field"] == "stage_id"


def test_a_job_is_added_only_in_an_available_pipeline(new_pipeline, new_job, employee):
    """R-JOB-3"""
    emil, eve = employee(), employee(name="Eve")
    pipeline = new_pipeline(available_to=(emil.actor.id,))

    assert new_job(pipeline=pipeline, by=emil).pipeline.id == pipeline.id
    for fields in ({}, {"stage_id": pipeline.stages[0].id}):
        with pytest.raises(Invalid) as refused:
            new_job(pipeline=pipeline, by=eve, **fields)
        assert refused.value.data["errors"][0]["field"] == "pipeline_id"


def test_a_job_in_a_pipeline_not_available_is_not_found_in_any_call(session, new_pipeline, new_job, new_task, employee):
    """R-JOB-3"""
    eve = employee(name="Eve")
    job = new_job(pipeline=new_pipeline(available_to=()))

    with pytest.raises(work.WorkNotFound):
        items.get_job(session, eve, ref(job))
    with pytest.raises(work.WorkNotFound):
        change(session, eve, job, name="Mine")
    with pytest.raises(work.WorkNotFound):
        jobs.delete_job(session, eve, ref(job))
    with pytest.raises(Invalid) as refused:
        new_task(by=eve, job_id=job.id)
    assert refused.value.data["errors"][0]["field"] == "job_id"
    assert items.get_job(session, employee("manage_pipelines"), ref(job)) == job


def test_a_job_is_not_moved_into_a_pipeline_not_available(session, new_pipeline, new_job, employee):
    """R-JOB-3"""
    hidden, emil = new_pipeline("Hidden", available_to=()), employee()
    job = new_job()

    with pytest.raises(Invalid) as refused:
        change(session, emil, job, stage_id=hidden.stages[0].id)

    assert refused.value.data["errors"][0]["field"] == "stage_id"


def test_the_time_in_stage_begins_anew_when_the_stage_changes(session, ctx, later, new_pipeline, new_job):
    """R-JOB-5"""
    pipeline = new_pipeline()
    job, tomorrow = new_job(pipeline=pipeline), later(ctx, days=1)

    same = change(session, tomorrow, job, name="Renamed", stage_id=job.stage.id)
    moved = change(session, tomorrow, same, stage_id=pipeline.stages[1].id)

    assert same.stage_since == ctx.now
    assert (moved.stage, moved.stage_since) == (pipeline.stages[1], tomorrow.now)
    assert outbox.pending(session)[-1] == work.JobChanged(account_id=job.account_id, job=moved)


def test_a_job_moves_to_another_pipeline_with_its_stage(session, ctx, new_pipeline, new_job):
    """R-JOB-4"""
    job, other = new_job(), new_pipeline("Other")

    moved = change(session, ctx, job, stage_id=other.stages[1].id)

    assert (moved.pipeline.id, moved.stage) == (other.id, other.stages[1])


def test_an_active_job_is_overdue_after_its_due_date_and_a_completed_one_is_not(session, ctx, later, new_job):
    """R-JOB-2"""
    job = new_job(due_on=ctx.now.date())

    overdue = items.get_job(session, later(ctx, days=1), ref(job))
    completed = change(session, later(ctx, days=1), job, status="completed")

    assert (job.is_overdue, overdue.is_overdue, completed.is_overdue) == (False, True, False)


def test_a_date_is_taken_away_with_null_and_stays_when_left_out(session, ctx, new_job):
    """R-JOB-4"""
    job = new_job(due_on=ctx.now.date(), start_on=ctx.now.date())

    changed = change(session, ctx, job, due_on=None, priority="urgent")

    assert (changed.due_on, changed.start_on, changed.priority) == (None, ctx.now.date(), "urgent")


def test_assignees_are_known_active_members(session, ctx, new_job):
    """R-JOB-4"""
    job = new_job()

    with pytest.raises(Invalid) as refused:
        change(session, ctx, job, assignee_ids=(new_id(),))

    assert refused.value.data["errors"][0]["field"] == "assignee_ids"
    assert [one.name for one in change(session, ctx, job, assignee_ids=(ctx.actor.id,)).assignees] == ["Olga Owner"]


def test_an_older_version_is_refused_with_what_is_there(session, ctx, new_job):
    job = new_job()
    change(session, ctx, job, name="First")

    with pytest.raises(work.WorkChangedMeanwhile) as refused:
        change(session, ctx, job, name="Second")

    assert (refused.value.data["current"]["name"], refused.value.data["current"]["version"]) == ("First", 2)


def test_a_job_is_addressed_through_its_own_account_only(session, ctx, new_job):
    """R-JOB-4"""
    job = new_job()

    with pytest.raises(work.WorkNotFound):
        items.get_job(session, ctx, work.JobRef(account_id=new_id(), job_id=job.id))


def test_clients_never_see_or_make_jobs(session, ctx, new_pipeline, new_job):
    """R-JOB-6: staff-only"""
    pipeline, client = new_pipeline(), member_ctx(ctx, kind="portal", role="")
    job = new_job(pipeline=pipeline)

    with pytest.raises(work.WorkNotFound):
        items.get_job(session, client, ref(job))
    with pytest.raises(Forbidden):
        new_job(pipeline=pipeline, by=client)


def test_what_was_linked_to_a_deleted_job_stays_without_the_link(session, ctx, new_job, new_task, new_note, new_entry):
    """R-JOB-4: linked items"""
    job = new_job()
    task, note, entry = new_task(job_id=job.id), new_note(job_id=job.id), new_entry(job_id=job.id)
    other = new_task()

    jobs.delete_job(session, ctx, ref(job))

    with pytest.raises(work.WorkNotFound):
        items.get_job(session, ctx, ref(job))
    events = {type(event): event for event in outbox.pending(session)[-4:]}
    assert events[work.TaskChanged].task.id == task.id
    assert events[work.TaskChanged].task.job_id is None
    assert (events[work.NoteChanged].note.id, events[work.NoteChanged].note.job_id) == (note.id, None)
    assert (events[work.TimeEntryChanged].time_entry.id, events[work.TimeEntryChanged].time_entry.version) == (
        entry.id,
        2,
    )
    assert events[work.JobDeleted] == work.JobDeleted(account_id=job.account_id, job_id=job.id)
    kept = items.get_task(session, ctx, work.TaskRef(account_id=job.account_id, task_id=other.id))
    assert kept.version == 1


def test_a_blank_name_is_refused(session, ctx, new_job):
    job = new_job()

    with pytest.raises(Invalid):
        change(session, ctx, job, name="  ")
    with pytest.raises(Invalid):
        new_job("  ")


def test_a_job_can_not_be_added_to_a_deleted_pipeline(session, ctx, new_pipeline, new_job):
    pipeline = new_pipeline()
    pipelines.delete_pipeline(session, ctx, work_settings.PipelineRef(pipeline_id=pipeline.id))

    with pytest.raises(Invalid):
        new_job(pipeline=pipeline)


def test_a_task_is_linked_to_a_job_of_its_own_account(session, ctx, new_job, new_task):
    """R-TSK-4"""
    job = new_job(account_id=new_id())
    task = new_task()
    link = work.ChangeTask(account_id=task.account_id, task_id=task.id, version=1, job_id=job.id)

    with pytest.raises(Invalid) as refused:
        tasks.change_task(session, ctx, link)

    assert refused.value.data["errors"][0]["field"] == "job_id"
