"""Changes of the firm's custom fields of accounts (R-CF-1, R-CF-4, R-CF-7)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import outbox, wire
from chassis.context import Context, new_id
from chassis.db import await_lock
from chassis.errors import Invalid, wrong
from chassis.wire import UNSET
from contracts.accounts import AccountFieldChanged
from contracts.common import Done
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
)
from services.accounts import fields, names, rules
from services.accounts.model import AccountField, AccountFieldChoice, AccountFieldValue

NO_CHOICES = "Only fields of choices have any."


def create_account_field(session: Session, ctx: Context, request: CreateField) -> CustomField:
    """Add a field after the others (R-CF-4). Raises Forbidden, FieldExists, Invalid."""
    rows = _all(session, ctx)
    if len(rows) >= fields.MOST_FIELDS:
        raise wrong("name", f"A firm has at most {fields.MOST_FIELDS} custom fields.")
    name = _free_name(rows, request.name)
    row = AccountField(firm_id=ctx.firm, id=new_id(), name=name, key=names.key(name), type=request.type)
    row.position, row.version, row.is_deleted = len(rows), 1, False
    session.add(row)
    session.flush()
    if request.type in CHOOSING:
        _offer(session, ctx, row, request.choices)
    elif request.choices:
        raise wrong("choices", NO_CHOICES)
    return _tell(session, ctx, [row])[row.id]


def change_account_field(session: Session, ctx: Context, request: ChangeField) -> CustomField:
    """Rename a field, move it, or offer other choices; its type stays (R-CF-4).

    Raises Forbidden, FieldNotFound, FieldChangedMeanwhile, FieldExists, Invalid.
    """
    rows = _all(session, ctx)
    row = _one(rows, request.field_id)
    if row.version != request.version:
        current = orjson.loads(wire.to_json(fields.defined(session, ctx)[row.id]))
        raise FieldChangedMeanwhile(field_id=str(row.id), current=current)
    changed = set()
    if request.name is not UNSET:
        name = _free_name([other for other in rows if other is not row], request.name)
        changed |= {row} if name != row.name else set()
        row.name, row.key = name, names.key(name)
    if request.choices is not UNSET:
        if row.type not in CHOOSING:
            raise wrong("choices", NO_CHOICES)
        changed |= {row} if _offer(session, ctx, row, request.choices) else set()
    if request.position is not UNSET:
        rows.remove(row)
        rows.insert(request.position, row)
        changed |= _put_in_order(rows)
    for each in changed:
        each.version += 1
    told = _tell(session, ctx, [each for each in rows if each in changed])
    return told.get(row.id) or fields.defined(session, ctx)[row.id]


def delete_account_field(session: Session, ctx: Context, request: DeleteField) -> Done:
    """Take a field off every account; what was in it is kept for the history (R-CF-7).

    Raises Forbidden, FieldNotFound, and FieldFilled where somebody should say first that they mean it.
    """
    rows = _all(session, ctx)
    row = _one(rows, request.field_id)
    any_value = select(AccountFieldValue.field_id).where(
        AccountFieldValue.firm_id == ctx.firm, AccountFieldValue.field_id == row.id
    )
    if not request.is_confirmed and session.scalar(any_value.limit(1)) is not None:
        raise FieldFilled(field_id=str(row.id), filled=fields.filled(session, ctx).get(row.id, 0))
    gone = replace(fields.defined(session, ctx)[row.id], version=row.version + 1)
    row.is_deleted, row.version = True, gone.version
    rows.remove(row)
    moved = _put_in_order(rows)
    for each in moved:
        each.version += 1
    session.flush()
    outbox.emit(session, ctx, AccountFieldChanged(field=gone, is_deleted=True))
    _tell(session, ctx, [each for each in rows if each in moved])
    return Done()


def _all(session: Session, ctx: Context) -> list[AccountField]:
    """The fields that are there in their order, nobody else's to change until the transaction ends. Raises Forbidden.

    One lock for all of a firm's, because they share names and places.
    """
    rules.check_in_firm(ctx.actor, "manage_account_fields")
    await_lock(session, f"account_field/{ctx.firm}")
    query = select(AccountField).where(AccountField.firm_id == ctx.firm, ~AccountField.is_deleted)
    query = query.order_by(AccountField.position, AccountField.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _one(rows: Sequence[AccountField], field_id: UUID) -> AccountField:
    row = next((row for row in rows if row.id == field_id), None)
    if row is None:
        raise FieldNotFound(field_id=str(field_id))
    return row


def _free_name(others: Collection[AccountField], typed: str) -> str:
    """The name as it is kept. Raises FieldExists, Invalid."""
    name = names.clean(typed)
    if not name:
        raise wrong("name", "A custom field has a name.")
    if names.key(name) in {other.key for other in others}:
        raise FieldExists(name=name)
    return name


def _put_in_order(rows: Sequence[AccountField]) -> set[AccountField]:
    """Those whose place changed."""
    moved = {row for place, row in enumerate(rows) if row.position != place}
    for place, row in enumerate(rows):
        row.position = place
    return moved


def _offer(session: Session, ctx: Context, field: AccountField, entries: Sequence[ChoiceEntry]) -> bool:
    """Whether offering these choices and no others changed anything. Raises Invalid.

    One that was removed comes back under its old id by its id or its name, so that old values mean it again.
    """
    choice = AccountFieldChoice
    query = select(choice).where(choice.firm_id == ctx.firm, choice.field_id == field.id)
    known = {row.id: row for row in session.scalars(query)}
    _check(known, entries)
    named = {entry.id for entry in entries}
    removed = {names.key(row.name): row for row in known.values() if row.is_removed and row.id not in named}
    changed = False
    offered = set()
    for place, entry in enumerate(entries):
        name = names.clean(entry.name)
        row = known[entry.id] if entry.id is not None else removed.get(names.key(name))
        if row is None:
            row = choice(firm_id=ctx.firm, field_id=field.id, id=new_id())
            session.add(row)
        if (row.name, row.position, row.is_removed) != (name, place, False):
            row.name, row.position, row.is_removed = name, place, False
            changed = True
        offered.add(row.id)
    for row in known.values():
        if row.id not in offered and not row.is_removed:
            row.is_removed = changed = True
    session.flush()
    return changed


def _check(known: Collection[UUID], entries: Sequence[ChoiceEntry]) -> None:
    if not entries:
        raise wrong("choices", "Offer at least one choice.")
    errors = []
    seen: set[UUID | str] = set()
    for place, entry in enumerate(entries):
        key = names.key(entry.name)
        if not key or key in seen:
            errors.append({"field": f"choices.{place}.name", "message": "Give each choice a name of its own."})
        if entry.id is not None and (entry.id not in known or entry.id in seen):
            errors.append({"field": f"choices.{place}.id", "message": "Name a choice of this field, and only once."})
        seen |= {key} if entry.id is None else {key, entry.id}
    if errors:
        raise Invalid(errors=errors)


def _tell(session: Session, ctx: Context, rows: Sequence[AccountField]) -> dict[UUID, CustomField]:
    """Report fields as they are since."""
    session.flush()
    known = fields.defined(session, ctx)
    told = {row.id: known[row.id] for row in rows}
    for each in told.values():
        outbox.emit(session, ctx, AccountFieldChanged(field=each))
    return told
