"""The parts of a contact's page: what each is about, and how it is saved (R-C-1, R-EM-1, R-CN-1)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.accounts import Accounts
from contracts.contacts import Contact, Contacts
from contracts.custom_fields import CustomField
from gateway.web.firm import field_parts, values
from gateway.web.firm.editing import Offers, Part
from gateway.web.page import Visit

NAMES = ("first_name", "middle_name", "last_name")
MOST_ADDRESSES, MOST_PHONES, SPARE = 20, 10, 2  # spare: empty lines that a form offers


async def _change(visit: Visit, contact: Contact, **fields: Any) -> Contact:
    return await visit.call(Contacts.change_contact, contact_id=contact.id, version=contact.version, **fields)


def _line(visit: Visit, name: str) -> str:
    return visit.form.get(name, "").strip()


async def _save_names(visit: Visit, contact: Contact) -> Contact:
    return await _change(
        visit, contact, **{name: _line(visit, name) for name in NAMES}, display_name=_line(visit, "display_name")
    )


def free(contact: Contact) -> Sequence[Any]:
    """The addresses that are neither the main one nor a custom field's."""
    return [one for one in contact.addresses if one.label != "email" and one.field_id is None]


async def _save_emails(visit: Visit, contact: Contact) -> Contact:
    others = []
    for at in range(MOST_ADDRESSES + SPARE):
        email = _line(visit, f"other_addresses.{at}.email")
        if email:
            others.append({"label": _line(visit, f"other_addresses.{at}.label") or "other", "email": email})
    return await _change(visit, contact, email=_line(visit, "email") or None, other_addresses=others)


async def _save_phones(visit: Visit, contact: Contact) -> Contact:
    typed = [_line(visit, f"phones.{at}") for at in range(MOST_PHONES + SPARE)]
    return await _change(visit, contact, phones=[phone for phone in typed if phone])


async def _save_place(visit: Visit, contact: Contact) -> Contact:
    address = values.address(visit, "address") or {}
    return await _change(visit, contact, company_name=_line(visit, "company_name"), address=address)


async def _save_timezone(visit: Visit, contact: Contact) -> Contact:
    return await _change(visit, contact, timezone=_line(visit, "timezone"))


async def _save_notes(visit: Visit, contact: Contact) -> Contact:
    return await _change(visit, contact, notes=visit.form.get("notes", "").replace("\r\n", "\n"))


async def _save_tags(visit: Visit, contact: Contact) -> Contact:
    return await _change(visit, contact, tag_ids=visit.chosen("tag_ids"))


async def _places(visit: Visit) -> Offers:
    return {"countries": values.countries(visit)}


async def _zones(_: Visit) -> Offers:
    return {"zones": values.zones()}


async def _tags(visit: Visit) -> Offers:
    return {"tags": (await visit.call(Accounts.list_tags)).items}


def _part(name: str, seen: Any, save: Any, offers: Any = None) -> Part[Contact]:
    more = {"offers": offers} if offers else {}
    return Part(name=name, needs="edit", values=seen, save=save, template=f"firm/person/{name}.html", **more)


PARTS = {
    part.name: part
    for part in (
        _part(
            "names",
            lambda one: (one.first_name, one.middle_name, one.last_name, one.is_name_typed and one.display_name),
            _save_names,
        ),
        _part("emails", lambda one: [(each.label, each.email) for each in one.addresses], _save_emails),
        _part("phones", lambda one: one.phones, _save_phones),
        _part("place", lambda one: (one.company_name, one.address), _save_place, _places),
        _part("timezone", lambda one: one.timezone, _save_timezone, _zones),
        _part("tags", lambda one: sorted(str(tag.id) for tag in one.tags), _save_tags, _tags),
        _part("notes", lambda one: one.notes, _save_notes),
    )
}


def of_field(field: CustomField) -> Part[Contact]:
    """The part that one custom field is; one of type e-mail is an address of the contact (R-EM-1)."""
    return field_parts.of_field(field, "edit", _change)


async def definitions(visit: Visit) -> list[CustomField]:
    """The custom fields of contacts, in the firm's order."""
    found = await visit.call(Contacts.list_contact_fields)
    return [use.field for use in found.items]


async def field_part(visit: Visit, field_id: UUID) -> Part[Contact]:
    """The part of the custom field of that id. Raises NoSuchPath."""
    return of_field(field_parts.find(await definitions(visit), field_id))
