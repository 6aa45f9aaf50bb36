"""Members sign in by a form, search, and sign out, without any script."""

import re
from html import unescape

import pytest

from tests.firms import PASSWORD, PORTAL_PASSWORD, Firm, person
from tests.stack import until
from tests.visiting import Browser, text_of


@pytest.fixture
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture
def browser(stack):
    with Browser(stack.url) as browser:
        yield browser


def enter(browser, firm):
    return browser.send_form("/sign-in", email=firm.email, password=PASSWORD)


def test_who_is_not_signed_in_comes_back_to_where_they_wanted_to_go(browser, firm):
    asked = browser.get("/search?q=ada")
    shown = browser.get(asked.headers["location"])
    wanted = re.search(r'name="next" value="([^"]*)"', shown.text)[1]

    entered = browser.send_form("/sign-in", email=firm.email, password=PASSWORD, next=wanted)

    assert (asked.status_code, entered.status_code) == (303, 303)
    assert entered.headers["location"] == "/search?q=ada"
    assert browser.get("/search?q=ada").status_code == 200


@pytest.mark.parametrize(
    "place",
    ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "/a\nb"],
)
def test_nobody_is_sent_to_another_site(browser, firm, place):
    entered = browser.send_form("/sign-in", email=firm.email, password=PASSWORD, next=place)

    assert entered.headers["location"] == "/clients"


def test_a_wrong_password_is_told_and_never_shown(browser, firm):
    refused = browser.send_form("/sign-in", email=firm.email, password="Wrong-42-password")

    assert refused.status_code == 401
    assert "do not belong together" in text_of(refused)
    assert "Wrong-42-password" not in refused.text


def test_search_says_why_each_was_found(browser, firm):
    """R-SRC-1, R-SRC-4"""
    account = firm.account(
        "Ada Ltd", contacts=[{"new": {"first_name": "Anna", "last_name": "Roy", "email": "anna@ada.example"}}]
    )
    until(lambda: firm.owner.made("GET", "/search?q=anna@ada")["items"])
    enter(browser, firm)

    whole, part = browser.get("/search?q=na@ada.ex"), browser.get("/search?q=na@ada.ex", headers={"HX-Request": "true"})

    assert f'href="/clients/{account["id"]}"' in part.text
    assert "anna@ada.example of Anna Roy" in text_of(part)
    assert "<html" not in part.text
    assert "anna@ada.example of Anna Roy" in text_of(whole)


def test_a_stranger_finds_nothing_of_a_firm(browser, stack, firm):
    """R-ACC-5"""
    account = firm.account("Ada Ltd")
    other = Firm(stack.url, stack.env)
    enter(browser, other)

    assert account["id"] not in browser.get("/search?q=Ada").text


def test_signing_out_ends_the_session(browser, firm):
    enter(browser, firm)
    token = browser.cookies["dossier_session"]

    out = browser.send_form("/sign-out")
    browser.cookies.set("dossier_session", token)

    assert out.headers["location"] == "/sign-in?done=out"
    assert browser.get("/search").headers["location"].startswith("/sign-in")


def test_a_form_of_another_site_does_nothing(browser, firm):
    enter(browser, firm)

    refused = browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})

    assert refused.status_code == 403
    assert browser.get("/search").status_code == 200


def test_a_client_comes_back_to_the_page_that_a_mail_leads_to(stack, browser, firm):
    """R-POR-2"""
    anna = person()
    account = firm.account("Ada Ltd", contacts=[{"new": anna}])
    with firm.portal(account, anna["email"]):
        path = f"/portal/accounts/{account['id']}/documents?folder=x"
        asked = browser.get(path)
        wanted = unescape(re.search(r'name="next" value="([^"]*)"', browser.get(asked.headers["location"]).text)[1])

        entered = browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD, next=wanted)
        astray = browser.send_form("/portal/sign-in", email=anna["email"], password=PORTAL_PASSWORD, next="/clients")

    assert entered.headers["location"] == path
    assert astray.headers["location"] == "/portal"
