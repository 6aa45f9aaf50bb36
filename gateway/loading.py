"""Path, query and body of an HTTP request into the one message that the call takes, strictly."""

import re
import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

import orjson

from chassis.errors import Invalid, wrong
from chassis.wire import Unset, load
from gateway import problems
from gateway.route import Route

MAX_PARAMETERS = 200
WHOLE = re.compile(r"-?[0-9]{1,18}")
IF_MATCH = re.compile(r'"([0-9]{1,9})"')
FLAGS = {"true": True, "false": False}


def path_fields(route: Route, values: list[str]) -> dict[str, Any]:
    """The parameters of the path as fields of the request. Raises NoSuchPath for what can't be an id."""
    found: dict[str, Any] = {}
    for name, text in zip(route.path_fields, values, strict=True):
        if route.hints[name] is not UUID:
            found[name] = text
            continue
        try:
            found[name] = UUID(text)
        except ValueError:
            raise problems.NoSuchPath from None
        if str(found[name]) != text.lower():
            raise problems.NoSuchPath  # `{…}` and `urn:uuid:…` are other spellings: one address per thing
    return found


def query_fields(route: Route, query: bytes) -> dict[str, Any]:
    """The query's parameters as fields: lists by repetition or commas, whole numbers and booleans by type."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as exc:
        raise Invalid(errors=[{"field": "", "message": f"The query is not a query: {exc}."}]) from exc
    found: dict[str, Any] = {}
    faults: list[dict[str, str]] = []
    for name, text in pairs:
        if name in route.open_fields:
            _add(found, faults, name, text, kind=_query_kind(route.hints[name]), is_whole=name in route.whole)
        elif route.filters and name not in route.hints:
            _add(found.setdefault(route.filters, {}), faults, name, text, kind=(str, False))
        else:
            faults.append({"field": name, "message": "Unknown field."})
    if faults:
        raise Invalid(errors=faults)
    return found


def _add(
    found: dict[str, Any],
    faults: list[dict[str, str]],
    name: str,
    text: str,
    *,
    kind: tuple[Any, bool],
    is_whole: bool = False,
) -> None:
    basic, is_list = kind
    if is_list:
        parts = [text] if is_whole else text.split(",")
        found.setdefault(name, []).extend(_coerced(part, basic) for part in parts)
    elif name in found:
        faults.append({"field": name, "message": "Given more than once."})
    else:
        found[name] = _coerced(text, basic)


def _coerced(text: str, basic: Any) -> Any:
    """The text as JSON would hold it; what does not fit stays text, and the message's schema says what is wrong."""
    if basic is int and WHOLE.fullmatch(text):
        return int(text)
    if basic is bool:
        return FLAGS.get(text, text)
    return text


@cache
def _query_kind(hint: Any) -> tuple[Any, bool]:
    """The basic type of a field, and whether it takes several values."""
    if get_origin(hint) is Annotated:
        return _query_kind(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        (only,) = [option for option in get_args(hint) if option not in (Unset, types.NoneType)]
        return _query_kind(only)
    if get_origin(hint) is tuple:
        return _query_kind(get_args(hint)[0])[0], True
    return hint, False


def body_fields(route: Route, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The fields of a JSON body; none of an empty one."""
    if not body:
        return {}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or headers.get("content-encoding", "identity") != "identity":
        raise problems.WrongMediaType(
            "Send the body as `Content-Type: application/json`, without a `Content-Encoding`."
        )
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise problems.BrokenRequest(f"The body is not JSON in UTF-8: {exc}.") from exc
    if not isinstance(document, dict):
        raise wrong("", "The body must be a JSON object.")
    faults = [
        {"field": name, "message": "Comes from the path." if name in route.path_fields else "Unknown field."}
        for name in document
        if name in route.hints and name not in route.open_fields
    ]
    if faults:
        raise Invalid(errors=faults)
    return document


def seen_version(route: Route, headers: Mapping[str, str], fields: dict[str, Any]) -> bool:
    """Put the version of `If-Match` among the fields; whether there was one.

    Raises VersionRequired when neither the header nor the body says which version the caller saw.
    """
    if not route.has_version:
        return False
    stated = headers.get("if-match")
    if stated is None:
        if "version" not in fields:
            raise problems.VersionRequired
        return False
    found = IF_MATCH.fullmatch(stated)
    if found is None:
        raise wrong("If-Match", 'Must be one version in quotes, e.g. "3".')
    if fields.setdefault("version", int(found[1])) != int(found[1]):
        raise wrong("version", "Differs from If-Match.")
    return True


def as_asked(route: Route, invalid: Invalid) -> Invalid:
    """The owner's complaint in the caller's words: a filter `status` is the query's `status`, not `filters.status`."""
    if not route.filters:
        return invalid
    prefix = f"{route.filters}."
    faults = [{**fault, "field": fault["field"].removeprefix(prefix)} for fault in invalid.data.get("errors", ())]
    return type(invalid)(invalid.detail, **{**invalid.data, "errors": faults})


def message(route: Route, fields: Mapping[str, Any]) -> Any:
    """The request message. Raises Invalid with one entry per wrong field."""
    if route.path_is_enough and len(fields) == len(route.path_fields):
        return route.request(**fields)  # ids that `path_fields` has read; there is nothing left to check
    return load(route.request, {**fields, **route.fixed}, strict=True)
