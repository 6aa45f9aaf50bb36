"""Who sends the request: token or cookie into a caller, remembered for a few seconds."""

import datetime as dt
import hashlib
import time
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request

from chassis.context import Actor, Context
from chassis.errors import Unauthenticated
from chassis.wire import load
from contracts import rights
from contracts.identity import Credential, Identities, Identity
from contracts.portal import Portal, PortalIdentity
from gateway import problems
from gateway.bus import Bus
from gateway.route import ANY, Route

REMEMBERED_SECONDS = 5.0  # design.md §3: at most
REMEMBERED_CALLERS = 10_000
LONGEST_TOKEN = 200
COOKIE = "dossier_session"
PORTAL_COOKIE = "dossier_portal"  # a browser may hold both: somebody of the firm may be somebody's client
SAFE_VERBS = frozenset({"GET", "HEAD"})
OUR_OWN = frozenset({"same-origin", "none"})  # Sec-Fetch-Site of our pages, and of what the person typed
NOBODY = Actor(kind="anonymous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A member of a firm, by a session (`scopes` None) or by an API token, or a portal user by a session.

    `until` is on the monotonic clock.
    """

    firm_id: UUID
    firm_name: str
    actor: Actor
    session_id: UUID | None
    scopes: frozenset[str] | None
    until: float


def anonymous(request_id: str) -> Context:
    """The context of who is not known, or not yet: of no firm, with no right."""
    return Context(actor=NOBODY, door="api", correlation_id=request_id)


class Callers:
    """Knows whom a member's token belongs to, at most REMEMBERED_SECONDS after it last asked identity."""

    call: ClassVar[str] = Identities.resolve.__name__

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: dict[bytes, Caller] = {}
        self._changes = 0

    async def caller(self, token: str, request_id: str) -> Caller:
        """Raises Unauthenticated."""
        if not 0 < len(token) <= LONGEST_TOKEN:
            raise Unauthenticated
        digest = hashlib.sha256(token.encode()).digest()  # secrets are not kept in memory longer than a request
        known = self._known.get(digest)
        if known is not None and known.until > time.monotonic():
            return known
        changes, asked_at = self._changes, time.monotonic()
        answer = await self._bus.call(anonymous(request_id), Identities.NAME, self.call, Credential(token=token))
        found = self.read(answer, asked_at + REMEMBERED_SECONDS)
        if changes == self._changes:  # else the answer may be older than the change
            while len(self._known) >= REMEMBERED_CALLERS:
                del self._known[next(iter(self._known))]
            self._known.pop(digest, None)
            self._known[digest] = found
        return found

    def remembers(self, token: str) -> bool:
        """Whether the token's caller is known without asking."""
        known = self._known.get(hashlib.sha256(token.encode()).digest())
        return known is not None and known.until > time.monotonic()

    @staticmethod
    def read(answer: Any, until: float) -> Caller:
        """What identity answered."""
        identity = load(Identity, answer)
        member = identity.member
        rights_held = frozenset(member.rights)
        return Caller(
            firm_id=identity.firm.id,
            firm_name=identity.firm.name,
            actor=Actor(kind="member", id=member.id, role=member.role, rights=rights_held, name=member.name),
            session_id=identity.session_id,
            scopes=None if identity.scopes is None else frozenset(identity.scopes),
            until=until,
        )

    def forget_member(self, member_id: str) -> None:
        """Ask again about a member whose rights, sessions or tokens have changed."""
        self._changes += 1
        for digest in [digest for digest, caller in self._known.items() if str(caller.actor.id) == member_id]:
            del self._known[digest]

    def forget_all(self) -> None:
        self._changes += 1
        self._known.clear()


class PortalCallers(Callers):
    """The same of portal users, in a memory of their own: no token of the one kind is ever one of the other."""

    call = Portal.resolve_portal.__name__

    @staticmethod
    def read(answer: Any, until: float) -> Caller:
        """What identity answered; the address stands for the name, until an account is entered."""
        identity = load(PortalIdentity, answer)
        actor = Actor(kind="portal", id=identity.user.id, name=identity.user.email)
        return Caller(
            firm_id=identity.firm.id,
            firm_name=identity.firm.name,
            actor=actor,
            session_id=identity.session_id,
            scopes=None,
            until=until,
        )


def door_of(request: Request) -> str:
    """A browser's cookie opens the `page`, a token the `api`; history tells which it was."""
    return "api" if "authorization" in request.headers else "page"


def token_of(request: Request, cookie_name: str = COOKIE) -> str:
    """The Bearer token, else the cookie's. Raises Unauthenticated, and ForeignOrigin for another site's page."""
    stated = request.headers.get("authorization")
    if stated is not None:
        kind, _, token = stated.partition(" ")
        if kind.lower() != "bearer":
            raise Unauthenticated
        return token.strip()
    token = request.cookies.get(cookie_name, "")
    if not token:
        raise Unauthenticated
    if request.method not in SAFE_VERBS and not is_our_own(request):
        raise problems.ForeignOrigin
    return token


def is_our_own(request: Request) -> bool:
    """Whether one of our own pages sends this, as far as the browser says: another site's can't make it say so."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in OUR_OWN
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and (origin.scheme, origin.netloc) == (request.url.scheme, request.headers.get("host"))


def permit(route: Route, caller: Caller) -> None:
    """Raises ScopeMissing or RightMissing when the caller may not use the route at all."""
    if caller.scopes is not None and route.scope != ANY and route.scope not in caller.scopes:
        raise problems.ScopeMissing(scope=route.scope)
    if route.may and not rights.allows(rights.FIRM[route.may], caller.actor):
        raise problems.RightMissing(rights=list(rights.FIRM[route.may].rights))


def cookie_name(route: Route) -> str:
    return PORTAL_COOKIE if route.is_portal else COOKIE


def cookie(token: str, *, name: str, seconds: int, is_secure: bool) -> str:
    """The header that makes a browser keep the session; no page's script can read it."""
    secure = "; Secure" if is_secure else ""
    return f"{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def seconds_until(instant: str) -> int:
    """Whole seconds from the present to an instant as JSON has it."""
    return max(0, int((dt.datetime.fromisoformat(instant) - dt.datetime.now(dt.UTC)).total_seconds()))
