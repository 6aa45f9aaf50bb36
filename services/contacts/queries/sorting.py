"""In which order contacts are listed, and where in it a page ended (R-LST-5)."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, tuple_

from chassis import cursor
from chassis.errors import wrong
from services.contacts.model import SORTED, Contact

Sort = Literal["name", "phone", "company", "created_at"]

NAME = (Contact.display_name, Contact.id)
PHONE = func.coalesce(Contact.phones[1], "")
COMPANY = Contact.company_name.collate("und-x-icu")
KEYS: dict[Sort, tuple[ColumnElement[Any] | Any, ...]] = {
    "name": NAME,
    "phone": (PHONE == "", PHONE, *NAME),
    "company": (COMPANY == "", COMPANY, *NAME),
    "created_at": (Contact.id,),  # which nothing changes while somebody goes through all of them
}
LENGTHS: dict[Sort, int] = {"name": 2, "phone": 4, "company": 4, "created_at": 2}  # of a cursor's values


def order(sort: Sort) -> tuple[Any, ...]:
    return KEYS[sort]


def cursor_after(sort: Sort, row: Contact) -> str:
    """Name the place in the order where a page ends with `row`."""
    if sort == "name":
        return cursor.encode(row.display_name, row.id)
    if sort == "created_at":
        return cursor.encode(sort, row.id)
    sorted_by = row.company_name if sort == "company" else next(iter(row.phones), "")
    return cursor.encode(sort, sorted_by, row.display_name, row.id)


def after(sort: Sort, typed: str) -> ColumnElement[bool]:
    """Hold for what comes after the place that `cursor_after` named. Raises Invalid for another's cursor."""
    *texts, contact_id = cursor.decode(typed, LENGTHS[sort])
    named = texts.pop(0) if sort != "name" else sort
    try:
        last = UUID(contact_id)
    except (AttributeError, TypeError, ValueError):
        last = None
    if named != sort or last is None or not all(isinstance(text, str) for text in texts):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    place: list[Any] = [*(literal(text, SORTED) for text in texts), literal(last)]
    if sort in ("phone", "company"):
        place.insert(0, literal(texts[0] == ""))
    return tuple_(*KEYS[sort]) > tuple_(*place)
