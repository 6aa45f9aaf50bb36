"""History in words: what of a thing changed from what to what (R-CF-6, R-CF-7)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.history import Change
from gateway.web.page import Visit
from gateway.web.words import later

KINDS: Mapping[str, str] = {
    "account": later("Details"),
    "team": later("Team"),
    "follower": later("Followers"),
    "tag": later("Tags"),
    "custom_field": later("Custom fields"),
    "role": later("Roles"),
    "access_request": later("Requests for access"),
    "link": later("Linked contacts"),
    "switches": later("Switches of addresses"),
    "unlinked_address": later("Unlinked addresses"),
    "contact": later("Personal data"),
    "address": later("E-mail addresses"),
}
FIELDS: Mapping[str, str] = {
    "name": later("Name"),
    "name_mode": later("How the name is made"),
    "type": later("Type"),
    "company_name": later("Company name"),
    "company_address": later("Company address"),
    "timezone": later("Time zone"),
    "state": later("State"),
    "archived_at": later("Archived"),
    "photo_id": later("Photo"),
    "photo_by": later("Photo put there by"),
    "description": later("Description"),
    "login": later("LOGIN"),
    "is_notified": later("NOTIFY"),
    "is_synced": later("EMAIL SYNC"),
    "is_signatory": later("Signing"),
    "invited_at": later("Invited"),
    "accepted_at": later("Accepted"),
    "signer_rank": later("Place in the order of signing"),
    "first_name": later("First name"),
    "middle_name": later("Middle name"),
    "last_name": later("Last name"),
    "display_name": later("Shown as"),
    "phones": later("Phones"),
    "notes": later("Notes"),
    "address": later("Address"),
    "email": later("E-mail address"),
    "label": later("Label"),
    "code": later("Code"),
}
POSTAL = ("street", "zip", "city", "state", "country")  # the order of an address; the store has its own
SAID: Mapping[str, str] = {
    "manual": later("typed"),
    "automatic": later("automatic"),
    "individual": later("Individual"),
    "company": later("Company"),
    "other": later("Other"),
    "active": later("active"),
    "archived": later("archived"),
    "trashed": later("in the trash"),
    "none": later("off"),
    "granted": later("on, not invited"),
    "invited": later("invited"),
    "revoked": later("ended"),
    "firm": later("the firm"),
    "client": later("the client"),
}
CODED = frozenset({"name_mode", "type", "state", "login", "photo_by"})  # fields whose values are ours to word
DOORS: Mapping[str, str] = {
    "page": later("on this site"),
    "api": later("through the API"),
    "import": later("by an import"),
    "client": later("in the portal"),
    "system": later("by the system"),
}
ACTIONS: Mapping[str, str] = {
    "added": later("added"),
    "changed": later("changed"),
    "removed": later("removed"),
}
TONES: Mapping[str, str] = {"added": "good", "removed": "bad"}
# Of rows, what says nothing to people: ids, and what is told by the other fields.
SILENT = frozenset(
    {
        "photo_at",
        "linked_at",
        "unlinked_at",
        "id",
        "version",
        "position",
        "created_at",
        "updated_at",
        "folded",
        "slot",
        "field_id",
        "value",
    }
)
LONGEST = 300  # characters of a value that are shown


@dataclass(frozen=True, kw_only=True)
class Line:
    """One change, ready to be read. `fields` are name, before and after; `tone` is that of a chip."""

    at: dt.datetime
    who: str
    door: str
    what: str
    action: str
    tone: str
    subject: str
    address: str
    fields: tuple[tuple[str, str, str], ...]


def line(visit: Visit, change: Change) -> Line:
    """A change in the reader's language."""
    say = visit.language.say
    value = next((each for each in change.fields if each.name == "value"), None)
    fields = []
    for each in change.fields:
        if each.name in SILENT or (each.name.endswith("_id") and each.name not in FIELDS):
            continue
        name = "" if each.name == "text" else say(FIELDS.get(each.name, each.name.replace("_", " ").capitalize()))
        was, is_now = (_text(visit, one, is_coded=each.name in CODED) for one in (each.was, each.is_now))
        if each.name == "text" and value:
            was, is_now = _own(visit, value.was, was), _own(visit, value.is_now, is_now)
        if each.name == "photo_id":  # its id says nothing to people
            was, is_now = say(later("a picture")) if was else "", say(later("another picture")) if is_now else ""
        if was or is_now:
            fields.append((name, was, is_now))
    return Line(
        at=change.at,
        who=change.by.name or say(later("the system")),
        door=say(DOORS[change.door]),
        what=say(KINDS.get(change.what, change.what.replace("_", " ").capitalize())),
        action=say(ACTIONS[change.action]),
        tone=TONES.get(change.action, ""),
        subject=change.subject.name if change.subject else "",
        address=change.address,
        fields=tuple(fields),
    )


def _own(visit: Visit, value: Any, text: str) -> str:
    """The value of a custom field as its page shows it; its text where the value alone doesn't tell its type."""
    if isinstance(value, bool):
        return visit.language.say(later("Yes") if value else later("No"))
    if isinstance(value, dict):
        return _joined(visit, value)
    try:
        return visit.language.day(dt.date.fromisoformat(text)) if value == text else text
    except ValueError:
        return text


def _text(visit: Visit, value: Any, *, is_coded: bool = False) -> str:
    """A value as people read it, in their own words unless it is coded; nothing of what was or is not there."""
    say = visit.language.say
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return say(later("on")) if value else say(later("off"))
    if isinstance(value, dict):
        return _joined(visit, value)
    if isinstance(value, list):
        return ", ".join(_text(visit, one) for one in value)
    if isinstance(value, str):
        return _instant(visit, value) or (say(SAID.get(value, value)) if is_coded else value)[:LONGEST]
    return str(value)


def _joined(visit: Visit, parts: dict[str, Any]) -> str:
    """An amount in its currency; an address, or whatever else has parts, one after the other."""
    if parts.keys() == {"amount", "currency"}:
        return visit.language.money(parts["amount"], parts["currency"])
    ordered = sorted(parts, key=lambda name: POSTAL.index(name) if name in POSTAL else len(POSTAL))
    return ", ".join(_text(visit, parts[name]) for name in ordered if parts[name])


def _instant(visit: Visit, value: str) -> str:
    """An instant in the reader's zone, of text that is one."""
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return ""
    return visit.language.when(found, visit.zone) if found.tzinfo else ""
