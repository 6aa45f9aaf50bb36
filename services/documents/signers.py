"""Who signs what, where and in which order: decisions from values alone (R-SGN-3, R-SGN-4, R-SP-1, R-SIG-6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.errors import Invalid, wrong
from contracts.contacts import LinkedContact
from contracts.signatures import SignatureStatus, SignerEntry, SignField

HAS_LOGIN = ("granted", "invited", "expired", "active", "blocked")
EDGE = 1.0001  # of a page; parts that were added up may be a hair beyond it
LONGEST_VALUE = 255  # characters of a text field
OPEN: tuple[SignatureStatus, ...] = ("pending", "partially_signed")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A signer as they are kept; a contact with LOGIN signs in the portal, anybody else by an e-mailed link."""

    contact_id: UUID | None
    name: str
    email: str
    way: str
    fields: tuple[SignField, ...]


def chosen(entries: Sequence[SignerEntry], linked: Sequence[LinkedContact], pages: int) -> list[Chosen]:
    """Those who shall sign, in order; without entries the account's signers by rank (R-SP-1, R-SP-2).

    Raises Invalid with one entry per fault.
    """
    if not entries:
        ranked = sorted((one for one in linked if one.signer_rank is not None), key=lambda one: one.signer_rank or 0)
        if not ranked:
            raise wrong("signers", "Nobody on this account has LOGIN; name those who shall sign.")
        entries = [SignerEntry(contact_id=one.contact.id) for one in ranked]
    known = {one.contact.id: one for one in linked}
    faults: list[dict[str, str]] = []
    made: list[Chosen] = []
    for index, entry in enumerate(entries):
        path = f"signers.{index}"
        faults += [{"field": f"{path}.{name}", "message": text} for name, text in _faults(entry, known, pages)]
        made.append(_one(entry, known))
    faults += _repeated(made)
    if faults:
        raise Invalid(errors=faults)
    return made


def _faults(entry: SignerEntry, known: Mapping[UUID, LinkedContact], pages: int) -> Iterator[tuple[str, str]]:
    yield from _faults_of_person(entry, known)
    for number, place in enumerate(entry.fields):
        if place.page > pages:
            yield f"fields.{number}.page", f"The document has {pages} pages."
        if place.x + place.width > EDGE or place.y + place.height > EDGE:
            yield f"fields.{number}", "Lies beyond the edge of the page."
    if entry.fields and not any(place.kind in ("signature", "initials") for place in entry.fields):
        yield "fields", "Give a place for the signature or the initials, or no places at all."


def _faults_of_person(entry: SignerEntry, known: Mapping[UUID, LinkedContact]) -> Iterator[tuple[str, str]]:
    if entry.contact_id is None:
        if not entry.name.strip():
            yield "name", "Name who shall sign, or a linked contact by `contact_id`."
        if entry.email is None:
            yield "email", "A third party signs by an e-mailed link: give an address."
    elif entry.contact_id not in known:
        yield "contact_id", "Not a contact of this account; link it first, or give name and e-mail address."
    elif entry.name or entry.email:
        yield "name", "A contact goes by the name and address it has; leave both out."
    elif known[entry.contact_id].signer_rank is None and not known[entry.contact_id].addresses:
        yield "contact_id", "This contact has neither LOGIN nor an e-mail address, so it can't be asked."


def _one(entry: SignerEntry, known: Mapping[UUID, LinkedContact]) -> Chosen:
    places = tuple(entry.fields)
    linked = known.get(entry.contact_id) if entry.contact_id else None
    if linked is None:
        return Chosen(None, entry.name.strip(), (entry.email or "").strip(), "link", places)
    addresses = sorted(linked.addresses, key=lambda one: one.login not in HAS_LOGIN)
    email = addresses[0].address.email if addresses else ""
    way = "link" if linked.signer_rank is None else "portal"
    return Chosen(linked.contact.id, linked.contact.display_name, email, way, places)


def _repeated(made: Sequence[Chosen]) -> Iterator[dict[str, str]]:
    seen: set[Any] = set()
    for index, one in enumerate(made):
        key = one.contact_id or one.email.casefold()
        if key in seen:
            yield {"field": f"signers.{index}", "message": "This signer is named twice."}
        seen.add(key)


def is_turn(order: str, position: int, waiting: Sequence[int]) -> bool:
    """Whether the signer at `position` may sign while those at `waiting` have not yet."""
    return order == "any" or all(position <= other for other in waiting)


def status(signed: int, total: int) -> SignatureStatus:
    """The status of a sent request of which so many have signed."""
    if signed == total:
        return "signed"
    return "partially_signed" if signed else "pending"


def filled(places: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> dict[str, str]:
    """What the signer typed into their text fields. Raises Invalid with one entry per fault."""
    asked = {str(place["id"]): place for place in places if place["kind"] == "text"}
    faults = [
        {"field": f"values.{key}", "message": "You have no such text field."} for key in values if key not in asked
    ]
    kept = {key: values.get(key, "").strip() for key in asked}
    faults += [{"field": f"values.{key}", "message": "Fill this in."} for key, text in kept.items() if not text]
    if faults:
        raise Invalid(errors=faults)
    return kept


def initials(name: str) -> str:
    """The first letters of a name's words."""
    return "".join(word[0] for word in name.split())[:4].upper()
