"""The ASGI application: finds the route, knows the caller, asks the one service, answers."""

import asyncio
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.blobs import AsyncBlobs
from chassis.config import Settings
from chassis.context import Context
from chassis.errors import AppError, Conflict, Invalid, wrong
from chassis.logs import log
from chassis.wire import to_json
from gateway import auth, loading, problems, sheets, uploads
from gateway.access import AccessMemory
from gateway.auth import Callers
from gateway.bus import Bus
from gateway.downloads import Downloads
from gateway.events import listen
from gateway.pages import Pages
from gateway.route import Route
from gateway.router import Router
from gateway.traffic import Exchange, count
from gateway.uploads import Uploads

MAX_BODY = 1024 * 1024  # bytes
BODY_SECONDS = 30.0  # for all of it; longer than a megabyte takes on a slow line
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
KEY = re.compile(r"[\x20-\x7e]{1,200}")
NO_CONTENT = 204
INSIDE = "Something went wrong inside; the request's id finds it in the logs."


class Gateway:
    """Serves a table of routes over a bus, and the pages every process has."""

    def __init__(self, settings: Settings, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self.bus = Bus(settings)
        self._router = Router(self.routes)
        self._callers = Callers(self.bus)
        self._access = AccessMemory(self.bus)
        self._pages = Pages(self.routes, self.bus)
        blobs = AsyncBlobs(settings)
        self._uploads = Uploads(blobs)
        self._downloads = Downloads(blobs)
        listen(self.bus, self._callers, self._access)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server asks to start, and to stop when the last request is answered."""
        await receive()
        async with self.bus, self._uploads:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = Request(scope, receive)
        exchange = Exchange(request, _request_id(request))
        try:
            response = await self._answer(exchange)
        except AppError as error:
            response = problems.problem(error, exchange.request_id)
        except ClientDisconnect:
            return
        except Exception:  # noqa: BLE001 (a defect of ours: the caller gets an answer, the log the traceback)
            log.exception("request failed", correlation_id=exchange.request_id)
            response = problems.problem(AppError(INSIDE), exchange.request_id)
        response.headers["X-Request-Id"] = exchange.request_id
        count(exchange, response.status_code, time.perf_counter() - began)
        with suppress(ClientDisconnect):
            await response(scope, receive, send)

    async def _answer(self, exchange: Exchange) -> Response:
        request = exchange.request
        verb, path = request.method, request.scope["path"]
        routes, values = self._router.find(path)
        if not routes:
            return await self._pages.answer(request)
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
        ctx = auth.anonymous(exchange.request_id) if route.is_public else await self._known(exchange, route)
        fields = loading.path_fields(route, values)
        if route.action:
            await self._access.require(ctx, fields["account_id"], route.action)
        if route.has_json:
            fields |= loading.body_fields(route, request.headers, await _read(request))
        else:
            fields |= loading.query_fields(route, request.scope["query_string"])
        if route.upload:
            uploads.check(route.upload, request.headers)
            fields[route.upload.field] = uploads.new_path()
        by_header = loading.seen_version(route, request.headers, fields)
        fields |= {name: ask(request, exchange.caller) for name, ask in route.asked.items()}
        message = loading.message(route, fields)
        if route.csv:
            sheet = sheets.Sheet(self.bus, route, message, lambda: self._known(exchange, route))
            return await sheets.answer(sheet, ctx, request, fields, route.csv)
        if route.upload:
            async with self._uploads.kept(request, route.upload, fields[route.upload.field]):
                result = await self._ask(ctx, route, message, by_header=by_header)
        else:
            result = await self._ask(ctx, route, message, by_header=by_header)
        if route.gives:
            return await self._downloads.answer(request, result, lambda: self._ask(ctx, route, message))
        return _success(request, route, fields, result)

    async def _ask(self, ctx: Context, route: Route, message: Any, *, by_header: bool = False) -> Any:
        """The owner's answer; `by_header` says that the version was seen by If-Match."""
        if route.has_body:
            ctx = replace(ctx, deadline=time.monotonic() + route.seconds)  # the reading was the caller's time
        try:
            return await self.bus.call(ctx, route.service, route.method, message, seconds=route.seconds)
        except Conflict as conflict:
            if by_header and "current" in conflict.data:
                raise problems.VersionMismatch(**conflict.data) from conflict
            raise
        except Invalid as invalid:
            raise loading.as_asked(route, invalid) from invalid

    async def _known(self, exchange: Exchange, route: Route) -> Context:
        """The context of a caller who may use this route."""
        request, request_id = exchange.request, exchange.request_id
        caller = exchange.caller = await self._callers.caller(auth.token_of(request), request_id)
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


async def _read(request: Request) -> bytes:
    """The body, as far as it is not too large: counted, whatever its Content-Length says."""
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated) > MAX_BODY:
        raise problems.TooLarge(max_bytes=MAX_BODY)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY:
                    raise problems.TooLarge(max_bytes=MAX_BODY)
                parts.append(part)
    except TimeoutError:
        raise problems.TooSlow from None
    return b"".join(parts)


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
    return Response(to_json(result), route.status, headers, "application/json")


def _cookie(request: Request, route: Route, result: Any) -> str:
    is_secure = request.url.scheme == "https"
    if route.cookie == "clear":
        return auth.cookie("", seconds=0, is_secure=is_secure)
    return auth.cookie(result["token"], seconds=auth.seconds_until(result["expires_at"]), is_secure=is_secure)


def _request_id(request: Request) -> str:
    """The caller's own id for the request where it is one, so that their logs and ours can be read together."""
    stated = request.headers.get("x-request-id", "")
    return stated if REQUEST_ID.fullmatch(stated) else secrets.token_hex(16)
