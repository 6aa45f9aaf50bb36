"""The Overview tab: the sections of an account as cards on one page, each drawn anew by itself (R-OV-1 to R-OV-10)."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import DeadlineExceeded, Unavailable
from contracts.overview import SECTIONS, Overview
from gateway.web.firm import profile, statuses
from gateway.web.page import Page, Visit

Card = dict[str, Any]
COLUMNS = 3
# About how many lines a card takes when it is full: what columns are balanced by. What a card holds at present does
# not count, so that each stays where people look for it.
LINES: Mapping[str, int] = {
    "documents": 12, "tasks": 12, "emails": 12, "jobs": 12, "chats": 14, "invoices": 14, "approvals": 8,
    "signatures": 8, "organizers": 10, "logins": 4, "notes": 12, "time": 13, "proposals": 10,
}  # fmt: skip
ANY_LINES = 10  # of a section that configuration adds
SILENT = (Unavailable, DeadlineExceeded)


async def show(visit: Visit) -> Response:
    """Draw the page at once, from what is remembered."""
    (_, account, actions), cards = await asyncio.gather(profile.opened(visit), _cards(visit, visit.path_id()))
    if cards is None:
        cards = [_silent(name) for name in SECTIONS if profile.may_see(name, actions)]
    columns = arranged(cards)
    return profile.draw(visit, "firm/overview.html", account, actions, here="overview", columns=columns, **_words())


async def show_card(visit: Visit) -> Response:
    """One card, for a script that puts it in its place; for others the page around it."""
    account_id, name = visit.path_id(), visit.values[1]
    if not visit.is_part:
        return visit.go(f"/clients/{account_id}#card-{name}")
    cards = await _cards(visit, account_id, name)
    card = _silent(name) if cards is None else cards[0]
    return visit.draw("firm/card.html", card=card, at=f"/clients/{account_id}", **_words())


def arranged(cards: Sequence[Card]) -> list[Sequence[Card]]:
    """The cards in order, in columns that are about as long as one another when their cards are full."""
    lines = [LINES.get(card["name"], ANY_LINES) for card in cards]

    def longest(cuts: tuple[int, ...]) -> int:
        edges = (0, *cuts, len(cards))
        return max(sum(lines[begin:end]) for begin, end in pairwise(edges))

    if len(cards) <= COLUMNS:
        return [[card] for card in cards]
    best = min(combinations(range(1, len(cards)), COLUMNS - 1), key=longest)
    edges = (0, *best, len(cards))
    return [cards[begin:end] for begin, end in pairwise(edges)]


async def _cards(visit: Visit, account_id: UUID, *names: str) -> list[Card] | None:
    """What the overview knows, of all sections or these; none while it does not answer. Raises UnknownSection."""
    asked = {"sections": list(names)} if names else {}
    try:
        found = await visit.plain(Overview.get_profile, account_id=account_id, **asked)
    except SILENT:
        return None
    return list(found["sections"])


def _silent(name: str) -> Card:
    """A card of which nothing is known."""
    given: Card = {"rows": [], "total": None, "footer": None, "actions": [], "generation": -1, "as_of": None}
    return {"name": name, "title": name, "state": "unavailable", **given}


def _words() -> dict[str, Any]:
    return {"words": statuses}


PAGES = (
    Page("GET", "/clients/{account_id}", show),
    Page("GET", "/clients/{account_id}/cards/{name}", show_card),
)
