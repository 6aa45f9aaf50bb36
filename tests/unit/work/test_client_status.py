"""What a client may be told of a job (R-JOB-6)."""

import pytest

from chassis import outbox
from contracts import work, work_settings
from services.work.operations import jobs, pipelines
from services.work.queries import items


def change(session, ctx, job, **fields):
    request = work.ChangeJob(**{"account_id": job.account_id, "job_id": job.id, "version": job.version, **fields})
    return jobs.change_job(session, ctx, request)


def change_stages(session, ctx, pipeline, *stages):
    request = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=pipeline.version, stages=stages)
    return pipelines.change_pipeline(session, ctx, request)


def told(session, ctx, job):
    return items.get_job(session, ctx, work.JobRef(account_id=job.account_id, job_id=job.id)).client_status


@pytest.fixture
def pipeline(new_pipeline):
    return new_pipeline(
        stages=("Partner doubts the figures", "Written off"),
        told={"Partner doubts the figures": " We are checking your figures "},
    )


@pytest.fixture
def job(pipeline, new_job):
    return new_job(pipeline=pipeline)


def test_it_is_what_the_firm_wrote_for_the_stage(session, ctx, pipeline, job):
    moved = change(session, ctx, job, stage_id=pipeline.stages[1].id)

    assert [stage.client_status for stage in pipeline.stages] == ["We are checking your figures", ""]
    assert (job.client_status, job.stage) == ("We are checking your figures", pipeline.stages[0])
    assert moved.client_status == ""
    assert outbox.pending(session)[-1].job.client_status == ""


def test_nothing_the_staff_alone_may_read_is_part_of_it(session, ctx, pipeline, new_job):
    """A stage without a text tells nothing: its name, the job's name and description stay in the firm."""
    job = new_job("Fraud?", pipeline, stage_id=pipeline.stages[1].id, description="Call the lawyer", priority="urgent")

    assert job.client_status == ""


def test_a_job_may_say_something_else_than_its_stage(session, ctx, pipeline, job, new_job):
    over = change(session, ctx, job, client_status_override=" Please call us ")
    other = new_job(pipeline=pipeline)
    new = new_job(pipeline=pipeline, client_status_override="Welcome")

    assert (over.client_status, over.client_status_override) == ("Please call us", "Please call us")
    assert (other.client_status, other.client_status_override) == ("We are checking your figures", None)
    assert new.client_status == "Welcome"


def test_what_a_job_says_moves_with_it_until_it_is_taken_away(session, ctx, pipeline, job):
    over = change(session, ctx, job, client_status_override="Please call us")
    moved = change(session, ctx, over, stage_id=pipeline.stages[1].id)
    back = change(session, ctx, moved, stage_id=pipeline.stages[0].id, client_status_override=None)

    assert (moved.client_status, back.client_status) == ("Please call us", "We are checking your figures")


def test_a_job_may_say_nothing_where_its_stage_says_something(session, ctx, job):
    silent = change(session, ctx, job, client_status_override=" ")

    assert (silent.client_status, silent.client_status_override) == ("", "")


@pytest.mark.parametrize(("status", "text"), [("completed", "Please call us"), ("archived", "")])
def test_a_completed_job_tells_and_an_archived_one_does_not(session, ctx, job, status, text):
    over = change(session, ctx, job, client_status_override="Please call us")

    assert change(session, ctx, over, status=status).client_status == text


def test_a_stages_text_changes_for_every_job_in_it_at_once(session, ctx, pipeline, job):
    first, second = (work_settings.StageEntry(id=stage.id, name=stage.name) for stage in pipeline.stages)
    rewritten = work_settings.StageEntry(id=first.id, name="Review", client_status="Nearly done")

    changed = change_stages(session, ctx, pipeline, rewritten, second)

    assert told(session, ctx, job) == "Nearly done"
    assert outbox.pending(session)[-1] == work.PipelineChanged(pipeline=changed)


def test_a_stages_text_stays_where_it_is_left_out_and_goes_where_it_is_empty(session, ctx, pipeline, job):
    first, second = pipeline.stages
    renamed = work_settings.StageEntry(id=first.id, name="Review")
    other = work_settings.StageEntry(id=second.id, name=second.name)

    kept = change_stages(session, ctx, pipeline, renamed, other)
    still = told(session, ctx, job)
    change_stages(session, ctx, kept, work_settings.StageEntry(id=first.id, name="Review", client_status=""), other)

    assert still == "We are checking your figures"
    assert told(session, ctx, job) == ""


def test_a_custom_status_is_for_the_staff(session, ctx, pipeline, job):
    entry = work_settings.CustomStatusEntry(name="Difficult client", kind="active")
    request = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=1, statuses=(entry,))
    (status,) = pipelines.change_pipeline(session, ctx, request).statuses

    chosen = change(session, ctx, job, custom_status_id=status.id)

    assert chosen.client_status == job.client_status
