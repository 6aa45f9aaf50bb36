"""The sections that billing answers for: their rows, and all of one."""

from functools import cache
from types import ModuleType
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.listing import Listing
from contracts.rights import ACCOUNT, Action, allows, is_staff
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
from services.billing.queries import invoices, proposals
from services.billing.queries.listing import Asked

# Each with what a viewer needs for it (R-INV-5), as in the overview's own table.
SECTIONS: dict[str, tuple[ModuleType, Action]] = {
    "invoices": (invoices, "manage_invoices"),
    "proposals": (proposals, "manage_proposals"),
}


def get_sections(session: Session, ctx: Context, request: GetSections) -> SectionList:
    """Each section in one statement. Raises UnknownSection, Invalid for a scope it can't read."""
    made = tuple(_section(session, ctx, request, ask) for ask in request.sections)
    return SectionList(as_of=ctx.now, sections=made)


def list_section(session: Session, ctx: Context, request: ListSection) -> SectionRows:
    """One page of all rows under the filters; `total` counts them on every page."""
    seen(request.scope)
    listing: Listing[Asked] = _source(ctx, request.name).LISTING
    asked = Asked(ctx.firm, request.account_id, ctx.now.date(), ctx.actor.id)
    page = listing.page(session, asked, asked.parameters(), request.filters or {}, request.cursor, request.limit)
    return SectionRows(**page._asdict())


def _section(session: Session, ctx: Context, request: GetSections, ask: SectionAsk) -> Section:
    seen(ask.scope)
    source = _source(ctx, ask.name)
    asked = Asked(ctx.firm, request.account_id, ctx.now.date(), ctx.actor.id)
    rows = session.execute(_statement(ask.name), asked.parameters()).all()
    made: Section = source.section(rows, asked)
    return made


def _source(ctx: Context, name: str) -> ModuleType:
    if name not in SECTIONS:
        raise UnknownSection(name=name)
    source, action = SECTIONS[name]
    if not (is_staff(ctx.actor) and allows(ACCOUNT[action], ctx.actor)):
        raise UnknownSection(name=name)
    return source


@cache
def _statement(name: str) -> Select[Any]:
    made: Select[Any] = SECTIONS[name][0].statement(Seen())
    return made
