"""The sections that messages answers for: the first rows of each, and all of one."""

from functools import cache
from types import ModuleType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.listing import Listing
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
from services.messages.queries import chats
from services.messages.queries.emails import section as emails
from services.messages.queries.listing import Asked

SECTIONS: dict[str, ModuleType] = {"emails": emails, "chats": chats}


def get_sections(session: Session, ctx: Context, request: GetSections) -> SectionList:
    """The first rows of each section, one statement each. Raises UnknownSection, Invalid for a scope it can't read."""
    made = tuple(_section(session, ctx, request, ask) for ask in request.sections)
    return SectionList(as_of=ctx.now, sections=made)


def list_section(session: Session, ctx: Context, request: ListSection) -> SectionRows:
    """One page of all rows under the scope and the filters; `total` counts them on every page."""
    listing: Listing[Asked] = _source(ctx, request.name).LISTING
    asked = Asked(ctx.firm, request.account_id, seen(request.scope), ctx.now)
    page = listing.page(session, asked, asked.parameters(), request.filters or {}, request.cursor, request.limit)
    return SectionRows(**page._asdict())


def _section(session: Session, ctx: Context, request: GetSections, ask: SectionAsk) -> Section:
    source = _source(ctx, ask.name)
    asked = Asked(ctx.firm, request.account_id, seen(ask.scope), ctx.now)
    rows = session.execute(_statement(ask.name), asked.parameters()).all()
    made: Section = source.section(rows, asked)
    return made


def _source(ctx: Context, name: str) -> ModuleType:
    if name not in SECTIONS or not is_staff(ctx.actor):  # clients have lists of their own, without what is internal
        raise UnknownSection(name=name)
    return SECTIONS[name]


@cache
def _statement(name: str) -> Select[Any]:
    made: Select[Any] = SECTIONS[name].statement()
    return made
