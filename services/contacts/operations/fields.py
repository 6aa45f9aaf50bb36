"""The custom fields of contacts: make, change, put in order, delete (R-CF-4, R-CF-7)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.db import await_lock
from chassis.errors import Invalid, wrong
from chassis.outbox import emit
from chassis.wire import UNSET, to_json
from contracts.common import Done
from contracts.contacts import ContactFieldChanged
from contracts.custom_fields import (
    CHOOSING,
    ChangeField,
    ChoiceEntry,
    CreateField,
    CustomField,
    DeleteField,
    FieldChangedMeanwhile,
    FieldExists,
    FieldFilled,
    FieldNotFound,
    FieldType,
)
from contracts.rights import FIRM
from services.contacts.access import require
from services.contacts.model import ContactAddress, ContactField, ContactFieldChoice, ContactFieldValue
from services.contacts.operations.rows import FRESH
from services.contacts.queries.fields import as_message, filled
from services.contacts.rules import addresses
from services.contacts.rules.text import folded, tidy

MOST = 200  # as many as one request may fill


def create_contact_field(session: Session, ctx: Context, request: CreateField) -> CustomField:
    """Make a field, the last in order. Raises Forbidden, FieldExists, Invalid."""
    require(ctx, FIRM["manage_contact_fields"])
    fields = _all_locked(session, ctx)
    if len(fields) >= MOST:
        raise wrong("name", f"A firm has at most {MOST} custom fields of contacts.")
    row = ContactField(firm_id=ctx.firm, id=new_id(), type=request.type, position=len(fields), version=1)
    _name(row, request.name, fields)
    _offer(row, request.type, request.choices)
    session.add(row)
    return _told(session, ctx, row)


def change_contact_field(session: Session, ctx: Context, request: ChangeField) -> CustomField:
    """Rename a field, put it elsewhere in the order, or change what it offers; its type stays (R-CF-4).

    Raises Forbidden, FieldNotFound, FieldChangedMeanwhile, FieldExists, Invalid.
    """
    require(ctx, FIRM["manage_contact_fields"])
    fields = _all_locked(session, ctx)
    row = _one(fields, request.field_id)
    before = as_message(row)
    if row.version != request.version:
        raise FieldChangedMeanwhile(current=orjson.loads(to_json(before)))
    if request.name is not UNSET:
        _name(row, request.name, fields)
    if request.choices is not UNSET:
        _offer(row, row.type, request.choices)
    moved = [] if request.position is UNSET else _move(fields, row, request.position)
    changed = [one for one in moved if one is not row]
    if row in moved or as_message(row) != before:
        changed.insert(0, row)
    for one in changed:
        one.version += 1
    for one in changed:
        _told(session, ctx, one)
    return as_message(row)


def delete_contact_field(session: Session, ctx: Context, request: DeleteField) -> Done:
    """Delete a field and what stands in it, asking first where something does (R-CF-7).

    An address is more than a value, people sign in with it: it stays the contact's, labelled with the field's name.
    Raises Forbidden, FieldNotFound, FieldFilled.
    """
    require(ctx, FIRM["manage_contact_fields"])
    fields = _all_locked(session, ctx)
    row = _one(fields, request.field_id)
    count = filled(session, ctx, [row.id]).get(row.id, 0)
    if count and not request.is_confirmed:
        raise FieldFilled(filled=count)
    _free_addresses(session, ctx, row)
    values = ContactFieldValue.firm_id == ctx.firm, ContactFieldValue.field_id == row.id
    session.execute(delete(ContactFieldValue).where(*values), execution_options={"synchronize_session": False})
    row.version += 1
    gone = as_message(row)
    session.delete(row)
    session.flush()
    emit(session, ctx, ContactFieldChanged(field=gone, is_deleted=True))
    for one in _move([one for one in fields if one is not row], None, 0):
        one.version += 1
        _told(session, ctx, one)
    session.expire_all()  # contacts in this session still hold what was deleted under them
    return Done()


def _all_locked(session: Session, ctx: Context) -> list[ContactField]:
    """All fields in order, kept from others' changes; one who makes the first waits too."""
    await_lock(session, f"contact_field/{ctx.firm}")
    query = select(ContactField).where(ContactField.firm_id == ctx.firm).order_by(ContactField.id)
    found = session.scalars(query.with_for_update(of=ContactField), execution_options=FRESH).all()
    return sorted(found, key=lambda row: row.position)


def _one(fields: Sequence[ContactField], field_id: UUID) -> ContactField:
    row = next((one for one in fields if one.id == field_id), None)
    if row is None:
        raise FieldNotFound(field_id=str(field_id))
    return row


def _name(row: ContactField, typed: str, fields: Sequence[ContactField]) -> None:
    name = tidy(typed)
    if not name:
        raise wrong("name", "Say what the field is called.")
    key = folded(name)
    if any(one.key == key and one is not row for one in fields):
        raise FieldExists(name=name)
    row.name, row.key = name, key


def _offer(row: ContactField, kind: FieldType, wanted: Sequence[ChoiceEntry]) -> None:
    """Let a field offer these choices in this order; one that is left out stays where somebody chose it."""
    if (kind in CHOOSING) != bool(wanted):
        text = "Offer at least one choice." if kind in CHOOSING else "A field of this type offers no choices."
        raise wrong("choices", text)
    free = {choice.id: choice for choice in row.choices}
    problems = []
    names: set[str] = set()
    offered = []
    for index, entry in enumerate(wanted):
        name = tidy(entry.name)
        if not name or folded(name) in names:
            text = "Each choice needs a name of its own." if name else "Say what the choice is called."
            problems.append({"field": f"choices.{index}.name", "message": text})
        names.add(folded(name))
        choice = free.get(entry.id) if entry.id is not None else _former(free.values(), name)
        if choice is None and entry.id is not None:
            problems.append(
                {"field": f"choices.{index}.id", "message": "The field has no such choice, or it is twice."}
            )
        if choice is not None:
            del free[choice.id]
        offered.append((choice or ContactFieldChoice(id=new_id(), name=name), name))
    if problems:
        raise Invalid(errors=problems)
    former = list(free.values())
    for position, (choice, name) in enumerate(offered):
        choice.name, choice.position, choice.is_offered = name, position, True
    for position, choice in enumerate(former, len(offered)):
        choice.position, choice.is_offered = position, False
    row.choices = [*(choice for choice, _ in offered), *former]


def _former(choices: Iterable[ContactFieldChoice], name: str) -> ContactFieldChoice | None:
    """The choice of this name that was offered before: offered again, it is the same."""
    return next((one for one in choices if not one.is_offered and folded(one.name) == folded(name)), None)


def _move(fields: Sequence[ContactField], row: ContactField | None, place: int) -> list[ContactField]:
    """Put a field at a place, the others around it, counted from 0 without a gap; those whose place changed."""
    ordered = [one for one in fields if one is not row]
    if row is not None:
        ordered.insert(place, row)
    moved = [one for position, one in enumerate(ordered) if one.position != position]
    for position, one in enumerate(ordered):
        if one.position != position:
            one.position = position
    return moved


def _free_addresses(session: Session, ctx: Context, row: ContactField) -> None:
    """The addresses in a field that goes get its name as their label, numbered where the contact has that already."""
    theirs = select(ContactAddress.contact_id).where(
        ContactAddress.firm_id == ctx.firm, ContactAddress.field_id == row.id
    )
    query = select(ContactAddress.contact_id, ContactAddress.label)
    beside = session.execute(query.where(ContactAddress.firm_id == ctx.firm, ContactAddress.contact_id.in_(theirs)))
    labels: dict[UUID, set[str]] = {}
    for contact_id, label in beside:
        labels.setdefault(contact_id, set()).add(label)
    groups: dict[str, list[UUID]] = {}
    for contact_id, taken in labels.items():
        groups.setdefault(addresses.free_label(row.name[: addresses.LONGEST_LABEL], taken), []).append(contact_id)
    for label, contact_ids in groups.items():
        session.execute(
            update(ContactAddress)
            .where(
                ContactAddress.firm_id == ctx.firm,
                ContactAddress.field_id == row.id,
                ContactAddress.contact_id.in_(contact_ids),
            )
            .values(label=label, field_id=None),
            execution_options={"synchronize_session": False},
        )


def _told(session: Session, ctx: Context, row: ContactField) -> CustomField:
    session.flush()
    made = as_message(row)
    emit(session, ctx, ContactFieldChanged(field=made))
    return made
