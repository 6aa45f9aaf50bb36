"""The switches of each address: they act at once, and fall back with the reason where they are refused (R-EM-2)."""

from starlette.responses import Response

from contracts.contacts import Contacts, LinkedContacts
from contracts.notifications import NotificationType
from contracts.portal import Portal
from contracts.preferences import PreferenceCalls
from contracts.switches import AddressSettings, LinksChangedMeanwhile
from gateway import problems
from gateway.web.firm import editing, sayings
from gateway.web.firm.info import asides, rows
from gateway.web.firm.info.labels import ON
from gateway.web.firm.info.rows import Place, Row
from gateway.web.firm.info.tab import INFO
from gateway.web.page import Page, Visit
from gateway.web.words import later

ADDRESS = f"{INFO}/contacts/{{contact_id}}/addresses/{{address_id}}"
FLAGS = {"on": True, "off": False}
# What a switch says it did, on and off.
DONE = {
    "is_login_on": (later("%(email)s may sign in."), later("%(email)s can no longer sign in.")),
    "is_notified": (later("%(email)s is notified."), later("%(email)s is no longer notified.")),
    "is_synced": (later("Mail with %(email)s is filed here."), later("Mail with %(email)s is no longer filed here.")),
    "is_signatory": (later("%(email)s may sign."), later("%(email)s can no longer sign.")),
}
TYPES: dict[NotificationType, str] = {
    "documents": later("New documents"),
    "signatures": later("Signature requests"),
    "approvals": later("Documents to approve"),
    "messages": later("Messages and tasks"),
    "proposals": later("Proposals and engagement letters"),
    "organizers": later("Organizers"),
    "invoices": later("Invoices and payments"),
    "requests": later("Client requests"),
    "transactions": later("Questions about transactions, weekly"),
}


async def switch(visit: Visit) -> Response:
    """Put one switch where the button says. LOGIN that goes on offers the invitation (R-LOG-1)."""
    here = await rows.place(visit)
    contact_id, address_id = visit.path_id(1), visit.path_id(2)
    email = here.settings(contact_id, address_id).address.email
    name = next((name for name in DONE if visit.form.get(name) in FLAGS), None)
    if name is None:
        raise problems.NoSuchPath
    is_on = FLAGS[visit.form[name]]
    row = Row(contact_id=contact_id)
    try:
        linked = await _put(visit, here, name, is_on=is_on)
    except editing.REFUSED as error:
        said = " ".join(dict.fromkeys(sayings.by_field(visit, error).values()))
        row = Row(contact_id=contact_id, address_id=address_id, problems={"": said})
        return await rows.drawn(visit, here, here.linked, row, status=sayings.status(error))
    if name == "is_login_on" and is_on and _of(linked, here, visit).login == "granted":
        row = Row(contact_id=contact_id, name="invitation", address_id=address_id)
    toast = visit.language.say(DONE[name][0 if is_on else 1], email=email)
    return await rows.drawn(visit, here, linked, row, toast=toast)


async def _put(visit: Visit, here: Place, name: str, *, is_on: bool) -> LinkedContacts:
    """Where the switch stands as wanted already, nothing is done; other switches may change meanwhile."""
    account_id, contact_id, address_id = here.account.id, visit.path_id(1), visit.path_id(2)
    here.needs("edit_switches")
    linked = here.linked
    for attempt in range(1, editing.TRIES + 1):
        settings = Place(account=here.account, actions=here.actions, linked=linked).settings(contact_id, address_id)
        if _stands(settings, name) == is_on:
            return linked
        fields = {"account_id": account_id, "contact_id": contact_id, "address_id": address_id, name: is_on}
        try:
            return await visit.call(Contacts.set_switches, version=linked.version, **fields)
        except LinksChangedMeanwhile:
            if attempt == editing.TRIES:
                raise
            linked = await rows.read(visit, account_id)
    raise AssertionError


def _stands(settings: AddressSettings, name: str) -> bool:
    return settings.login in ON if name == "is_login_on" else bool(getattr(settings, name))


def _of(linked: LinkedContacts, here: Place, visit: Visit) -> AddressSettings:
    there = Place(account=here.account, actions=here.actions, linked=linked)
    return there.settings(visit.path_id(1), visit.path_id(2))


async def ask_invitation(visit: Visit) -> Response:
    """The form for a personal message; `?done` puts it away."""
    here = await rows.place(visit)
    here.needs("edit_switches")
    contact_id, address_id = visit.path_id(1), visit.path_id(2)
    here.settings(contact_id, address_id)
    name = "" if "done" in visit.query else "invitation"
    return await rows.drawn(visit, here, here.linked, Row(contact_id=contact_id, name=name, address_id=address_id))


async def invite(visit: Visit) -> Response:
    """Send the invitation, or send it again (R-LOG-2)."""
    here = await rows.place(visit)
    contact_id, address_id = visit.path_id(1), visit.path_id(2)
    email = here.settings(contact_id, address_id).address.email
    fields = {"account_id": here.account.id, "contact_id": contact_id, "address_id": address_id}
    try:
        linked = await visit.call(Contacts.send_invitation, message=visit.form.get("message", ""), **fields)
    except editing.REFUSED as error:
        said = sayings.by_field(visit, error)
        row = Row(contact_id=contact_id, name="invitation", address_id=address_id, problems=said)
        return await rows.drawn(visit, here, here.linked, row, status=sayings.status(error))
    toast = visit.language.say(later("The invitation to %(email)s is on its way."), email=email)
    return await rows.drawn(visit, here, linked, Row(contact_id=contact_id), toast=toast)


async def reset_password(visit: Visit) -> Response:
    """Send the address a link to a new password."""
    here = await rows.place(visit)
    contact_id, address_id = visit.path_id(1), visit.path_id(2)
    email = here.settings(contact_id, address_id).address.email
    fields = {"account_id": here.account.id, "contact_id": contact_id, "address_id": address_id}
    try:
        await visit.call(Portal.send_portal_reset, **fields)
    except editing.REFUSED as error:
        said = {"": " ".join(sayings.by_field(visit, error).values())}
        row = Row(contact_id=contact_id, address_id=address_id, problems=said)
        return await rows.drawn(visit, here, here.linked, row, status=sayings.status(error))
    toast = visit.language.say(later("A link to a new password is on its way to %(email)s."), email=email)
    return await rows.drawn(visit, here, here.linked, Row(contact_id=contact_id), toast=toast)


async def show_preferences(visit: Visit) -> Response:
    """Which types of notification the address gets of this account (R-NOT-2, R-NOT-3)."""
    return await _preferences(visit, {}, 200)


async def save_preferences(visit: Visit) -> Response:
    """All that is ticked is told, and nothing else."""
    account_id, contact_id, address_id = visit.path_id(), visit.path_id(1), visit.path_id(2)
    fields = {"account_id": account_id, "contact_id": contact_id, "address_id": address_id}
    try:
        await visit.call(PreferenceCalls.set_preferences, types=visit.chosen("types"), **fields)
    except editing.REFUSED as error:
        said = {"": " ".join(sayings.by_field(visit, error).values())}
        return await _preferences(visit, said, sayings.status(error))
    if not visit.is_part:
        return visit.go(f"/clients/{account_id}/info#contact-{contact_id}")
    return await _preferences(visit, {}, 200, is_saved=True)


async def _preferences(visit: Visit, said: dict[str, str], status: int, *, is_saved: bool = False) -> Response:
    account_id, contact_id, address_id = visit.path_id(), visit.path_id(1), visit.path_id(2)
    fields = {"account_id": account_id, "contact_id": contact_id, "address_id": address_id}
    found = await visit.call(PreferenceCalls.get_preferences, **fields)
    may_change = "edit_switches" in await visit.actions(account_id)
    types = [(kind, visit.language.say(text)) for kind, text in TYPES.items()]
    facts = {"found": found, "types": types, "may_change": may_change, "problems": said, "is_saved": is_saved}
    title = later("Notification preferences")
    return await asides.draw(visit, "firm/info/preferences.html", title, status, toast="", **facts)


PAGES = (
    Page("POST", ADDRESS, switch),
    Page("GET", f"{ADDRESS}/invitation", ask_invitation),
    Page("POST", f"{ADDRESS}/invitation", invite),
    Page("POST", f"{ADDRESS}/password", reset_password),
    Page("GET", f"{ADDRESS}/notifications", show_preferences),
    Page("POST", f"{ADDRESS}/notifications", save_preferences),
)
