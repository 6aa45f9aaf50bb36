"""What the firm has done and has to do for each client: jobs, tasks, notes and time, of a plausible kind and number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from contracts.work import Priority
from deploy.sample.clients import SEED, Client
from deploy.sample.details import roles
from deploy.sample.words import words

PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high", "urgent")
STATUSES = ("planned", "in_progress", "waiting", "done", "canceled")
RATES = (Decimal("85.00"), Decimal("120.00"), Decimal("165.00"))
# How many jobs, tasks, notes and time entries (from, to) clients have, and how many clients in a hundred are so.
# Busy clients have more of each than their overview shows.
BUSY = ((6, 7), (6, 8), (6, 7), (6, 9))
USUAL = ((1, 2), (1, 3), (1, 2), (1, 3))
QUIET = ((0, 1), (0, 1), (0, 0), (0, 0))
SHARES = ((BUSY, 12), (USUAL, 82), (QUIET, 6))


@dataclass(frozen=True)
class Planned:
    """Something to be made by `author`, one of the roles of `team`; `fields` are its request's, as far as known."""

    author: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Job(Planned):
    """`stage` counts from 0 in the pipeline; `then` is how it stands by now, `custom` the pipeline's own name for that.

    Restricted: for owner and admin only.
    """

    pipeline: str = ""
    stage: int = 0
    assignees: tuple[str, ...] = ()
    then: str = "active"
    custom: str | None = None
    is_restricted: bool = False


@dataclass(frozen=True)
class Task(Planned):
    """`status` is the name of a category; `job` counts the client's jobs from 0; `role` does it beside `assignees`."""

    status: str = "planned"
    assignees: tuple[str, ...] = ()
    job: int | None = None
    tag: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Note(Planned):
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Time(Planned):
    job: int | None = None


@dataclass(frozen=True)
class Activity:
    jobs: Sequence[Job] = field(default_factory=tuple)
    tasks: Sequence[Task] = field(default_factory=tuple)
    notes: Sequence[Note] = field(default_factory=tuple)
    times: Sequence[Time] = field(default_factory=tuple)


def activity(client: Client, today: dt.date, seed: int = SEED) -> Activity:
    """All of one client; the same every time, but for the dates, which are near `today`."""
    return _Plan(Random(f"{seed} {client.key}"), client, today).all()  # noqa: S311 (a sample, not a secret)


class _Plan:
    def __init__(self, random: Random, client: Client, today: dt.date) -> None:
        self._random, self._client, self._today = random, client, today
        self._roles = list(roles(client))
        self._people = ["owner", "admin", "more", *(["few"] * 2 if client.is_shared_out else [])]

    def all(self) -> Activity:
        (level,) = self._random.choices([level for level, _ in SHARES], [share for _, share in SHARES])
        jobs, tasks, notes, times = (self._random.randint(*span) for span in level)
        made = [self._job() for _ in range(jobs)]
        shown = [number for number, job in enumerate(made) if not job.is_restricted]  # others' work can't name those
        return Activity(
            jobs=made,
            tasks=[self._task(shown) for _ in range(tasks)],
            notes=[self._note(number) for number in range(notes)],
            times=[self._time(shown) for _ in range(times)],
        )

    def _job(self) -> Job:
        pipeline = self._random.choice(words()["pipelines"])
        restricted = pipeline.get("is_restricted", False)
        author = self._random.choice(["owner", "admin"] if restricted else self._people)
        start_on, due_on = self._dates()
        fields = {
            "name": self._filled(self._random.choice(pipeline["services"])),
            "priority": self._priority(),
            "start_on": start_on,
            "due_on": due_on,
        }
        then = self._random.choices(("active", "completed", "archived"), (84, 10, 6))[0]
        return Job(
            author=author,
            fields=fields,
            pipeline=pipeline["name"],
            stage=self._random.randrange(len(pipeline["stages"])),
            assignees=self._some(2),
            is_restricted=restricted,
            then=then,
            custom=self._custom(pipeline, then),
        )

    def _custom(self, pipeline: dict[str, Any], then: str) -> str | None:
        """For a job in three, one of the pipeline's own statuses that count as what it is."""
        names = [status["name"] for status in pipeline.get("statuses", ()) if status["kind"] == then]
        return self._random.choice(names) if names and self._random.random() < 0.3 else None  # noqa: PLR2004

    def _task(self, jobs: list[int]) -> Task:
        start_on, due_on = self._dates()
        subtasks = self._random.sample(words()["work"]["subtasks"], self._random.choices((0, 2, 4), (70, 20, 10))[0])
        fields = {
            "title": self._filled(self._random.choice(words()["work"]["tasks"])),
            "priority": self._priority(),
            "start_on": start_on,
            "due_on": due_on,
            "subtasks": [{"title": title, "is_done": self._random.random() < 0.4} for title in subtasks],  # noqa: PLR2004
        }
        return Task(
            author=self._random.choice(self._people),
            fields=fields,
            status=self._random.choices(STATUSES, (50, 26, 10, 12, 2))[0],
            assignees=self._some(2),
            role=self._random.choice(self._roles) if self._roles and self._random.random() < 0.4 else None,  # noqa: PLR2004
            job=self._job_number(jobs),
            tag=self._random.choice([*self._client.tags, None]) if self._client.tags else None,
        )

    def _note(self, number: int) -> Note:
        title, body = self._random.choice(words()["work"]["notes"])
        fields = {"title": title, "body": self._filled(body), "is_pinned": number == 0 and self._random.random() < 0.2}  # noqa: PLR2004
        return Note(
            author=self._random.choice(self._people),
            fields=fields,
            mentions=self._some(1) if self._random.random() < 0.15 else (),  # noqa: PLR2004
        )

    def _time(self, jobs: list[int]) -> Time:
        author = self._random.choice(self._people)
        fields: dict[str, Any] = {
            "on": self._today - dt.timedelta(days=self._random.randrange(120)),
            "minutes": self._random.choice((6, 10, 15, 30, 45, 60, 90, 120, 210)),
            "service": self._random.choice(words()["work"]["services"]),
            "description": self._random.choice(words()["work"]["descriptions"]),
            "is_billable": self._random.random() < 0.85,  # noqa: PLR2004
        }
        if author in {"owner", "admin"}:  # who may see money
            fields["rate"] = self._random.choice(RATES)
        return Time(author=author, fields=fields, job=self._job_number(jobs))

    def _dates(self) -> tuple[dt.date | None, dt.date | None]:
        if self._random.random() < 0.15:  # noqa: PLR2004
            return None, None
        start_on = self._today - dt.timedelta(days=self._random.randrange(60))
        return start_on, start_on + dt.timedelta(days=self._random.randrange(10, 90))

    def _some(self, most: int) -> tuple[str, ...]:
        people = sorted(set(self._people))
        return tuple(self._random.sample(people, self._random.randint(min(1, most), most)))

    def _job_number(self, jobs: list[int]) -> int | None:
        return self._random.choice(jobs) if jobs and self._random.random() < 0.4 else None  # noqa: PLR2004

    def _priority(self) -> Priority:
        return self._random.choices(PRIORITIES, (10, 65, 20, 5))[0]

    def _filled(self, text: str) -> str:
        day = self._today - dt.timedelta(days=self._random.randrange(5, 40))
        name = self._client.name or self._client.company_name or self._client.contacts[0].person.name
        year = self._today.year
        return text.format(date=day.isoformat(), month=f"{day:%B}", year=year, last_year=year - 1, client=name[:60])
