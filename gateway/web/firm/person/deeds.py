"""A contact's history, and what ends it: deleting it, merging it with another one (R-C-4, R-LNK-7)."""

from typing import Any

from starlette.responses import Response

from contracts.contacts import Contacts, LastContact
from gateway.web.firm import editing, past, sayings
from gateway.web.firm.person.sheet import CONTACT, facts, read
from gateway.web.page import Page, Visit
from gateway.web.words import FILL_IN, later

KINDS = ("contact", "address", "custom_field")
FOUND = 10  # contacts shown of those that a search finds


async def show_history(visit: Visit) -> Response:
    """What changed of the contact itself, who did it and when."""
    contact_id = visit.path_id()
    asked = {name: visit.query[name] for name in ("what", "subject_id", "cursor") if visit.query.get(name)}
    found = await visit.call(Contacts.list_contact_history, contact_id=contact_id, limit=25, **asked)
    shown: dict[str, Any] = {
        "lines": [past.line(visit, change) for change in found.items],
        "next_cursor": found.next_cursor,
        "what": asked.get("what", ""),
        "subject_id": asked.get("subject_id", ""),
        "kinds": [(kind, visit.language.say(past.KINDS[kind])) for kind in KINDS],
        "at": f"/contacts/{contact_id}/history",
        "is_more": "cursor" in asked,
    }
    return await _draw(visit, "firm/history.html", later("History"), **shown)


async def ask_deletion(visit: Visit) -> Response:
    """Say what goes with it."""
    return await _draw(visit, "firm/person/deletion.html", later("Delete this contact?"))


async def delete(visit: Visit) -> Response:
    """Delete the contact, unless some account would be left with none."""
    try:
        await visit.call(Contacts.delete_contact, contact_id=visit.path_id())
    except LastContact as error:
        said, named = sayings.sentence(visit, error), error.data.get("accounts", ())
        return await _draw(
            visit, "firm/person/deletion.html", later("Delete this contact?"), 409, problems={"": said}, alone=named
        )
    return visit.go("/contacts")


async def ask_merging(visit: Visit) -> Response:
    """Search the one whose data it takes over."""
    return await _merging(visit, {}, 200)


async def merge(visit: Visit) -> Response:
    """Give the contact what the other one has, and delete that one."""
    if not visit.form.get("other_id"):
        return await _merging(visit, {"": visit.language.say(FILL_IN)}, 422)
    contact_id = visit.path_id()
    try:
        await visit.call(Contacts.merge_contacts, survivor_id=contact_id, other_id=visit.form["other_id"])
    except editing.REFUSED as error:
        said = " ".join(dict.fromkeys(sayings.by_field(visit, error).values()))
        return await _merging(visit, {"": said}, sayings.status(error))
    return editing.onward(visit, f"/contacts/{contact_id}")


async def _merging(visit: Visit, said: dict[str, str], status: int) -> Response:
    q = visit.query.get("q", visit.form.get("q", "")).strip()[:200]
    found = await visit.call(Contacts.list_contacts, q=q, limit=FOUND) if q else None
    is_more = "q" in visit.query and visit.is_part
    template = "firm/person/others.html" if is_more else "firm/person/merging.html"
    title = later("Merge with another contact")
    return await _draw(visit, template, title, status, problems=said, q=q, found=found, is_more=is_more)


async def _draw(visit: Visit, template: str, title: str, status: int = 200, **shown: Any) -> Response:
    """For a script the drawer's content, else a page of its own."""
    contact, accounts = await read(visit, visit.path_id())
    common = {**facts(visit, contact, accounts), "alone": (), "drawer": template, "is_more": False}
    common |= {"drawer_title": visit.language.say(title), **shown}
    if visit.is_part:
        return visit.draw(template if common["is_more"] else "firm/drawer.html", status, **common)
    return visit.draw("firm/person/aside.html", status, **common)


PAGES = (
    Page("GET", f"{CONTACT}/history", show_history),
    Page("GET", f"{CONTACT}/deletion", ask_deletion),
    Page("POST", f"{CONTACT}/deletion", delete),
    Page("GET", f"{CONTACT}/merging", ask_merging),
    Page("POST", f"{CONTACT}/merging", merge),
)
