"""Jobs that begin by themselves, because a client agreed to them."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.logs import log
from chassis.outbox import emit
from contracts.proposals import ProposalSigned
from contracts.work import JobCreated
from services.work import items, model, rules, snapshots


def proposal_signed(session: Session, ctx: Context, event: ProposalSigned) -> None:
    """Begin the job of the package that the client chose, once per proposal (R-PRP-5).

    It begins in the first stage of its pipeline. A pipeline removed since the proposal was sent is the firm's word
    that no more jobs begin there.
    """
    if event.job is None:
        return
    job_id = uuid.uuid5(event.proposal.id, "job")  # the event told again finds the job that it began
    if session.get(model.Job, (ctx.firm, job_id)) is not None:
        return
    stage = _first_stage(session, ctx, event.job.pipeline_id)
    if stage is None:
        log.warning("no job begun: its pipeline is gone", proposal_id=str(event.proposal.id))
        return
    row = model.Job(
        **items.begin(ctx, event.account_id) | {"id": job_id},
        name=rules.trimmed("name", event.job.name),
        pipeline_id=stage.pipeline_id,
        stage_id=stage.id,
        stage_since=ctx.now,
        status="active",
        assignee_ids=[],
        priority="medium",
        description="",
        role_ids=[],
    )
    session.add(row)
    session.flush()
    emit(session, ctx, JobCreated(account_id=row.account_id, job=snapshots.job(session, ctx, row)))


def _first_stage(session: Session, ctx: Context, pipeline_id: uuid.UUID) -> model.Stage | None:
    """The stage where jobs of a pipeline begin; the pipeline stays locked against removal."""
    pipeline, stage = model.Pipeline, model.Stage
    there = select(pipeline.id).where(
        pipeline.firm_id == ctx.firm, pipeline.id == pipeline_id, pipeline.is_removed.is_(False)
    )
    if session.scalar(there.with_for_update(read=True)) is None:
        return None
    stages = select(stage).where(
        stage.firm_id == ctx.firm, stage.pipeline_id == pipeline_id, stage.is_removed.is_(False)
    )
    return session.scalars(stages.order_by(stage.position, stage.id).limit(1)).first()
