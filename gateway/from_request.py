"""Fields of a call that the HTTP request itself or its sender gives, rather than what was sent."""

from uuid import UUID

from starlette.requests import Request

from chassis.errors import Unauthenticated
from gateway.auth import PORTAL_COOKIE, Caller, token_of
from gateway.problems import ForeignOrigin

AGENT_LENGTH = 500  # characters


def address(request: Request, _: Caller | None) -> str:
    """Where the request came from; behind a proxy that uvicorn trusts, what the proxy says."""
    return request.client.host if request.client else ""


def agent(request: Request, _: Caller | None) -> str:
    text = request.headers.get("user-agent", "")
    return "".join(character for character in text if character.isprintable())[:AGENT_LENGTH]


def signature(request: Request, _: Caller | None) -> str:
    """What Intuit signs its webhooks with."""
    return request.headers.get("intuit-signature", "")


def token(request: Request, _: Caller) -> str:
    return token_of(request)


def by_person(request: Request, caller: Caller) -> bool:
    """Whether somebody signed in asks for what they will look at, rather than a program with a token."""
    return request.method == "GET" and caller.session_id is not None


def session_id(_: Request, caller: Caller) -> UUID | None:
    return caller.session_id


def portal_token(request: Request, _: Caller) -> str:
    return token_of(request, PORTAL_COOKIE)


def former(request: Request, _: Caller | None) -> str:
    """The portal session in which somebody signs in again, so that it ends; none of another site's making."""
    try:
        return token_of(request, PORTAL_COOKIE)
    except (Unauthenticated, ForeignOrigin):
        return ""


def user_id(_: Request, caller: Caller) -> UUID | None:
    return caller.actor.id
