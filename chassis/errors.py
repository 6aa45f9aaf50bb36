"""The errors that cross the bus: typed, coded, with data a program can act on."""

from collections.abc import Collection
from typing import Any, ClassVar, Self
from uuid import UUID

import orjson
from nameko.exceptions import registry as nameko_registry

ERRORS: dict[str, type["AppError"]] = {}


class AppError(Exception):
    """Something went wrong that is not the caller's doing."""

    code: ClassVar[str] = "internal"
    detail: str
    data: dict[str, Any]
    unknown: Collection[UUID] = ()

    def __init__(self, detail: str | None = None, /, **data: Any) -> None:
        self.detail = detail or " ".join((type(self).__doc__ or type(self).__name__).split())
        self.data = data
        # nameko turns what is not a string inside exception arguments into one, so they travel as one JSON document.
        super().__init__(orjson.dumps([self.detail, data], default=str).decode())

    def __init_subclass__(cls) -> None:
        known = ERRORS.setdefault(cls.code, cls)
        if known is not cls and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            message = f"error code {cls.code!r} is taken by {known.__module__}.{known.__qualname__}"
            raise TypeError(message)
        nameko_registry[f"{cls.__module__}.{cls.__name__}"] = cls.from_wire

    @classmethod
    def from_wire(cls, document: str) -> "AppError":
        detail, data = orjson.loads(document)
        return cls(detail, **data)

    def naming(self, unknown: Collection[UUID]) -> Self:
        """The same, raised for ids of another service's that this one does not know; they are told to nobody."""
        self.unknown = unknown
        return self

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Invalid(AppError):
    """The request is not as it should be; `errors` names each wrong field and what to do about it."""

    code = "invalid"


class Unauthenticated(AppError):
    """Sign in, or send a valid token."""

    code = "unauthenticated"


class Forbidden(AppError):
    """You do not have the right to do this."""

    code = "forbidden"


class NotFound(AppError):
    """There is no such thing, or it is not yours to see."""

    code = "not_found"


class Conflict(AppError):
    """The request does not fit the present state."""

    code = "conflict"


class KeyReused(Conflict):
    """This Idempotency-Key was used for another request; take a fresh key for each request."""

    code = "idempotency_key_reused"


class TooManyRequests(AppError):
    """Too many attempts; `retry_after_seconds` says when to try again."""

    code = "too_many_requests"


class Unavailable(AppError):
    """A part of the system does not answer at the moment; try again."""

    code = "unavailable"


class DeadlineExceeded(Unavailable):
    """The answer did not come in time; whether the work was done is not known, so repeat with the same key."""

    code = "deadline_exceeded"


def wrong(field: str, message: str) -> Invalid:
    """Blame one field of a request; `field` is a path such as `contacts.0.email`."""
    return Invalid(errors=[{"field": field, "message": message}])


def from_reply(error: dict[str, Any]) -> AppError:
    """Turn the `error` of an RPC reply into an exception to raise; foreign ones become a plain AppError.

    What an unexpected error says stays in the owner's log: it may hold data that the caller must not see.
    """
    known = nameko_registry.get(error.get("exc_path", ""))
    if known is not None and error.get("exc_args"):
        raised = known(*error["exc_args"])
        if isinstance(raised, AppError):
            return raised
    if error.get("exc_type") == "MethodNotFound":
        return Unavailable("The service does not serve this call in its present version.")
    return AppError("Something went wrong inside; the request's id finds it in the logs.")


def to_reply(exc: BaseException) -> dict[str, Any]:
    """Describe an exception in nameko's own shape of an RPC error."""
    kind = type(exc)
    text = str(exc) if isinstance(exc, AppError) else kind.__name__
    args = list(exc.args) if isinstance(exc, AppError) else []
    return {
        "exc_type": kind.__name__,
        "exc_path": f"{kind.__module__}.{kind.__name__}",
        "exc_args": args,
        "value": text,
    }
