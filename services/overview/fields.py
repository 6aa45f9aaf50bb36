"""Custom fields: their definitions as the owners tell of them, values rendered by them, filters read by them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Invalid
from contracts import accounts, contacts, custom_fields
from contracts.custom_fields import CHOOSING, Choice, CustomField, FieldValue
from services.overview import marks
from services.overview.model import DirectoryField
from services.overview.rules import normal

Owner = Literal["accounts", "contacts"]
LAST = 1_000_000  # the place of a field that was not announced yet: after all others
FREE = ("text", "long_text", "email", "url", "phone")  # compared as they are typed


def account_field_changed(session: Session, ctx: Context, happened: accounts.AccountFieldChanged) -> None:
    _put(session, ctx, "accounts", happened.field, is_deleted=happened.is_deleted)


def contact_field_changed(session: Session, ctx: Context, happened: contacts.ContactFieldChanged) -> None:
    _put(session, ctx, "contacts", happened.field, is_deleted=happened.is_deleted)


def seen(session: Session, ctx: Context, values: Iterable[FieldValue]) -> None:
    """Take note of fields that an account shows to exist, until they are announced."""
    fields = [
        CustomField(id=value.field_id, name=value.name, type=value.type, choices=(), position=LAST, version=0)
        for value in sorted(values, key=lambda value: value.field_id)
    ]
    rows = [_row(ctx, "accounts", field, is_deleted=False) for field in fields]
    if rows:
        session.execute(insert(DirectoryField).values(rows).on_conflict_do_nothing())


def _put(session: Session, ctx: Context, owner: Owner, field: CustomField, *, is_deleted: bool) -> None:
    put = insert(DirectoryField).values(_row(ctx, owner, field, is_deleted=is_deleted))
    newer = (DirectoryField.version <= field.version) & ~DirectoryField.is_deleted  # a deletion is final
    given = {name: put.excluded[name] for name in ("version", "is_deleted", "name", "type", "choices", "position")}
    session.execute(put.on_conflict_do_update(index_elements=["firm_id", "field_id"], set_=given, where=newer))


def _row(ctx: Context, owner: Owner, field: CustomField, *, is_deleted: bool) -> dict[str, Any]:
    return {
        "firm_id": ctx.firm,
        "field_id": field.id,
        "owner": owner,
        "version": field.version,
        "is_deleted": is_deleted,
        "name": field.name,
        "type": field.type,
        "choices": [[str(choice.id), choice.name] for choice in field.choices],
        "position": field.position,
    }


def defined(session: Session, ctx: Context, owner: Owner) -> dict[UUID, CustomField]:
    """The custom fields there are, in the firm's order."""
    field = DirectoryField
    query = select(field).where(field.firm_id == ctx.firm, field.owner == owner, ~field.is_deleted)
    rows = session.scalars(query.order_by(field.position, field.name, field.field_id))
    return {row.field_id: definition(row) for row in rows}


def definition(row: DirectoryField) -> CustomField:
    return CustomField(
        id=row.field_id,
        name=row.name,
        type=row.type,  # type: ignore[arg-type]
        choices=tuple(Choice(id=UUID(choice_id), name=name) for choice_id, name in row.choices),
        position=row.position,
        version=row.version,
    )


def kept(values: Iterable[FieldValue]) -> list[list[Any]]:
    """The filled fields of an account as its row keeps them."""
    return [[str(value.field_id), value.value, value.text] for value in values if value.value is not None]


def rendered(row: Sequence[Any], fields: Mapping[UUID, CustomField]) -> tuple[FieldValue, ...]:
    """What a row keeps, by the names that fields and choices have at present; fields that are gone are left out."""
    values = {UUID(field_id): (value, text) for field_id, value, text in row}
    return tuple(
        FieldValue(field_id=field.id, name=field.name, type=field.type, value=value, text=_shown(field, value, text))
        for field in fields.values()
        for value, text in ([values[field.id]] if field.id in values else [])
    )


def _shown(field: CustomField, value: Any, told: str) -> str:
    """As it was told where a choice is no longer offered: nothing else names it."""
    offered = {str(choice.id) for choice in field.choices}
    chosen = [value] if isinstance(value, str) else value
    if field.type in CHOOSING and not offered.issuperset(chosen):
        return told
    return custom_fields.shown(field, value)


def sought(fields: Mapping[UUID, CustomField], filters: Sequence[str]) -> list[tuple[UUID, bool]]:
    """The marks that accounts must have (True) or lack for these filters. Raises Invalid with one entry per wrong one.

    A filter is `<field id>:<value>`; without a value it finds accounts where the field is not filled.
    """
    by_id = {str(field_id): field for field_id, field in fields.items()}
    found: list[tuple[UUID, bool]] = []
    errors, unknown = [], []
    for place, text in enumerate(filters):
        field_id, _, typed = text.partition(":")
        field = by_id.get(field_id.strip().lower())
        where = f"custom_field.{place}"
        if field is None:
            errors.append({"field": where, "message": "There is no such custom field; write `<field id>:<value>`."})
            with suppress(ValueError):
                unknown.append(UUID(field_id.strip()))
            continue
        try:
            found.append((_mark(field, typed), True) if typed.strip() else (marks.filled(field.id), False))
        except ValidationError as exc:
            errors += [{"field": where, "message": str(said)} for said in exc.messages]
    if errors:
        raise Invalid(errors=errors).naming(unknown)
    return found


def _mark(field: CustomField, typed: str) -> UUID:
    return marks.value(field.id, typed if field.type in FREE else _read(field, typed.strip()))


def _choice(field: CustomField, typed: str) -> str:
    """The choice of that name, whatever its case and accents. Raises ValidationError."""
    found = next((choice for choice in field.choices if normal(choice.name) == normal(typed)), None)
    if found is None:
        message = f"Must be one of: {', '.join(choice.name for choice in field.choices)}."
        raise ValidationError(message)
    return str(found.id)


def _read(field: CustomField, typed: str) -> Any:
    """What was typed in the form values are kept in. Raises ValidationError."""
    if field.type == "checkbox":
        if normal(typed) not in ("true", "false"):
            message = "Must be true or false."
            raise ValidationError(message)
        return normal(typed) == "true"
    if field.type in CHOOSING:
        try:
            return str(UUID(typed))  # a choice that is no longer offered may still be looked for
        except ValueError:
            return _choice(field, typed)
    if field.type == "currency":
        amount, _, currency = typed.partition(" ")
        return custom_fields.normal(field, {"amount": amount, "currency": currency.strip().upper()})
    return custom_fields.normal(field, typed)
