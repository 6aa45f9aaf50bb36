"""What is counted of the work with QuickBooks, over all firms: what waits, and what is asked within the budget."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from services.quickbooks import model
from services.quickbooks.client import Refusal, Unreachable

WAITS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)  # s

JOBS = Gauge(
    "dossier_quickbooks_jobs",
    "Jobs: due, at_work, later (put off, or tried again then) or resting (their firm is not connected)",
    ["state"],
)
OLDEST = Gauge("dossier_quickbooks_oldest_due_seconds", "Time since the oldest job that nobody took up was due")
ROOM = Histogram("dossier_quickbooks_room_seconds", "Time a request waited for room in the budget", buckets=WAITS)
NO_ROOM = Counter("dossier_quickbooks_no_room_total", "Requests put off, since the budget had no room for them")
REQUESTS = Histogram(
    "dossier_quickbooks_request_seconds", "Time of a request to Intuit, by what came of it", ["outcome"]
)


def measure(session: Session, ctx: Context) -> None:
    """Look at how many jobs there are, of every firm."""
    job = model.Job
    is_at_work = and_(job.taken_until.is_not(None), job.taken_until > ctx.now)
    is_due = and_(job.due_at <= ctx.now, ~func.coalesce(is_at_work, False))
    counts = {
        "due": func.count().filter(is_due),
        "at_work": func.count().filter(is_at_work),
        "later": func.count().filter(job.due_at > ctx.now, ~func.coalesce(is_at_work, False)),
        "resting": func.count().filter(job.due_at.is_(None)),
    }
    *numbers, oldest = session.execute(select(*counts.values(), func.min(job.due_at).filter(is_due))).one()
    for state, number in zip(counts, numbers, strict=True):
        JOBS.labels(state).set(number)
    OLDEST.set((ctx.now - oldest).total_seconds() if oldest else 0)


@contextmanager
def timed() -> Iterator[None]:
    """Time one request to Intuit."""
    began, outcome = time.monotonic(), "answered"
    try:
        yield
    except Refusal:
        outcome = "refused"
        raise
    except Unreachable:
        outcome = "unreachable"
        raise
    finally:
        REQUESTS.labels(outcome).observe(time.monotonic() - began)
