"""What accounts are marked with beside team and tags, so that the filters of the list find them by an index.

A mark is an id that follows from what it stands for: equality of ids is all that an index is used for below row-level
security (ADR 10).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from services.overview.rules import normal

STATES = UUID("6b1f0a52-7f0e-5a43-9d0c-2f8d5f0f3c11")  # for ever: rows hold what follows from it


def state(name: str, value: object) -> UUID:
    """The mark of accounts where a state, such as `portal_status`, has this value."""
    return uuid5(STATES, f"{name} {value}".lower())


def filled(field_id: UUID) -> UUID:
    """The mark of accounts where a custom field says anything."""
    return uuid5(field_id, "filled")


def value(field_id: UUID, kept: object) -> UUID:
    """The mark of accounts where a custom field, or one of its choices, is this, but for case and accents."""
    return uuid5(field_id, f"= {normal(_text(kept))}")


def of_values(values: Mapping[UUID, Any]) -> set[UUID]:
    """All marks of custom fields with these values, each in the one form it is kept in."""
    found: set[UUID] = set()
    for field_id, kept in values.items():
        parts = kept if isinstance(kept, list) else [kept]
        found.update([filled(field_id), *(value(field_id, part) for part in parts)])
    return found


def _text(kept: object) -> str:
    return f"{kept['amount']} {kept['currency']}" if isinstance(kept, dict) else str(kept)
