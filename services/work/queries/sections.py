"""The sections that work answers for: the newest rows of each, and all of one."""

from functools import cache
from types import ModuleType
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.listing import Listing
from contracts.sections import (
    GetSections,
    ListSection,
    Section,
    SectionAsk,
    SectionList,
    SectionRows,
    Seen,
    UnknownSection,
    seen,
)
from services.work.queries import jobs, notes, tasks, time_entries
from services.work.queries.listing import Asked

SECTIONS: dict[str, ModuleType] = {"tasks": tasks, "jobs": jobs, "notes": notes, "time": time_entries}
ANYBODY = Seen()
SOMEBODY = Seen(member_id=UUID(int=0))  # stands for any one member: who it is comes as a parameter


def get_sections(session: Session, ctx: Context, request: GetSections) -> SectionList:
    """The newest rows of each section, one statement each. Raises UnknownSection, Invalid for a scope it can't read."""
    made = tuple(_section(session, ctx, request, ask) for ask in request.sections)
    return SectionList(as_of=ctx.now, sections=made)


def list_section(session: Session, ctx: Context, request: ListSection) -> SectionRows:
    """One page of all rows under the scope and the filters; `total` counts them on every page."""
    listing: Listing[Asked] = _source(ctx, request.name).LISTING
    asked = Asked(ctx.firm, request.account_id, seen(request.scope), ctx.now.date())
    page = listing.page(session, asked, asked.parameters(), request.filters or {}, request.cursor, request.limit)
    return SectionRows(**page._asdict())


def _section(session: Session, ctx: Context, request: GetSections, ask: SectionAsk) -> Section:
    source = _source(ctx, ask.name)
    asked = Asked(ctx.firm, request.account_id, seen(ask.scope), ctx.now.date())
    rows = session.execute(_statement(ask.name, is_own=asked.scope.member_id is not None), asked.parameters()).all()
    made: Section = source.section(rows, asked)
    return made


def _source(ctx: Context, name: str) -> ModuleType:
    if name not in SECTIONS or ctx.actor.kind == "portal":  # R-TSK-5, R-NTE-1: never shown to clients
        raise UnknownSection(name=name)
    return SECTIONS[name]


@cache
def _statement(name: str, *, is_own: bool) -> Select[Any]:
    made: Select[Any] = SECTIONS[name].statement(SOMEBODY if is_own else ANYBODY)
    return made
