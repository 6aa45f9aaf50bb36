"""One line of the table of pages, and one visit to a page."""

import datetime as dt
import re
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar, get_type_hints
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chassis.context import DEFAULT_SECONDS, Actor, Context
from chassis.errors import AppError, Unauthenticated
from chassis.wire import load
from contracts import rights
from contracts.common import timezones
from contracts.rights import FirmAction
from gateway import auth, from_request, problems
from gateway.access import AccessMemory, Actions, EntryMemory
from gateway.auth import COOKIE, PORTAL_COOKIE, Caller, Callers, PortalCallers
from gateway.bus import Bus
from gateway.downloads import Downloads
from gateway.limits import Limits
from gateway.route import Route
from gateway.traffic import Exchange
from gateway.uploads import Uploads
from gateway.web import words
from gateway.web.drawing import draw
from gateway.web.languages import Language

SEE_OTHER = 303
LONGEST_AGENT = 255  # characters that evidence of a signature keeps
PORTAL, PORTAL_SIGN_IN, SIGN_IN = "/portal", "/portal/sign-in", "/sign-in"
ZONE, THEME = "dossier_zone", "dossier_theme"  # cookies that a script of ours sets
THEMES = ("light", "dark")
FORM_KEY = re.compile(r"[0-9a-f]{32}")
OURS = re.compile(r"/(?![/\\])[\x21-\x7e]*")  # a path on this site, never another one

A = TypeVar("A")
Q = TypeVar("Q")
Kind = Literal["invitation", "reset", "signing", "unsubscribe"]  # of a link


@dataclass(frozen=True, slots=True)
class Desk:
    """What pages ask: the services, what the gateway remembers, and the API's route of each call."""

    bus: Bus
    members: Callers
    callers: PortalCallers
    access: AccessMemory
    entries: EntryMemory
    downloads: Downloads
    uploads: Uploads
    routes: Mapping[Callable[..., Any], Route]
    limits: Limits


@dataclass(kw_only=True)
class Visit:
    """A request for a page. `values` are the parameters of its path, `token` is that of the link there.

    `posted` are the fields of a form with what was typed into each, in its order.
    """

    exchange: Exchange
    desk: Desk
    language: Language
    page: "Page | None" = None
    values: tuple[str, ...] = ()
    token: str = ""
    posted: Sequence[tuple[str, str]] = ()

    @property
    def request(self) -> Request:
        return self.exchange.request

    @property
    def caller(self) -> Caller | None:
        return self.exchange.caller

    @cached_property
    def ctx(self) -> Context:
        """Of nobody in particular: who has a link or a password proves it by that."""
        return replace(auth.anonymous(self.exchange.request_id), door="page")

    @cached_property
    def came(self) -> dict[str, str]:
        return {"address": from_request.address(self.request, None), "agent": from_request.agent(self.request, None)}

    @cached_property
    def form(self) -> Mapping[str, str]:
        """What was typed; of fields of one name the last."""
        return dict(self.posted)

    def filled(self, fields: Mapping[str, str]) -> None:
        """Take these for what was typed."""
        self.__dict__["form"] = fields

    def chosen(self, name: str) -> list[str]:
        """All that was ticked or typed under one name, without what was left empty."""
        return [value for known, value in self.posted if known == name and value.strip()]

    @cached_property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @cached_property
    def is_part(self) -> bool:
        """Whether a script asks for a part of a page, to put it in its place, rather than the browser for a whole."""
        return self.request.headers.get("hx-request") == "true"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The reader's time zone, as their browser told it by a cookie; UTC until it has."""
        name = self.request.cookies.get(ZONE, "")
        return ZoneInfo(name if name in timezones() else "UTC")

    def path_id(self, place: int = 0) -> UUID:
        """The parameter at a place of the path, as an id. Raises NoSuchPath for what can't be one."""
        try:
            found = UUID(self.values[place])
        except ValueError:
            raise problems.NoSuchPath from None
        if str(found) != self.values[place].lower():
            raise problems.NoSuchPath
        return found

    async def signed_in(self) -> Context:
        """The context of whose portal session came along. Raises Unauthenticated."""
        return await self._known(self.desk.callers, PORTAL_COOKIE)

    async def member(self) -> Context:
        """The context of the member whose session came along. Raises Unauthenticated."""
        return await self._known(self.desk.members, COOKIE)

    async def _known(self, callers: Callers, cookie: str) -> Context:
        caller = await callers.caller(auth.token_of(self.request, cookie), self.exchange.request_id)
        self.desk.limits.know(self.exchange, caller)
        ctx = replace(self.ctx, firm_id=caller.firm_id, actor=caller.actor)
        key = self.form.get("key", "")
        if FORM_KEY.fullmatch(key) and self.page:  # a form that is sent twice is one
            return replace(ctx, key=f"{caller.actor.id}:{self.page.path}:{key}")
        return ctx

    async def ask(
        self,
        call: Callable[[Any, Context, Q], A],
        request: Q,
        ctx: Context | None = None,
        seconds: float = DEFAULT_SECONDS,
    ) -> A:
        """Make the call of a contract and give its answer; the time to answer begins with the call."""
        ctx = replace(ctx or self.ctx, deadline=time.monotonic() + seconds)
        answer = await self.desk.bus.call(ctx, self.owner(call), call.__name__, request, seconds=seconds)
        return load(get_type_hints(call)["return"], answer)  # type: ignore[no-any-return]

    @staticmethod
    def owner(call: Callable[..., Any]) -> str:
        """The owner of the contract that a call belongs to."""
        return str(getattr(sys.modules[call.__module__], call.__qualname__.partition(".")[0]).NAME)

    async def call(self, call: Callable[[Any, Context, Any], A], step: str = "", /, **fields: Any) -> A:
        """Do for a member what the API does where this call has a route, under the same rights.

        `fields` are as JSON would hold them. `step` tells several changes of one visit apart. Raises what the route
        would: Invalid by field, NotFound for an account out of their sight, ActionNotAllowed, RightMissing, and the
        call's own errors.
        """
        ctx, request, route = await self._as_asked(call, fields)
        return await self.ask(call, request, ctx.keyed(step) if step else ctx, route.seconds)

    async def plain(self, call: Callable[[Any, Context, Any], Any], /, **fields: Any) -> Any:
        """The same, with the answer as JSON holds it: for large ones, of which a page reads what it shows."""
        ctx, request, route = await self._as_asked(call, fields)
        return await self.desk.bus.call(ctx, route.service, route.method, request, seconds=route.seconds)

    async def _as_asked(self, call: Callable[..., Any], fields: dict[str, Any]) -> tuple[Context, Any, Route]:
        route = self.desk.routes[call]
        ctx = await self.member()
        auth.permit(route, self._known_caller)
        if route.action:
            await self.desk.access.require(ctx, fields["account_id"], route.action)
        asked = {name: ask(self.request, self.caller) for name, ask in route.asked.items()}
        return ctx, load(route.request, {**fields, **asked, **route.fixed}, strict=True), route

    async def actions(self, account_id: UUID) -> Actions:
        """What the member may do on an account. Raises AccountNotFound for one out of their sight."""
        return await self.desk.access.actions(await self.member(), account_id)

    def may(self, action: FirmAction) -> bool:
        """Whether the member, known already, may do something that concerns the firm."""
        return rights.allows(rights.FIRM[action], self._known_caller.actor)

    @property
    def actor(self) -> Actor:
        """Who the member, known already, is and what rights they have."""
        return self._known_caller.actor

    @property
    def _known_caller(self) -> Caller:
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    def missing(self, *names: str) -> dict[str, str]:
        """What is said of the fields that were left empty."""
        return {name: self.language.say(words.FILL_IN) for name in names if not self.form.get(name, "").strip()}

    def draw(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page; `problems` are what is wrong, by field, and `form` what was posted."""
        common = {
            "here": self.request.scope["path"],
            "form": self.form,
            "problems": {},
            "firm": self.caller.firm_name if self.caller else None,
            "me": self.caller.actor if self.caller else None,
            "may": self.may,
            "zone": self.zone,
            "theme": self._theme(),
            "form_key": secrets.token_hex(16),
            "is_part": self.is_part,
        }
        return draw(self.language, template, common | values, status)

    def said(self, error: AppError) -> dict[str, str]:
        """What is wrong, by field, in the reader's language."""
        return words.by_field(self.language, error)

    def refuse(self, template: str, error: AppError, **values: Any) -> Response:
        """The same page again, with what is wrong."""
        said = self.said(error)
        response = self.draw(template, problems.status_of(type(error)), problems=said, **values)
        response.headers.update(problems.headers_of(error))
        return response

    def go(self, path: str, *cookies: str) -> Response:
        """Send the browser on to another page of ours, to be fetched anew; a script that asked for a part does it."""
        if self.is_part:
            response = Response(status_code=200, headers={"HX-Redirect": path})
        else:
            response = RedirectResponse(path, SEE_OTHER, {"Cache-Control": "no-store"})
        for cookie in cookies:
            response.headers.append("Set-Cookie", cookie)
        return response

    def sign_in(self) -> Response:
        """Send whoever is not signed in to where they do, to come back to where they wanted to go."""
        is_firms = self.page is not None and self.page.is_firms
        place, front = (SIGN_IN, "/") if is_firms else (PORTAL_SIGN_IN, PORTAL)
        path = self.request.scope["path"]
        if self.request.method != "GET" or self.is_part or path == front:
            return self.go(place)
        query = self.request.scope["query_string"].decode("latin-1")
        return self.go(f"{place}?next={quote(f'{path}?{query}' if query else path, safe='/')}")

    @cached_property
    def wanted(self) -> str:
        """The page that somebody was on the way to when they had to sign in, if it is one of ours."""
        path = self.form.get("next") or self.query.get("next", "")
        return path if OURS.fullmatch(path) else ""

    def session_cookie(self, token: str, expires_at: dt.datetime | None, name: str = PORTAL_COOKIE) -> str:
        """What makes the browser keep a session, or with no end forget it."""
        seconds = auth.seconds_until(expires_at.isoformat()) if expires_at else 0
        return auth.cookie(token, name=name, seconds=seconds, is_secure=self.request.url.scheme == "https")

    def _theme(self) -> str:
        theme = self.request.cookies.get(THEME, "")
        return theme if theme in THEMES else ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """`verb` and `path` become a page that `show` draws. `link` is the kind of link whose token stands in the path.

    `is_anyones`: may be posted by who is no page of ours, since the link alone allows it. `has_files`: `show` reads
    the form itself, while it comes. `most_fields`: of a form; lists of lines have many.
    """

    verb: Literal["GET", "POST"] = field(kw_only=False)
    path: str = field(kw_only=False)
    show: Callable[[Visit], Awaitable[Response]] = field(kw_only=False)
    link: Kind | None = None
    is_anyones: bool = False
    has_files: bool = False
    most_fields: int = 2000  # an invoice has up to 200 lines of seven fields each

    @property
    def is_firms(self) -> bool:
        """Whether it is for members, rather than for clients or whoever has a link."""
        return self.link is None and self.path != PORTAL and not self.path.startswith(f"{PORTAL}/")
