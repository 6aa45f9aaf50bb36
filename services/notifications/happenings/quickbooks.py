"""What waits in QuickBooks for owner and admins: gathered a while, so that a first sync is not a thousand mails."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.db import await_lock
from contracts.quickbooks import AttentionNeeded, AttentionSolved
from services.notifications import model

KIND = "staff_quickbooks_attention"
GATHERED = dt.timedelta(minutes=2)  # before a first mail, for what else comes with it
APART = dt.timedelta(hours=1)  # at least, between two
NAMED = 200  # more than a notice or a mail lists


def attention_needed(session: Session, ctx: Context, event: AttentionNeeded) -> None:
    """Tell owner and admins what waits for them, with whatever else does; the whole connection at once (R-QB-20)."""
    await_lock(session, f"quickbooks attention {ctx.firm}")
    problem = event.problem.case if event.problem else event.status
    row = model.Attention
    query = select(row.happening_id, row.problem).where(row.firm_id == ctx.firm, row.about_id == event.about_id)
    known = session.execute(query).one_or_none()
    if known is not None and known.problem == problem:
        return
    happening_id = _happening(session, ctx, is_connection=event.group is None)
    name = " – ".join(filter(None, (event.account_name, event.about)))
    values = {"happening_id": happening_id, "name": name, "problem": problem}
    put = insert(row).values(firm_id=ctx.firm, about_id=event.about_id, **values)
    session.execute(put.on_conflict_do_update(index_elements=["firm_id", "about_id"], set_=values))
    if known is not None:
        _look_again(session, ctx, [known.happening_id])


def attention_solved(session: Session, ctx: Context, event: AttentionSolved) -> None:
    """Mark what was told of as solved; what was not told of yet never will be (R-QB-20)."""
    await_lock(session, f"quickbooks attention {ctx.firm}")
    row = model.Attention
    gone = delete(row).where(row.firm_id == ctx.firm, row.about_id.in_(event.about_ids))
    _look_again(session, ctx, set(session.scalars(gone.returning(row.happening_id))))


def facts(session: Session, ctx: Context, happening_id: UUID) -> dict[str, Any]:
    """What is told of a happening as it stands by now; nothing where nothing waits any more."""
    row = model.Attention
    mine = (row.firm_id == ctx.firm, row.happening_id == happening_id)
    query = select(row.name, row.problem).where(*mine).order_by(func.lower(row.name), row.about_id)
    found = session.execute(query).tuples().all()
    if not found:
        return {}
    problems = {problem for _, problem in found}
    names = [name for name, _ in found if name][:NAMED]
    told = {"count": len(found), "open": len(found), "is_solved": False}
    return {
        **told,
        **({"names": names} if names else {}),
        **({"problem": problems.pop()} if len(problems) == 1 else {}),
    }


def _happening(session: Session, ctx: Context, *, is_connection: bool) -> UUID:
    """The happening that what waits is told with: one that gathers, or another."""
    row = model.Happening
    about_id = ctx.firm if is_connection else None
    mine = (row.firm_id == ctx.firm, row.kind == KIND, row.about_id.is_not_distinct_from(about_id))
    latest = select(row).where(*mine).order_by(row.id.desc()).limit(1).with_for_update()
    last = session.scalar(latest.execution_options(populate_existing=True))
    if last is not None and last.due_at is not None and last.taken_until is None and not is_connection:
        return last.id
    due_at = ctx.now if is_connection else ctx.now + GATHERED
    if last is not None and not is_connection:
        due_at = max(due_at, last.happened_at + APART)
    made = row(
        firm_id=ctx.firm, id=new_id(), kind=KIND, facts={}, happened_at=ctx.now, due_at=due_at, about_id=about_id
    )
    session.add(made)
    session.flush()
    return made.id


def _look_again(session: Session, ctx: Context, happening_ids: Iterable[UUID]) -> None:
    """Say in notices that were made how much of what they tell is left."""
    row, happening, notice = model.Attention, model.Happening, model.Notice
    for happening_id in sorted(happening_ids):
        session.execute(select(happening.id).filter_by(firm_id=ctx.firm, id=happening_id).with_for_update())
        left = session.scalars(
            select(func.count()).select_from(row).filter_by(firm_id=ctx.firm, happening_id=happening_id)
        ).one()
        by_now = {"open": left, "is_solved": left == 0}
        changed = {"facts": notice.facts.op("||")(by_now)} | (
            {} if left else {"read_at": func.coalesce(notice.read_at, ctx.now)}
        )
        mine = (notice.firm_id == ctx.firm, notice.happening_id == happening_id)
        session.execute(update(notice).where(*mine).values(changed))
