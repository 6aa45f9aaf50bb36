"""One line of the table: which HTTP request becomes which call of which contract, and what it takes to make it."""

import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_type_hints
from uuid import UUID

from chassis.context import DEFAULT_SECONDS
from contracts.files import Archive
from contracts.identity import Scope
from contracts.overview import SheetKind
from contracts.rights import Action, FirmAction

Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ANY_KIND = "*/*"
ANY: Literal["any"] = "any"  # an API token will do, whatever its scopes
PORTAL = "/v1/portal/"
Asked = Callable[[Any, Any], Any]  # (request, caller) -> the value of a field


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A raw body that goes into the store of files; the call gets its name there in `field`.

    `kinds` are the media types to be sent, `*/*` any; what the file is is decided by the owner, from its content.
    `measured` are the fields that tell its size in bytes and its SHA-256 in hexadecimal, found while it passes.
    """

    field: str
    kinds: tuple[str, ...]
    max_bytes: int
    seconds: float  # for all of it
    measured: tuple[str, str] | None = None

    def takes(self, kind: str) -> bool:
        """Whether a body may call itself that: the kinds' families are enough, senders are vague about the rest."""
        if ANY_KIND in self.kinds:
            return not kind.startswith("multipart/")  # what a form wraps a file in
        return kind.partition("/")[0] in {known.partition("/")[0] for known in self.kinds}


@dataclass(frozen=True, kw_only=True)
class Route:
    """`verb` and `path` become `call`; path, query and body are loaded strictly into its request message.

    `scope` is what an API token needs; without one only a signed-in session will do. `action` is what the caller
    must be allowed on the account of the path, `may` what they must be allowed in the firm (contracts/rights.py).
    Fields of the request that the caller does not send: `fixed` ones have a value, `asked` ones are taken from the
    HTTP request or the caller, `hidden` ones keep their default. `filters` names the field that takes every query
    parameter without a field of its own. With an `upload` the body is a file and all other fields come from the
    query. With `raw` the body may be anything: that field gets its very bytes, in base64. `gives` are the
    media types of an answer that is a file, a Content, rather than JSON. `seconds` bound the call, once the body is
    read. `whole` lists are several by repetition alone: their values hold commas. With `csv` the answer is a file,
    made of all the pages that the call gives. With `is_followed` whoever accepts text/event-stream gets a stream of the
    changes of the path's account, which begins with the call's answer.
    """

    verb: Verb = field(kw_only=False)
    path: str = field(kw_only=False)
    call: Callable[..., Any] = field(kw_only=False)
    scope: Scope | Literal["any"] | None = None
    action: Action | None = None
    may: FirmAction | None = None
    status: int = 200
    location: str | None = None  # of what was created; filled in with the answer's fields and the path's
    is_public: bool = False
    summary: str = ""  # of its line in the docs, where the call's name says too little
    fixed: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    filters: str | None = None
    cookie: Literal["set", "clear"] | None = None
    upload: Upload | None = None
    raw: str | None = None
    gives: tuple[str, ...] = ()
    seconds: float = DEFAULT_SECONDS
    whole: tuple[str, ...] = ()
    csv: SheetKind | None = None
    is_followed: bool = False

    @cached_property
    def is_portal(self) -> bool:
        """Whether clients' people call it, with a portal session, rather than members of the firm."""
        return self.path.startswith(PORTAL)

    @cached_property
    def service(self) -> str:
        """The owner of the contract the call belongs to."""
        contract = getattr(sys.modules[self.call.__module__], self.call.__qualname__.partition(".")[0])
        return str(contract.NAME)

    @cached_property
    def method(self) -> str:
        return self.call.__name__

    @cached_property
    def request(self) -> type:
        return get_type_hints(self.call)["request"]  # type: ignore[no-any-return]

    @cached_property
    def answer(self) -> type:
        return get_type_hints(self.call)["return"]  # type: ignore[no-any-return]

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The request's fields with their annotations."""
        hints = get_type_hints(self.request, include_extras=True)
        return {spec.name: hints[spec.name] for spec in dataclasses.fields(self.request)}

    @cached_property
    def path_fields(self) -> tuple[str, ...]:
        return tuple(step[1:-1] for step in self.path.split("/") if step.startswith("{"))

    @cached_property
    def open_fields(self) -> tuple[str, ...]:
        """The fields that come from the query or the body."""
        closed = {*self.path_fields, *self.fixed, *self.asked, *self.hidden, self.filters}
        if self.raw:
            closed.add(self.raw)
        if self.upload:
            closed |= {self.upload.field, *(self.upload.measured or ())}
        return tuple(name for name in self.hints if name not in closed)

    @cached_property
    def path_is_enough(self) -> bool:
        """Whether ids in the path make a whole request: all else has a default."""
        specs = [spec for spec in dataclasses.fields(self.request) if spec.name not in self.path_fields]
        ids_only = all(self.hints[name] is UUID for name in self.path_fields)
        defaults = all(spec.default is not spec.default_factory for spec in specs)  # one of them is not MISSING
        return ids_only and defaults and not self.fixed and not self.asked and not self.upload and not self.raw

    @cached_property
    def has_body(self) -> bool:
        return self.verb in {"POST", "PUT", "PATCH"}

    @cached_property
    def has_json(self) -> bool:
        """Whether the open fields come in a body of JSON, rather than in the query."""
        return self.has_body and self.upload is None and self.raw is None

    @cached_property
    def has_version(self) -> bool:
        """Whether the caller must say which version they saw, in the body or as If-Match."""
        return self.has_body and "version" in self.open_fields

    @cached_property
    def gives_version(self) -> bool:
        """Whether the answer is one thing with a version, told as its ETag too."""
        return "version" in {spec.name for spec in dataclasses.fields(self.answer)}

    @cached_property
    def passes_on(self) -> bool:
        """Whether the answer goes out as it came in: no header of the response hangs on it, and it is no file."""
        return not (self.gives_version or self.location or self.cookie or self.gives or self.answer is Archive)


def by_call(routes: Iterable[Route]) -> dict[Callable[..., Any], Route]:
    """Give the route of each call, for members where there is one for clients too, and one that fixes no field."""
    found: dict[Callable[..., Any], Route] = {}
    for route in sorted(routes, key=lambda one: (one.is_portal, bool(one.fixed))):
        found.setdefault(route.call, route)
    return found
