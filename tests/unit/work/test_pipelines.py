from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import work, work_settings
from contracts.common import Done
from services.work.operations import jobs, pipelines
from services.work.queries import items


def names(session, ctx):
    return [one.name for one in items.list_pipelines(session, ctx, Done()).items]


def change(session, ctx, pipeline, **fields):
    request = work_settings.ChangePipeline(**{"pipeline_id": pipeline.id, "version": pipeline.version, **fields})
    return pipelines.change_pipeline(session, ctx, request)


def entries(*stages):
    return tuple(work_settings.StageEntry(id=stage.id, name=stage.name) for stage in stages)


def test_a_pipeline_has_its_stages_in_order(session, ctx, new_pipeline):
    made = new_pipeline(" Bookkeeping ", stages=("One", " Two "))

    assert (made.name, [stage.name for stage in made.stages]) == ("Bookkeeping", ["One", "Two"])
    assert items.list_pipelines(session, ctx, Done()).items == (made,)
    assert outbox.pending(session) == [work.PipelineChanged(pipeline=made)]


def test_a_pipeline_without_availability_is_for_everyone(session, ctx, new_pipeline, employee):
    """R-JOB-3"""
    new_pipeline("Open")

    assert names(session, employee()) == ["Open"]


def test_a_pipeline_is_listed_for_whom_it_is_available(session, ctx, new_pipeline, employee):
    """R-JOB-3"""
    emil, eve, chief = employee(), employee(name="Eve"), employee("manage_pipelines")
    new_pipeline("Emil's", available_to=(emil.actor.id,))
    new_pipeline("Nobody's", available_to=())

    assert names(session, emil) == ["Emil's"]
    assert names(session, eve) == []
    assert names(session, chief) == names(session, ctx) == ["Emil's", "Nobody's"]


def test_clients_see_no_pipelines(session, ctx, new_pipeline):
    new_pipeline()

    with pytest.raises(Forbidden):
        items.list_pipelines(session, member_ctx(ctx, kind="portal", role=""), Done())


def test_another_firm_sees_no_pipeline(session, ctx, new_pipeline):
    made = new_pipeline()
    stranger = replace(ctx, firm_id=new_id())

    assert names(session, stranger) == []
    with pytest.raises(work.WorkNotFound):
        change(session, stranger, made, name="Mine")


def test_pipelines_change_only_with_manage_pipelines(session, ctx, new_pipeline):
    made = new_pipeline()
    stages = (work_settings.StageEntry(name="One"),)

    for by in (member_ctx(ctx), member_ctx(ctx, rights=("manage_accounts", "manage_time_entries"))):
        with pytest.raises(work.NotYours):
            pipelines.create_pipeline(session, by, work_settings.CreatePipeline(name="Mine", stages=stages))
        with pytest.raises(work.NotYours):
            change(session, by, made, name="Mine")
        with pytest.raises(work.NotYours):
            pipelines.delete_pipeline(session, by, work_settings.PipelineRef(pipeline_id=made.id))
    assert change(session, member_ctx(ctx, rights=("manage_pipelines",)), made, name="Mine").name == "Mine"


def test_stages_are_renamed_reordered_added_and_removed(session, ctx, new_pipeline):
    made = new_pipeline(stages=("One", "Two", "Three"))
    one, _two, three = made.stages

    changed = change(
        session,
        ctx,
        made,
        stages=(
            *entries(three),
            work_settings.StageEntry(name="Four"),
            work_settings.StageEntry(id=one.id, name="First"),
        ),
    )

    assert [stage.name for stage in changed.stages] == ["Three", "Four", "First"]
    assert (changed.stages[0].id, changed.stages[2].id) == (three.id, one.id)
    assert changed.version == made.version + 1
    assert items.list_pipelines(session, ctx, Done()).items == (changed,)
    assert outbox.pending(session)[-1] == work.PipelineChanged(pipeline=changed)


def test_a_stage_with_current_jobs_can_not_be_left_out(session, ctx, new_pipeline, new_job):
    made = new_pipeline(stages=("One", "Two"))
    new_job(pipeline=made)

    with pytest.raises(work.PipelineInUse):
        change(session, ctx, made, stages=entries(made.stages[1]))
    assert len(change(session, ctx, made, stages=entries(made.stages[0])).stages) == 1


def test_a_stage_of_another_pipeline_is_refused(session, ctx, new_pipeline):
    made, other = new_pipeline(), new_pipeline("Other")

    for stages in (entries(other.stages[0]), entries(made.stages[0], made.stages[0])):
        with pytest.raises(Invalid):
            change(session, ctx, made, stages=stages)


def test_moving_a_pipeline_moves_the_others_along(session, ctx, new_pipeline):
    """R-JOB-5: the firm's pipeline order"""
    new_pipeline("A"), new_pipeline("B")
    last = new_pipeline("C")

    moved = change(session, ctx, last, position=0)

    assert moved.position == 0
    assert names(session, ctx) == ["C", "A", "B"]
    assert [one.position for one in items.list_pipelines(session, ctx, Done()).items] == [0, 1, 2]
    announced = [event.pipeline.name for event in outbox.pending(session)[3:]]
    assert sorted(announced) == ["A", "B", "C"]


def test_a_position_beyond_the_end_is_the_end(session, ctx, new_pipeline):
    first = new_pipeline("A")
    new_pipeline("B")

    assert change(session, ctx, first, position=99).position == 1


def test_an_older_version_is_refused_with_what_is_there(session, ctx, new_pipeline):
    made = new_pipeline()
    change(session, ctx, made, name="First")

    with pytest.raises(work.WorkChangedMeanwhile) as refused:
        change(session, ctx, made, name="Second")

    assert refused.value.data["current"]["name"] == "First"
    assert refused.value.data["current"]["version"] == 2


def test_availability_names_active_members_only(session, ctx, new_pipeline):
    with pytest.raises(Invalid) as refused:
        new_pipeline(available_to=(new_id(),))

    assert refused.value.data["errors"][0]["field"] == "available_to"


def test_a_pipeline_with_current_jobs_stays(session, ctx, new_pipeline, new_job):
    made = new_pipeline()
    new_job(pipeline=made)

    with pytest.raises(work.PipelineInUse):
        pipelines.delete_pipeline(session, ctx, work_settings.PipelineRef(pipeline_id=made.id))


def test_archived_jobs_outlive_their_pipeline_and_come_back_to_another(session, ctx, account_id, new_pipeline, new_job):
    """R-JOB-2"""
    made, other = new_pipeline(), new_pipeline("Other")
    job = new_job(pipeline=made)
    archive = work.ChangeJob(account_id=account_id, job_id=job.id, version=1, status="archived")
    jobs.change_job(session, ctx, archive)

    pipelines.delete_pipeline(session, ctx, work_settings.PipelineRef(pipeline_id=made.id))

    assert names(session, ctx) == ["Other"]
    assert outbox.pending(session)[-1].is_deleted
    assert items.get_job(session, ctx, work.JobRef(account_id=account_id, job_id=job.id)).pipeline.name == made.name
    back = work.ChangeJob(account_id=account_id, job_id=job.id, version=2, status="active")
    with pytest.raises(Invalid):
        jobs.change_job(session, ctx, back)
    moved = work.ChangeJob(
        account_id=account_id, job_id=job.id, version=2, status="active", stage_id=other.stages[0].id
    )
    assert jobs.change_job(session, ctx, moved).pipeline.name == "Other"


def test_a_deleted_pipeline_is_gone(session, ctx, new_pipeline):
    made = new_pipeline()
    pipelines.delete_pipeline(session, ctx, work_settings.PipelineRef(pipeline_id=made.id))

    with pytest.raises(work.WorkNotFound):
        change(session, ctx, made, name="Back")
    with pytest.raises(work.WorkNotFound):
        pipelines.delete_pipeline(session, ctx, work_settings.PipelineRef(pipeline_id=made.id))
