"""Statuses of jobs that a pipeline defines for itself (R-JOB-2)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts import work, work_settings
from contracts.common import Done
from services.work.operations import jobs, pipelines
from services.work.queries import items

WITH_CLIENT = work_settings.CustomStatusEntry(name=" With client ", kind="active")
SENT = work_settings.CustomStatusEntry(name="Sent", kind="completed")


def entries(*statuses):
    return tuple(work_settings.CustomStatusEntry(id=one.id, name=one.name, kind=one.kind) for one in statuses)


def put(session, ctx, pipeline, *statuses):
    request = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=pipeline.version, statuses=statuses)
    return pipelines.change_pipeline(session, ctx, request)


def change(session, ctx, job, **fields):
    request = work.ChangeJob(**{"account_id": job.account_id, "job_id": job.id, "version": job.version, **fields})
    return jobs.change_job(session, ctx, request)


def field_of(refused):
    return refused.value.data["errors"][0]["field"]


@pytest.fixture
def pipeline(new_pipeline):
    return new_pipeline(statuses=(WITH_CLIENT, SENT))


@pytest.fixture
def with_client(pipeline):
    return pipeline.statuses[0]


@pytest.fixture
def sent(pipeline):
    return pipeline.statuses[1]


@pytest.fixture
def job(pipeline, new_job):
    return new_job(pipeline=pipeline)


class TestThePipelines:
    def test_a_pipeline_has_its_statuses_in_order(self, session, ctx, pipeline):
        assert [(one.name, one.kind) for one in pipeline.statuses] == [("With client", "active"), ("Sent", "completed")]
        assert items.list_pipelines(session, ctx, Done()).items == (pipeline,)
        assert outbox.pending(session) == [work.PipelineChanged(pipeline=pipeline)]

    def test_they_are_renamed_reordered_added_and_removed(self, session, ctx, pipeline, with_client, sent):
        paused = work_settings.CustomStatusEntry(name="Paused", kind="active")
        renamed = work_settings.CustomStatusEntry(id=sent.id, name="Delivered", kind="active")

        changed = put(session, ctx, pipeline, paused, renamed)

        assert [(one.name, one.kind) for one in changed.statuses] == [("Paused", "active"), ("Delivered", "active")]
        assert changed.statuses[1].id == sent.id
        assert items.list_pipelines(session, ctx, Done()).items == (changed,)
        assert outbox.pending(session)[-1] == work.PipelineChanged(pipeline=changed)

    def test_what_is_left_out_of_the_request_stays(self, session, ctx, pipeline):
        request = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=1, name="Renamed")

        assert pipelines.change_pipeline(session, ctx, request).statuses == pipeline.statuses

    def test_names_differ_and_are_not_blank(self, session, ctx, pipeline, new_pipeline):
        known = entries(*pipeline.statuses)
        for name in ("sENT", "  "):
            with pytest.raises(Invalid) as refused:
                put(session, ctx, pipeline, *known, work_settings.CustomStatusEntry(name=name, kind="active"))
            assert field_of(refused) == "statuses.2.name"

        with pytest.raises(Invalid) as refused:
            new_pipeline(statuses=(SENT, SENT))
        assert field_of(refused) == "statuses.1.name"

    def test_an_id_is_one_of_the_pipelines_and_given_once(self, session, ctx, pipeline, new_pipeline):
        other = new_pipeline("Other", statuses=(SENT,))
        (known, *_) = entries(*pipeline.statuses)

        for strange in (entries(*other.statuses), (known, replace(known, name="Twin"))):
            with pytest.raises(Invalid) as refused:
                put(session, ctx, pipeline, *strange)
            assert field_of(refused) == f"statuses.{len(strange) - 1}.id"
        with pytest.raises(Invalid) as refused:
            new_pipeline("Third", statuses=entries(*pipeline.statuses))
        assert field_of(refused) == "statuses"

    def test_one_in_use_can_not_be_left_out(self, session, ctx, pipeline, job, with_client, sent):
        change(session, ctx, job, custom_status_id=with_client.id)

        with pytest.raises(work.StatusInUse, match="With client"):
            put(session, ctx, pipeline, *entries(sent))
        assert put(session, ctx, pipeline, *entries(with_client)).statuses == (with_client,)

    def test_one_in_use_does_not_come_to_count_as_something_else(self, session, ctx, pipeline, job, with_client, sent):
        change(session, ctx, job, custom_status_id=with_client.id)
        recounted = work_settings.CustomStatusEntry(id=with_client.id, name="With client", kind="completed")
        renamed = work_settings.CustomStatusEntry(id=with_client.id, name="Client's turn", kind="active")

        with pytest.raises(work.StatusInUse):
            put(session, ctx, pipeline, recounted, *entries(sent))
        put(session, ctx, pipeline, renamed, *entries(sent))

        seen = items.get_job(session, ctx, work.JobRef(account_id=job.account_id, job_id=job.id))
        assert seen.custom_status.name == "Client's turn"

    def test_archived_jobs_keep_showing_one_that_is_removed(self, session, ctx, pipeline, job, with_client, sent):
        chosen = change(session, ctx, job, custom_status_id=with_client.id)
        archived = change(session, ctx, chosen, status="archived")

        put(session, ctx, pipeline, *entries(sent))

        seen = items.get_job(session, ctx, work.JobRef(account_id=job.account_id, job_id=job.id))
        assert (seen.status, seen.custom_status) == ("archived", with_client)
        assert change(session, ctx, archived, status="active").custom_status is None

    def test_changing_them_needs_manage_pipelines(self, session, ctx, pipeline):
        with pytest.raises(work.NotYours):
            put(session, member_ctx(ctx, rights=("manage_accounts",)), pipeline)


class TestAJobs:
    def test_choosing_one_sets_what_it_counts_as(self, session, ctx, job, with_client, sent):
        chosen = change(session, ctx, job, custom_status_id=sent.id)
        back = change(session, ctx, chosen, custom_status_id=with_client.id)

        assert (job.status, job.custom_status) == ("active", None)
        assert (chosen.status, chosen.custom_status) == ("completed", sent)
        assert (back.status, back.custom_status) == ("active", with_client)
        assert outbox.pending(session)[-1] == work.JobChanged(account_id=job.account_id, job=back)

    def test_an_active_one_may_be_overdue_and_a_completed_one_not(self, session, ctx, later, new_job, pipeline):
        active, completed = pipeline.statuses
        job, tomorrow = new_job(pipeline=pipeline, due_on=ctx.now.date()), later(ctx, days=1)

        late = change(session, tomorrow, job, custom_status_id=active.id)
        delivered = change(session, tomorrow, late, custom_status_id=completed.id)

        assert (late.is_overdue, delivered.is_overdue) == (True, False)

    def test_another_status_clears_it_and_the_same_does_not(self, session, ctx, job, with_client):
        chosen = change(session, ctx, job, custom_status_id=with_client.id)

        same = change(session, ctx, chosen, status="active", name="Renamed")
        other = change(session, ctx, same, status="completed")

        assert (same.custom_status, other.custom_status) == (with_client, None)

    def test_it_is_cleared_with_null(self, session, ctx, job, sent):
        chosen = change(session, ctx, job, custom_status_id=sent.id)

        cleared = change(session, ctx, chosen, custom_status_id=None)

        assert (cleared.status, cleared.custom_status) == ("completed", None)

    def test_a_stage_of_the_same_pipeline_keeps_it(self, session, ctx, job, pipeline, with_client):
        chosen = change(session, ctx, job, custom_status_id=with_client.id)

        assert change(session, ctx, chosen, stage_id=pipeline.stages[1].id).custom_status == with_client

    def test_another_pipeline_clears_it_but_not_the_status(self, session, ctx, job, sent, new_pipeline):
        other = new_pipeline("Other", statuses=(SENT,))
        chosen = change(session, ctx, job, custom_status_id=sent.id)

        moved = change(session, ctx, chosen, stage_id=other.stages[0].id)

        assert (moved.pipeline.id, moved.status, moved.custom_status) == (other.id, "completed", None)

    def test_a_job_moves_into_a_status_of_the_pipeline_it_moves_to(self, session, ctx, job, sent, new_pipeline):
        other = new_pipeline("Other", statuses=(SENT,))
        stage_id = other.stages[0].id

        with pytest.raises(Invalid) as refused:
            change(session, ctx, job, stage_id=stage_id, custom_status_id=sent.id)
        moved = change(session, ctx, job, stage_id=stage_id, custom_status_id=other.statuses[0].id)

        assert field_of(refused) == "custom_status_id"
        assert moved.custom_status == other.statuses[0]

    @pytest.mark.parametrize("status_id", [new_id(), None])
    def test_one_that_the_pipeline_has_not_is_refused(self, session, ctx, job, pipeline, sent, status_id):
        put(session, ctx, pipeline)

        with pytest.raises(Invalid) as refused:
            change(session, ctx, job, custom_status_id=status_id or sent.id)

        assert field_of(refused) == "custom_status_id"

    def test_a_status_beside_it_agrees_with_it(self, session, ctx, job, with_client):
        with pytest.raises(Invalid) as refused:
            change(session, ctx, job, custom_status_id=with_client.id, status="completed")
        archived = change(session, ctx, job, custom_status_id=with_client.id, status="archived")

        assert field_of(refused) == "status"
        assert (archived.status, archived.custom_status) == ("archived", with_client)

    def test_an_archived_job_taken_back_keeps_it_where_it_fits(self, session, ctx, job, with_client):
        chosen = change(session, ctx, job, custom_status_id=with_client.id)
        archived = change(session, ctx, chosen, status="archived")

        active = change(session, ctx, archived, status="active")
        again = change(session, ctx, active, status="archived")
        completed = change(session, ctx, again, status="completed")

        assert (active.custom_status, completed.custom_status) == (with_client, None)

    def test_choosing_one_takes_an_archived_job_back_into_a_stage_that_is_there(
        self, session, ctx, job, pipeline, with_client
    ):
        archived = change(session, ctx, job, status="archived")
        back = change(session, ctx, archived, custom_status_id=with_client.id)
        archived = change(session, ctx, back, status="archived")
        last = pipeline.stages[2]
        kept = (work_settings.StageEntry(id=last.id, name=last.name),)
        shorten = work_settings.ChangePipeline(pipeline_id=pipeline.id, version=1, stages=kept)
        pipelines.change_pipeline(session, ctx, shorten)

        with pytest.raises(Invalid) as refused:
            change(session, ctx, archived, custom_status_id=with_client.id)

        assert back.status == "active"
        assert field_of(refused) == "stage_id"


class TestTheSection:
    def test_a_row_shows_it(self, session, ctx, job, sent, section):
        change(session, ctx, job, custom_status_id=sent.id)

        (row,) = section("jobs").rows

        assert row["custom_status"] == {"id": str(sent.id), "name": "Sent", "kind": "completed"}
        assert row["status"] == "completed"

    def test_view_all_finds_current_jobs_in_it(self, session, ctx, pipeline, new_job, sent, listed):
        found, archived, other = (new_job(name, pipeline) for name in ("found", "archived", "other"))
        for one in (found, archived):
            change(session, ctx, one, custom_status_id=sent.id)
        change(session, ctx, archived, version=2, status="archived")
        change(session, ctx, other, status="completed")

        made = listed("jobs", status=str(sent.id))

        assert ([row["name"] for row in made.rows], made.total) == (["found"], 1)
        assert listed("jobs", status=str(new_id())).total == 0

    def test_view_all_counts_it_as_what_it_counts_as(self, session, ctx, job, sent, listed):
        change(session, ctx, job, custom_status_id=sent.id)

        assert (listed("jobs", status="completed").total, listed("jobs", status="active").total) == (1, 0)
