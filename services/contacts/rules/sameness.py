"""When two contacts are the same person: all filled fields equal, missing ones ignored (R-C-4)."""

from collections.abc import Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

Facts = Mapping[str, Any]  # the filled fields of one contact, in the form in which they are compared

ADDRESS = "address "  # before the slot
FIELD = "field "  # before its id
NO_VALUES: Mapping[UUID, Any] = MappingProxyType({})
NAME = ("first_name", "last_name")


def facts(
    fields: Mapping[str, Any],
    addresses: Iterable[tuple[str, str]],
    phones: Iterable[str],
    values: Mapping[UUID, Any] = NO_VALUES,
) -> Facts:
    """Give what a contact has filled in; `addresses` are pairs of slot and folded address.

    `values` are those of custom fields.
    """
    made: dict[str, Any] = {name: value for name, value in fields.items() if value and isinstance(value, str)}
    made |= {f"{FIELD}{field_id}": value for field_id, value in values.items()}
    made |= {f"{ADDRESS}{slot}": folded for slot, folded in addresses}
    numbers = frozenset(filter(None, ("".join(filter(str.isalnum, phone)) for phone in phones)))
    return made | ({"phones": numbers} if numbers else {})


def are_duplicates(one: Facts, other: Facts) -> bool:
    """Whether all fields filled in both are equal, and among them the name or an address."""
    return not identities(one).isdisjoint(identities(other)) and agree(one, other)


def agree(one: Facts, other: Facts) -> bool:
    """Whether nothing filled in both differs."""
    return all(_equal(one[name], other[name]) for name in one.keys() & other.keys())


def has_all(one: Facts, asked: Facts) -> bool:
    """Whether everything filled in `asked` is so in `one`: taking `one` for it loses nothing."""
    return all(name in one and _equal(value, one[name]) for name, value in asked.items())


def identities(one: Facts) -> set[Hashable]:
    """Give what tells one person from others: the name, each address."""
    name = tuple(one.get(part, "") for part in NAME)
    addresses = {value for field, value in one.items() if field.startswith(ADDRESS)}
    return addresses | ({name} if any(name) else set())


def groups(people: Mapping[UUID, Facts]) -> list[tuple[UUID, ...]]:
    """Put duplicates together, each contact in one group at most, those with most filled in first.

    "Duplicate" does not carry over (a bare name fits two people of that name), so a contact joins the first group that
    has a duplicate of it and nobody who differs from it.
    """
    found: list[list[UUID]] = []
    by_identity: dict[Hashable, list[list[UUID]]] = {}
    for contact_id in sorted(people, key=lambda one: (-len(people[one]), one)):
        mine = people[contact_id]
        candidates = (group for identity in identities(mine) for group in by_identity.get(identity, []))
        home = next((group for group in candidates if all(agree(mine, people[member]) for member in group)), None)
        if home is None:
            home = []
            found.append(home)
        home.append(contact_id)
        for identity in identities(mine):
            known = by_identity.setdefault(identity, [])
            if not any(group is home for group in known):
                known.append(home)
    return [tuple(group) for group in found if len(group) > 1]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, frozenset):
        return bool(one <= other or other <= one)
    return bool(one == other)
