"""Messages and events: declared once as a dataclass; schema, JSON, documents and tests follow from it."""

import dataclasses
import datetime as dt
import enum
import types
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, dataclass_transform, get_args, get_origin
from typing import get_type_hints as type_hints

import orjson
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate

from chassis.errors import Invalid

T = TypeVar("T")
INT32 = 2**31 - 1  # what an `integer` column holds; a field that may be greater says so with its own Range

MESSAGES: dict[str, type] = {}
EVENTS: dict[str, type] = {}


class Unset(enum.Enum):
    """A field of a change that the caller left out, as opposed to one set to null."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET


@dataclass_transform(frozen_default=True, kw_only_default=True)
def message(cls: type[T]) -> type[T]:
    """Make a class a message: a frozen dataclass whose fields' annotations carry marshmallow's validators."""
    made = dataclasses.dataclass(frozen=True, kw_only=True, slots=True)(cls)
    MESSAGES[f"{made.__module__.rpartition('.')[2]}.{made.__name__}"] = made
    return made


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(topic: str, *, version: int, outward: bool = False) -> Callable[[type[T]], type[T]]:
    """Make a class an event: a message published under `<topic>.v<version>`, e.g. `accounts.account_renamed.v1`.

    An `outward` one is for outsiders and for whoever is up: no service of ours keeps a queue for it. Any other that
    finds no queue waits in the outbox and raises an alarm.
    """

    def declare(cls: type[T]) -> type[T]:
        made = message(cls)
        made.TYPE = f"{topic}.v{version}"  # type: ignore[attr-defined]
        made.OUTWARD = outward  # type: ignore[attr-defined]
        known = EVENTS.setdefault(made.TYPE, made)  # type: ignore[attr-defined]
        if known is not made:
            text = f"two events are called {topic}.v{version}"
            raise TypeError(text)
        return made

    return declare


class Text(fields.String):
    """Text that PostgreSQL can hold: no NUL, no half of a surrogate pair."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
            message = "Take out the characters that are not text (NUL or half a surrogate pair)."
            raise ValidationError(message)
        return text


class Flag(fields.Field[bool]):
    """true or false and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            message = "Must be true or false."
            raise ValidationError(message)
        return value


class Instant(fields.AwareDateTime):
    """An instant in ISO 8601 with its offset; held in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(dt.UTC)
        except OverflowError as error:
            message = "Not a valid datetime."
            raise ValidationError(message) from error


class Whole(fields.Integer):
    """A whole number; true is not one."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


SIMPLE: dict[Any, Any] = {
    str: Text,
    bool: Flag,
    uuid.UUID: fields.UUID,
    dt.datetime: Instant,
    dt.date: fields.Date,
    Decimal: lambda **kwargs: fields.Decimal(as_string=True, **kwargs),
    float: lambda **kwargs: fields.Float(allow_nan=False, **kwargs),
    Any: lambda **kwargs: fields.Raw(**{"allow_none": True, **kwargs}),
}


def field_for(hint: Any, *, strict: bool, **kwargs: Any) -> fields.Field[Any]:
    """Make the marshmallow field of an annotation; `strict` refuses unknown fields further down."""
    validators: list[Any] = []
    if get_origin(hint) is Annotated:
        hint, *validators = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        options = [option for option in get_args(hint) if option not in (Unset, types.NoneType)]
        nullable = types.NoneType in get_args(hint)
        (only,) = options
        if validators:
            only = Annotated[only, *validators]
        return field_for(only, strict=strict, allow_none=nullable, **kwargs)
    kwargs["validate"] = validators or None
    return _plain_field(hint, validators, strict=strict, **kwargs)


def _plain_field(  # noqa: PLR0911 (one line for each kind of type)
    hint: Any, validators: list[Any], *, strict: bool, **kwargs: Any
) -> fields.Field[Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        kwargs["validate"] = [validate.OneOf(arguments)]
        return Text(**kwargs)
    if origin in (tuple, list, frozenset):
        return fields.List(field_for(arguments[0], strict=strict), **kwargs)
    if origin is dict or hint is dict:
        if not strict and arguments in ((), (str, Any)):
            return fields.Dict(**kwargs)  # an object of JSON as it came: the edge has looked into it
        values = field_for(arguments[1] if arguments else Any, strict=strict)
        return fields.Dict(keys=Text(), values=values, **kwargs)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return fields.Enum(hint, by_value=True, **kwargs)
    if dataclasses.is_dataclass(hint):
        return fields.Nested(lambda: schema(hint, strict=strict), **kwargs)  # type: ignore[arg-type]
    if hint is int:
        if not any(isinstance(v, validate.Range) for v in validators):
            kwargs["validate"] = [*validators, validate.Range(min=-INT32, max=INT32)]
        return Whole(strict=True, **kwargs)
    return SIMPLE[hint](**kwargs)  # type: ignore[no-any-return]


@cache
def schema(cls: type, *, strict: bool) -> Schema:
    """Give the marshmallow schema of a message; the bus loads tolerantly, the HTTP edge strictly."""
    hints = type_hints(cls, include_extras=True)
    members: dict[str, Any] = {}
    for spec in dataclasses.fields(cls):
        required = spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING
        members[spec.name] = field_for(hints[spec.name], strict=strict, required=required)
    tuples = [name for name, hint in hints.items() if _holds_tuple(hint)]

    def build(_: Schema, values: dict[str, Any], **__: Any) -> object:
        for name in tuples:
            if isinstance(values.get(name), list):
                values[name] = tuple(values[name])
        return cls(**values)

    meta = type("Meta", (), {"unknown": RAISE if strict else EXCLUDE})
    made = type(f"{cls.__name__}Schema", (Schema,), {**members, "Meta": meta, "build": post_load(build)})
    return made()  # type: ignore[no-any-return]


def _holds_tuple(hint: Any) -> bool:
    if get_origin(hint) is ClassVar:
        return False
    return get_origin(hint) is tuple or any(_holds_tuple(inner) for inner in get_args(hint))


def load(cls: type[T], document: Mapping[str, Any], *, strict: bool = False) -> T:
    """Build a message from parsed JSON. Raises Invalid with one entry per wrong field."""
    try:
        return schema(cls, strict=strict).load(document)  # type: ignore[no-any-return, arg-type]
    except ValidationError as exc:
        raise Invalid(errors=list(_flat(exc.messages))) from exc


def _flat(node: Any, path: str = "") -> Any:
    if isinstance(node, dict):
        for key, inner in node.items():
            step = "" if key in ("_schema", "value") else str(key)
            yield from _flat(inner, f"{path}.{step}".strip("."))
    else:
        for text in node if isinstance(node, list) else [node]:
            yield {"field": path, "message": str(text)}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)


def to_json(value: Any) -> bytes:
    """JSON of anything made of messages and plain values; instants in UTC with a Z."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def dump(made: Any) -> dict[str, Any]:
    """A message as a shallow dict without the fields that are UNSET; `to_json` does the rest."""
    pairs = ((spec.name, getattr(made, spec.name)) for spec in dataclasses.fields(made))
    return {name: value for name, value in pairs if value is not UNSET}
