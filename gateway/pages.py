"""What is served beside the API: health, metrics, the API's description and its browsable form."""

from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from chassis.errors import Unavailable
from chassis.wire import to_json
from gateway import asyncapi, openapi, problems
from gateway.bus import Bus
from gateway.limits import Limits
from gateway.route import Route
from gateway.traffic import Exchange

WEB = Path(__file__).parent / "web"
STATIC = "/static/"
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
DAY = 86_400  # s
# The viewer writes its own style sheets into the page; scripts come from our files only.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Answer = Callable[[Request], Awaitable[Response]]


class Pages:
    def __init__(self, routes: Iterable[Route], bus: Bus, limits: Limits, *, has_metrics: bool) -> None:
        self._routes = tuple(routes)
        self._bus, self._limits = bus, limits
        self._static = StaticFiles(directory=WEB / "static")
        self._pages: dict[str, Callable[[], Response]] = {
            "/healthz": self._health,
            "/readyz": self._readiness,
            "/v1/openapi.json": self._description,
            "/v1/asyncapi.json": self._events,
            "/docs": self._docs,
        }
        if has_metrics:
            self._pages["/metrics"] = self._metrics

    async def answer(self, exchange: Exchange) -> Response:
        """Raises NoSuchPath, VerbNotAllowed, RateLimited."""
        request = exchange.request
        path = request.scope["path"]
        page = self._pages.get(path)
        if path not in PROBES and not path.startswith(STATIC):
            self._limits.arrive(exchange)
        if page is None and not path.startswith(STATIC):
            raise problems.NoSuchPath
        if request.method not in {"GET", "HEAD"}:
            raise problems.VerbNotAllowed(allow=["GET", "HEAD"])
        return page() if page else await self._file(request, path.removeprefix(STATIC))

    async def _file(self, request: Request, name: str) -> Response:
        try:
            response = await self._static.get_response(name, request.scope)
        except HTTPException:
            raise problems.NoSuchPath from None
        response.headers["Cache-Control"] = f"public, max-age={DAY}"
        return response

    def _health(self) -> Response:
        return Response("ok", media_type="text/plain")

    def _readiness(self) -> Response:
        if not self._bus.is_connected:
            raise Unavailable("The message broker does not answer.")
        return Response("ok", media_type="text/plain")

    def _metrics(self) -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @cached_property
    def _document(self) -> bytes:
        return to_json(openapi.describe(self._routes))

    def _description(self) -> Response:
        return Response(self._document, media_type="application/json")

    @cached_property
    def _document_of_events(self) -> bytes:
        return to_json(asyncapi.describe(self._bus.events))

    def _events(self) -> Response:
        return Response(self._document_of_events, media_type="application/json")

    def _docs(self) -> Response:
        page = (WEB / "docs.html").read_text(encoding="utf-8")
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return Response(page, headers=headers, media_type="text/html")
