"""What the gateway answers by itself, without a broker."""

import asyncio
import subprocess
import sys

import httpx
import pytest
from starlette.requests import Request

from chassis.config import Settings
from chassis.errors import Unauthenticated
from gateway import auth, problems
from gateway.app import Gateway
from gateway.bodies import MAX_BODY
from gateway.routes import ROUTES

ACCOUNT = "/v1/accounts/0196f0f0-0000-7000-8000-000000000001"
JSON = {"content-type": "application/json"}
LOGIN = "/v1/auth/login"


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


def is_problem(response, status, code):
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["type"]) == (status, status, f"/problems/{code}")
    assert body["instance"] == f"/requests/{response.headers['x-request-id']}"
    return True


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1/nothing", "/v1/accounts/", "/v1/accounts/7/nothing", "/static/../app.py"]
)
def test_no_such_path(ask, path):
    assert is_problem(ask("GET", path), 404, "no_such_path")


def test_another_verb_is_told_which_there_are(ask):
    response = ask("DELETE", "/v1/accounts")

    assert is_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_options_lists_the_verbs(ask):
    response = ask("OPTIONS", ACCOUNT)

    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, PATCH")


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if not route.is_public], ids=lambda route: f"{route.verb} {route.path}"
)
def test_every_route_wants_to_know_who_asks(ask, route):
    path = route.path.replace("{", "").replace("}", "")

    response = ask(route.verb, path)

    assert is_problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


def chunks(size):
    async def body():
        sent = 0
        while sent < size:
            yield b" " * 65_536
            sent += 65_536

    return body()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "broken_json"),
        (b"[]", 422, "invalid"),
        (b"", 422, "invalid"),
        (b'{"email": 3, "password": "x"}', 422, "invalid"),
        (b" " * (MAX_BODY + 1), 413, "body_too_large"),
        (b" " * MAX_BODY, 400, "broken_json"),
    ],
)
def test_bodies_that_are_refused(ask, body, status, code):
    assert is_problem(ask("POST", LOGIN, content=body, headers=JSON), status, code)


def test_a_body_without_length_is_counted(ask):
    response = ask("POST", LOGIN, content=chunks(4 * MAX_BODY), headers=JSON)

    assert "content-length" not in response.request.headers
    assert is_problem(response, 413, "body_too_large")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", str(MAX_BODY + 1), "9" * 30])
def test_a_length_that_is_none_or_too_large_is_not_waited_for(ask, length):
    response = ask("POST", LOGIN, content=b"{}", headers=JSON | {"content-length": length})

    assert is_problem(response, 413, "body_too_large")


def test_the_callers_own_request_id_comes_back(ask):
    assert ask("GET", "/healthz", headers={"x-request-id": "mine-0123456789"}).headers["x-request-id"] == (
        "mine-0123456789"
    )


@pytest.mark.parametrize("stated", ["short", "x" * 65, "line\u00e9 break", 'a"b":"cdefgh'])
def test_a_request_id_that_could_forge_a_log_line_does_not(ask, stated):
    given = ask("GET", "/healthz", headers={"x-request-id": stated.encode()}).headers["x-request-id"]

    assert given != stated
    assert len(given) == 32


def test_without_a_broker_it_lives_but_is_not_ready(ask):
    assert ask("GET", "/healthz").text == "ok"
    assert is_problem(ask("GET", "/readyz"), 503, "unavailable")
    assert "dossier_http_requests_total" in ask("GET", "/metrics").text


def test_the_docs_run_no_script_but_ours(ask):
    page = ask("GET", "/docs")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))

    assert page.headers["content-type"].startswith("text/html")
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    script = ask("GET", "/static/vendor/rapidoc-9.3.8.min.js")
    assert script.status_code == 200
    assert "javascript" in script.headers["content-type"]


def test_the_description_is_served(ask):
    response = ask("GET", "/v1/openapi.json")

    assert response.json()["openapi"] == "3.1.0"


def test_the_description_of_events_is_served_with_the_configured_exchange(ask):
    response = ask("GET", "/v1/asyncapi.json")

    assert response.headers["content-type"] == "application/json"
    (exchange,) = {channel["bindings"]["amqp"]["exchange"]["name"] for channel in response.json()["channels"].values()}
    assert (response.json()["asyncapi"], exchange) == ("3.0.0", "dossier.events")


def test_the_process_stands_free_of_eventlet_and_databases():
    code = "import sys, gateway.__main__; print(*{name.partition('.')[0] for name in sys.modules})"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert {"eventlet", "kombu", "amqp", "psycopg", "sqlalchemy", "services"}.isdisjoint(done.stdout.split())
    assert "gateway" in done.stdout.split()


def request(method="GET", scheme="http", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    server = ("dossier.example", 80 if scheme == "http" else 443)
    return Request({"type": "http", "method": method, "path": "/", "scheme": scheme, "server": server, "headers": raw})


class TestTokenOf:
    """Who may speak with a cookie, and from where."""

    COOKIE = f"{auth.COOKIE}=secret"

    def test_a_bearer_token(self):
        assert auth.token_of(request("POST", authorization="bearer  secret ")) == "secret"

    def test_a_token_wins_over_the_cookie(self):
        assert auth.token_of(request("POST", authorization="Bearer other", cookie=self.COOKIE)) == "other"

    @pytest.mark.parametrize("header", [{}, {"authorization": "Basic abc"}, {"cookie": "other=1"}])
    def test_nothing_of_the_kind(self, header):
        with pytest.raises(Unauthenticated):
            auth.token_of(request(**header))

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_reading_with_the_cookie_is_safe_from_anywhere(self, method):
        assert auth.token_of(request(method, cookie=self.COOKIE, sec_fetch_site="cross-site")) == "secret"

    @pytest.mark.parametrize(
        "header",
        [
            {"sec_fetch_site": "same-origin"},
            {"sec_fetch_site": "none"},
            {"host": "dossier.example", "origin": "http://dossier.example"},
        ],
    )
    def test_our_own_pages_may_change_things(self, header):
        assert auth.token_of(request("POST", cookie=self.COOKIE, **header)) == "secret"

    @pytest.mark.parametrize(
        "header",
        [
            {},
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"sec_fetch_site": "cross-site", "host": "dossier.example", "origin": "http://dossier.example"},
            {"host": "dossier.example", "origin": "http://evil.example"},
            {"host": "dossier.example", "origin": "https://dossier.example"},
            {"host": "dossier.example", "origin": "null"},
        ],
    )
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_other_sites_may_not(self, method, header):
        with pytest.raises(problems.ForeignOrigin):
            auth.token_of(request(method, cookie=self.COOKIE, **header))


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites():
    assert auth.cookie("secret", name=auth.COOKIE, seconds=60, is_secure=True) == (
        "dossier_session=secret; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    )
    assert "Secure" not in auth.cookie("secret", name=auth.COOKIE, seconds=60, is_secure=False)
