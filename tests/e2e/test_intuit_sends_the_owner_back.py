"""The owner comes back from Intuit to a page of ours, which finishes the connection and says how it went."""

from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from tests.firms import PASSWORD, Firm
from tests.visiting import Browser, text_of

PLACE = "/quickbooks/connected"


@pytest.fixture
def firm(system):
    return Firm(system.url, system.env)


@pytest.fixture
def browser(system, firm):
    with Browser(system.url) as browser:
        browser.send_form("/sign-in", email=firm.email, password=PASSWORD)
        yield browser


def way_back(firm, intuit, realm, *, secret="secret"):
    """The address to which Intuit sends the browser of an owner who lets us in."""
    if realm not in intuit.state()["companies"]:
        intuit.control("company", realm=realm, name=f"Books {realm}")
    intuit.knobs(authorizes=realm)
    version = firm.owner.made("GET", "/quickbooks")["version"]
    keys = {"client_id": "client", "client_secret": secret, "redirect_url": f"http://localhost:8000{PLACE}"}
    firm.owner.made("PATCH", "/quickbooks/settings", version=version, **keys)
    way = firm.owner.made("POST", "/quickbooks/connect")["authorization_url"]
    landed = urlsplit(httpx.get(way, follow_redirects=False).headers["location"])
    assert landed.path == PLACE
    return f"{PLACE}?{landed.query}"


def test_the_connection_is_finished_and_said(firm, browser, intuit):
    """R-QB-2, R-QB-5"""
    back = way_back(firm, intuit, "9000000000000001")
    shown = browser.get(back)

    assert shown.status_code == 200
    assert "Connected with Books 9000000000000001" in text_of(shown)
    assert firm.owner.made("GET", "/quickbooks")["state"] == "connected"

    again = browser.get(back)
    assert again.status_code == 409
    assert "was used already" in text_of(again)


def test_another_company_takes_a_confirmation(firm, browser, intuit):
    """R-QB-5"""
    browser.get(way_back(firm, intuit, "9000000000000002"))
    back = way_back(firm, intuit, "9000000000000003")
    asked = browser.get(back)
    assert asked.status_code == 409
    assert "connected with Books 9000000000000002" in text_of(asked)
    assert firm.owner.made("GET", "/quickbooks")["company_id"] == "9000000000000002"

    query = httpx.QueryParams(urlsplit(back).query)
    sent = {"code": query["code"], "state": query["state"], "realm_id": query["realmId"]}
    assert all(f'name="{name}" value="{value}"' in asked.text for name, value in sent.items())
    shown = browser.send_form(PLACE, **sent)
    assert "Connected with Books 9000000000000003" in text_of(shown)
    assert firm.owner.made("GET", "/quickbooks")["company_id"] == "9000000000000003"


def test_who_declines_or_has_the_wrong_keys_is_told(firm, browser, intuit):
    """R-QB-5"""
    declined = browser.get(f"{PLACE}?{urlencode({'error': 'access_denied', 'state': 'x'})}")
    assert "You did not give the permission" in text_of(declined)

    refused = browser.get(way_back(firm, intuit, "9000000000000004", secret="wrong"))
    assert refused.status_code == 409
    assert "Intuit did not let us in" in text_of(refused)
    assert firm.owner.made("GET", "/quickbooks")["state"] == "disconnected"


def test_who_is_signed_out_signs_in_and_comes_back(system, firm, intuit):
    back = way_back(firm, intuit, "9000000000000005")
    with Browser(system.url) as browser:
        asked = browser.get(back)
        assert asked.status_code == 303
        wanted = httpx.QueryParams(urlsplit(asked.headers["location"]).query)["next"]
        entered = browser.send_form("/sign-in", email=firm.email, password=PASSWORD, next=wanted)
        assert entered.headers["location"] == back
        assert "Connected with" in text_of(browser.get(entered.headers["location"]))


@pytest.mark.parametrize("query", ["", "?code=a&state=b&realmId=1", "?code=%00&state=%20&realmId=x"])
def test_what_nobody_began_connects_nothing(firm, browser, query):
    shown = browser.get(f"{PLACE}{query}")

    assert 400 <= shown.status_code < 500
    assert firm.owner.made("GET", "/quickbooks")["state"] == "unset"


def test_another_owner_can_not_use_the_way_back(system, firm, intuit):
    """R-QB-5: it is good for who began it."""
    back = way_back(firm, intuit, "9000000000000006")
    other = Firm(system.url, system.env)
    with Browser(system.url) as browser:
        browser.send_form("/sign-in", email=other.email, password=PASSWORD)
        assert "not connected" in text_of(browser.get(back))
    assert [one.owner.made("GET", "/quickbooks")["state"] for one in (firm, other)] == ["disconnected", "unset"]
