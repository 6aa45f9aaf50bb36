"""Signing in by token and by cookie, and how fast what is taken away is gone."""

import httpx
import pytest

from gateway.auth import COOKIE
from tests.firms import PASSWORD, Client
from tests.stack import until

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def browser(stack, firm):
    """A browser that has signed in: a cookie, and no token in a header."""
    with httpx.Client(base_url=f"{stack.url}/v1", timeout=30) as client:
        response = client.post("/auth/login", json={"email": firm.email, "password": PASSWORD}, headers=OURS)
        assert response.status_code == 200, response.text
        yield client


def test_a_cookie_signs_in(browser, firm):
    assert browser.get("/me").json()["member"]["email"] == firm.email


def test_a_page_of_another_site_changes_nothing(browser):
    refused = browser.post("/tags", json={"name": "Theirs"}, headers={"Sec-Fetch-Site": "cross-site"})
    unsaid = browser.post("/tags", json={"name": "Theirs"})
    ours = browser.post("/tags", json={"name": "Ours"}, headers=OURS)

    assert [response.status_code for response in (refused, unsaid, ours)] == [403, 403, 201]
    assert refused.json()["type"] == "/problems/foreign_origin"
    assert [tag["name"] for tag in browser.get("/tags").json()["items"]] == ["Ours"]


def test_the_cookie_is_gone_after_signing_out(browser):
    response = browser.post("/auth/logout", headers=OURS)

    assert response.status_code == 204
    assert f"{COOKIE}=;" in response.headers["set-cookie"]
    assert COOKIE not in browser.cookies


def test_an_ended_session_is_refused_though_it_was_remembered(firm, stack):
    token = firm.token(firm.email)
    with Client(stack.url, token) as other:
        session = other.made("GET", "/me")["session_id"]
        assert other.get("/tags").status_code == 200

        firm.owner.delete(f"/me/sessions/{session}").raise_for_status()

        until(lambda: other.get("/tags").status_code == 401, timeout=5)


def test_a_right_taken_away_is_gone_though_it_was_remembered(firm):
    member = firm.member("manage_tags")
    assert member.post("/tags", json={"name": "One"}).status_code == 201

    change = {"rights": [], "version": member.member["version"]}
    firm.owner.made("PATCH", f"/members/{member.member['id']}", **change)

    until(lambda: member.patch("/tags/0196f0f0-0000-7000-8000-000000000001", json={}).status_code == 403, timeout=5)


def test_access_taken_away_is_gone_though_it_was_remembered(firm):
    """R-ACC-1"""
    member = firm.member()
    account = firm.account(team=[member.member["id"]])
    at = f"/accounts/{account['id']}"
    assert member.get(at).status_code == 200

    firm.owner.made("PUT", f"{at}/team", version=account["version"], members=[])

    until(lambda: member.get(at).status_code == 404, timeout=5)


def test_an_api_token_does_what_its_scopes_allow(firm, stack):
    made = firm.owner.made("POST", "/me/tokens", name="Reader", scopes=["accounts:read"])
    with Client(stack.url, made["secret"]) as robot:
        statuses = {
            path: robot.get(path).status_code for path in ("/me", "/accounts", "/members", "/me/tokens", "/tags")
        }
        written = robot.post("/accounts", json={"type": "other", "contacts": []})

    assert statuses == {"/me": 200, "/accounts": 200, "/members": 403, "/me/tokens": 403, "/tags": 403}
    assert (written.status_code, written.json()["type"]) == (403, "/problems/scope_missing")


def test_a_revoked_api_token_is_refused_though_it_was_remembered(firm, stack):
    made = firm.owner.made("POST", "/me/tokens", name="Reader", scopes=["accounts:read"])
    with Client(stack.url, made["secret"]) as robot:
        assert robot.get("/accounts").status_code == 200

        firm.owner.delete(f"/me/tokens/{made['id']}").raise_for_status()

        until(lambda: robot.get("/accounts").status_code == 401, timeout=5)


def test_wrong_passwords_are_told_when_to_come_back(firm, stack):
    def attempt(_):
        return httpx.post(f"{stack.url}/v1/auth/login", json={"email": firm.email, "password": "wrong"}, timeout=30)

    answers = [attempt(number) for number in range(30)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert int(refused[0].headers["retry-after"]) > 0
