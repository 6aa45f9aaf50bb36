"""A contact's page, whole or one part of it for a script that puts it in its place."""

import asyncio
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import Forbidden
from contracts import rights
from contracts.contacts import Contact, ContactChangedMeanwhile, Contacts, LinkedAccounts
from gateway import problems
from gateway.web.firm import editing, values
from gateway.web.firm.editing import Part
from gateway.web.firm.info.tab import NOTHING, Open, attempt
from gateway.web.firm.person import parts
from gateway.web.page import Page, Visit

CONTACT = "/contacts/{contact_id}"


async def show(visit: Visit) -> Response:
    contact, accounts = await read(visit, visit.path_id())
    return await whole(visit, contact, accounts)


async def show_part(visit: Visit) -> Response:
    """One part: as a form for who may change it, unless the form is put away (`?done`)."""
    contact, accounts = await read(visit, visit.path_id())
    part = await _part(visit)
    is_open = may_edit(visit, accounts) and "done" not in visit.query
    opened = Open(name=part.name, offers=await part.offers(visit), problems={}) if is_open else NOTHING
    return await _drawn(visit, contact, accounts, part, opened)


async def save_part(visit: Visit) -> Response:
    """Save a part's form: the change shows in all the contact's accounts."""
    contact, accounts = await read(visit, visit.path_id())
    part = await _part(visit)
    if not may_edit(visit, accounts):
        raise Forbidden
    saved = await editing.save(visit, part, lambda: fresh(visit, contact.id), ContactChangedMeanwhile)
    if saved.is_done and not visit.is_part:
        return visit.go(f"/contacts/{contact.id}#part-{part.name}")
    if saved.is_done:
        return draw_part(visit, saved.subject, accounts, part, is_saved=True)
    offers = await part.offers(visit)
    opened = Open(name=part.name, offers=offers, problems=saved.problems, is_changed=saved.is_changed)
    return await _drawn(visit, saved.subject, accounts, part, opened, saved.status)


async def read(visit: Visit, contact_id: UUID) -> tuple[Contact, LinkedAccounts]:
    """The contact, and those of its accounts that the member sees. Raises ContactNotFound."""
    return await asyncio.gather(
        fresh(visit, contact_id), visit.call(Contacts.list_contact_accounts, contact_id=contact_id)
    )


async def fresh(visit: Visit, contact_id: UUID) -> Contact:
    """The contact as it is at this moment."""
    return await visit.call(Contacts.get_contact, contact_id=contact_id)


def may_edit(visit: Visit, accounts: LinkedAccounts) -> bool:
    """Whether the member, who sees the contact, may edit it (U-3)."""
    return visit.caller is not None and rights.edits_contact(visit.caller.actor, is_linked=bool(accounts.items))


async def _part(visit: Visit) -> Part[Contact]:
    """The part that the path names. Raises NoSuchPath."""
    if visit.page is not None and visit.page.path.endswith("{field_id}"):
        return await parts.field_part(visit, visit.path_id(1))
    found = parts.PARTS.get(visit.values[1])
    if found is None:
        raise problems.NoSuchPath
    return found


async def _drawn(
    visit: Visit, contact: Contact, accounts: LinkedAccounts, part: Part[Contact], opened: Open, status: int = 200
) -> Response:
    if visit.is_part:
        return draw_part(visit, contact, accounts, part, opened, status)
    return await whole(visit, contact, accounts, opened, status)


def draw_part(
    visit: Visit,
    contact: Contact,
    accounts: LinkedAccounts,
    part: Part[Contact],
    opened: Open = NOTHING,
    status: int = 200,
    *,
    is_saved: bool = False,
) -> Response:
    """One part alone."""
    shown = {**facts(visit, contact, accounts, opened), "is_saved": is_saved}
    return visit.draw("firm/person/alone.html", status, part=part, **shown)


async def whole(
    visit: Visit, contact: Contact, accounts: LinkedAccounts, opened: Open = NOTHING, status: int = 200
) -> Response:
    """All of the page."""
    definitions = await attempt(parts.definitions(visit))
    filled = {value.field_id for value in contact.custom_fields}
    with_empty = "empty" in visit.query
    known = [(field, parts.of_field(field)) for field in definitions or ()]
    fields = [part for field, part in known if with_empty or field.id in filled or part.name == opened.name]
    shown = {
        "parts_of": parts.PARTS,
        "fields": None if definitions is None else fields,
        "has_empty": definitions is not None and len(definitions) > len(filled),
        "with_empty": with_empty,
    }
    return visit.draw("firm/person/page.html", status, **facts(visit, contact, accounts, opened), **shown)


def facts(visit: Visit, contact: Contact, accounts: LinkedAccounts, opened: Open = NOTHING) -> dict[str, Any]:
    """What every template of the page needs. `account` is whatever has custom fields, for the parts' template."""
    return {
        "contact": contact,
        "account": contact,
        "accounts": accounts.items,
        "at": f"/contacts/{contact.id}",
        "actions": frozenset({"edit"} if may_edit(visit, accounts) else ()),
        "opened": opened,
        "problems": opened.problems,
        "is_saved": False,
        "is_beside": False,
        "toast": "",
        "free": parts.free(contact),
        **values.facts(visit),
    }


PAGES = (
    Page("GET", CONTACT, show),
    Page("GET", f"{CONTACT}/fields/{{field_id}}", show_part),
    Page("POST", f"{CONTACT}/fields/{{field_id}}", save_part),
    Page("GET", f"{CONTACT}/{{part}}", show_part),
    Page("POST", f"{CONTACT}/{{part}}", save_part),
)
