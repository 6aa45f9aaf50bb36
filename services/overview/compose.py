"""Composes a profile: what is remembered and fresh as it is, the rest asked from its owners at the same time."""

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson
from eventlet import GreenPool
from eventlet.event import Event

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError, DeadlineExceeded, Unavailable
from chassis.logs import log
from contracts.sections import GetSections, Section, SectionAsk, SectionList, SectionSource
from services.overview import memory
from services.overview.memory import Given, Recalled
from services.overview.metrics import ASKED, SHOWN, note_stale
from services.overview.sections import Wanted

ANSWER_SECONDS = 0.1  # kept back from the caller's time to store what came and to answer
T = TypeVar("T")


class Flights:
    """Questions under way in this process: who asks the same as another waits for that answer."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, Event] = {}

    def share(self, key: Hashable, seconds: float, ask: Callable[[], T]) -> T:
        """The answer of `ask`, or of somebody else's under the same key. Raises what it raised, DeadlineExceeded."""
        flying = self._flying.get(key)
        if flying is not None:
            answer = flying.wait(timeout=seconds)
            if not flying.ready():
                raise DeadlineExceeded
            return answer  # type: ignore[no-any-return]
        flying = self._flying[key] = Event()
        try:
            answer = ask()
        except BaseException as exc:
            flying.send_exception(exc if isinstance(exc, AppError) else Unavailable())
            raise
        else:
            flying.send(answer)
            return answer
        finally:
            del self._flying[key]


@dataclass(frozen=True, slots=True)
class Composer:
    """How one process makes profiles; `source(name, SectionSource, seconds)` gives the calls of a section's owner."""

    db: Transactions
    source: Callable[[str, Any, float], SectionSource]
    source_seconds: float
    ttl_seconds: float
    flights: Flights = field(default_factory=Flights)

    def profile(self, ctx: Context, account_id: UUID, wanted: Sequence[Wanted]) -> dict[str, Any]:
        """The sections in order, shaped as `contracts.overview.Profile`; rows stay the JSON they were kept as."""
        recalled = memory.recall(self.db, ctx, account_id, wanted)
        stale = [one for one in wanted if not recalled[one.name].is_fresh(ctx.now, self.ttl_seconds)]
        given = self._ask_owners(ctx, account_id, stale, recalled) if stale else {}
        SHOWN.inc(len(wanted))
        for one in stale:
            if one.name not in given:
                note_stale(one.name, recalled[one.name].as_of, ctx.now)
        sections = [
            given.get(one.name) or _remembered(one, recalled[one.name], is_stale=one in stale) for one in wanted
        ]
        return {"account_id": account_id, "sections": sections}

    def _ask_owners(
        self, ctx: Context, account_id: UUID, stale: Sequence[Wanted], recalled: dict[str, Recalled]
    ) -> dict[str, dict[str, Any]]:
        by_source: dict[str, list[Wanted]] = {}
        for one in stale:
            by_source.setdefault(one.source, []).append(one)

        def ask(asked: list[Wanted]) -> dict[str, dict[str, Any]]:
            return self._ask(ctx, account_id, asked, recalled)

        # A green thread begins without the request's ids and trace: each takes a copy of what is here.
        questions = [partial(copy_context().run, partial(ask, asked)) for asked in by_source.values()]
        answers = [questions[0]()] if len(questions) == 1 else GreenPool(len(questions)).imap(_asked, questions)
        return {name: section for answer in answers for name, section in answer.items()}

    def _ask(
        self, ctx: Context, account_id: UUID, asked: list[Wanted], recalled: dict[str, Recalled]
    ) -> dict[str, dict[str, Any]]:
        """What one owner answers, by section, kept for the next time; nothing if it does not answer in time."""
        source = asked[0].source
        generations = {one.name: recalled[one.name].present for one in asked}
        # Who saw a later generation must not be given what was asked before it.
        seen = tuple((one.name, one.scope, generations[one.name]) for one in asked)
        key = (ctx.firm, account_id, source, seen)
        seconds = min(self.source_seconds, ctx.remaining - ANSWER_SECONDS)
        request = GetSections(
            account_id=account_id, sections=tuple(SectionAsk(name=one.name, scope=one.scope) for one in asked)
        )

        def ask() -> SectionList:
            answer = self.source(source, SectionSource, seconds).get_sections(ctx, request)
            self._keep(ctx, account_id, asked, generations, answer)
            return answer

        try:
            answer = self.flights.share(key, seconds, ask)
        except AppError as exc:
            ASKED.labels(source, "unanswered").inc()
            log.warning("a section's owner did not answer", source=source, error=str(exc))
            return {}
        ASKED.labels(source, "answered").inc()
        known = {one.name: one for one in asked}
        return {
            section.name: _fresh(known[section.name], section, answer.as_of, generations[section.name])
            for section in answer.sections
            if section.name in known
        }

    def _keep(
        self, ctx: Context, account_id: UUID, asked: list[Wanted], generations: dict[str, int], answer: SectionList
    ) -> None:
        scopes = {one.name: one.scope for one in asked}
        given = [
            Given(section, scopes[section.name], generations[section.name])
            for section in answer.sections
            if section.name in scopes
        ]
        try:
            with self.db.transaction(ctx) as session:
                memory.remember(session, ctx, account_id, answer.as_of, given)
        except AppError as exc:  # the answer is good even if it can't be kept
            log.warning("sections could not be remembered", error=str(exc))


def _asked(question: Callable[[], T]) -> T:
    return question()


def _fresh(wanted: Wanted, section: Section, as_of: dt.datetime, generation: int) -> dict[str, Any]:
    return {
        "name": section.name, "title": wanted.title, "state": "fresh", "as_of": as_of,
        "rows": section.rows, "total": section.total, "footer": section.footer, "actions": wanted.actions,
        "generation": generation,
    }  # fmt: skip


def _remembered(wanted: Wanted, recalled: Recalled, *, is_stale: bool) -> dict[str, Any]:
    if recalled.rows is None:
        state, rows = "unavailable", orjson.Fragment("[]")
    else:
        state, rows = "stale" if is_stale else "fresh", orjson.Fragment(recalled.rows)
    return {
        "name": wanted.name, "title": wanted.title, "state": state, "as_of": recalled.as_of,
        "rows": rows, "total": recalled.total,
        "footer": None if recalled.footer is None else orjson.Fragment(recalled.footer), "actions": wanted.actions,
        "generation": recalled.present,
    }  # fmt: skip
