"""The ASGI application: finds the route, knows the caller, asks the one service, answers."""

import base64
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis import tracing
from chassis.blobs import AsyncBlobs
from chassis.config import Settings
from chassis.context import Context
from chassis.errors import AppError, Conflict, Invalid, wrong
from chassis.logs import log
from chassis.wire import to_json
from contracts.files import Archive
from gateway import auth, bodies, headers, loading, problems, sheets, uploads
from gateway.access import AccessMemory, EntryMemory
from gateway.archives import Archives
from gateway.auth import Callers, PortalCallers
from gateway.bus import Bus
from gateway.changes import ChangesResponse, Streams
from gateway.downloads import Downloads
from gateway.events import listen
from gateway.limits import Limits
from gateway.pages import Pages
from gateway.route import Route, by_call
from gateway.router import Router
from gateway.traffic import Exchange, count
from gateway.uploads import Uploads
from gateway.web.page import Desk
from gateway.web.site import Site

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
KEY = re.compile(r"[\x20-\x7e]{1,200}")
NO_CONTENT = 204
INSIDE = "Something went wrong inside; the request's id finds it in the logs."


class Gateway:
    """Serves a table of routes over a bus, the pages for clients' people, and those every process has."""

    def __init__(self, settings: Settings, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self.bus = Bus(settings)
        self._router = Router(self.routes)
        self._callers = Callers(self.bus)
        self._access = AccessMemory(self.bus)
        self._portal_callers = PortalCallers(self.bus)
        self._entries = EntryMemory(self.bus)
        self._limits = Limits(settings, self.bus, self._callers, self._portal_callers)
        self._pages = Pages(self.routes, self.bus, self._limits, has_metrics=not settings.ops_port)
        blobs = AsyncBlobs(settings)
        self._uploads = Uploads(blobs)
        self._downloads = Downloads(blobs)
        self._archives = Archives(settings)
        self._site = Site(
            Desk(
                self.bus,
                self._callers,
                self._portal_callers,
                self._access,
                self._entries,
                self._downloads,
                self._uploads,
                by_call(self.routes),
                self._limits,
            )
        )
        self.streams = Streams(self.bus)
        listen(self.bus, self._callers, self._access, self._portal_callers, self._entries, self.streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server asks to start, and to stop when the last request is answered."""
        await receive()
        async with self.bus, self._uploads, self._limits:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        exchange = Exchange(request, _request_id(request))
        with tracing.span("server", request.method, {tracing.REQUEST: exchange.request_id}) as span:
            response = await self._answered(exchange, span)
            if response is None:
                return
            if not isinstance(response, ChangesResponse):
                with suppress(ClientDisconnect):
                    await response(scope, receive, send)
                return
        with suppress(ClientDisconnect):  # for as long as the page is open; what it asks meanwhile is no part of this
            await response(scope, receive, send)

    async def _answered(self, exchange: Exchange, span: tracing.Span) -> Response | None:
        """The answer, counted and traced; None where nobody waits for it any more."""
        began = time.perf_counter()
        try:
            response = await self._answer(exchange)
        except AppError as error:
            response = problems.problem(error, exchange.request_id)
        except ClientDisconnect:
            return None
        except Exception as error:  # noqa: BLE001 (a defect of ours: the caller gets an answer, the log the traceback)
            log.exception("request failed", correlation_id=exchange.request_id)
            span.fail(type(error).__name__)
            response = problems.problem(AppError(INSIDE), exchange.request_id)
        response.headers["X-Request-Id"] = exchange.request_id
        headers.harden(exchange.request, response)
        if exchange.quota is not None:
            response.headers.update(exchange.quota.headers())
        count(exchange, response.status_code, time.perf_counter() - began)
        span.name(exchange.name, {"http.response.status_code": response.status_code})
        return response

    async def _answer(self, exchange: Exchange) -> Response:
        request = exchange.request
        verb, path = request.method, request.scope["path"]
        routes, values = self._router.find(path)
        if not routes:
            return await (self._site.answer(exchange) if Site.has(path) else self._pages.answer(exchange))
        route = routes.get("GET" if verb == "HEAD" else verb)
        if route is None:
            allowed = sorted({*routes, *(["HEAD"] if "GET" in routes else []), "OPTIONS"})
            if verb == "OPTIONS":
                return Response(status_code=NO_CONTENT, headers={"Allow": ", ".join(allowed)})
            raise problems.VerbNotAllowed(allow=allowed)
        exchange.route = route
        return await self._call(exchange, route, values)

    async def _call(self, exchange: Exchange, route: Route, values: list[str]) -> Response:
        request = exchange.request
        self._limits.arrive(exchange)
        ctx = auth.anonymous(exchange.request_id) if route.is_public else await self._known(exchange, route)
        fields = loading.path_fields(route, values)
        if route.action and route.is_portal:
            ctx = await self._entries.enter(ctx, fields["account_id"], route.action)
        elif route.action:
            await self._access.require(ctx, fields["account_id"], route.action)
        if route.has_json:
            fields |= loading.body_fields(route, request.headers, await bodies.read(request))
        else:
            fields |= loading.query_fields(route, request.scope["query_string"])
        if route.raw:
            fields[route.raw] = base64.b64encode(await bodies.read(request)).decode()
        if route.upload:
            uploads.check(route.upload, request.headers)
            fields[route.upload.field] = uploads.new_path()
        by_header = loading.seen_version(route, request.headers, fields)
        fields |= {name: ask(request, exchange.caller) for name, ask in route.asked.items()}
        message = loading.message(route, fields)
        if route.csv or (route.is_followed and Streams.wants(request)):
            return await self._stream(ctx, exchange, route, message, fields)
        if route.upload:
            async with self._uploads.kept(request.stream(), route.upload, fields[route.upload.field]) as measures:
                result = await self._ask(ctx, route, replace(message, **measures), by_header=by_header)
        else:
            result = await self._ask(ctx, route, message, by_header=by_header)
        if route.answer is Archive:
            return self._archives.answer(request, result)
        if route.gives:
            return await self._downloads.answer(request, result, lambda: self._ask(ctx, route, message))
        return _success(request, route, fields, result)

    async def _stream(
        self, ctx: Context, exchange: Exchange, route: Route, message: Any, fields: dict[str, Any]
    ) -> Response:
        """An answer that is made while it is sent, for a caller who is looked at again meanwhile."""
        if route.csv:
            sheet = sheets.Sheet(self.bus, route, message, lambda: self._known(exchange, route))
            return await sheets.answer(sheet, ctx, exchange.request, fields, route.csv)
        account_id = fields["account_id"]
        return await self.streams.answer(ctx, account_id, lambda: self._allowed(exchange, route, account_id))

    async def _ask(self, ctx: Context, route: Route, message: Any, *, by_header: bool = False) -> Any:
        """The owner's answer, as JSON where nothing of it is looked at; `by_header`: the version came by If-Match."""
        if route.has_body:
            ctx = replace(ctx, deadline=time.monotonic() + route.seconds)  # the reading was the caller's time
        call = self.bus.call_for_json if route.passes_on else self.bus.call
        try:
            return await call(ctx, route.service, route.method, message, seconds=route.seconds)
        except Conflict as conflict:
            if by_header and "current" in conflict.data:
                raise problems.VersionMismatch(**conflict.data) from conflict
            raise
        except Invalid as invalid:
            raise loading.as_asked(route, invalid) from invalid

    async def _allowed(self, exchange: Exchange, route: Route, account_id: UUID) -> Context:
        """The context of the same caller, looked at again. Raises what it raised if they came at this moment."""
        ctx = await self._known(exchange, route)
        if route.action:
            await self._access.require(ctx, account_id, route.action)
        return ctx

    async def _known(self, exchange: Exchange, route: Route) -> Context:
        """The context of a caller who may use this route."""
        request, request_id = exchange.request, exchange.request_id
        callers = self._portal_callers if route.is_portal else self._callers
        token = auth.token_of(request, auth.cookie_name(route))
        caller = await callers.caller(token, request_id)
        self._limits.know(exchange, caller)
        auth.permit(route, caller)
        key = request.headers.get("idempotency-key")
        if key is None:
            key = secrets.token_hex(16)
        elif KEY.fullmatch(key):
            key = f"{caller.actor.id}:{route.verb} {route.path}:{key}"
        else:
            raise wrong("Idempotency-Key", "Must be 1 to 200 printable ASCII characters.")
        door = auth.door_of(request)
        return Context(firm_id=caller.firm_id, actor=caller.actor, correlation_id=request_id, key=key, door=door)


def _success(request: Request, route: Route, fields: dict[str, Any], result: Any) -> Response:
    headers = {"Cache-Control": "no-store"}
    if route.gives_version:
        headers["ETag"] = f'"{result["version"]}"'
    if route.location:
        headers["Location"] = route.location.format_map({**fields, **result})
    if route.cookie:
        headers["Set-Cookie"] = _cookie(request, route, result)
    if route.status == NO_CONTENT:
        return Response(status_code=NO_CONTENT, headers=headers)
    body = result if route.passes_on else to_json(result)
    return Response(body, route.status, headers, "application/json")


def _cookie(request: Request, route: Route, result: Any) -> str:
    is_secure, name = request.url.scheme == "https", auth.cookie_name(route)
    if route.cookie == "clear":
        return auth.cookie("", name=name, seconds=0, is_secure=is_secure)
    seconds = auth.seconds_until(result["expires_at"])
    return auth.cookie(result["token"], name=name, seconds=seconds, is_secure=is_secure)


def _request_id(request: Request) -> str:
    """The caller's own id for the request where it is one, so that their logs and ours can be read together."""
    stated = request.headers.get("x-request-id", "")
    return stated if REQUEST_ID.fullmatch(stated) else secrets.token_hex(16)
