"""Fields of a call that the HTTP request itself or its sender gives, rather than what was sent."""

from uuid import UUID

from starlette.requests import Request

from gateway.auth import Caller, token_of

AGENT_LENGTH = 500  # characters


def address(request: Request, _: Caller | None) -> str:
    """Where the request came from; behind a proxy that uvicorn trusts, what the proxy says."""
    return request.client.host if request.client else ""


def agent(request: Request, _: Caller | None) -> str:
    text = request.headers.get("user-agent", "")
    return "".join(character for character in text if character.isprintable())[:AGENT_LENGTH]


def token(request: Request, _: Caller) -> str:
    return token_of(request)


def session_id(_: Request, caller: Caller) -> UUID | None:
    return caller.session_id
