"""Which addresses are the same (R-EM-5), and which a contact may have (R-EM-1)."""

from collections.abc import Collection, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from chassis.addresses import fold
from chassis.errors import Invalid
from contracts.contacts import NewAddress
from services.contacts.rules.text import tidy

NO_FIELDS: Mapping[UUID, str] = MappingProxyType({})
LONGEST_LABEL = 60  # characters; a custom field may have a longer name
BUILT_IN = "email"  # label of the one address every contact has room for (R-EM-1)


class Wanted(NamedTuple):
    """An address a contact shall have; `field` is where in the request it stood.

    `field_id` is the custom field whose value it is; its label is empty then.
    """

    field: str
    label: str
    email: str
    folded: str
    field_id: UUID | None = None

    @property
    def slot(self) -> str:
        return slot(self.label, self.field_id)


def slot(label: str, field_id: UUID | None) -> str:
    """Name the place an address has in its contact: built in, a custom field, or a label of its own."""
    return label.casefold() if field_id is None else str(field_id)


def wanted(
    email: str | None, others: Sequence[NewAddress], path: str = "", fields: Mapping[UUID, str] = NO_FIELDS
) -> list[Wanted]:
    """Give all addresses of a request, the built-in one first, those in custom `fields` last.

    Raises Invalid naming each that can't be.
    """
    made = [] if email is None else [Wanted(f"{path}email", BUILT_IN, email.strip(), fold(email))]
    labels = {BUILT_IN}
    seen = {one.folded for one in made}
    problems: list[dict[str, str]] = []
    for index, other in enumerate(others):
        field = f"{path}other_addresses.{index}"
        one = Wanted(f"{field}.email", tidy(other.label), other.email.strip(), fold(other.email))
        if not one.label:
            problems.append({"field": f"{field}.label", "message": "Say what the address is for, e.g. work."})
        elif one.label.casefold() in labels:
            problems.append({"field": f"{field}.label", "message": "Each address needs a label of its own."})
        if one.folded in seen:
            problems.append({"field": one.field, "message": "The contact has this address already."})
        labels.add(one.label.casefold())
        seen.add(one.folded)
        made.append(one)
    for field_id, typed in fields.items():
        one = Wanted(f"{path}custom_fields.{field_id}", "", typed.strip(), fold(typed), field_id)
        if one.folded in seen:
            problems.append({"field": one.field, "message": "The contact has this address already."})
        seen.add(one.folded)
        made.append(one)
    if problems:
        raise Invalid(errors=problems)
    return made


def free_label(label: str, taken: Collection[str]) -> str:
    """Give `label`, numbered when the contact has an address of that label (R-EM-1: one each)."""
    folded = {other.casefold() for other in taken} | {BUILT_IN}
    candidates = (f"{label} {number}" if number > 1 else label for number in count(1))
    return next(candidate for candidate in candidates if candidate.casefold() not in folded)
