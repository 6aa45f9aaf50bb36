"""What the pages for clients' people answer by themselves, without a broker."""

import asyncio
import re

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.requests import Request

from chassis.config import Settings
from contracts.portal import Portal
from gateway import problems
from gateway.app import Gateway
from gateway.routes import ROUTES
from gateway.web import site
from gateway.web.page import Page

OUR_FORM = {"Sec-Fetch-Site": "same-origin"}
SIGN_IN = "/portal/sign-in"
WITH_TOKEN = [page for page in site.PAGES if page.link]


@pytest.fixture
def ask():
    gateway = Gateway(Settings(amqp_uri="amqp://nobody@127.0.0.1:1/"), ROUTES)

    def call(verb, path, **more):
        async def run():
            transport = httpx.ASGITransport(gateway, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://dossier.example") as client:
                return await client.request(verb, path, **more)

        return asyncio.run(run())

    return call


def test_the_form_is_shown_without_asking_anybody(ask):
    response = ask("GET", SIGN_IN)

    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["content-language"] == "en"


def test_a_part_that_is_down_is_told_in_kind_words(ask):
    response = ask("POST", SIGN_IN, data={"email": "anna@example.com", "password": "x"}, headers=OUR_FORM)

    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert "try again in a minute" in response.text
    assert response.headers["x-request-id"] in response.text


def test_what_was_typed_is_shown_as_text_and_a_password_never(ask):
    typed = {"email": '"><script>alert(1)</script>', "password": " "}

    response = ask("POST", SIGN_IN, data=typed, headers=OUR_FORM)

    assert response.status_code == 422
    assert "<script>" not in response.text
    assert "&lt;script&gt;alert(1)" in response.text
    assert re.findall(r'<input id="password"[^>]*>', response.text)[0].count("value") == 0


@pytest.mark.parametrize("token", ["", "x" * 201, "a%2Fb", "...", "%00", "a b", "é"])
@pytest.mark.parametrize("page", WITH_TOKEN, ids=lambda page: f"{page.verb} {page.path}")
def test_what_can_not_be_a_token_opens_nothing_and_asks_nobody(ask, page, token):
    response = ask(page.verb, page.path.format(token=token), headers=OUR_FORM)

    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_requests_are_counted_by_the_page_not_by_its_token(ask):
    def counted():
        labels = {"route": "GET /portal/invitations/{token}", "status": "404"}
        return REGISTRY.get_sample_value("dossier_http_requests_total", labels) or 0

    before = counted()
    ask("GET", "/portal/invitations/a.b")

    assert counted() == before + 1


def test_our_own_files_are_there(ask):
    page = ask("GET", SIGN_IN).text
    files = re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]+)"', page)

    kinds = [ask("GET", path).headers["content-type"].partition(";")[0] for path in files]

    assert set(kinds) == {"text/css", "image/svg+xml"}
    assert "http" not in ask("GET", files[0]).text  # nothing is loaded from elsewhere


@pytest.mark.parametrize(
    ("headers", "with_token", "without"),
    [
        ({"sec-fetch-site": "same-origin"}, True, True),
        ({"sec-fetch-site": "none"}, True, True),
        ({"sec-fetch-site": "same-site"}, False, False),
        ({"sec-fetch-site": "cross-site"}, False, False),
        ({"sec-fetch-site": "cross-site", "origin": "null"}, False, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://dossier.example"}, False, False),
        ({"origin": "https://dossier.example"}, True, True),
        ({"origin": "http://dossier.example"}, False, False),
        ({"origin": "https://x.example"}, False, False),
        ({"origin": "null"}, True, False),
        ({}, True, False),
    ],
)
def test_whose_form_it_is(headers, with_token, without):
    """Where a browser says it, it decides; a page that sends no referrer says `null` for its origin."""
    raw = [(b"host", b"dossier.example"), *((name.encode(), text.encode()) for name, text in headers.items())]
    request = Request(
        {"type": "http", "method": "POST", "scheme": "https", "headers": raw, "path": "/", "server": None}
    )
    plain, linked = Page("POST", "/a", Portal.sign_out_of_portal), Page("POST", "/b", Portal, link="reset")

    def accepted(page):
        try:
            site.check_own(request, page)
        except problems.ForeignOrigin:
            return False
        return True

    assert (accepted(linked), accepted(plain)) == (with_token, without)
