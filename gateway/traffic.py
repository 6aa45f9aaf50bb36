"""What came in and how it ended: one log line and two metrics per request."""

import datetime as dt
import logging
import sys
from dataclasses import dataclass

from prometheus_client import Counter, Histogram
from starlette.requests import Request

from chassis import tracing
from chassis.wire import to_json
from gateway.auth import Caller
from gateway.router import Listed

REQUESTS = Counter("dossier_http_requests_total", "HTTP requests by route and status", ["route", "status"])
SECONDS = Histogram("dossier_http_seconds", "Time to read a request and to make its answer", ["route"])
FAILED = 500
WINDOW = 60  # s; that limits of requests are for

log = logging.getLogger("gateway.requests")


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a limit after a request: `left` of `most`, all of it again in `seconds`."""

    name: str
    most: int
    left: int
    seconds: int

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.most};w={WINDOW}',
            "RateLimit": f'"{self.name}";r={self.left};t={self.seconds}',
        }


@dataclass(slots=True)
class Exchange:
    """One request on its way through: what is known of it so far.

    `is_by_address`: it counts for the address that it came from. `quota` is what is left to whom it counts for.
    """

    request: Request
    request_id: str
    route: Listed | None = None
    caller: Caller | None = None
    quota: Quota | None = None
    is_by_address: bool = False

    @property
    def name(self) -> str:
        """The verb and path of the route, whose parameters stay names."""
        return f"{self.route.verb} {self.route.path}" if self.route else "none"


def count(exchange: Exchange, status: int, seconds: float) -> None:
    """Count and log an answered request; probes and scrapes are logged only when they fail."""
    route, caller = exchange.route, exchange.caller
    name = exchange.name
    REQUESTS.labels(name, status).inc()
    SECONDS.labels(name).observe(seconds)
    if (route is None and status < FAILED) or not log.isEnabledFor(logging.INFO):
        return
    said = {
        "service": "gateway",
        "event": "request",
        "level": "info",
        "timestamp": dt.datetime.now(dt.UTC),
        "route": name,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "correlation_id": exchange.request_id,
        "firm_id": caller.firm_id if caller else None,
        "actor_id": caller.actor.id if caller else None,
    }
    trace_id = tracing.trace_id()
    if trace_id:
        said["trace_id"] = trace_id
    # Written by hand in the shape of `chassis.logs`, whose processors cost a fifth of a warm request.
    sys.stderr.write(to_json(said).decode() + "\n")
