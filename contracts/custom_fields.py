"""Custom fields: what a firm adds to its accounts and, apart from them, to its contacts (R-CF-1 to R-CF-8)."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from marshmallow import ValidationError
from marshmallow.validate import Length, Range

from chassis.errors import Conflict, Invalid, NotFound
from chassis.wire import UNSET, Unset, message
from contracts.common import Version, phone, readable, readable_line

FieldType = Literal[
    "text", "long_text", "date", "single_choice", "multiple_choice", "email", "number", "url", "phone", "checkbox",
    "currency",
]  # fmt: skip
CHOOSING = ("single_choice", "multiple_choice")
DateOrder = Literal["iso", "month_first", "day_first"]  # how the typed dates of a request are to be read (R-CF-3)
FieldName = Annotated[str, Length(min=1, max=100), readable_line]
ChoiceName = Annotated[str, Length(min=1, max=100), readable_line]
Values = Annotated[dict[str, Any], Length(max=200)]  # by the field's id; null takes the value away
LONGEST_LINE, LONGEST_TEXT = 255, 20_000  # characters
DIGITS = 15  # of a number, before and after the point: what a spreadsheet keeps
NUMBER = re.compile(r"[-+]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})")
CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217
# R-CF-3; in the United States the month comes first, elsewhere the day.
PATTERNS: dict[DateOrder, tuple[str, ...]] = {
    "iso": (),
    "month_first": ("%m-%d-%Y", "%m/%d/%Y", "%b-%d-%Y", "%b/%d/%Y"),
    "day_first": ("%d-%m-%Y", "%d/%m/%Y"),
}


class FieldNotFound(NotFound):
    """There is no such custom field in this firm."""

    code = "custom_field_not_found"


class FieldExists(Conflict):
    """There is a custom field of this name already."""

    code = "custom_field_exists"


class FieldChangedMeanwhile(Conflict):
    """Someone else changed the field first; `current` is what is there now."""

    code = "custom_field_changed"


class FieldFilled(Conflict):
    """The field has values, `filled` in number; repeat with `is_confirmed` to delete it all the same (R-CF-7)."""

    code = "custom_field_filled"


@message
class Choice:
    """One of the values that a field offers; a value names it by its id, so that renaming it renames it everywhere."""

    id: UUID
    name: str


@message
class CustomField:
    """A definition. `type` is for ever (R-CF-4); `position` counts the fields of its kind from 0."""

    id: UUID
    name: str
    type: FieldType
    choices: tuple[Choice, ...]
    position: int
    version: int


@message
class FieldUse:
    """A definition, and how many have a value in it (R-CF-7)."""

    field: CustomField
    filled: int


@message
class CustomFields:
    """In the firm's order."""

    items: tuple[FieldUse, ...]


@message
class ChoiceEntry:
    """`id` of a choice that stays, none for a new one."""

    id: UUID | None = None
    name: ChoiceName


Choices = Annotated[tuple[ChoiceEntry, ...], Length(max=200)]


@message
class CreateField:
    """`choices` for the types of choices alone, at least one."""

    name: FieldName
    type: FieldType
    choices: Choices = ()


@message
class ChangeField:
    """`choices` are all that are to be, in order: one left out can't be chosen any more, but stays where it is."""

    field_id: UUID
    version: Version
    name: FieldName | Unset = UNSET
    choices: Choices | Unset = UNSET
    position: Annotated[int, Range(min=0, max=10_000)] | Unset = UNSET


@message
class DeleteField:
    field_id: UUID
    is_confirmed: bool = False


@message
class FieldValue:
    """`value` as it was given, in its one form; `text` as a person reads it.

    A date is ISO 8601, a number and an amount a string of digits, an amount of money
    `{"amount": "12.50", "currency": "EUR"}`, a choice its id, several choices a list of ids.
    """

    field_id: UUID
    name: str
    type: FieldType
    value: Any
    text: str


def checked(
    fields: Mapping[UUID, CustomField], given: Mapping[str, Any], dates: DateOrder = "iso", path: str = "custom_fields"
) -> dict[UUID, Any]:
    """The values of a request by field, each as `normal` gives it. Raises Invalid with one entry per wrong field."""
    found: dict[UUID, Any] = {}
    errors = []
    by_id = {str(field_id): field for field_id, field in fields.items()}
    for key, value in given.items():
        field = by_id.get(key.lower())
        if field is None:
            errors.append({"field": f"{path}.{key}", "message": "There is no such custom field in this firm."})
            continue
        try:
            found[field.id] = normal(field, value, dates)
        except ValidationError as exc:
            errors += [{"field": f"{path}.{key}", "message": str(text)} for text in exc.messages]
    if errors:
        raise Invalid(errors=errors)
    return found


def normal(field: CustomField, given: Any, dates: DateOrder = "iso") -> Any:
    """The value in the one form it is kept in, None for one that says nothing. Raises ValidationError (R-CF-3)."""
    if given is None or given in ("", []):
        return None
    if field.type in CHOOSING:
        return _chosen(field, given)
    if field.type == "date":
        return _date(given, dates)
    return NORMAL[field.type](given)


def shown(field: CustomField, value: Any) -> str:
    """The value as a person reads it; `field` still knows the choices that are no longer offered."""
    if value is None:
        return ""
    if field.type in CHOOSING:
        names = {str(choice.id): choice.name for choice in field.choices}
        return ", ".join(names.get(one, "") for one in ([value] if isinstance(value, str) else value))
    if field.type == "checkbox":
        return "yes" if value else "no"
    if field.type == "currency":
        return f"{value['amount']} {value['currency']}"
    return str(value)


def _text(given: Any, longest: int = LONGEST_LINE, check: Callable[[str], None] = readable_line) -> str | None:
    if not isinstance(given, str):
        text = "Must be text."
        raise ValidationError(text)
    found = given.strip()
    if len(found) > longest:
        text = f"Must have at most {longest} characters."
        raise ValidationError(text)
    check(found)
    return found or None


def _long_text(given: Any) -> str | None:
    return _text(given, LONGEST_TEXT, readable)


def _email(given: Any) -> str | None:
    found = _text(given)
    if found is not None:
        try:
            validate_email(found, check_deliverability=False)
        except EmailNotValidError as exc:
            raise ValidationError(str(exc)) from exc
    return found


def _number(given: Any) -> str:
    typed = str(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else given
    if not isinstance(typed, str) or not NUMBER.fullmatch(typed.strip()):
        text = f"Must be a number of at most {DIGITS} digits, e.g. 1250.5."
        raise ValidationError(text)
    try:
        found = Decimal(typed.strip())
    except InvalidOperation as exc:
        text = "Must be a number, e.g. 1250.5."
        raise ValidationError(text) from exc
    return format(found.normalize() + 0, "f")  # + 0: minus zero is zero


def _url(given: Any) -> str | None:
    found = _text(given, 2000)
    if found is None:
        return None
    try:
        parts = urlsplit(found)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in found
        _ = parts.port
    except ValueError:
        is_right = False
    if not is_right:
        text = "Must be an address such as https://example.com/page."
        raise ValidationError(text)
    return found


def _phone(given: Any) -> str | None:
    found = _text(given, 40)
    if found is not None:
        phone(found)
    return found


def _checkbox(given: Any) -> bool:
    if not isinstance(given, bool):
        text = "Must be true or false."
        raise ValidationError(text)
    return given


def _currency(given: Any) -> dict[str, str]:
    text = 'Must be an amount such as {"amount": "12.50", "currency": "EUR"}.'
    if not isinstance(given, dict) or set(given) != {"amount", "currency"}:
        raise ValidationError(text)
    code = given["currency"]
    if not isinstance(code, str) or not CURRENCY.fullmatch(code):
        raise ValidationError(text)
    amount = Decimal(_number(given["amount"]))
    if amount != amount.quantize(Decimal("0.01")):
        text = "An amount has at most two decimals."
        raise ValidationError(text)
    return {"amount": format(amount.quantize(Decimal("0.01")), "f"), "currency": code}


def _date(given: Any, dates: DateOrder) -> str:
    if isinstance(given, str):
        typed = given.strip()
        try:
            return dt.date.fromisoformat(typed).isoformat()
        except ValueError:
            pass
        for pattern in PATTERNS[dates]:
            try:
                return dt.datetime.strptime(typed, pattern).date().isoformat()  # noqa: DTZ007 (a day has no zone)
            except ValueError:
                continue
    examples = {"iso": "2026-01-31", "month_first": "01/31/2026", "day_first": "31/01/2026"}
    text = f"Must be a date such as {examples[dates]}."
    raise ValidationError(text)


def _chosen(field: CustomField, given: Any) -> Any:
    by_id = {str(choice.id): choice for choice in field.choices}
    by_name = {choice.name.casefold(): choice for choice in field.choices}
    is_several = field.type == "multiple_choice"
    wanted = given if is_several and isinstance(given, list) else [given]
    found = [by_id.get(str(one)) or by_name.get(str(one).strip().casefold()) for one in wanted]
    if any(one is None for one in found):
        text = f"Must be {'some' if is_several else 'one'} of: {', '.join(choice.name for choice in field.choices)}."
        raise ValidationError(text)
    ids = list(dict.fromkeys(str(one.id) for one in found if one is not None))
    return ids if is_several else ids[0]


NORMAL: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "long_text": _long_text,
    "email": _email,
    "number": _number,
    "url": _url,
    "phone": _phone,
    "checkbox": _checkbox,
    "currency": _currency,
}
