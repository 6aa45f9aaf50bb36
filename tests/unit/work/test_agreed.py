"""Jobs that begin because a client agreed to them (R-PRP-5)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import Actor, new_id
from contracts.proposal_content import JobTemplate
from contracts.proposals import ProposalSigned, ProposalState
from contracts.work import JobCreated
from contracts.work_settings import PipelineRef
from services.work.operations import agreed, pipelines


@pytest.fixture
def signed(session, ctx, account_id):
    """`signed(pipeline)`: billing tells that the client signed; it was the client who acted."""

    def tell(pipeline=None, *, proposal_id=None, name="Tax 2026"):
        state = ProposalState(
            id=proposal_id or new_id(),
            kind="proposal",
            name="Tax",
            status="signed",
            signed=1,
            signers_total=1,
            version=1,
        )
        job = pipeline and JobTemplate(pipeline_id=pipeline.id, name=name)
        event = ProposalSigned(account_id=account_id, proposal=state, package_id=new_id(), job=job)
        agreed.proposal_signed(session, replace(ctx, actor=Actor(kind="portal", id=new_id())), event)

    return tell


def begun(session):
    return [event.job for event in outbox.pending(session) if isinstance(event, JobCreated)]


def test_the_job_begins_in_the_first_stage(session, signed, new_pipeline, section):
    pipeline = new_pipeline(stages=("Collect", "File"))

    signed(pipeline, name=" Tax 2026 ")

    (job,) = begun(session)
    assert (job.name, job.stage.name, job.status) == ("Tax 2026", "Collect", "active")
    assert [row["name"] for row in section("jobs").rows] == ["Tax 2026"]


def test_also_where_the_pipeline_is_available_to_few(session, signed, new_pipeline):
    """R-JOB-3: whoever sent the proposal could use it."""
    signed(new_pipeline(available_to=()))

    assert len(begun(session)) == 1


def test_told_twice_it_begins_once(session, signed, new_pipeline):
    pipeline, proposal_id = new_pipeline(), new_id()

    for _ in range(2):
        signed(pipeline, proposal_id=proposal_id)

    assert len(begun(session)) == 1


def test_none_begins_without_one_or_in_a_pipeline_that_is_gone(session, ctx, signed, new_pipeline):
    pipeline = new_pipeline()
    pipelines.delete_pipeline(session, ctx, PipelineRef(pipeline_id=pipeline.id))

    signed()
    signed(pipeline)

    assert begun(session) == []
