"""The OAuth pages: discovery, consent, tokens, revocation, as the discovery document of Intuit names them."""

import base64
import binascii
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.quickbooks import grants, mischief
from tests.quickbooks.api import PROXY, Dropped
from tests.quickbooks.world import World

SCOPE = "com.intuit.quickbooks.accounting"
HARD = "x-include-refresh-token-hard-expires-in"


def routes(world: World) -> list[Route]:
    pages = Pages(world)
    found = ["/.well-known/openid_configuration", "/.well-known/openid_configuration/"]
    return [
        *(Route(path, pages.discover) for path in found),
        Route("/connect/oauth2", pages.authorize),
        Route("/oauth2/v1/tokens/bearer", pages.give_tokens, methods=["POST"]),
        Route("/v2/oauth2/tokens/revoke", pages.revoke, methods=["POST"]),
    ]


class Pages:
    def __init__(self, world: World) -> None:
        self.world = world

    async def discover(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": f"{base}/op/v1",
                "authorization_endpoint": f"{base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "scopes_supported": [SCOPE],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        """Consent at once, or refuse with `deny`; a wrong app or redirect is told to the person, not sent back."""
        asked, knobs = request.query_params, self.world.knobs
        redirect = asked.get("redirect_uri", "")
        parts = urlsplit(redirect)
        is_secure = parts.scheme == "https" or not knobs.is_production
        if asked.get("client_id") not in knobs.clients or not parts.netloc or not is_secure:
            return HTMLResponse("<h1>Sorry, but the app didn't connect: client_id or redirect_uri is wrong</h1>", 400)
        refusal = None
        if asked.get("response_type") != "code" or "state" not in asked:
            refusal = "invalid_request"
        elif SCOPE not in asked.get("scope", "").split():
            refusal = "invalid_scope"
        elif "deny" in asked:
            refusal = "access_denied"
        if refusal:
            back = {"error": refusal, "state": asked.get("state", "")}
        else:
            realm = knobs.authorizes or next(iter(self.world.companies))
            ends = self.world.clock.seconds() + knobs.code_seconds
            code = self.world.grants.make_code(asked["client_id"], realm, redirect, ends)
            back = {"code": code, "state": asked["state"], "realmId": realm}
        return RedirectResponse(f"{redirect}{'&' if parts.query else '?'}{urlencode(back)}", 302)

    async def give_tokens(self, request: Request) -> Response:
        client, form = self._client(request), await _form(request)
        if client is None:
            return JSONResponse({"error": "invalid_client"}, 401)
        world, moment = self.world, self.world.clock.seconds()
        wrong = world.mischief.of_tokens()
        if wrong in mischief.BEFORE:
            return Dropped() if wrong == "lost" else HTMLResponse(PROXY, 503)
        try:
            match form.get("grant_type"):
                case "authorization_code":
                    code, redirect = str(form.get("code")), str(form.get("redirect_uri"))
                    grant = world.grants.exchange(code, client, redirect, world.knobs, moment)
                    self._welcome(grant.realm)
                case "refresh_token":
                    grant = world.grants.renew(str(form.get("refresh_token")), client, world.knobs, moment)
                case _:
                    return JSONResponse({"error": "unsupported_grant_type"}, 400)
        except grants.InvalidGrant as refusal:
            return JSONResponse({"error": "invalid_grant", "error_description": str(refusal)}, 400)
        world.is_changed = True
        if wrong == "drop":
            return Dropped()
        with_hard = request.headers.get(HARD) == "true"
        headers = {"cache-control": "no-store", "intuit_tid": world.new_tid()}
        return JSONResponse(grants.answer(grant, moment, with_hard=with_hard), headers=headers)

    def _welcome(self, realm: str) -> None:
        self.world.companies[realm].is_disconnected = False

    async def revoke(self, request: Request) -> Response:
        client = self._client(request)
        if client is None:
            return JSONResponse({"error": "invalid_client"}, 401)
        if "json" in request.headers.get("content-type", ""):
            token = json.loads(await request.body() or "{}").get("token", "")
        else:
            token = (await _form(request)).get("token", "")
        is_known = self.world.grants.revoke(str(token), client)
        self.world.is_changed = True
        return Response(status_code=200) if is_known else JSONResponse({"error": "invalid_request"}, 400)

    def _client(self, request: Request) -> str | None:
        """The app that the Basic credentials are right for."""
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        is_right = scheme.lower() == "basic" and self.world.knobs.clients.get(name) == secret
        return name if is_right else None


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace")))
