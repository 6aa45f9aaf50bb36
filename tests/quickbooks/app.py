"""The simulator as one ASGI application."""

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.quickbooks import api, authorizing, controlling, pages
from tests.quickbooks.world import World


def application(world: World) -> ASGIApp:
    routes = [*authorizing.routes(world), *controlling.routes(world), *api.routes(world), *pages.routes(world)]
    inner = Starlette(routes=routes, lifespan=world.running)

    async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # uvicorn's own `send` is a method of the request's cycle, which holds the connection to be reset
            scope["transport"] = send.__self__.transport  # type: ignore[attr-defined]
        await inner(scope, receive, send)

    return with_transport
