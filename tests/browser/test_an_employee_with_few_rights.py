"""An employee who sees the clients of their teams alone, and of these no invoices: what is not theirs is not there."""

import re

import pytest
from playwright.sync_api import expect

from gateway.auth import COOKIE
from tests.browser.keys import shortcuts
from tests.browser.links import follow, reader
from tests.browser.looking import good
from tests.browser.people import enter
from tests.firms import Firm
from tests.stack import until


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture(scope="module")
def emil(firm):
    return firm.member()


@pytest.fixture(scope="module")
def theirs(firm, emil):
    made = firm.account(name="Harbour Joinery", team=[emil.member["id"]])
    firm.owner.made("POST", f"/accounts/{made['id']}/notes", body="Prefers to be called.")
    firm.owner.made(
        "POST", f"/accounts/{made['id']}/tasks", title="Ask for the lease", assignee_ids=[emil.member["id"]]
    )
    return made


@pytest.fixture(scope="module")
def hidden(firm):
    return firm.account(name="Harbour Secrets")


@pytest.fixture
def page(open_page, emil):
    page = open_page()
    enter(page, emil.member["email"])
    return page


def test_a_client_of_theirs_has_what_they_may_see(page, theirs):
    """R-OV-5: no card, tab or control of what they have no right to."""
    page.goto(f"/clients/{theirs['id']}")
    expect(page.locator("#card-tasks")).to_contain_text("Ask for the lease")
    expect(page.locator("#card-invoices")).to_have_count(0)
    expect(page.locator(f".tabs a[href$='{theirs['id']}/invoices']")).to_have_count(0)
    good(page)
    page.locator("#new-notes").click()
    page.get_by_role("dialog").get_by_label("Note", exact=True).fill("Called at nine.")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#card-notes")).to_contain_text("Called at nine.")
    page.get_by_role("link", name="Info", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour Joinery")
    expect(page.get_by_role("link", name=re.compile("^Edit: "))).to_have_count(0)
    expect(page.get_by_role("switch")).to_have_count(0)
    good(page)


def test_a_client_of_others_is_nowhere(page, watch, firm, theirs, hidden):
    """R-ACC-5: neither found, nor listed, nor opened by its address; and all three look as if it did not exist."""
    watch.causes("status of 404")
    until(lambda: firm.owner.made("GET", "/search?q=harbour")["total"] == 2)
    page.goto("/search")
    shortcuts(page, "/")
    page.keyboard.type("harbour")
    found = page.get_by_role("dialog").get_by_role("option")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Harbour Joinery")
    page.goto("/clients")
    expect(page.get_by_role("main")).to_contain_text("Harbour Joinery")
    expect(page.get_by_role("main")).not_to_contain_text("Harbour Secrets")
    for path in ("", "/info", "/tasks"):
        answer = page.goto(f"/clients/{hidden['id']}{path}")
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("body")).not_to_contain_text("Secrets")
    good(page)


def test_an_address_that_is_typed_opens_a_kind_page(page, watch):
    """§2.1: it says what is the matter, and leads on."""
    watch.causes("status of 403")
    for path in ("/settings/tags", "/clients/new", "/clients/import", "/settings/quickbooks"):
        page.goto(path)
        expect(page.get_by_role("alert")).to_contain_text("right")
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    good(page)
    page.get_by_role("main").get_by_role("link", name="To the clients").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clients")


def test_nothing_that_is_offered_is_refused(stack, emil, theirs):
    """§2.1: every link of every page that they reach opens for them."""
    with reader(stack.url, COOKIE, emil) as theirs_to_read:
        seen, refused = follow(theirs_to_read, "/clients")

    assert refused == []
    assert {f"/clients/{theirs['id']}/info", "/settings/team"} <= seen
