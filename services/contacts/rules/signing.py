"""In which order an account's contacts sign (R-SP-1 to R-SP-3)."""

from collections.abc import Iterable, Mapping
from uuid import UUID


def order(by_name: Iterable[UUID], chosen: Mapping[UUID, int | None], may_sign: Iterable[UUID]) -> dict[UUID, int]:
    """Rank those who may sign from 1: first as chosen, then the others by name.

    Without any choice it is the order of names. Who lost LOGIN and got it back has no place chosen, so comes last.
    """
    signers = set(may_sign)
    names = [contact_id for contact_id in by_name if contact_id in signers]
    places = {contact_id: place for contact_id in names if (place := chosen.get(contact_id)) is not None}
    ordered = sorted(places, key=lambda one: places[one]) + [one for one in names if one not in places]
    return {contact_id: rank for rank, contact_id in enumerate(ordered, 1)}
