"""The owner of a firm at work: a client found and opened, its cards, what changes meanwhile, and Info in place."""

import re

import pytest
from playwright.sync_api import expect

from contracts.overview import SECTIONS
from tests.browser.keys import shortcuts, tab_to
from tests.browser.looking import LOOKS, good
from tests.browser.people import enter
from tests.firms import person
from tests.stack import until

FOLLOWS = "#cards[data-following=yes]"  # once the page hears of changes


@pytest.fixture
def anna():
    return person(first_name="Anna")


@pytest.fixture
def account(firm, anna):
    return firm.account(name="Okonkwo Bakery", type="company", contacts=[{"new": anna}])


@pytest.fixture
def at(account):
    return f"/accounts/{account['id']}"


@pytest.fixture
def page(open_page, firm):
    """The owner's, signed in."""
    page = open_page()
    enter(page, firm.email)
    return page


def task(firm, at, title):
    return firm.owner.made("POST", f"{at}/tasks", title=title, priority="high")


def card(page, name):
    return page.locator(f"#card-{name}")


@pytest.mark.parametrize(("language", "width", "theme"), LOOKS)
def test_the_overview_is_good_to_use_however_it_is_looked_at(open_page, firm, account, at, language, width, theme):
    """R-OV-1, R-OV-2: thirteen cards in the seed's order, in either language and theme, on the smallest screen too."""
    for number in range(7):
        task(firm, at, f"Task number {number}")
    firm.owner.made("POST", f"{at}/notes", body="Prefers to be called in the morning, " * 12)
    until(lambda: firm.owner.made("GET", f"{at}/overview?sections=tasks")["sections"][0]["total"] == 7)
    page = open_page(language, width, color_scheme=theme)
    enter(page, firm.email)
    page.goto(f"/clients/{account['id']}")

    expect(page.locator("html")).to_have_attribute("lang", language)
    assert [one.get_attribute("data-section") for one in page.locator(".section").all()] == list(SECTIONS)
    expect(card(page, "tasks").get_by_role("listitem")).to_have_count(5)
    good(page)


def test_what_changes_shows_by_itself_and_moves_nothing(page, firm, account, at):
    """R-OV-8: a row comes without a new page; what is read, folded open or focused stays where it is."""
    for number in range(7):
        task(firm, at, f"Task number {number}")
    until(lambda: firm.owner.made("GET", f"{at}/overview?sections=tasks")["sections"][0]["total"] == 7)
    page.set_viewport_size({"width": 700, "height": 500})
    page.goto(f"/clients/{account['id']}")
    page.locator(FOLLOWS).wait_for()
    page.evaluate("() => { window.opened = true; }")
    reading = page.locator("#all-notes")
    reading.scroll_into_view_if_needed()
    reading.focus()
    before = reading.bounding_box()["y"]

    task(firm, at, "Ask for the lease")

    expect(card(page, "tasks")).to_contain_text("Ask for the lease")
    assert page.evaluate("() => window.opened")
    expect(reading).to_be_focused()
    assert abs(reading.bounding_box()["y"] - before) <= 2


def test_from_the_search_to_a_row_by_keys_alone(page, firm, account, at):
    """R-OV-10"""
    made = task(firm, at, "Ask for the lease")
    until(lambda: firm.owner.made("GET", "/search?q=okonkwo")["total"])
    page.goto("/search")
    shortcuts(page, "/")
    page.keyboard.type("okonkwo")
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Okonkwo Bakery")
    expect(card(page, "tasks")).to_contain_text("Ask for the lease")
    tab_to(page, page.locator(f"#tasks-{made['id']}"))


def test_all_of_a_section_is_a_page_away(page, firm, account, at):
    """R-OV-9"""
    for number in range(7):
        task(firm, at, f"Task number {number}")
    until(lambda: firm.owner.made("GET", f"{at}/overview?sections=tasks")["sections"][0]["total"] == 7)
    page.goto(f"/clients/{account['id']}")
    card(page, "tasks").get_by_role("link", name="View all").click()

    expect(page).to_have_url(re.compile(r"/tasks(\?.*)?$"))
    for number in range(7):
        expect(page.get_by_role("main")).to_contain_text(f"Task number {number}")
    good(page)


def test_a_field_is_edited_where_it_stands(page, firm, account, watch):
    """An error stands beside its field, what is saved is shown, and history knows it."""
    watch.causes("status of 422")
    page.goto(f"/clients/{account['id']}/info")
    page.get_by_role("link", name="Edit: Name").click()
    form = page.locator("#part-name form")
    name = form.get_by_role("textbox")
    name.evaluate("one => one.removeAttribute('maxlength')")  # what the server says where the browser lets it pass
    name.fill("Okonkwo & Daughters " * 20)
    form.get_by_role("button", name="Save").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    good(page)
    name.fill("Okonkwo & Daughters")
    form.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Okonkwo & Daughters")
    page.get_by_role("region", name="Account details").get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Okonkwo Bakery")
    good(page)


def test_a_switch_acts_at_once(page, firm, account, anna, at):
    """R-LOG-1: NOTIFY goes on by a key, and says so."""
    page.goto(f"/clients/{account['id']}/info")
    switches = page.get_by_role("region", name="Contacts")
    login = switches.get_by_role("switch").or_(switches.locator("button.switch, input.switch")).first
    login.focus()
    page.keyboard.press("Space")

    until(lambda: firm.owner.made("GET", f"{at}/contacts")["items"][0]["addresses"][0]["login"] != "none")
    expect(switches).to_contain_text(anna["email"])
    good(page)


def test_paper_has_the_cards_and_none_of_the_buttons(page, account):
    page.goto(f"/clients/{account['id']}")
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(card(page, "tasks")).to_be_visible()
    for gone in (".side", ".tabs", "#card-tasks .button"):
        expect(page.locator(gone).first).to_be_hidden()


def test_nothing_moves_for_whoever_wants_no_motion(page, account):
    page.goto(f"/clients/{account['id']}")
    moving = """() => [...document.querySelectorAll('*')].flatMap((one) => {
        const style = getComputedStyle(one);
        const lasts = [...style.transitionDuration.split(','), ...style.animationDuration.split(',')];
        return lasts.some((each) => parseFloat(each) > 0.01) ? [one.className || one.tagName] : [];
    })"""

    assert page.evaluate(moving) == []
