"""The custom fields of contacts, and what contacts have in them (R-CF-*)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden
from contracts.common import Done
from contracts.custom_fields import (
    Choice,
    CustomField,
    CustomFields,
    DateOrder,
    FieldUse,
    FieldValue,
    checked,
    shown,
)
from services.contacts.model import Contact, ContactAddress, ContactField, ContactFieldValue

Fields = Mapping[UUID, ContactField]


class Filled(NamedTuple):
    """The values of a request by field, None where one is taken away; addresses are kept apart (R-EM-1)."""

    emails: dict[UUID, Any]
    others: dict[UUID, Any]


NOTHING = Filled({}, {})


def sorted_out(rows: Iterable[ContactField], typed: Mapping[str, Any], dates: DateOrder, path: str) -> Filled:
    """Check the values of a request against the firm's fields (R-CF-3). Raises Invalid."""
    fields = {row.id: as_message(row) for row in rows}
    values = checked(fields, typed, dates, path)
    emails = {field_id: value for field_id, value in values.items() if fields[field_id].type == "email"}
    return Filled(emails, {field_id: value for field_id, value in values.items() if field_id not in emails})


def list_contact_fields(session: Session, ctx: Context, request: Done) -> CustomFields:  # noqa: ARG001
    """List the firm's custom fields of contacts in their order. Raises Forbidden."""
    if ctx.actor.kind == "portal":
        raise Forbidden
    query = select(ContactField).where(ContactField.firm_id == ctx.firm).order_by(ContactField.position)
    rows = session.scalars(query).all()
    uses = filled(session, ctx, [row.id for row in rows])
    return CustomFields(items=tuple(FieldUse(field=as_message(row), filled=uses.get(row.id, 0)) for row in rows))


def filled(session: Session, ctx: Context, field_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Count the contacts that have a value in each field; those nobody filled are left out (R-CF-7)."""
    found: dict[UUID, int] = {}
    for table in (ContactFieldValue, ContactAddress):
        query = select(table.field_id, func.count()).where(table.firm_id == ctx.firm, table.field_id.in_(field_ids))
        found |= {field_id: count for field_id, count in session.execute(query.group_by(table.field_id)) if field_id}
    return found


def fields_of(session: Session, ctx: Context, contacts: Iterable[Contact]) -> Fields:
    """Find the fields in which these contacts have something, in the firm's order."""
    used = {value.field_id for row in contacts for value in row.values}
    used |= {address.field_id for row in contacts for address in row.addresses if address.field_id is not None}
    return known(session, ctx, used)


def known(session: Session, ctx: Context, field_ids: Iterable[UUID]) -> Fields:
    """Find fields by id, in the firm's order."""
    wanted = set(field_ids)
    if not wanted:
        return {}
    query = select(ContactField).where(ContactField.firm_id == ctx.firm, ContactField.id.in_(wanted))
    return {row.id: row for row in session.scalars(query.order_by(ContactField.position))}


def values_of(row: Contact, fields: Fields) -> tuple[FieldValue, ...]:
    """Tell what a contact has in its custom fields, in the firm's order."""
    values = {value.field_id: value.value for value in row.values}
    values |= {address.field_id: address.email for address in row.addresses if address.field_id is not None}
    return tuple(
        FieldValue(
            field_id=field.id,
            name=field.name,
            type=field.type,
            value=values[field.id],
            text=shown(as_message(field, with_former=True), values[field.id]),
        )
        for field in fields.values()
        if field.id in values
    )


def as_message(row: ContactField, *, with_former: bool = False) -> CustomField:
    """Describe a field with the choices it offers, if asked with those it offered before too."""
    offered = [choice for choice in row.choices if choice.is_offered or with_former]
    return CustomField(
        id=row.id,
        name=row.name,
        type=row.type,
        choices=tuple(Choice(id=choice.id, name=choice.name) for choice in offered),
        position=row.position,
        version=row.version,
    )
