"""The gateway in front of the accounting API: tokens, limits, faults on purpose, and `intuit_tid` on every answer."""

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.quickbooks import faults, mischief
from tests.quickbooks.company import Company
from tests.quickbooks.serving import Asked, interfere, serve
from tests.quickbooks.world import World

PROXY = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n</body>\r\n</html>\r\n"


class Dropped(Response):
    """No answer at all: the connection is reset, as by a proxy that gave up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def routes(world: World) -> list[Route]:
    api = Api(world)
    return [Route("/v3/company/{realm}/{path:path}", api.answer, methods=["GET", "POST"])]


class Api:
    def __init__(self, world: World) -> None:
        self.world = world

    async def answer(self, request: Request) -> Response:
        params = {name: value for name, value in request.query_params.items() if name != "minorversion"}
        asked = Asked(request.method, request.path_params["path"], params, await request.body())
        try:
            company = self._admit(request, request.path_params["realm"])
        except faults.Fault as fault:
            return self._json(fault.status, fault.body(self.world.clock.answered()))
        gate = self.world.gates[company.realm]
        try:
            gate.enter(self.world.knobs, is_batch=asked.path == "batch")
        except faults.Fault as fault:
            headers = {"retry-after": "60"} if self.world.knobs.retry_after else {}
            return self._json(fault.status, fault.body(self.world.clock.answered()), headers)
        try:
            return await self._answer(company, asked)
        finally:
            gate.leave()

    def _admit(self, request: Request, realm: str) -> Company:
        """The company that the token is for. Raises 3200, 3100, 120."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self.world.grants.of_access(token, self.world.clock.seconds()) if scheme.lower() == "bearer" else None
        company = self.world.companies.get(realm)
        if company is not None and company.is_disconnected:
            raise faults.not_authorised()
        if grant is None:
            raise faults.token_refused()
        if company is None or grant.realm != realm:
            raise faults.not_authorised()
        if company.has_lost_admin:
            raise faults.lost_admin()
        return company

    async def _answer(self, company: Company, asked: Asked) -> Response:
        wrong = self.world.mischief.of(asked.path, is_write=asked.is_write)
        if wrong in mischief.BEFORE:
            return self._without(wrong)
        if wrong == mischief.STALE:
            interfere(company, asked)
        try:
            status, body = serve(self.world, company, asked)
        except faults.Fault as fault:
            status, body = fault.status, fault.body(self.world.clock.answered())
        if "Fault" in body and self.world.mischief.happens(self.world.knobs.fault_200_rate):
            status = 200
        if wrong == "drop":
            return Dropped()
        if wrong == "slow":
            await asyncio.sleep(self.world.knobs.slow_seconds)
        if wrong == "error_after":
            failed = faults.internal()
            return self._json(failed.status, failed.body(self.world.clock.answered()))
        return self._json(status, {**body, "time": self.world.clock.answered()})

    def _without(self, wrong: str | None) -> Response:
        """Answer without having done anything."""
        if wrong == "lost":
            return Dropped()
        is_page = wrong == "error" and self.world.mischief.happens(self.world.knobs.html_rate)
        if wrong == "unavailable" or is_page:
            return HTMLResponse(PROXY, 503, {"intuit_tid": self.world.new_tid()})
        by_name = {
            "throttle": faults.throttled(),
            "unauthorized": faults.token_refused(),
            "forbidden": faults.not_authorised(),
        }
        fault = by_name.get(str(wrong), faults.internal())
        return self._json(200 if wrong == "fault_200" else fault.status, fault.body(self.world.clock.answered()))

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
        told = {"intuit_tid": self.world.new_tid(), **(headers or {})}
        return Response(json.dumps(body), status, told, media_type="application/json;charset=UTF-8")
