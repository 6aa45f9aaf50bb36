"""Lanes: the jobs that push documents of a firm, a few side by side, woken when something is due."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from services.quickbooks import model
from services.quickbooks.operations import queue
from services.quickbooks.operations.queue import Taken

LANES = 3  # requests under way at once; the budget lets out four, and one is left for accounts


def wake(session: Session, ctx: Context, lanes: int = 1) -> None:
    """Have documents pushed as soon as QuickBooks may be asked; what works on it goes on, and looks once more."""
    firm, job = model.Connection, model.Job
    found = session.execute(select(firm.state, firm.paused_until).where(firm.firm_id == ctx.firm)).one_or_none()
    due_at = max(ctx.now, found.paused_until or ctx.now) if found and found.state == "connected" else None
    rows: list[dict[str, Any]] = [
        {
            "firm_id": ctx.firm, "id": new_id(), "subject": "documents", "subject_id": lane(ctx.firm, number),
            "kind": "push", "arguments": {}, "author": "", "asked_at": ctx.now, "due_at": due_at, "attempts": 0,
        }
        for number in range(lanes)
    ]  # fmt: skip
    asked = insert(job).values(rows)
    sooner = case((job.due_at.is_(None), None), else_=func.least(job.due_at, due_at or job.due_at))
    session.execute(
        asked.on_conflict_do_update(index_elements=["firm_id", "subject", "subject_id"], set_={"due_at": sooner})
    )


def finish(session: Session, ctx: Context, taken: Taken) -> None:
    """End a lane's turn: it comes again when the next document or request is due."""
    if not queue.is_mine(session, ctx, taken):
        return
    then = next_at(session, ctx)
    if then is None:
        queue.done(session, ctx, taken)
    else:
        queue.again(session, ctx, taken, {}, max((then - ctx.now).total_seconds(), 0.0))


def next_at(session: Session, ctx: Context) -> dt.datetime | None:
    """Tell when the next document or request is due that nobody works on."""
    document, push = model.Document, model.Push
    free = func.greatest(document.due_at, document.taken_until)  # greatest() passes over nulls
    of_documents = select(func.min(free)).where(
        document.firm_id == ctx.firm, document.due_at.is_not(None), document.push_id.is_(None)
    )
    of_pushes = select(func.min(func.greatest(push.due_at, push.taken_until))).where(push.firm_id == ctx.firm)
    found = [one for one in (session.scalar(of_documents), session.scalar(of_pushes)) if one is not None]
    return min(found, default=None)


def lane(firm_id: UUID, number: int) -> UUID:
    """The subject of a lane's job."""
    return uuid5(firm_id, f"documents {number}")
