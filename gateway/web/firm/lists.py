"""What "View all" of a section opens: all its rows, narrowed down as its owner knows how, a page at a time (R-OV-1)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from chassis.errors import AppError, Invalid
from contracts.overview import SECTIONS, Overview
from contracts.quickbooks import QuickBooks
from contracts.quickbooks_documents import Documents, DocumentSync
from gateway.access import Actions
from gateway.web import words
from gateway.web.firm import filters, profile, statuses
from gateway.web.firm.info import labels
from gateway.web.page import Page, Visit

LIMIT = 50


async def show(section: str, visit: Visit) -> Response:
    """Draw the list; for a script the rows alone, or with a cursor those that follow."""
    chosen, asked = _chosen(section, visit)
    cursor = visit.query.get("cursor")
    opened, (found, problem) = await asyncio.gather(profile.opened(visit), _found(section, visit, asked))
    account_id, account, actions = opened
    in_books = await _in_books(visit, found["rows"]) if section == "invoices" else {}
    at = f"/clients/{account_id}"
    drawn: dict[str, Any] = {
        "section_name": section,
        "words": statuses,
        "at": at,
        "filters": filters.FILTERS[section],
        "chosen": chosen,
        "card": {"actions": offered(section, actions)},
        "siblings": next((names for _, names in profile.TABS if section in names), (section,)),
        "sees": partial(profile.may_see, actions=actions),
        "rows": found["rows"],
        "total": found["total"],
        "more": None,
        "problem": problem,
        "in_books": in_books,
        "book_labels": labels.SYNC_LABELS,
        "book_kinds": labels.SYNC_KINDS,
    }
    status = 422 if problem else 200
    if found["next_cursor"]:
        drawn["more"] = f"{at}/{section}?{urlencode({**chosen, 'cursor': found['next_cursor']})}"
    if visit.is_part:
        return visit.draw("firm/list_rows.html" if cursor else "firm/list_part.html", status, **drawn)
    return profile.draw(visit, "firm/list.html", account, actions, here=section, status=status, **drawn)


async def _found(section: str, visit: Visit, asked: dict[str, str]) -> tuple[dict[str, Any], str | None]:
    """A page of rows, and what is wrong with a filter or with a link that somebody has cut. Raises UnknownSection."""
    fields: dict[str, Any] = {"account_id": visit.path_id(), "name": section, "limit": LIMIT}
    if asked:
        fields["filters"] = asked
    if "cursor" in visit.query:
        fields["cursor"] = visit.query["cursor"]
    try:
        return await visit.plain(Overview.list_section, **fields), None
    except Invalid as error:
        said = "; ".join(each["message"] for each in error.data.get("errors", ()))
        return {"rows": (), "total": 0, "next_cursor": None}, said or visit.language.say(words.FILL_IN)


async def _in_books(visit: Visit, rows: Sequence[dict[str, Any]]) -> dict[str, DocumentSync]:
    """How the invoices stand with QuickBooks, from what is stored (R-INV-4, R-QB-23); nothing where there is none."""
    ids = [row["id"] for row in rows if row["number"]]
    if not ids:
        return {}
    account_id = visit.path_id()
    try:
        account, found = await asyncio.gather(
            visit.call(QuickBooks.get_account_sync, account_id=account_id),
            visit.call(Documents.list_document_syncs, account_id=account_id, kind="invoice", ids=ids, limit=LIMIT),
        )
    except AppError:
        return {}
    return {} if account.status == "not_connected" else {str(one.id): one for one in found.items}


def offered(section: str, actions: Actions) -> list[str]:
    """The calls that the section offers to who may do `actions` (R-OV-6)."""
    return [call for call, action in SECTIONS[section].quick if action in actions]


def _chosen(section: str, visit: Visit) -> tuple[dict[str, str], dict[str, str]]:
    """What was chosen of the filters there are, as the page says it and as the owner reads it."""
    known = {one.name for one in filters.FILTERS[section]}
    chosen = {name: value for name, value in visit.query.items() if name in known and value.strip()}
    caller = visit.caller
    mine = str(caller.actor.id) if caller else ""
    return chosen, {name: mine if value == filters.ME else value for name, value in chosen.items()}


def _of(section: str) -> Callable[[Visit], Awaitable[Response]]:
    async def list_section(visit: Visit) -> Response:
        await visit.member()
        return await show(section, visit)

    return list_section


PAGES = tuple(Page("GET", f"/clients/{{account_id}}/{section}", _of(section)) for section in SECTIONS)
