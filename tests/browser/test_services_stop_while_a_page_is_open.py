"""Each service stopped in turn, and a slow line: what is open stays, every page says what is missing, and all heals."""

import pytest
from playwright.sync_api import expect

from contracts.overview import SECTIONS
from deploy.local.services import service_names
from tests.browser.keys import shortcuts
from tests.browser.looking import good
from tests.browser.people import enter
from tests.firms import Firm
from tests.stack import until

FOLLOWS = "#cards[data-following=yes]"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 25_000}  # ms, bytes a s
# What can't be drawn at all without a service; every other page opens without it, and says what it lacks.
PAGES = {"": "/clients/{id}", "info": "/clients/{id}/info", "clients": "/clients", "notices": "/notices"}
GONE = {
    "identity": {*PAGES},
    "accounts": {"", "info"},
    "overview": {"clients"},
    "notifications": {"notices"},
}
SEARCHES = {"identity", "overview"}  # what search needs
FIRST_SOURCE = next(iter(SECTIONS.values())).source


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture(scope="module")
def account(firm):
    made = firm.account("Okonkwo Bakery")
    firm.owner.made("POST", f"/accounts/{made['id']}/tasks", title="Ask for the lease")
    until(lambda: firm.owner.made("GET", "/search?q=okonkwo")["total"])
    return made


@pytest.fixture
def page(open_page, firm, watch):
    watch.causes("status of 50[34]|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION|Failed to fetch")  # no answer
    page = open_page()
    enter(page, firm.email)
    return page


@pytest.mark.parametrize("service", service_names())
def test_what_is_missing_is_said_and_comes_back(stack, firm, account, page, service):
    """R-OV-7: its own cards alone; an open page stays; Try again brings what failed once its owner is back."""
    unseen = firm.account("Lindqvist Shipping")  # of which nothing is remembered yet
    page.goto(f"/clients/{account['id']}")
    page.locator(FOLLOWS).wait_for()
    fresh = page.context.new_page()
    failing = GONE.get(service, set())
    stack.stop(service)
    try:
        if service == "identity":  # a reader is known for some seconds more
            until(lambda: page.context.request.get("/notices").status == 503)
        _search(page, is_found=service not in SEARCHES)
        expect(page.locator("#card-tasks")).to_contain_text("Ask for the lease")
        for name, path in PAGES.items():
            answer = page.context.request.get(path.format(id=unseen["id"]))
            assert answer.status == (503 if name in failing else 200), f"{path} without {service}"
        if service == "contacts":
            fresh.goto(PAGES["info"].format(id=unseen["id"]))
            expect(fresh.get_by_role("region", name="Contacts")).to_contain_text("do not answer at the moment")
        fresh.goto(PAGES[min(failing, default="")].format(id=unseen["id"]))
        if failing:
            expect(fresh.get_by_role("alert")).to_contain_text("at the moment")
        else:
            _cards(fresh, service)
        if failing or service == FIRST_SOURCE:  # missing cards are alike
            good(fresh)
    finally:
        stack.start(service)
    if failing:
        until(lambda: page.context.request.get("/notices").ok)
        fresh.get_by_role("link", name="Try again").click()
        expect(fresh.get_by_role("alert")).to_have_count(0)
        expect(fresh.get_by_role("heading", level=1)).to_be_visible()
    else:
        until(lambda: _is_fresh(firm, unseen))
        for name in _of(service):
            again = fresh.locator(f"#retry-{name}")
            if again.is_visible():
                again.click()
            expect(fresh.locator(f"#card-{name}")).to_have_attribute("data-state", "fresh")
    _search(page, is_found=True)


def test_a_form_keeps_what_was_typed_while_nobody_takes_it(stack, firm, account, page):
    """In a dialog it stays; what was a page comes back with all of it, to be sent again; each is done once."""
    page.goto(f"/clients/{account['id']}")
    page.locator("#new-tasks").click()
    sheet = page.get_by_role("dialog")
    title = sheet.get_by_label("What is to be done")
    title.fill("File both returns")
    tags = page.context.new_page()
    tags.goto("/settings/pipelines")
    tags.get_by_label("Name", exact=True).fill("Year end")
    tags.get_by_label("Stages").fill("Collect\nPrepare")
    stack.stop("work")
    try:
        sheet.get_by_role("button", name="Create").click()
        expect(sheet.get_by_role("alert")).to_contain_text("at the moment")
        expect(title).to_have_value("File both returns")
        good(page)
        tags.get_by_role("button", name="Make").click()
        expect(tags.get_by_role("alert")).to_contain_text("at the moment")
        good(tags)
    finally:
        stack.start("work")
    sheet.get_by_role("button", name="Create").click()
    expect(sheet).to_be_hidden()
    tags.get_by_role("button", name="Send it again").click()
    expect(tags.get_by_role("status").filter(has_text="Saved.")).to_be_visible()

    expect(page.locator("#card-tasks")).to_contain_text("File both returns")
    tasks = firm.owner.made("GET", f"/accounts/{account['id']}/tasks")["rows"]
    assert [one["title"] for one in tasks].count("File both returns") == 1
    (made,) = firm.owner.made("GET", "/pipelines")["items"]
    assert [stage["name"] for stage in made["stages"]] == ["Collect", "Prepare"]


def test_without_the_gateway_an_open_page_says_so_and_goes_on_after(stack, firm, account, page):
    """What was typed stays; changes are followed again by themselves."""
    page.goto(f"/clients/{account['id']}")
    page.locator(FOLLOWS).wait_for()
    page.locator("#new-notes").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Note", exact=True).fill("Called at nine.")
    stack.stop("gateway")
    try:
        expect(page.locator("#following")).to_contain_text("not shown by themselves")
        sheet.get_by_role("button", name="Save").click()
        expect(sheet.get_by_role("alert")).to_contain_text("What you typed is still here")
    finally:
        stack.start("gateway")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_be_hidden()
    expect(page.locator("#card-notes")).to_contain_text("Called at nine.")
    expect(page.locator("#following")).to_contain_text("by themselves again")


def test_on_a_slow_line_the_page_is_read_early_and_nothing_is_sent_twice(firm, account, page):
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)

    page.goto(f"/clients/{account['id']}", wait_until="commit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Okonkwo Bakery")
    expect(page.locator(".section")).to_have_count(len(SECTIONS))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()

    page.wait_for_load_state("load")
    page.locator("#new-tasks").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("What is to be done").fill("Call the bank")
    sheet.get_by_role("button", name="Create").dblclick()
    expect(sheet).to_be_hidden()
    expect(page.locator("#card-tasks")).to_contain_text("Call the bank")
    page.goto("/settings/tags", wait_until="commit")
    page.get_by_label("Name", exact=True).fill("Impatient")
    page.get_by_role("button", name="Make").dblclick(no_wait_after=True)
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    shortcuts(page, "/")
    page.keyboard.type("okonkwo", delay=60)
    found = page.get_by_role("dialog").get_by_role("option")
    expect(found).to_have_count(1)

    tasks = firm.owner.made("GET", f"/accounts/{account['id']}/tasks")["rows"]
    assert [one["title"] for one in tasks].count("Call the bank") == 1
    assert [one["name"] for one in firm.owner.made("GET", "/tags")["items"]] == ["Impatient"]


def _of(service):
    """The sections that are missing without a service."""
    return [name for name, one in SECTIONS.items() if service in (one.source, "overview")]


def _cards(page, service):
    """Its own cards say that they are missing, and all others are as they should be."""
    missing = _of(service)
    for name in SECTIONS:
        state = "unavailable" if name in missing else "fresh"
        expect(page.locator(f"#card-{name}")).to_have_attribute("data-state", state)


def _search(page, *, is_found):
    """Search from the open page finds the client, or says why it finds nothing."""
    page.locator("#content").focus()
    shortcuts(page, "/")
    dialog = page.get_by_role("dialog", name="Search")
    dialog.get_by_role("combobox").fill("")
    dialog.get_by_role("combobox").press_sequentially("okonkwo")
    if is_found:
        expect(dialog.get_by_role("option")).to_have_count(1)
    else:
        expect(dialog.get_by_role("alert")).to_contain_text("at the moment")
    page.keyboard.press("Escape")


def _is_fresh(firm, account):
    answer = firm.owner.get(f"/accounts/{account['id']}/overview")
    return answer.is_success and {one["state"] for one in answer.json()["sections"]} == {"fresh"}
