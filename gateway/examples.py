"""Examples of messages for the descriptions: plausible, the same every time, and accepted by the contract itself."""

import dataclasses
import datetime as dt
import enum
import types
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID, uuid5

from marshmallow import ValidationError
from marshmallow.validate import Length, Range

from chassis.wire import Unset

ROOT = UUID("018f0d5e-7c00-7000-8000-000000000000")  # what ids of examples follow from
INSTANT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
DEEPEST = 8  # a message that holds itself ends here
# By the name of the field, with its message or alone, or by its end; TEXTS are for limits that none of these keeps.
WORDS = {
    "email": "anna.roy@example.com",
    "emails": "anna.roy@example.com",
    "code": "R1",
    "colour": "#3366cc",
    "color": "#3366cc",
    "company_name": "Roy Bakery Ltd",
    "country": "FR",
    "currency": "EUR",
    "first_name": "Anna",
    "last_name": "Roy",
    "middle_name": "Maria",
    "phone": "+33 1 23 45 67 89",
    "phones": "+33 1 23 45 67 89",
    "street": "12 Rue des Lilas",
    "city": "Lyon",
    "zip": "69001",
    "state": "active",
    "timezone": "Europe/Paris",
    "title": "Ask for bank statements",
    "body": "Prefers to be called in the morning.",
    "description": "As agreed by phone.",
    "number": "2026-0007",
    "url": "https://example.com/",
    "warning": "QuickBooks would refuse this name.",
    "name": "Anna Roy",
    "Account.name": "Roy Bakery Ltd",
    "AccountRole.name": "Bookkeeper",
    "Address.state": "Auvergne-Rhône-Alpes",
    "CustomField.name": "VAT number",
    "FieldValue.name": "VAT number",
    "Firm.name": "Whitfield & Sons",
    "Pipeline.name": "Annual accounts",
    "Stage.name": "Documents asked for",
    "Tag.name": "VAT monthly",
    "TaskStatus.name": "In progress",
}
TEXTS = ("Anna Roy", "R1", "EUR", "FR", "#3366cc", "a", "2026", "text/plain", "anna.roy@example.com", "0" * 64)
NUMBERS: dict[Any, tuple[Any, ...]] = {
    int: (1, 0, 10, 100, 2026),
    float: (1.5, 0.0),
    Decimal: (Decimal("125.50"), Decimal("0.50"), Decimal(1)),
}


class NoExample(Exception):
    """No value that comes to mind keeps the limits of a field."""


def example(kind: type) -> dict[str, Any]:
    """Make an example of a message as its JSON. Raises NoExample."""
    return _message(kind, 0)


def _message(kind: type, depth: int) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    specs = dataclasses.fields(kind)
    return {spec.name: _value(f"{kind.__name__}.{spec.name}", hints[spec.name], depth + 1) for spec in specs}


def _value(name: str, hint: Any, depth: int) -> Any:
    validators: list[Any] = []
    if get_origin(hint) is Annotated:
        hint, *validators = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        (only,) = [option for option in get_args(hint) if option not in (Unset, types.NoneType)]
        limited = Annotated[(only, *validators)] if validators else only
        is_enough = depth > DEEPEST or only is dt.datetime  # an end that has not come: archived, answered, paid
        return None if is_enough and types.NoneType in get_args(hint) else _value(name, limited, depth)
    if get_origin(hint) in (tuple, list, frozenset):
        return _list(name, get_args(hint)[0], validators, depth)
    if get_origin(hint) is dict or hint is dict:
        values = get_args(hint)[1] if get_args(hint) else Any
        return {} if values is Any else {"note": _value(f"{name}.note", values, depth)}
    if dataclasses.is_dataclass(hint):
        return _message(hint, depth)  # type: ignore[arg-type]
    return _first(name, [*_candidates(name, hint), *_bounds(hint, validators)], validators)


def _list(name: str, inner: Any, validators: Sequence[Any], depth: int) -> list[Any]:
    least = max([validator.min or 0 for validator in validators if isinstance(validator, Length)], default=0)
    count = least if depth > DEEPEST else max(1, least)
    return [_value(name.removesuffix("s"), inner, depth) for _ in range(count)]


def _candidates(place: str, hint: Any) -> Iterable[Any]:
    name = place.rpartition(".")[2]
    known: dict[Any, Iterable[Any]] = {
        UUID: [str(uuid5(ROOT, place if name == "id" else name))],
        dt.datetime: [INSTANT.isoformat().replace("+00:00", "Z")],
        dt.date: [INSTANT.date().isoformat()],
        bool: [name.startswith(("is_", "has_")) and not name.endswith(("deleted", "removed"))],
        Any: [None],
        **NUMBERS,
    }
    if get_origin(hint) is Literal:
        return get_args(hint)[:1]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return [next(iter(hint)).value]
    return known[hint] if hint in known else _texts(place, name)


def _bounds(hint: Any, validators: Sequence[Any]) -> Iterable[Any]:
    """What a number's own limits suggest, where no usual one keeps them."""
    if hint not in NUMBERS:
        return
    for validator in validators:
        if isinstance(validator, Range):
            ends = [end for end in (validator.min, validator.max) if end is not None]
            yield from (hint(value) for value in (sum(ends) / len(ends), *ends) if ends)


def _texts(place: str, name: str) -> Iterable[str]:
    ends = [name[start + 1 :] for start, letter in enumerate(name) if letter == "_"]
    return [*(WORDS[end] for end in (place, name, *ends) if end in WORDS), *TEXTS]


def _first(name: str, candidates: Iterable[Any], validators: Sequence[Any]) -> Any:
    for candidate in candidates:
        try:
            for validator in validators:
                validator(candidate)
        except ValidationError:
            continue
        return format(candidate, "f") if isinstance(candidate, Decimal) else candidate
    raise NoExample(f"say in gateway/examples.py what {name} may be")
