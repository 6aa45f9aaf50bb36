"""The Info tab of a client's profile: drawn whole, or one part of it for a script that puts it in its place."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from starlette.responses import Response

from chassis.errors import Unavailable
from contracts.accounts import Account, AccountChangedMeanwhile, Accounts
from contracts.contacts import Contacts
from contracts.custom_fields import CustomField
from contracts.overview import Overview
from contracts.quickbooks import AccountNotSynced, QuickBooks
from gateway import problems
from gateway.access import Actions
from gateway.web.firm import editing, profile, values
from gateway.web.firm.editing import Part
from gateway.web.firm.info import details, labels
from gateway.web.page import Page, Visit

INFO = "/clients/{account_id}/info"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Open:
    """What of the tab is a form at the moment, by its name, and what is wrong there. `offers` is what it needs."""

    name: str
    offers: Mapping[str, Any]
    problems: Mapping[str, str]
    is_changed: bool = False


NOTHING = Open(name="", offers={}, problems={})


async def show(visit: Visit) -> Response:
    """The whole tab."""
    _, account, actions = await profile.opened(visit)
    return await whole(visit, account, actions)


async def show_part(visit: Visit) -> Response:
    """One part: as a form for who may change it, unless the form is put away (`?done`)."""
    account, actions, part = await _found(visit)
    is_open = part.needs in actions and "done" not in visit.query
    opened = Open(name=part.name, offers=await part.offers(visit), problems={}) if is_open else NOTHING
    return await _drawn(visit, account, actions, part, opened)


async def save_part(visit: Visit) -> Response:
    """Save a part's form; what it touches is drawn anew with it."""
    account, actions, part = await _found(visit)
    if part.needs not in actions:
        raise problems.ActionNotAllowed(action=part.needs)
    saved = await editing.save(visit, part, lambda: fresh(visit, account.id), AccountChangedMeanwhile)
    if saved.is_done:
        return await done(visit, saved.subject, actions, part)
    offers = await part.offers(visit)
    opened = Open(name=part.name, offers=offers, problems=saved.problems, is_changed=saved.is_changed)
    return await _drawn(visit, saved.subject, actions, part, opened, saved.status)


async def done(visit: Visit, account: Account, actions: Actions, part: Part[Account]) -> Response:
    """The part put away, with what it touches; without a script the whole tab."""
    if not visit.is_part:
        return visit.go(f"/clients/{account.id}/info#part-{part.name}")
    touched = [details.PARTS[name] for name in part.touches if name in details.PARTS]
    return draw_part(visit, account, actions, part, touched=touched, is_saved=True)


async def _found(visit: Visit) -> tuple[Account, Actions, Part[Account]]:
    """The account and part of the path. Raises AccountNotFound, NoSuchPath."""
    _, account, actions = await profile.opened(visit)
    if visit.page is not None and visit.page.path.endswith("{field_id}"):
        return account, actions, await details.field_part(visit, visit.path_id(1))
    part = details.PARTS.get(visit.values[1])
    if part is None:
        raise problems.NoSuchPath
    return account, actions, part


async def _drawn(
    visit: Visit, account: Account, actions: Actions, part: Part[Account], opened: Open, status: int = 200
) -> Response:
    if visit.is_part:
        return draw_part(visit, account, actions, part, opened, status)
    return await whole(visit, account, actions, opened, status)


def draw_part(
    visit: Visit,
    account: Account,
    actions: Actions,
    part: Part[Account],
    opened: Open = NOTHING,
    status: int = 200,
    **facts: Any,
) -> Response:
    """One part alone."""
    common = {"account": account, "actions": actions, "opened": opened, "problems": opened.problems}
    common |= {"touched": (), "is_saved": False, "toast": "", **values.facts(visit)}
    return visit.draw("firm/info/alone.html", status, part=part, **common | facts)


async def whole(
    visit: Visit, account: Account, actions: Actions, opened: Open = NOTHING, status: int = 200, **facts: Any
) -> Response:
    """All of the tab; who does not answer in time leaves a gap that says so, rather than no page."""
    definitions, related, sync, linked = await asyncio.gather(
        attempt(details.definitions(visit)),
        attempt(visit.call(Overview.list_related, account_id=account.id)),
        attempt(_sync(visit, account.id)),
        attempt(visit.call(Contacts.list_account_contacts, account_id=account.id)),
    )
    shown = {
        "parts_of": details.PARTS,
        "fields": _fields(account, definitions, also=opened.name, with_empty="empty" in visit.query),
        "has_empty": definitions is not None and len(definitions) > len(account.custom_fields),
        "with_empty": "empty" in visit.query,
        "related": related,
        "sync": sync,
        "linked": linked,
        **labels.facts(),
        **values.facts(visit),
        "opened": opened,
        "problems": opened.problems,
        "is_saved": False,
    }
    return profile.draw(visit, "firm/info/tab.html", account, actions, here="info", status=status, **shown | facts)


def _fields(
    account: Account, definitions: Sequence[CustomField] | None, *, also: str, with_empty: bool
) -> list[Part[Account]] | None:
    """The filled custom fields, or with the empty ones all (R-CF-8)."""
    if definitions is None:
        return None
    filled = {value.field_id for value in account.custom_fields}
    parts = [(field, details.of_field(field)) for field in definitions]
    return [part for field, part in parts if with_empty or field.id in filled or part.name == also]


async def fresh(visit: Visit, account_id: UUID) -> Account:
    """The account as it is at this moment."""
    return await visit.call(Accounts.get_account, account_id=account_id)


async def _sync(visit: Visit, account_id: UUID) -> Any:
    try:
        return await visit.call(QuickBooks.get_account_sync, account_id=account_id)
    except AccountNotSynced:  # told of a moment later than accounts has it
        return None


async def attempt(asked: Awaitable[T]) -> T | None:
    """What somebody answers; None while they don't."""
    try:
        return await asked
    except Unavailable:
        return None


PAGES = (
    Page("GET", INFO, show),
    Page("GET", f"{INFO}/fields/{{field_id}}", show_part),
    Page("POST", f"{INFO}/fields/{{field_id}}", save_part),
    Page("GET", f"{INFO}/{{part}}", show_part),
    Page("POST", f"{INFO}/{{part}}", save_part),
)
