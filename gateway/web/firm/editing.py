"""Things edited where they stand: a part of a page turns into a form and back, and nobody's change is lost."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from gateway.web.firm import sayings
from gateway.web.page import Visit

S = TypeVar("S")
Offers = Mapping[str, Any]
REFUSED = (Invalid, Conflict, Forbidden, NotFound)
TRIES = 3  # others may change other parts of the same thing again and again


async def nothing(_: Visit) -> Offers:
    """What a form offers that has nothing to choose from."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Part(Generic[S]):
    """One field or group that is edited by itself; `name` is its step of the path, its id and its template's.

    `needs` is what it takes to change it. `values` are what its form is about: while they are as the reader saw them,
    a change goes through whatever else was changed meanwhile. `offers` gives what its form chooses from. `touches`
    are the names of parts that show something else once this one is saved.
    """

    name: str
    needs: str
    values: Callable[[S], object]
    save: Callable[[Visit, S], Awaitable[S]]
    offers: Callable[[Visit], Awaitable[Offers]] = nothing
    touches: tuple[str, ...] = ()
    template: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # what its template needs besides

    @property
    def path(self) -> str:
        """Where it is read and saved, below the page."""
        return self.name.replace(".", "/")

    def seen(self, subject: S) -> str:
        """A mark of what a reader is shown, which the form brings back."""
        return hashlib.sha256(repr(self.values(subject)).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class Saved(Generic[S]):
    """What came of saving: the thing as it is since, and what is wrong. `is_changed`: somebody else was first."""

    subject: S
    problems: Mapping[str, str] = field(default_factory=dict)
    is_changed: bool = False
    status: int = 200

    @property
    def is_done(self) -> bool:
        return not (self.problems or self.is_changed)


async def save(visit: Visit, part: Part[S], fresh: Callable[[], Awaitable[S]], clash: type[Conflict]) -> Saved[S]:
    """Save what was typed into a part's form, unless what it is about is no longer what the reader saw.

    `fresh` reads the thing, `clash` is what its owner raises where another version is there by then.
    """
    for attempt in range(1, TRIES + 1):
        subject = await fresh()
        if visit.form.get("seen") != part.seen(subject):
            return Saved(subject=subject, is_changed=True, status=409)
        try:
            return Saved(subject=await part.save(visit, subject))
        except clash as error:
            if attempt == TRIES:
                return refused(visit, error, subject)
        except REFUSED as error:
            return refused(visit, error, subject)
    raise AssertionError


def onward(visit: Visit, path: str) -> Response:
    """Send the browser on; to the page that it is on already by loading that anew, which another `#` would not do."""
    if visit.is_part and urlsplit(visit.request.headers.get("hx-current-url", "")).path == path.partition("#")[0]:
        return Response(headers={"HX-Refresh": "true"})
    return visit.go(path)


def refused(visit: Visit, error: AppError, subject: S) -> Saved[S]:
    """The same thing as it was, with what is wrong."""
    return Saved(subject=subject, problems=sayings.by_field(visit, error), status=sayings.status(error))
