"""How much may be asked for in a minute: by an address until its caller is known, then by the person and their firm."""

import asyncio
import ipaddress
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

import orjson
import prometheus_client
from starlette.requests import Request

from chassis.config import Settings
from chassis.errors import TooManyRequests
from chassis.logs import log
from gateway.auth import COOKIE, PORTAL_COOKIE, Caller, Callers, PortalCallers
from gateway.bus import Bus
from gateway.traffic import WINDOW, Exchange, Quota

TOLD_EVERY = 0.25  # s between two words to the other gateways about what was asked for here
MOST_KEPT = 100_000  # callers of each kind; those who asked longest ago are forgotten first
MOST_TOLD = 5_000  # callers in one word to the others
LIMITED = prometheus_client.Counter("dossier_http_limited_total", "Requests refused for their number", ["limit"])


class RateLimited(TooManyRequests):
    """Too many requests in a minute; `limit` says whose, `retry_after_seconds` when there is room again."""

    code = "rate_limited"


@dataclass(slots=True)
class Limit:
    """At most `most` requests at once from whoever was quiet for a minute, and as many each minute; 0 is no limit.

    One number is kept of each caller: the instant at which all they spent is theirs again (a leaky bucket as GCRA
    keeps it). A refused request spends nothing.
    """

    name: str
    most: int
    told: Counter[str]
    _free_at: dict[str, float] = field(default_factory=dict)

    def spend(self, key: str, exchange: Exchange) -> bool:
        """Whether there is a limit to count for; the exchange tells what is left of it. Raises RateLimited."""
        if not self.most or not key:
            return False
        free_at, now = self._free_at.pop(key, 0.0), time.monotonic()
        step = WINDOW / self.most
        spent = max(free_at - now, 0.0) + step
        if spent > WINDOW + step / 2:
            self._free_at[key] = free_at
            LIMITED.labels(self.name).inc()
            exchange.quota = Quota(self.name, self.most, 0, int(spent - WINDOW) + 1)
            raise RateLimited(limit=self.name, retry_after_seconds=round(spent - WINDOW, 3))
        self._free_at[key] = now + spent
        if len(self._free_at) > MOST_KEPT:
            del self._free_at[next(iter(self._free_at))]
        self.told[f"{self.name} {key}"] += 1
        exchange.quota = Quota(self.name, self.most, int((WINDOW - spent) / step + 0.5), int(spent) + 1)
        return True

    def move(self, key: str, count: int) -> None:
        """Count what was asked for elsewhere, or with a negative `count` what turned out to be somebody else's."""
        if self.most:
            now = time.monotonic()
            free_at = max(self._free_at.pop(key, 0.0), now) + count * WINDOW / self.most
            if free_at > now:
                self._free_at[key] = min(free_at, now + 2 * WINDOW)

    def give_back(self, key: str) -> None:
        self.move(key, -1)
        self.told[f"{self.name} {key}"] -= 1


class Limits:
    """`async with limits:` shares what is spent with the other gateways (ADR 22)."""

    def __init__(self, settings: Settings, bus: Bus, members: Callers, clients: PortalCallers) -> None:
        self._bus, self._members, self._clients = bus, members, clients
        self._told: Counter[str] = Counter()
        made = {
            name: Limit(name, getattr(settings, f"limit_{name}"), self._told)
            for name in ("address", "member", "program", "client", "firm")
        }
        self._limits, self._address, self._firm = made, made["address"], made["firm"]
        self._me = uuid.uuid4().hex
        self._exchange = f"{settings.namespace}.limits"
        self._teller: asyncio.Task[None] | None = None
        bus.subscribe(("spent",), self._heard, lambda: None, exchange=self._exchange)

    async def __aenter__(self) -> Self:
        self._teller = asyncio.create_task(self._keep_telling())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._teller is not None:
            self._teller.cancel()
            await asyncio.wait({self._teller})

    def arrive(self, exchange: Exchange) -> None:
        """Count a request whose caller is to be found out. Raises RateLimited.

        Who is remembered already is let pass: strangers at the same address don't lock them out.
        """
        try:
            exchange.is_by_address = self._address.spend(_address(exchange.request), exchange)
        except RateLimited:
            if not self._is_remembered(exchange.request):
                raise
            exchange.quota = None

    def know(self, exchange: Exchange, caller: Caller) -> None:
        """Count the request, once, as its caller's instead, and as their firm's. Raises RateLimited."""
        is_counted, exchange.caller = exchange.caller is not None, caller
        if is_counted:
            return
        if exchange.is_by_address:
            exchange.is_by_address, exchange.quota = False, None
            self._address.give_back(_address(exchange.request))
        kind = "client" if caller.actor.kind == "portal" else "member" if caller.scopes is None else "program"
        self._limits[kind].spend(str(caller.actor.id), exchange)
        of_person = exchange.quota
        self._firm.spend(str(caller.firm_id), exchange)  # last: who is refused for themselves takes nothing from others
        exchange.quota = of_person

    def _is_remembered(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").partition(" ")[2].strip()
        if token:
            return self._members.remembers(token) or self._clients.remembers(token)
        of_member, of_client = request.cookies.get(COOKIE, ""), request.cookies.get(PORTAL_COOKIE, "")
        return self._members.remembers(of_member) or self._clients.remembers(of_client)

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(TOLD_EVERY)
            spent = {key: count for key, count in self._told.most_common(MOST_TOLD) if count}
            self._told.clear()
            if spent:
                self._bus.tell(self._exchange, "spent", orjson.dumps([self._me, spent]))

    def _heard(self, _: str, body: bytes) -> None:
        try:
            who, spent = orjson.loads(body)
            if who != self._me:
                for key, count in spent.items():
                    name, _, caller = key.partition(" ")
                    self._limits[name].move(caller, int(count))
        except (ValueError, LookupError, TypeError, AttributeError):
            log.exception("another gateway tells of its requests in a way that is not ours")


@lru_cache(maxsize=10_000)
def _network(host: str) -> str:
    """The address, of IPv6 the network that one line of a provider gets: within it addresses are free."""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.IPv6Network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def _address(request: Request) -> str:
    return _network(request.client.host) if request.client else ""
