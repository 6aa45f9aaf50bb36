"""How much is under way on accounts, for whoever shows many of them at once."""

from uuid import UUID

from sqlalchemy import any_, func, literal, or_, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.identity import holds
from contracts.work import CountOpen, OpenWork, OpenWorks
from services.work import model, rules


def count_open(session: Session, ctx: Context, request: CountOpen) -> OpenWorks:
    """Active jobs in pipelines available to the caller (R-JOB-3) and open tasks, by account; none to a portal user."""
    if ctx.actor.kind == "portal":
        return OpenWorks(items=())
    jobs, tasks = _jobs(session, ctx, request.account_ids), _tasks(session, ctx, request.account_ids)
    items = [
        OpenWork(account_id=account_id, jobs=jobs.get(account_id, 0), tasks=tasks.get(account_id, 0))
        for account_id in sorted(jobs.keys() | tasks.keys())
    ]
    return OpenWorks(items=tuple(items))


def _jobs(session: Session, ctx: Context, account_ids: tuple[UUID, ...]) -> dict[UUID, int]:
    job, pipeline = model.Job, model.Pipeline
    query = (
        select(job.account_id, func.count())
        .join(pipeline, (pipeline.firm_id == job.firm_id) & (pipeline.id == job.pipeline_id))
        .where(job.firm_id == ctx.firm, job.account_id.in_(account_ids), job.status == "active")
        .group_by(job.account_id)
    )
    if not holds(ctx.actor, "manage_pipelines"):
        query = query.where(or_(pipeline.available_to.is_(None), literal(ctx.actor.id) == any_(pipeline.available_to)))
    return {row.account_id: row[1] for row in session.execute(query)}


def _tasks(session: Session, ctx: Context, account_ids: tuple[UUID, ...]) -> dict[UUID, int]:
    task, status = model.Task, model.TaskStatus
    query = (
        select(task.account_id, func.count())
        .join(status, (status.firm_id == task.firm_id) & (status.id == task.status_id))
        .where(task.firm_id == ctx.firm, task.account_id.in_(account_ids), status.category.in_(rules.OPEN))
        .group_by(task.account_id)
    )
    return {row.account_id: row[1] for row in session.execute(query)}
