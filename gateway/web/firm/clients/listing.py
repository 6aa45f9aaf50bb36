"""The list of clients, narrowed, sorted and paged by its address, so that it can be passed on (R-LST-1 to R-LST-4)."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from chassis.errors import AppError, Invalid, Unavailable
from contracts.account_settings import TagUse
from contracts.accounts import Accounts
from contracts.custom_fields import CustomField
from contracts.identity import Identities, Member
from contracts.overview import Overview
from gateway import loading
from gateway.web.firm.clients import asking, columns, views
from gateway.web.firm.clients.asking import CLIENTS
from gateway.web.page import Page, Visit

LIMIT = 50  # rows at once
PAGE, PART, ROWS = "firm/clients/list.html", "firm/clients/table.html", "firm/clients/rows.html"


async def show(visit: Visit) -> Response:
    """The list; for a script the table alone, or with `more` the rows that follow."""
    await visit.member()
    wanted = asking.asked(visit)
    is_more = visit.is_part and visit.query.get("more") == "1"
    template = ROWS if is_more else PART if visit.is_part else PAGE
    listing, tags, members, fields = await asyncio.gather(
        _listed(visit, wanted), tags_of(visit), members_of(visit), fields_of(visit)
    )
    error = listing if isinstance(listing, AppError) else None
    names = {str(one.id): one.name for one in members}
    values: dict[str, Any] = {
        "wanted": wanted,
        "page": None if error else listing,
        "tags": {one.id: one for one in tags},
        "names": names,
        "tag_options": [(one.id, one.name) for one in tags],
        "member_options": [(one.id, one.name) for one in members if one.is_active],
        "choices": {field.id: [(one.id, one.name) for one in field.choices] for field in fields},
        "fields": fields,
        "columns": columns.columns(visit, fields),
        "chips": asking.chips(visit, wanted, {str(one.id): one.name for one in tags}, names, fields),
        "views": views.views(visit),
        "types": asking.TYPES,
        "statuses": asking.STATUSES,
        "export": asking.address("/v1/exports/accounts.csv", wanted.filters),
    }
    response = visit.refuse(template, error, **values) if error else visit.draw(template, **values)
    if visit.is_part and not is_more:
        response.headers["HX-Replace-Url"] = wanted.at()
    return response


async def _listed(visit: Visit, wanted: asking.Asked) -> Any:
    """The page of the list, or what is wrong with what was asked for."""
    route = visit.desk.routes[Overview.list_accounts]
    try:
        fields = loading.query_fields(route, urlencode(wanted.pairs).encode())
        return await visit.call(Overview.list_accounts, **{"limit": LIMIT, **fields})
    except Invalid as error:
        faults = [_at_input(one) for one in error.data.get("errors", ())]
        return Invalid(error.detail, **{**error.data, "errors": faults})


def _at_input(fault: dict[str, str]) -> dict[str, str]:
    """A fault under the name of the input that it stands beside."""
    return {**fault, "field": fault["field"].partition(".")[0]}


async def tags_of(visit: Visit) -> Sequence[TagUse]:
    """Give the firm's tags, none where their owner is away: the list goes without."""
    try:
        return (await visit.call(Accounts.list_tags)).items
    except Unavailable:
        return ()


async def members_of(visit: Visit) -> Sequence[Member]:
    """Give the members, those who left too, by name; none where their owner is away."""
    try:
        return (await visit.call(Identities.list_members, include_inactive=True)).items
    except Unavailable:
        return ()


async def fields_of(visit: Visit) -> Sequence[CustomField]:
    """Give the firm's custom fields of clients; none where their owner is away."""
    try:
        return tuple(use.field for use in (await visit.call(Accounts.list_account_fields)).items)
    except Unavailable:
        return ()


async def choose_columns(visit: Visit) -> Response:
    """Keep the reader's choice of columns, and go back to the list as it was."""
    await visit.member()
    back = visit.form.get("back", "")
    keys = ["none"] if not visit.chosen("column") else visit.chosen("column")
    return visit.go(back if back.startswith(f"{CLIENTS}?") else CLIENTS, columns.cookie(visit, keys))


PAGES = (
    Page("GET", CLIENTS, show),
    Page("POST", f"{CLIENTS}/columns", choose_columns),
)
