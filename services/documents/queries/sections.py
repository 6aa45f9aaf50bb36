"""The sections that documents answers for: the newest rows of each, and all of one."""

from functools import cache
from types import ModuleType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.rights import is_staff
from contracts.sections import (
    GetSections,
    ListSection,
    Section,
    SectionAsk,
    SectionList,
    SectionRows,
    UnknownSection,
    seen,
)
from services.documents.queries import approval_section, latest, organizer_section, signature_section
from services.documents.queries.asking import FOR_ALL, FOR_ONE, Asked

# Each has `statement(asked)` and `section(found, asked)`, the rows of the overview, and `listing(asked)`, all of them.
SECTIONS: dict[str, ModuleType] = {
    "documents": latest,
    "approvals": approval_section,
    "signatures": signature_section,
    "organizers": organizer_section,
}


def get_sections(session: Session, ctx: Context, request: GetSections) -> SectionList:
    """The newest rows of each section, one statement each. Raises UnknownSection, Invalid for a scope it can't read."""
    made = tuple(_section(session, ctx, request, ask) for ask in request.sections)
    return SectionList(as_of=ctx.now, sections=made)


def list_section(session: Session, ctx: Context, request: ListSection) -> SectionRows:
    """One page of all rows under the scope and the filters; `total` counts them on every page."""
    asked = Asked(ctx.firm, request.account_id, seen(request.scope), ctx.now, ctx.actor.id)
    listing = _source(ctx, request.name).listing(asked)
    page = listing.page(session, asked, {}, request.filters or {}, request.cursor, request.limit)
    return SectionRows(**page._asdict())


def _section(session: Session, ctx: Context, request: GetSections, ask: SectionAsk) -> Section:
    source = _source(ctx, ask.name)
    asked = Asked(ctx.firm, request.account_id, seen(ask.scope), ctx.now)
    found = session.execute(_statement(ask.name, is_own=asked.scope.member_id is not None), asked.parameters()).all()
    made: Section = source.section(found, asked)
    return made


def _source(ctx: Context, name: str) -> ModuleType:
    if name not in SECTIONS or not is_staff(ctx.actor):
        raise UnknownSection(name=name)
    return SECTIONS[name]


@cache
def _statement(name: str, *, is_own: bool) -> Select[Any]:
    made: Select[Any] = SECTIONS[name].statement(FOR_ONE if is_own else FOR_ALL)
    return made
