"""Errors as HTTP says them: RFC 9457 problem documents, one table from error class to status."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chassis import errors
from chassis.errors import AppError
from chassis.wire import to_json

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1  # after a part was unavailable; what restarts is back within a few of these


class BrokenRequest(AppError):
    """The body is not JSON in UTF-8."""

    code = "broken_json"


class NoSuchPath(errors.NotFound):
    """There is nothing at this address; /docs lists what there is."""

    code = "no_such_path"


class VerbNotAllowed(AppError):
    """This address does not take this method; `Allow` lists those it takes."""

    code = "method_not_allowed"


class TooSlow(AppError):
    """The body did not arrive in time."""

    code = "request_timeout"


class VersionMismatch(AppError):
    """The version in `If-Match` is not the present one; `current` is what is there now."""

    code = "version_mismatch"


class TooLarge(AppError):
    """The body is larger than this address takes."""

    code = "body_too_large"


class WrongMediaType(AppError):
    """The body is not of a media type that this address takes, or has a `Content-Encoding`."""

    code = "unsupported_media_type"


class NoSuchRange(AppError):
    """The file ends before the part that you asked for; `size` is how many bytes it has."""

    code = "range_not_satisfiable"


class VersionRequired(AppError):
    """Say which version you saw: `If-Match: "<version>"`, or `version` in the body. Both are in the last answer."""

    code = "version_required"


class ForeignOrigin(errors.Forbidden):
    """A change asked for with the session cookie must come from our own pages; programs send a Bearer token."""

    code = "foreign_origin"


class ScopeMissing(errors.Forbidden):
    """The API token was not made for this."""

    code = "scope_missing"


class RightMissing(errors.Forbidden):
    """You do not have the right to do this; `rights` lists those of which one would do."""

    code = "right_missing"


class ActionNotAllowed(errors.Forbidden):
    """You may see this account, but not do this to it."""

    code = "action_not_allowed"


STATUS: Mapping[type[AppError], int] = {
    BrokenRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    VerbNotAllowed: 405,
    TooSlow: 408,
    errors.Conflict: 409,
    VersionMismatch: 412,
    TooLarge: 413,
    WrongMediaType: 415,
    NoSuchRange: 416,
    errors.Invalid: 422,
    VersionRequired: 428,
    errors.TooManyRequests: 429,
    AppError: 500,
    errors.Unavailable: 503,
    errors.DeadlineExceeded: 504,
}


def status_of(kind: type[AppError]) -> int:
    """The status of the nearest class in the error's ancestry that has one."""
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def problem(error: AppError, request_id: str) -> Response:
    """Describe an error as application/problem+json, with the headers that its status calls for."""
    status = status_of(type(error))
    document = {
        "type": f"/problems/{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.detail,
        "instance": f"/requests/{request_id}",
    }
    document |= {name: value for name, value in error.data.items() if name not in document}
    if "errors" in error.data:
        document["errors"] = [_wrong_field(entry) for entry in error.data["errors"]]
    return Response(to_json(document), status, headers_of(error), MEDIA_TYPE)


def _wrong_field(entry: Mapping[str, Any]) -> dict[str, str]:
    """One wrong field: `field` is its path in the body or its name in the query, e.g. `contacts.0.email`."""
    return {"field": str(entry.get("field", "")), "detail": str(entry.get("message", ""))}


def headers_of(error: AppError) -> dict[str, str]:
    """What the error's status calls for beside the body."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="dossier"'
    elif isinstance(error, VerbNotAllowed):
        headers["Allow"] = ", ".join(error.data.get("allow", ()))
    elif isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(math.ceil(error.data.get("retry_after_seconds", RETRY_SECONDS)))
    elif isinstance(error, errors.Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    elif isinstance(error, (TooLarge, TooSlow)):
        headers["Connection"] = "close"  # the rest of the body is not worth reading
    elif isinstance(error, NoSuchRange):
        headers["Content-Range"] = f"bytes */{error.data.get('size', 0)}"
    elif isinstance(error, VersionMismatch) and isinstance(error.data.get("current"), dict):
        headers["ETag"] = f'"{error.data["current"].get("version", "")}"'
    return headers
