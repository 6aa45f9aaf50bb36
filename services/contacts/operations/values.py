"""What stands in the custom fields of a contact (R-CF-3); an address among it is kept with the addresses (R-EM-1)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from services.contacts.model import Contact, ContactField, ContactFieldValue
from services.contacts.queries.fields import NOTHING, Filled, sorted_out


def given(session: Session, ctx: Context, request: Mapping[str, Any], path: str = "") -> Filled:
    """Check the values of a request; their fields can't be deleted before it is done. Raises Invalid."""
    typed = request.get("custom_fields")
    if not typed:
        return NOTHING
    query = select(ContactField).where(ContactField.firm_id == ctx.firm).order_by(ContactField.id)
    rows = session.scalars(query.with_for_update(of=ContactField, read=True, key_share=True))
    return sorted_out(rows, typed, request.get("dates", "iso"), f"{path}custom_fields")


def put(row: Contact, values: Mapping[UUID, Any]) -> None:
    """Let a contact have these values; fields that are not named keep theirs."""
    known = {value.field_id: value for value in row.values}
    for field_id, value in values.items():
        if value is None:
            if field_id in known:
                row.values.remove(known[field_id])
        elif field_id not in known:
            row.values.append(ContactFieldValue(field_id=field_id, value=value))
        elif known[field_id].value != value:
            known[field_id].value = value


def moved(session: Session, ctx: Context, survivor: Contact, other: Contact) -> dict[UUID, Any]:
    """Give the values a contact takes over from another; their fields can't be deleted before (R-C-4)."""
    filled = {value.field_id for value in survivor.values}
    gaps = {value.field_id: value.value for value in other.values if value.field_id not in filled}
    query = select(ContactField.id).where(ContactField.firm_id == ctx.firm, ContactField.id.in_(gaps))
    lock = query.order_by(ContactField.id).with_for_update(read=True, key_share=True)
    return {field_id: gaps[field_id] for field_id in session.scalars(lock)} if gaps else {}
