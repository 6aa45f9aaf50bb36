"""Contract messages made of rows, in as many statements for a page as for one contact."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import to_json
from contracts.common import Tag
from contracts.contacts import Contact, EmailAddress
from services.contacts import model
from services.contacts.access import sees_contact

NAMED = 3  # so many others are named in a warning


def of_contacts(session: Session, ctx: Context, rows: Sequence[model.Contact]) -> list[Contact]:
    """This will describe contacts to the caller, with the warnings that concern them (R-EM-6)."""
    tags = _tags(session, ctx, {tag_id for row in rows for tag_id in row.tag_ids})
    sharers = _sharers(session, ctx, {address.folded for row in rows for address in row.addresses})
    return [_message(row, tags, _warnings(row, sharers)) for row in rows]


def of_contact(session: Session, ctx: Context, row: model.Contact) -> Contact:
    return of_contacts(session, ctx, [row])[0]


def for_event(session: Session, ctx: Context, row: model.Contact) -> Contact:
    """This will describe a contact to everybody, so without what only some may know."""
    return _message(row, _tags(session, ctx, set(row.tag_ids)), ())


def present(contact: Contact) -> dict[str, Any]:
    """This will give the message as an error carries it."""
    document: dict[str, Any] = orjson.loads(to_json(contact))
    return document


def _message(row: model.Contact, tags: dict[UUID, Tag], warnings: tuple[str, ...]) -> Contact:
    return Contact(
        id=row.id,
        display_name=row.display_name,
        is_name_typed=row.is_name_typed,
        first_name=row.first_name,
        middle_name=row.middle_name,
        last_name=row.last_name,
        addresses=tuple(EmailAddress(id=one.id, label=one.label, email=one.email) for one in row.addresses),
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


def _sharers(session: Session, ctx: Context, folded: set[str]) -> dict[str, list[tuple[UUID, str]]]:
    """For each address the first contacts that have it, of those the caller may see: no warning tells of others."""
    sharers: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    if not folded:
        return sharers
    name, contact_id, address = model.Contact.display_name, model.Contact.id, model.ContactAddress.folded
    rank = func.row_number().over(partition_by=address, order_by=(name, contact_id)).label("rank")
    ranked = (
        select(address, contact_id, name, rank)
        .join(
            model.Contact,
            (model.Contact.firm_id == model.ContactAddress.firm_id)
            & (model.Contact.id == model.ContactAddress.contact_id),
        )
        .where(model.ContactAddress.firm_id == ctx.firm, address.in_(folded), sees_contact(ctx.actor))
        .subquery()
    )
    # The contact itself, those named, and one that shows that there are more.
    first = select(ranked).where(ranked.c.rank <= NAMED + 2).order_by(ranked.c.folded, ranked.c.rank)
    for row in session.execute(first):
        sharers[row.folded].append((row.id, row.display_name))
    return sharers


def _warnings(row: model.Contact, sharers: dict[str, list[tuple[UUID, str]]]) -> tuple[str, ...]:
    sentences = []
    for address in row.addresses:
        others = [name for contact_id, name in sharers[address.folded] if contact_id != row.id]
        if others:
            named = ", ".join(others[:NAMED]) + (" and others" if len(others) > NAMED else "")
            sentences.append(f"{address.email} is a shared address: it is also one of {named}.")
    return tuple(sentences)
