"""JSON Schema (2020-12, as OpenAPI 3.1 has it) of the contracts' messages, from the annotations that validate."""

import dataclasses
import datetime as dt
import enum
import types
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from marshmallow.validate import Length, OneOf, Range, Regexp

from chassis.wire import INT32, Unset

Schema = dict[str, Any]

SIMPLE: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    UUID: {"type": "string", "format": "uuid"},
    dt.datetime: {"type": "string", "format": "date-time"},
    dt.date: {"type": "string", "format": "date"},
    Decimal: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["125.50"]},
    Any: {},
}
FORMATS = {"_email": "email"}  # a validator that is a function, by its name
LENGTHS = {"array": ("minItems", "maxItems"), "object": ("minProperties", "maxProperties")}
KINDS = {bool: "boolean", int: "integer", str: "string"}


class Schemas:
    """Makes schemas and keeps those that have a name of their own, each message once.

    A message that is sent refuses unknown fields and may leave out what has a default; one that is received always
    has all its fields, and new ones may join them. They differ in name: `Address`, `AddressSent`.
    """

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._kinds: dict[str, type] = {}

    def of(self, hint: Any, *, is_sent: bool) -> Schema:
        """The schema of an annotation."""
        validators: Sequence[Any] = ()
        if get_origin(hint) is Annotated:
            hint, *validators = get_args(hint)
        if get_origin(hint) in (Union, types.UnionType):
            return self._of_union(hint, validators, is_sent=is_sent)
        made = self._of_plain(hint, is_sent=is_sent)
        for validator in validators:
            made |= _limits(validator, made)
        if hint is int and is_sent and not any(isinstance(validator, (Range, OneOf)) for validator in validators):
            made |= {"minimum": -INT32, "maximum": INT32}
        return made

    def _of_union(self, hint: Any, validators: Sequence[Any], *, is_sent: bool) -> Schema:
        (only,) = [option for option in get_args(hint) if option not in (Unset, types.NoneType)]
        made = self.of(Annotated[only, *validators] if validators else only, is_sent=is_sent)
        if types.NoneType not in get_args(hint):
            return made
        if "$ref" in made:
            return {"anyOf": [made, {"type": "null"}]}
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
        return {**made, "type": [made["type"], "null"]} if "type" in made else made

    def _of_plain(self, hint: Any, *, is_sent: bool) -> Schema:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Literal:
            return {"type": KINDS[type(arguments[0])], "enum": list(arguments)}
        if origin in (tuple, list, frozenset):
            return {"type": "array", "items": self.of(arguments[0], is_sent=is_sent)}
        if origin is dict or hint is dict:
            values = self.of(arguments[1], is_sent=is_sent) if arguments else {}
            return {"type": "object", "additionalProperties": values or True}
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return {"type": "string", "enum": [member.value for member in hint]}
        if dataclasses.is_dataclass(hint):
            return self.reference(hint, is_sent=is_sent)  # type: ignore[arg-type]
        return dict(SIMPLE[hint])

    def reference(
        self, kind: type, *, is_sent: bool, without: Iterable[str] = (), optional: Iterable[str] = ()
    ) -> Schema:
        """Refer to the schema of a message; fields `without` are not the caller's to send."""
        name = f"{kind.__name__}Sent" if is_sent else kind.__name__
        known = self._kinds.setdefault(name, kind)
        if known is not kind:
            owner = kind.__module__.rpartition(".")[2].capitalize()
            name = f"{owner}{name}"
            self._kinds.setdefault(name, kind)
        if name not in self.named:
            self.named[name] = {}  # a message may hold itself
            self.named[name] = self._object(kind, is_sent=is_sent, without=set(without), optional=set(optional))
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(self, kind: type, *, is_sent: bool, without: set[str], optional: set[str]) -> Schema:
        hints = get_type_hints(kind, include_extras=True)
        specs = [spec for spec in dataclasses.fields(kind) if spec.name not in without]
        made: Schema = {"type": "object"}
        description = about(kind)
        if description:
            made["description"] = description
        made["properties"] = {spec.name: self.field(spec, hints[spec.name], is_sent=is_sent) for spec in specs}
        required = [spec.name for spec in specs if is_required(spec) and spec.name not in optional]
        if required:
            made["required"] = required
        if is_sent:
            made["additionalProperties"] = False
        return made

    def field(self, spec: "dataclasses.Field[Any]", hint: Any, *, is_sent: bool) -> Schema:
        """The schema of one field, with its default where it has one that JSON can say."""
        made = self.of(hint, is_sent=is_sent)
        if is_sent and isinstance(spec.default, (str, int)) and "$ref" not in made:
            made["default"] = spec.default
        return made


def about(kind: Callable[..., Any]) -> str:
    """The docstring in one line, none for the one that dataclasses write."""
    text = " ".join((kind.__doc__ or "").split())
    return "" if text.startswith(f"{kind.__name__}(") else text


def is_required(spec: "dataclasses.Field[Any]") -> bool:
    return spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING


def _limits(validator: Any, made: Schema) -> Schema:
    """What JSON Schema can say of a marshmallow validator; the rest stays in the server."""
    if isinstance(validator, Length):
        low, high = LENGTHS.get(made.get("type", ""), ("minLength", "maxLength"))
        return _without_none({low: validator.min, high: validator.max})
    if isinstance(validator, Range) and made.get("type") in {"integer", "number"}:
        return _without_none({"minimum": validator.min, "maximum": validator.max})
    if isinstance(validator, OneOf):
        return {"enum": list(validator.choices)}
    if isinstance(validator, Regexp):
        return {"pattern": f"^{validator.regex.pattern!s}".replace(r"\Z", "$")}
    name = getattr(validator, "__name__", "")
    return {"format": FORMATS[name]} if name in FORMATS else {}


def _without_none(limits: Schema) -> Schema:
    return {name: limit for name, limit in limits.items() if limit is not None}
