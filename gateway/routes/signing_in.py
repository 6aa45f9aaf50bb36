"""Signing in and out, and what is one's own: sessions, API tokens, password, sign-in history."""

from contracts.identity import Identities
from gateway.from_request import address, agent, session_id, token
from gateway.route import ANY, Route

ROUTES = (
    Route(
        "POST",
        "/v1/auth/login",
        Identities.sign_in,
        is_public=True,
        asked={"address": address, "agent": agent},
        cookie="set",
    ),
    Route(
        "POST",
        "/v1/auth/logout",
        Identities.sign_out,
        status=204,
        asked={"token": token},
        cookie="clear",
    ),
    Route("GET", "/v1/me", Identities.resolve, scope=ANY, asked={"token": token}, summary="Who am I"),
    Route(
        "PUT",
        "/v1/me/password",
        Identities.change_password,
        status=204,
        asked={"session_id": session_id},
    ),
    Route("GET", "/v1/me/sessions", Identities.list_sessions),
    Route("DELETE", "/v1/me/sessions/{session_id}", Identities.end_session, status=204),
    Route("GET", "/v1/me/tokens", Identities.list_tokens),
    Route("POST", "/v1/me/tokens", Identities.create_token, status=201),
    Route("DELETE", "/v1/me/tokens/{token_id}", Identities.revoke_token, status=204),
    Route("GET", "/v1/sign-ins", Identities.list_sign_ins, scope="members:read"),
)
