"""A new client: the form grows by contacts, new ones or known ones, and loses nothing typed (R-LNK-1, R-C-4)."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from contracts.accounts import Accounts
from contracts.contacts import Contact, Contacts
from contracts.identity import Identities
from contracts.overview import Overview
from gateway.web.firm import sayings, values
from gateway.web.firm.clients.asking import CLIENTS
from gateway.web.page import Page, Visit
from gateway.web.words import later

NEW = f"{CLIENTS}/new"
FORM, FOUND, TWINS = (f"firm/clients/{name}.html" for name in ("new", "found", "twins"))
REFUSED = (Invalid, Conflict, Forbidden, NotFound)
OF_CONTACT = re.compile(r"contacts\.(\d{1,3})\.(id|description|new\.\w+)")
MOST_CONTACTS = 50
LINES = ("first_name", "middle_name", "last_name", "email", "phone")
HITS = 8  # contacts offered for what is typed

Entry = dict[str, Any]


async def show(visit: Visit) -> Response:
    """The form, empty."""
    await visit.member()
    if not visit.may("create_account"):
        return _forbidden(visit)
    return await _form(visit, [_blank()])


async def create(visit: Visit) -> Response:
    """Do what the pressed button says: create the client and open it, or give the form one contact more or less."""
    await visit.member()
    entries = _entries(visit)
    verb, _, subject = visit.form.get("do", "").partition(".")
    if verb == "take":
        filled = [entry for entry in entries if _is_filled(entry)]
        return await _form(visit, [*filled, {"id": subject, "description": ""}])
    if verb == "add":
        return await _form(visit, [*entries, _blank()][:MOST_CONTACTS])
    if verb == "drop":
        left = [entry for place, entry in enumerate(entries) if str(place) != subject]
        return await _form(visit, left or [_blank()])
    if verb == "find":
        return await _form(visit, entries, hits=await _found(visit, visit.form.get("find", "")))
    entries = [entry for entry in entries if _is_filled(entry)] or entries[:1]
    try:
        made = await visit.call(Accounts.create_account, **await _document(visit, entries))
    except REFUSED as error:
        said = {_input(name): text for name, text in sayings.by_field(visit, error).items()}
        return await _form(visit, entries, sayings.status(error), problems=said)
    return visit.go(f"{CLIENTS}/{made.id}")


async def find(visit: Visit) -> Response:
    """Contacts whose name or address holds what is typed, each to be taken along."""
    await visit.member()
    return visit.draw(FOUND, hits=await _found(visit, visit.query.get("find", "")))


async def show_twins(visit: Visit) -> Response:
    """Who is there already under the name or the address that was typed, so that nobody is made twice."""
    await visit.member()
    typed = {name: value.strip() for name, value in visit.query.items() if value.strip()}
    address = next((value for name, value in typed.items() if name.endswith(".email")), "")
    accounts, contacts = [], []
    if typed.get("name"):
        found = await visit.call(Overview.search, q=typed["name"][:200], limit=10)
        accounts = [hit for hit in found.items if hit.name.casefold() == typed["name"].casefold()]
    elif address:
        page = await visit.call(Contacts.list_contacts, q=address[:200], limit=5)
        same = address.casefold()
        contacts = [one for one in page.items if same in {held.email.casefold() for held in one.addresses}]
    return visit.draw(TWINS, accounts=accounts, contacts=contacts)


async def _found(visit: Visit, typed: str) -> Sequence[Contact]:
    q = typed.strip()[:200]
    return (await visit.call(Contacts.list_contacts, q=q, limit=HITS)).items if q else ()


def _blank() -> Entry:
    return {"id": "", "description": "", **dict.fromkeys(LINES, "")}


def _entries(visit: Visit) -> list[Entry]:
    """The contacts of the form in their order, as typed."""
    found: dict[int, Entry] = {}
    for name, value in visit.posted:
        match = OF_CONTACT.fullmatch(name)
        if match:
            entry = found.setdefault(int(match[1]), _blank())
            entry[match[2].removeprefix("new.")] = value.strip()
    return [found[place] for place in sorted(found)][:MOST_CONTACTS] or [_blank()]


def _is_filled(entry: Entry) -> bool:
    return any(entry.values())


def _api(entry: Entry) -> dict[str, Any]:
    """A contact of the form as the API takes it."""
    if entry["id"]:
        return {"id": entry["id"], "description": entry["description"]}
    new: dict[str, Any] = {name: entry[name] for name in ("first_name", "middle_name", "last_name")}
    new |= {"email": entry["email"] or None, "phones": [entry["phone"]] if entry["phone"] else []}
    return {"new": new, "description": entry["description"]}


async def _document(visit: Visit, entries: Sequence[Entry]) -> dict[str, Any]:
    """What was typed, as the API takes it."""
    form, kind = visit.form, visit.form.get("type", "")
    made = [name.strip() for name in form.get("new_tags", "").split(",") if name.strip()]
    own = (await visit.call(Accounts.list_account_fields)).items
    typed = {str(use.field.id): values.typed(visit, use.field) for use in own}
    is_company = kind == "company"
    return {
        "type": kind,
        "contacts": [_api(entry) for entry in entries],
        "name": form.get("name", "").strip() or None,
        "company_name": (form.get("company_name", "").strip() or None) if is_company else None,
        "company_address": values.address(visit, "company_address") if is_company else None,
        "tags": list(dict.fromkeys([*visit.chosen("tags"), *made])),
        "team": visit.chosen("team"),
        "timezone": form.get("timezone", "").strip(),
        "custom_fields": {field_id: value for field_id, value in typed.items() if value is not None},
    }


def _input(name: str) -> str:
    """The input that a wrong field was typed into."""
    if name.startswith("tags."):
        return "new_tags"
    return re.sub(r"\.phones(\.\d+)?$", ".phone", name)


async def _form(visit: Visit, entries: Sequence[Entry], status: int = 200, **drawn: Any) -> Response:
    tags, members, fields, contacts = await asyncio.gather(
        visit.call(Accounts.list_tags),
        visit.call(Identities.list_members),
        visit.call(Accounts.list_account_fields),
        asyncio.gather(*(_known(visit, entry["id"]) for entry in entries if entry["id"])),
    )
    offered = {
        "tags": tags.items,
        "members": members.items,
        "fields": [use.field for use in fields.items],
        "countries": values.countries(visit),
        "zones": values.zones(),
        "currencies": values.currencies(),
        "entries": [_blank() | entry for entry in entries],
        "contacts": {str(contact.id): contact for contact in contacts if contact is not None},
        "hits": None,
    }
    return visit.draw(FORM, status, **values.facts(visit), **offered | drawn)


async def _known(visit: Visit, contact_id: str) -> Contact | None:
    """A contact that was taken along, if there is still such a one to see."""
    try:
        return await visit.call(Contacts.get_contact, contact_id=UUID(contact_id))
    except (ValueError, AppError):
        return None


def _forbidden(visit: Visit) -> Response:
    said = visit.language.say(later("Your rights do not cover this. Ask an admin of your firm."))
    return visit.draw("firm/failed.html", 403, said=said, request_id=visit.exchange.request_id)


PAGES = (
    Page("GET", NEW, show),
    Page("POST", NEW, create),
    Page("GET", f"{NEW}/contacts", find),
    Page("GET", f"{NEW}/twins", show_twins),
)
