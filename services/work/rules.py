"""Decisions about work: what is overdue, what time is worth, who may use a pipeline, what a scope means."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from chassis.context import Actor
from chassis.errors import wrong
from contracts.rights import ACCOUNT, allows
from contracts.work_settings import TaskCategory, TaskStatus

OPEN = ("planned", "in_progress", "waiting")  # R-TSK-2
KEPT = ("planned", "in_progress", "done", "canceled")  # categories no firm can do without
CENT = Decimal("0.01")
DAY_MINUTES = 24 * 60
HEADLINE_CHARACTERS = 255
DEFAULT_STATUSES: tuple[tuple[str, TaskCategory], ...] = (
    ("Planned", "planned"),
    ("In progress", "in_progress"),
    ("Waiting for client", "waiting"),
    ("Completed", "done"),
    ("Canceled", "canceled"),
)


def default_statuses(firm_id: UUID) -> tuple[TaskStatus, ...]:
    """The statuses of a firm that never set its own; their ids follow from the firm's, whoever makes them first."""
    return tuple(
        TaskStatus(id=uuid.uuid5(firm_id, f"task_status/{category}"), name=name, category=category, position=position)
        for position, (name, category) in enumerate(DEFAULT_STATUSES)
    )


def trimmed(field: str, text: str) -> str:
    """The text without blanks around it. Raises Invalid where nothing is left."""
    text = text.strip()
    if not text:
        raise wrong(field, "Must not be blank.")
    return text


def unique(ids: Iterable[UUID]) -> list[UUID]:
    """Each id once, in the order of its first place."""
    return list(dict.fromkeys(ids))


def is_task_overdue(category: str, due_on: dt.date | None, today: dt.date) -> bool:
    """R-TSK-5: an open task past its due date; on the day itself it is not overdue yet."""
    return category in OPEN and due_on is not None and due_on < today


def is_job_overdue(status: str, due_on: dt.date | None, today: dt.date) -> bool:
    """R-JOB-2: only an active job is ever overdue."""
    return status == "active" and due_on is not None and due_on < today


def client_status(status: str, override: str | None, of_stage: str) -> str:
    """R-JOB-6: what a client may be told of a job, word for word as the firm wrote it; empty: nothing.

    An archived job is out of the pipeline (R-JOB-2), so there is nothing to tell of it.
    """
    if status == "archived":
        return ""
    return of_stage if override is None else override


def may_use_pipeline(actor: Actor, available_to: Collection[UUID | None] | None) -> bool:
    """R-JOB-3: None is available to everyone; managers of pipelines see them all."""
    return available_to is None or actor.id in available_to or allows(ACCOUNT["see_all_jobs"], actor)


def headline(title: str, body: str) -> str:
    """R-NTE-3: the title or, without one, the first line that says something."""
    lines = (line.strip() for line in (title or body).splitlines())
    return next((line[:HEADLINE_CHARACTERS] for line in lines if line), "")


def hourly(rate: Decimal | None) -> Decimal | None:
    """A rate with exactly two decimals. Raises Invalid for one with more."""
    if rate is None:
        return None
    rounded = rate.quantize(CENT) + 0  # + 0: minus zero is zero
    if rounded != rate:
        raise wrong("rate", "Must have at most two decimals.")
    return rounded


def amount(minutes: int, rate: Decimal | None) -> Decimal | None:
    """What the minutes are worth at an hourly rate, rounded half up to cents."""
    if rate is None:
        return None
    return (minutes * rate / 60).quantize(CENT, rounding=ROUND_HALF_UP)


def with_elapsed(minutes: int, since: dt.datetime, now: dt.datetime) -> int:
    """`minutes` and those a timer ran, to the nearest minute; an entry never holds more than a day."""
    seconds = max((now - since).total_seconds(), 0)
    return min(minutes + int(seconds + 30) // 60, DAY_MINUTES)
