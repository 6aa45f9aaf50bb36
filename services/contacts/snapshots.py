"""Contract messages made of rows, in as many statements for a page as for one contact."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import to_json
from contracts.common import Tag
from contracts.contacts import Contact, LinkedContacts
from contracts.switches import EmailAddress
from services.contacts import model
from services.contacts.access import sees_contact
from services.contacts.queries.fields import Fields, fields_of, known, values_of

NAMED = 3  # so many others are named in a warning
SHARERS = 500  # addresses looked at for one answer; an address that more people share is no secret


def of_contacts(session: Session, ctx: Context, rows: Sequence[model.Contact]) -> list[Contact]:
    """Describe contacts to the caller, with the warnings that concern them (R-EM-6)."""
    tags = _tags(session, ctx, {tag_id for row in rows for tag_id in row.tag_ids})
    fields = fields_of(session, ctx, rows)
    sharers = _sharers(session, ctx, rows)
    return [_message(row, tags, fields, _warnings(row, sharers)) for row in rows]


def of_contact(session: Session, ctx: Context, row: model.Contact) -> Contact:
    return of_contacts(session, ctx, [row])[0]


def for_event(session: Session, ctx: Context, row: model.Contact) -> Contact:
    """Describe a contact to everybody, so without what only some may know."""
    return _message(row, _tags(session, ctx, set(row.tag_ids)), fields_of(session, ctx, [row]), ())


def of_address(session: Session, ctx: Context, row: model.ContactAddress) -> EmailAddress:
    """Describe an address, called by its custom field where it is the value of one (R-EM-1)."""
    return _address(row, known(session, ctx, [] if row.field_id is None else [row.field_id]))


def present(message: Contact | LinkedContacts) -> dict[str, Any]:
    """Give the message as an error carries it."""
    document: dict[str, Any] = orjson.loads(to_json(message))
    return document


def _address(row: model.ContactAddress, fields: Fields) -> EmailAddress:
    field = None if row.field_id is None else fields.get(row.field_id)
    return EmailAddress(id=row.id, label=field.name if field else row.label, email=row.email, field_id=row.field_id)


def _message(row: model.Contact, tags: dict[UUID, Tag], fields: Fields, warnings: tuple[str, ...]) -> Contact:
    return Contact(
        id=row.id,
        display_name=row.display_name,
        is_name_typed=row.is_name_typed,
        first_name=row.first_name,
        middle_name=row.middle_name,
        last_name=row.last_name,
        addresses=tuple(_address(one, fields) for one in row.addresses),
        phones=tuple(row.phones),
        company_name=row.company_name,
        address=row.postal_address,
        notes=row.notes,
        timezone=row.timezone,
        tags=tuple(tag for tag in tags.values() if tag.id in row.tag_ids),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        warnings=warnings,
        custom_fields=values_of(row, fields),
    )


def _tags(session: Session, ctx: Context, tag_ids: Iterable[UUID]) -> dict[UUID, Tag]:
    if not tag_ids:
        return {}
    found = session.scalars(
        select(model.TagRef)
        .where(model.TagRef.firm_id == ctx.firm, model.TagRef.id.in_(tag_ids), ~model.TagRef.is_deleted)
        .order_by(model.TagRef.name, model.TagRef.id)
    )
    return {tag.id: Tag(id=tag.id, name=tag.name, colour=tag.colour) for tag in found}


def _sharers(session: Session, ctx: Context, rows: Sequence[model.Contact]) -> dict[str, list[tuple[UUID, str]]]:
    """For each address the other contacts that have it, of those the caller may see: no warning tells of others."""
    folded = {address.folded for row in rows for address in row.addresses}
    address, contact = model.ContactAddress, model.Contact
    having = select(address.folded, address.contact_id).where(address.firm_id == ctx.firm, address.folded.in_(folded))
    # Two statements, not a join: most addresses are nobody else's, and the second is for the others only.
    found = session.execute(having.order_by(address.contact_id).limit(SHARERS)).all() if folded else []
    times = Counter(one.folded for one in found)
    addresses_of: dict[UUID, list[str]] = defaultdict(list)
    for one in found:
        if times[one.folded] > 1:
            addresses_of[one.contact_id].append(one.folded)
    if not addresses_of:
        return {}
    seen = select(contact.id, contact.display_name).where(
        contact.firm_id == ctx.firm, contact.id.in_(addresses_of), sees_contact(ctx.actor)
    )
    sharers: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    for contact_id, name in session.execute(seen.order_by(contact.display_name, contact.id)):
        for folded_address in addresses_of[contact_id]:
            sharers[folded_address].append((contact_id, name))
    return sharers


def _warnings(row: model.Contact, sharers: Mapping[str, list[tuple[UUID, str]]]) -> tuple[str, ...]:
    sentences = []
    for address in row.addresses:
        others = [name for contact_id, name in sharers.get(address.folded, []) if contact_id != row.id]
        if others:
            named = ", ".join(others[:NAMED]) + (" and others" if len(others) > NAMED else "")
            sentences.append(f"{address.email} is a shared address: it is also one of {named}.")
    return tuple(sentences)
