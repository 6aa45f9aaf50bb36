"""How often the company is asked: one budget for all workers of all processes, kept in the database (R-QB-21)."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.db import Transactions
from services.quickbooks import model
from services.quickbooks.metrics import NO_ROOM, ROOM

Lane = Literal["single", "batch"]

# Intuit takes 500 requests a minute, 10 a second, 10 at once, 40 batches a minute. We never exceed them, even where
# requests that were let go one after the other arrive together: 4 that were held up and 6 in the second after.
AT_ONCE = 4
APART_SECONDS = 0.18
BATCHES_APART_SECONDS = 1.6
ASKING_SECONDS = 45.0  # longer than one request takes at most
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.1, 0.5  # between two looks for room


class NotNow(Exception):
    """There is no room now; `seconds` says when to come again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


@contextmanager
def asking(
    db: Transactions, ctx: Context, realm_id: str, *, lane: Lane = "single", patience: float = 2.0
) -> Iterator[None]:
    """Wait for room, at most `patience` seconds, and hold it for one request. Raises NotNow, Unavailable."""
    began = time.monotonic()
    until = began + patience
    while True:
        with db.transaction(ctx) as session:
            found = _taken(session, ctx, realm_id, lane, until - time.monotonic())
        if isinstance(found, tuple):
            break
        if time.monotonic() + max(found, LOOK_SECONDS) > until:
            NO_ROOM.inc()
            raise NotNow(max(found, LOOK_SECONDS))
        time.sleep(min(max(found, LOOK_SECONDS), LONGEST_LOOK_SECONDS))
    asking_id, seconds = found
    try:
        time.sleep(max(seconds, 0.0))
        ROOM.observe(time.monotonic() - began)
        yield
    finally:
        with db.transaction(ctx) as session:
            here = (model.Asking.firm_id == ctx.firm, model.Asking.id == asking_id)
            session.execute(delete(model.Asking).where(*here))


def _taken(session: Session, ctx: Context, realm_id: str, lane: Lane, patience: float) -> tuple[UUID, float] | float:
    """Take room for a request and say how long to wait for its turn; else after how long to look again."""
    budget, request = model.Budget, model.Asking
    here = {"firm_id": ctx.firm, "realm_id": realm_id}
    first = insert(budget).values(**here, next_at=func.clock_timestamp(), next_batch_at=func.clock_timestamp())
    session.execute(first.on_conflict_do_nothing())
    row = session.scalars(select(budget).filter_by(**here).with_for_update()).one()
    now: dt.datetime = session.scalars(
        select(func.clock_timestamp())
    ).one()  # of one clock for all, once the row is ours
    session.execute(delete(request).where(request.firm_id == ctx.firm, request.until < now))
    under_way = select(func.count()).select_from(request).filter_by(**here)
    if session.scalars(under_way).one() >= AT_ONCE:
        return LOOK_SECONDS
    if lane == "batch" and row.next_batch_at > max(now, row.next_at):
        return (row.next_batch_at - now).total_seconds()  # whoever asks for one thing need not wait behind it
    turn = max(now, row.next_at)
    wait: float = (turn - now).total_seconds()
    if wait > max(patience, 0.0):
        return wait
    row.next_at = turn + dt.timedelta(seconds=APART_SECONDS)
    if lane == "batch":
        row.next_batch_at = turn + dt.timedelta(seconds=BATCHES_APART_SECONDS)
    asking_id = new_id()
    session.add(request(**here, id=asking_id, until=turn + dt.timedelta(seconds=ASKING_SECONDS)))
    return asking_id, wait
