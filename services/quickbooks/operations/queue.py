"""Jobs: one at a time for a subject, taken up by one worker, lost by none."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from services.quickbooks import model

Subject = Literal["account", "customers", "owners", "rule", "told", "changes", "documents"]
LEASE_SECONDS = 180.0  # longer than the requests of one job take
# Of jobs that do no harm when another worker begins them too, so that who was killed is not waited for long: what is
# written is written under one request id, and a push is sent by one worker whoever has the lane.
SHORT_LEASES: Mapping[str, float] = {"account": 60.0, "documents": 45.0, "owners": 45.0}


@dataclass(frozen=True)
class Taken:
    """What a worker needs of a job."""

    id: UUID
    me: UUID
    subject: Subject
    subject_id: UUID
    kind: str
    arguments: dict[str, Any]
    author: str
    asked_at: dt.datetime
    attempts: int


def ask(
    session: Session,
    ctx: Context,
    subject: Subject,
    subject_id: UUID,
    kind: str,
    arguments: dict[str, Any] | None = None,
    due_at: dt.datetime | None = None,
) -> None:
    """Have something done; what was to be done with the subject before is not any more.

    While the firm isn't connected it rests.
    """
    job = model.Job
    author = ctx.actor.name if ctx.actor.kind == "member" else ""
    values = {
        "id": new_id(),
        "kind": kind,
        "arguments": arguments or {},
        "author": author,
        "asked_at": ctx.now,
        "due_at": (due_at or ctx.now) if is_connected(session, ctx) else None,
        "taken_by": None,
        "taken_until": None,
        "attempts": 0,
    }
    asked = insert(job).values(firm_id=ctx.firm, subject=subject, subject_id=subject_id, **values)
    session.execute(asked.on_conflict_do_update(index_elements=["firm_id", "subject", "subject_id"], set_=values))


def is_connected(session: Session, ctx: Context) -> bool:
    query = select(model.Connection.state).where(model.Connection.firm_id == ctx.firm)
    return session.scalar(query) == "connected"


def drop(session: Session, ctx: Context, subject: Subject, subject_id: UUID) -> None:
    """Do nothing any more with a subject."""
    job = model.Job
    here = (job.firm_id == ctx.firm, job.subject == subject, job.subject_id == subject_id)
    session.execute(delete(job).where(*here))


def take(session: Session, ctx: Context, job_id: UUID) -> Taken | None:
    """Take up a job that is due; None where another worker has, or nobody wants it any more."""
    job = model.Job
    query = select(job).where(job.firm_id == ctx.firm, job.id == job_id, job.due_at <= ctx.now)
    row = session.scalar(query.with_for_update(skip_locked=True))
    if row is None or (row.taken_until is not None and row.taken_until > ctx.now):
        return None
    row.taken_by, row.attempts = new_id(), row.attempts + 1
    subject: Subject = row.subject  # type: ignore[assignment]
    row.taken_until = ctx.now + dt.timedelta(seconds=SHORT_LEASES.get(subject, LEASE_SECONDS))
    return Taken(
        row.id, row.taken_by, subject, row.subject_id, row.kind, row.arguments, row.author, row.asked_at, row.attempts
    )


def is_mine(session: Session, ctx: Context, taken: Taken) -> bool:
    """Whether the worker still has the job, and keeps it until the transaction ends; else its work counts no more."""
    job = model.Job
    query = select(job.id).where(job.firm_id == ctx.firm, job.id == taken.id, job.taken_by == taken.me)
    return session.scalar(query.with_for_update()) is not None


def done(session: Session, ctx: Context, taken: Taken) -> None:
    """The job is done with."""
    job = model.Job
    here = (job.firm_id == ctx.firm, job.id == taken.id, job.taken_by == taken.me)
    session.execute(delete(job).where(*here))


def later(session: Session, ctx: Context, taken: Taken, seconds: float, *, is_try: bool = True) -> None:
    """Try again after some seconds; what didn't come to a try is not counted as one.

    A job that was put off further meanwhile, or is to rest, does so.
    """
    job = model.Job
    here = (job.firm_id == ctx.firm, job.id == taken.id, job.taken_by == taken.me)
    due_at = _not_before(ctx, seconds)
    attempts = taken.attempts if is_try else taken.attempts - 1
    values = {"due_at": due_at, "taken_by": None, "taken_until": None, "attempts": attempts}
    session.execute(update(job).where(*here).values(values))


def again(session: Session, ctx: Context, taken: Taken, arguments: dict[str, Any], seconds: float = 0.0) -> None:
    """Go on with a job, or do it once more after some seconds, as if it were asked for anew."""
    job = model.Job
    here = (job.firm_id == ctx.firm, job.id == taken.id, job.taken_by == taken.me)
    due_at = case((job.due_at.is_(None), None), else_=ctx.now + dt.timedelta(seconds=seconds))
    values = {"due_at": due_at, "arguments": arguments, "taken_by": None, "taken_until": None, "attempts": 0}
    session.execute(update(job).where(*here).values(values))


def anew(session: Session, ctx: Context, taken: Taken, seconds: float) -> None:
    """Try again after a refusal: under another id, for QuickBooks answers a repeated request as it did the first."""
    job = model.Job
    here = (job.firm_id == ctx.firm, job.id == taken.id, job.taken_by == taken.me)
    due_at = _not_before(ctx, seconds)
    values = {"id": new_id(), "due_at": due_at, "taken_by": None, "taken_until": None, "attempts": 0}
    session.execute(update(job).where(*here).values(values))


def _not_before(ctx: Context, seconds: float) -> Any:
    then = ctx.now + dt.timedelta(seconds=seconds)
    return case((model.Job.due_at.is_(None), None), else_=func.greatest(model.Job.due_at, then))


def rest(session: Session, ctx: Context) -> None:
    """Let all jobs of the firm wait until the connection is well again."""
    session.execute(update(model.Job).where(model.Job.firm_id == ctx.firm).values(due_at=None))


def put_off(session: Session, ctx: Context, until: dt.datetime) -> None:
    """Let the firm's jobs that are due sooner wait until then."""
    job = model.Job
    session.execute(update(job).where(job.firm_id == ctx.firm, job.due_at < until).values(due_at=until))


def bring_forward(session: Session, ctx: Context, until: dt.datetime) -> None:
    """Let the firm's jobs that are due by then be done as soon as may be."""
    job = model.Job
    session.execute(update(job).where(job.firm_id == ctx.firm, job.due_at <= until).values(due_at=ctx.now))


def resume(session: Session, ctx: Context) -> None:
    """Let all jobs of the firm be done as soon as may be."""
    job = model.Job
    session.execute(update(job).where(job.firm_id == ctx.firm, job.due_at.is_(None)).values(due_at=ctx.now))


def waiting(session: Session, ctx: Context) -> int:
    """Count the accounts that wait for their turn."""
    job = model.Job
    query = select(func.count()).select_from(job).where(job.firm_id == ctx.firm, job.subject == "account")
    return session.scalars(query).one()


def waiting_documents(session: Session, ctx: Context) -> int:
    """Count the documents and services that wait for their turn, or for QuickBooks' answer."""
    row = model.Document
    waits = row.due_at.is_not(None) | row.push_id.is_not(None)
    return session.scalars(select(func.count()).select_from(row).where(row.firm_id == ctx.firm, waits)).one()
