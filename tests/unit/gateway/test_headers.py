"""What every answer says to browsers: all routes, all pages and what stands beside them are asked, signed in or not."""

import asyncio
import re

import httpx
import pytest

from chassis.config import Settings
from gateway.app import Gateway
from gateway.routes import ROUTES
from gateway.web.site import PAGES

ID = "0196f0f0-0000-7000-8000-000000000001"
BESIDE = ["/healthz", "/metrics", "/docs", "/v1/openapi.json", "/v1/asyncapi.json", "/nothing", "/static/nothing"]
EVERYTHING = sorted({(route.verb, route.path) for route in (*ROUTES, *PAGES)} | {("GET", path) for path in BESIDE})
ALWAYS = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@pytest.fixture(scope="module")
def answers():
    """The answers to every request there is, over HTTPS, from a gateway without a broker."""
    gateway = Gateway(Settings(amqp_uri="amqp://nobody@127.0.0.1:1/", limit_address=0), ROUTES)

    async def run():
        transport = httpx.ASGITransport(gateway, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://dossier.example") as client:
            # A cookie that can't be one is refused before identity is asked, so that nothing here waits for it.
            headers = {"Cookie": f"dossier_session={'x' * 300}", "Sec-Fetch-Site": "same-origin"}
            paths = [(verb, re.sub(r"\{\w+\}", ID, path)) for verb, path in EVERYTHING if "{token}" not in path]
            return [
                await client.request(verb, path, headers=headers) for verb, path in paths if not is_public(verb, path)
            ]

    return asyncio.run(run())


def is_public(verb, path):
    """Whether the answer takes an owner that is not there."""
    return any(route.is_public and (route.verb, route.path) == (verb, path) for route in ROUTES)


def without(answers, **wanted):
    return [f"{one.request.method} {one.request.url.path}" for one in answers if wanted.items() - one.headers.items()]


def test_nothing_is_guessed_framed_or_read_by_other_sites(answers):
    named = {name.replace("-", "_"): value for name, value in ALWAYS.items()}

    assert len(answers) > 300
    assert without(answers, **{name.replace("_", "-"): value for name, value in named.items()}) == []


def test_a_browser_comes_back_by_https_only(answers):
    assert without(answers, **{"strict-transport-security": "max-age=31536000"}) == []


def test_no_policy_lets_in_scripts_of_others_or_inline_ones(answers):
    policies = {one.headers["content-security-policy"] for one in answers}

    for policy in policies:
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["frame-ancestors"] == "'none'"
        assert rules.get("script-src", "'self'") == "'self'"


def test_an_address_is_told_to_no_other_site(answers):
    assert {one.headers["referrer-policy"] for one in answers} <= {"no-referrer", "same-origin"}


def test_what_is_somebodys_is_kept_by_nobody(answers):
    assert without([one for one in answers if one.status_code != 200], **{"cache-control": "no-store"}) == []


def test_over_http_nobody_is_sent_to_https_that_may_not_be_there():
    gateway = Gateway(Settings(amqp_uri="amqp://nobody@127.0.0.1:1/"), ROUTES)

    async def run():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(gateway), base_url="http://dossier.example"
        ) as client:
            return await client.get("/healthz")

    assert "strict-transport-security" not in asyncio.run(run()).headers
