"""Attempts to sign in are counted before they are judged, so that many at once gain nothing."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts.identity import TooManySignIns
from services.identity import model
from services.identity.operations.credentials import LONGEST_ADDRESS, LONGEST_AGENT
from services.identity.rules import limits

NO_FIRM = UUID(int=0)  # where attempts at addresses nobody has are written: the same work for them, seen by no firm
KEPT_UNKNOWN = timedelta(days=30)


def count(session: Session, ctx: Context, allowed: Mapping[bytes, int]) -> list[UUID]:
    """Count an attempt as failed under each key, unless one has used up its allowance; `forgive` takes it back.

    Attempts under the same key wait for each other here, until this transaction ends. Raises TooManySignIns.
    """
    for key in sorted(allowed):  # in one order, so that no two wait for each other crosswise
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True))))
    waits = [_wait(session, ctx, key, allowed[key]) for key in allowed]
    longest = max((wait for wait in waits if wait is not None), default=None)
    if longest is not None:
        raise TooManySignIns(retry_after_seconds=longest)
    attempts = [model.SignInAttempt(id=new_id(), key=key, at=ctx.now) for key in allowed]
    session.add_all(attempts)
    return [attempt.id for attempt in attempts]


def _wait(session: Session, ctx: Context, key: bytes, limit: int) -> int | None:
    attempt = model.SignInAttempt
    query = select(attempt.at).where(attempt.key == key, attempt.at > ctx.now - limits.WINDOW)
    failures = session.scalars(query.order_by(attempt.at.desc()).limit(limit)).all()
    return limits.retry_after(failures, limit, ctx.now)


def forgive(session: Session, attempts: Sequence[UUID]) -> None:
    """Take back attempts that were right; earlier failures stay counted."""
    session.execute(delete(model.SignInAttempt).where(model.SignInAttempt.id.in_(attempts)))


def record(
    session: Session, ctx: Context, *, member_id: UUID | None, email: str, succeeded: bool, address: str, agent: str
) -> None:
    """Write a line of the sign-in history (R-LA-4)."""
    line = model.SignIn(
        firm_id=ctx.firm,
        id=new_id(),
        at=ctx.now,
        member_id=member_id,
        email=email,
        succeeded=succeeded,
        address=address[:LONGEST_ADDRESS],
        agent=agent[:LONGEST_AGENT],
    )
    session.add(line)


def purge(session: Session, ctx: Context) -> None:
    """Forget attempts that count no longer, and old ones at addresses nobody has; `ctx` carries NO_FIRM."""
    session.execute(delete(model.SignInAttempt).where(model.SignInAttempt.at <= ctx.now - limits.WINDOW))
    old = model.SignIn.at <= ctx.now - KEPT_UNKNOWN
    session.execute(delete(model.SignIn).where(model.SignIn.firm_id == NO_FIRM, old))
