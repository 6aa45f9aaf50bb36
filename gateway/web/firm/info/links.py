"""Contacts linked, described, ordered for signing and unlinked; addresses that left their contact (R-LNK-*, R-SP-1)."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import Unavailable
from contracts.contacts import Contacts, LinkedContacts
from contracts.switches import LinksChangedMeanwhile
from gateway import problems
from gateway.web.firm import editing, sayings
from gateway.web.firm.info import asides, rows
from gateway.web.firm.info.rows import Place, Row
from gateway.web.firm.info.tab import INFO
from gateway.web.page import Page, Visit
from gateway.web.words import FILL_IN, later

CONTACT = f"{INFO}/contacts/{{contact_id}}"
PERSON = ("first_name", "middle_name", "last_name", "email", "company_name")
FOUND = 10  # contacts shown of those that a search finds


async def ask_description(visit: Visit) -> Response:
    """The form; `?done` puts it away."""
    here = await rows.place(visit)
    here.needs("link_contacts")
    contact_id = visit.path_id(1)
    here.link(contact_id)
    name = "" if "done" in visit.query else "description"
    return await rows.drawn(visit, here, here.linked, Row(contact_id=contact_id, name=name))


async def describe(visit: Visit) -> Response:
    """Say what the contact is to this account (R-LNK-6), unless somebody else said something new first."""
    here = await rows.place(visit)
    contact_id = visit.path_id(1)
    linked = here.linked
    for attempt in range(1, editing.TRIES + 1):
        link = Place(account=here.account, actions=here.actions, linked=linked).link(contact_id)
        if visit.form.get("seen", "") != link.description:
            row = Row(contact_id=contact_id, name="description", is_changed=True)
            return await rows.drawn(visit, here, linked, row, status=409)
        fields = {"account_id": here.account.id, "contact_id": contact_id, "version": linked.version}
        try:
            described = visit.form.get("description", "").strip()
            linked = await visit.call(Contacts.describe_link, description=described, **fields)
        except LinksChangedMeanwhile as error:
            if attempt == editing.TRIES:
                raise Unavailable from error
            linked = await rows.read(visit, here.account.id)
        except editing.REFUSED as error:
            row = Row(contact_id=contact_id, name="description", problems=sayings.by_field(visit, error))
            return await rows.drawn(visit, here, linked, row, status=sayings.status(error))
        else:
            break
    return await rows.drawn(visit, here, linked, Row(contact_id=contact_id), toast=visit.language.say(later("Saved.")))


async def ask_unlinking(visit: Visit) -> Response:
    """Say what it ends (R-LNK-3)."""
    return await _asked(visit, {}, 200)


async def unlink(visit: Visit) -> Response:
    """End what the contact is to this account; the last one stays (R-LNK-2)."""
    account_id, contact_id = visit.path_id(), visit.path_id(1)
    try:
        await visit.call(Contacts.unlink_contact, account_id=account_id, contact_id=contact_id)
    except editing.REFUSED as error:
        return await _asked(visit, {"": sayings.sentence(visit, error)}, sayings.status(error))
    return editing.onward(visit, f"/clients/{account_id}/info#contacts")


async def _asked(visit: Visit, said: dict[str, str], status: int) -> Response:
    here = await rows.place(visit)
    here.needs("link_contacts")
    link = here.link(visit.path_id(1))
    facts = {"link": link, "is_last": len(here.linked.items) == 1, "at": f"/clients/{here.account.id}/info"}
    return await asides.draw(
        visit, "firm/info/unlink.html", later("Unlink this contact?"), status, problems=said, **facts
    )


async def ask_linking(visit: Visit) -> Response:
    """Search the firm's contacts, or describe a new one (R-LNK-4)."""
    return await _linking(visit, {}, 200)


async def link(visit: Visit) -> Response:
    """Link the contact that was chosen, or the new one."""
    account_id = visit.path_id()
    entry: dict[str, Any] = {"description": visit.form.get("description", "").strip()}
    if visit.form.get("contact_id"):
        entry["id"] = visit.form["contact_id"]
    else:
        new = {name: visit.form.get(name, "").strip() for name in PERSON}
        if not any(new.values()):
            return await _linking(visit, {"first_name": visit.language.say(FILL_IN)}, 422)
        entry["new"] = {name: text for name, text in new.items() if text}
    try:
        await visit.call(Contacts.link_contact, account_id=account_id, contact=entry)
    except editing.REFUSED as error:
        said = sayings.by_field(visit, error)
        short = {name.removeprefix("contact.").removeprefix("new."): text for name, text in said.items()}
        return await _linking(visit, short, sayings.status(error))
    return editing.onward(visit, f"/clients/{account_id}/info#contacts")


async def _linking(visit: Visit, said: dict[str, str], status: int) -> Response:
    here = await rows.place(visit)
    here.needs("link_contacts")
    q = visit.query.get("q", visit.form.get("q", "")).strip()[:200]
    found = await visit.call(Contacts.list_contacts, q=q, limit=FOUND) if q else None
    facts = {
        "q": q,
        "found": found,
        "linked_ids": {one.contact.id for one in here.linked.items},
        "at": f"/clients/{here.account.id}/info",
        "is_more": "q" in visit.query and visit.is_part,
        "problems": said,
    }
    template = "firm/info/found.html" if facts["is_more"] else "firm/info/link.html"
    return await asides.draw(visit, template, later("Link a contact"), status, **facts)


async def order_signers(visit: Visit) -> Response:
    """Move a signer one place up or down (R-SP-1); the order must be the one the reader saw."""
    here = await rows.place(visit)
    linked = here.linked
    order = [str(one.contact.id) for one in _signers(linked)]
    moved, seen = visit.form.get("contact_id", ""), visit.form.get("seen", "")
    if moved not in order:
        raise problems.NoSuchPath
    if seen != ",".join(order):
        said = visit.language.say(later("Somebody else changed the order first. This is how it is."))
        return await rows.section(visit, here, linked, status=409, linking={"signers": said})
    at = order.index(moved)
    to = max(0, at - 1) if visit.form.get("move") == "up" else min(len(order) - 1, at + 1)
    order.insert(to, order.pop(at))
    try:
        linked = await visit.call(
            Contacts.set_signers, account_id=here.account.id, version=linked.version, contact_ids=order
        )
    except editing.REFUSED as error:
        said = sayings.sentence(visit, error)
        return await rows.section(visit, here, linked, status=sayings.status(error), linking={"signers": said})
    return await rows.section(visit, here, linked, toast=visit.language.say(later("The order of signing is saved.")))


def _signers(linked: LinkedContacts) -> list[Any]:
    """The contacts that sign, in their order."""
    return sorted((one for one in linked.items if one.signer_rank), key=lambda one: one.signer_rank or 0)


async def settle_unlinked(visit: Visit) -> Response:
    """End the access of an address that left its contact, or give it to a contact again (R-EM-3)."""
    here = await rows.place(visit)
    address_id = visit.path_id(1)
    try:
        linked = await _settled(visit, here.account.id, address_id)
    except editing.REFUSED as error:
        said = " ".join(dict.fromkeys(sayings.by_field(visit, error).values()))
        facts = {str(address_id): said}
        return await rows.section(visit, here, here.linked, status=sayings.status(error), linking=facts)
    return await rows.section(visit, here, linked, toast=visit.language.say(later("Saved.")))


async def _settled(visit: Visit, account_id: UUID, address_id: UUID) -> LinkedContacts:
    fields: dict[str, Any] = {"account_id": account_id, "address_id": address_id}
    if visit.form.get("do") == "end":
        return await visit.call(Contacts.remove_unlinked, **fields)
    kind, _, at = visit.form.get("place", "").partition(":")
    if kind == "field":
        fields["field_id"] = at
    elif visit.form.get("label", "").strip():
        fields["label"] = visit.form["label"].strip()
    return await visit.call(Contacts.relink_address, contact_id=visit.form.get("contact_id", ""), **fields)


PAGES = (
    Page("GET", f"{INFO}/contacts", ask_linking),
    Page("POST", f"{INFO}/contacts", link),
    Page("GET", f"{CONTACT}/description", ask_description),
    Page("POST", f"{CONTACT}/description", describe),
    Page("GET", f"{CONTACT}/unlinking", ask_unlinking),
    Page("POST", f"{CONTACT}/unlinking", unlink),
    Page("POST", f"{INFO}/signers", order_signers),
    Page("POST", f"{INFO}/unlinked/{{address_id}}", settle_unlinked),
)
