"""What is done for an account: jobs, tasks, notes and time entries as rows of the work service."""

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from bench.generate.firm import Firm, Rows, members_of, tags_of
from bench.generate.source import Account
from deploy.sample.words import words
from services.work.rules import default_statuses

# How many jobs, tasks, notes and time entries (from, to); full accounts and every so manieth other are busy ones.
BUSY, USUAL = ((6, 7), (7, 9), (6, 8), (7, 12)), ((0, 1), (0, 1), (0, 1), (0, 1))
BUSY_EVERY = 10
STATUS_SHARES = (50, 26, 10, 12, 2)  # planned, in progress, waiting, done, canceled
OPEN_SHARES = (60, 30, 10, 0, 0)  # of a full account, whose section shows what is not done
RATE = 120  # an hour


class Work:
    def __init__(self, firm: Firm, random: Random) -> None:
        self._firm, self._random = firm, random
        self._statuses = [str(status.id) for status in default_statuses(firm.id)]
        self._stages = firm.stages
        self._words = words()["work"]
        self._made = 0
        self._shares = STATUS_SHARES

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give the members and tags that work knows, and the firm's statuses, pipelines and stages."""
        at = firm.born_at
        pipelines = [(firm.made(f"pipeline {entry['name']}"), entry) for entry in words()["pipelines"]]
        statuses = default_statuses(firm.id)
        return {
            ("work", "member_ref"): [(firm.own, m, name, True, 1) for m, _, name, *_ in members_of(firm)],
            ("work", "tag_ref"): [(firm.own, tag, name, colour, False) for tag, name, colour in tags_of(firm)],
            ("work", "task_status"): [(firm.own, s.id, s.name, s.category, s.position, False) for s in statuses],
            ("work", "pipeline"): [
                (firm.own, pipeline, entry["name"], place, False, 1, at, at)
                for place, (pipeline, entry) in enumerate(pipelines)
            ],
            ("work", "stage"): [
                (firm.own, firm.made(f"stage {entry['name']} {stage}"), pipeline, stage, place, False)
                for pipeline, entry in pipelines
                for place, stage in enumerate(entry["stages"])
            ],
        }

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add an account's work to the rows, and give how often each section of its overview changed."""
        self._made += 1
        self._shares = OPEN_SHARES if account.is_full else STATUS_SHARES
        level = BUSY if account.is_full or self._made % BUSY_EVERY == 0 else USUAL
        makers = (("job", self._job), ("task", self._task), ("note", self._note), ("time_entry", self._time))
        counts = [self._random.randint(*span) for span in level]
        for (table, make), count in zip(makers, counts, strict=True):
            for place in range(count):
                key = self._firm.made(f"{table} {account.id} {place}")
                at = account.made + dt.timedelta(days=place, seconds=self._random.randrange(3600))
                rows["work", table].append(make((self._firm.own, key, account.id), at, account.team, account.tags))
        sections = zip(("jobs", "tasks", "notes", "time"), counts, strict=True)
        return ((section, count) for section, count in sections if count)

    def _job(self, key: tuple[str, str, str], made: dt.datetime, team: list[str], _: list[str]) -> tuple[Any, ...]:
        stage, pipeline, service = self._random.choice(self._stages)
        name = service.format(year=made.year, last_year=made.year - 1, client="client")
        at, due_on = made.isoformat(), (made + dt.timedelta(days=60)).date().isoformat()
        return (*key, name, pipeline, stage, at, "active", team[:1], "medium", due_on, "", 1, at, at)

    def _task(self, key: tuple[str, str, str], made: dt.datetime, team: list[str], tags: list[str]) -> tuple[Any, ...]:
        title = self._random.choice(self._words["tasks"]).format(date=made.date(), month=f"{made:%B}")
        (status,) = self._random.choices(self._statuses, self._shares)
        at, due_on = made.isoformat(), (made + dt.timedelta(days=30)).date().isoformat()
        return (*key, title, status, [self._random.choice(team)], "medium", due_on, "", "[]", tags[:1], 1, at, at)

    def _note(self, key: tuple[str, str, str], made: dt.datetime, team: list[str], _: list[str]) -> tuple[Any, ...]:
        title, body = self._random.choice(self._words["notes"])
        text = body.format(date=made.date(), month=f"{made:%B}")
        at = made.isoformat()
        return (*key, title, text, False, self._random.choice(team), [], 1, at, at)

    def _time(self, key: tuple[str, str, str], made: dt.datetime, team: list[str], _: list[str]) -> tuple[Any, ...]:
        minutes, at = 15 * self._random.randrange(1, 13), made.isoformat()
        service = self._random.choice(self._words["services"])
        description = self._random.choice(self._words["descriptions"])
        rate, amount = str(RATE), str(RATE * minutes / 60)
        return (
            *key, self._random.choice(team), made.date().isoformat(), minutes, service, description, True, False, rate,
            amount, 1, at, at,
        )  # fmt: skip
