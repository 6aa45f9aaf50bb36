"""The firm's pages around every other: signing in, the bar on the left, search from anywhere, appearance."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.keys import shortcuts, tab_to
from tests.browser.looking import LOOKS, good
from tests.browser.people import enter
from tests.firms import PASSWORD, person
from tests.stack import until

WORDS = {
    "en": {"in": "Sign in", "email": "E-mail address", "password": "Password", "out": "Sign out"},
    "fr": {"in": "Se connecter", "email": "Adresse e-mail", "password": "Mot de passe", "out": "Se déconnecter"},
}
SEARCH = "/search"  # a page that needs no client


@pytest.fixture
def okonkwo(firm):
    """A client whom search knows, by a name and an address."""
    contact = person(first_name="Ngozi", last_name="Okonkwo", email="ngozi@bakery-okonkwo.example.com")
    account = firm.account(name="Okonkwo Bakery", contacts=[{"new": contact}])
    until(lambda: firm.owner.made("GET", "/search?q=okonkwo")["total"])
    return account


@pytest.mark.parametrize(("language", "width", "theme"), LOOKS)
def test_in_by_the_front_door_and_out(open_page, watch, firm, language, width, theme):
    """R-SRC-1: whoever comes from outside signs in first, and lands where they wanted to be."""
    words = WORDS[language]
    watch.causes("status of 401")  # a wrong password
    page = open_page(language, width, color_scheme=theme)

    page.goto(SEARCH)
    good(page)
    page.get_by_label(words["email"]).fill(firm.email)
    page.get_by_label(words["password"]).fill("Wrong-horse-42-battery")
    page.get_by_role("button", name=words["in"]).click()
    expect(page.get_by_role("alert")).to_be_visible()
    good(page)
    page.get_by_label(words["password"]).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{SEARCH}$"))
    good(page)
    page.locator(".me > summary").click()
    good(page)
    page.get_by_role("button", name=words["out"]).click()
    expect(page.get_by_role("status")).to_be_visible()
    good(page)


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_search_is_a_key_away(page, firm, okonkwo, key):
    """R-SRC-1, R-SRC-4: results while typing say why; arrows and Enter open one, Escape closes and gives focus back."""
    enter(page, firm.email)
    page.goto(SEARCH)
    shortcuts(page, key)
    field = page.get_by_role("combobox")
    expect(field).to_be_focused()
    page.keyboard.type("akery-oko")
    hit = page.get_by_role("dialog").get_by_role("option")
    expect(hit).to_contain_text("ngozi@bakery-okonkwo.example.com of Ngozi Okonkwo")
    good(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    shortcuts(page, key)
    page.keyboard.press("ArrowDown")
    expect(hit).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"/clients/{okonkwo['id']}$"))


def test_a_slash_in_a_field_is_a_slash(page, firm):
    enter(page, firm.email)
    page.goto(SEARCH)
    field = page.get_by_role("main").get_by_role("searchbox")
    field.press_sequentially("a/b")

    expect(field).to_have_value("a/b")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_search_finds_nothing_that_its_reader_may_not_see(page, firm, okonkwo):
    """R-ACC-5, R-SRC-6"""
    employee = firm.member()
    enter(page, employee.member["email"])
    page.goto(f"{SEARCH}?q=okonkwo")

    expect(page.get_by_role("main")).to_contain_text("Nothing found")
    expect(page.get_by_role("option")).to_have_count(0)


def test_without_script_search_is_a_form(open_page, firm, okonkwo):
    page = open_page(java_script_enabled=False)
    enter(page, firm.email)
    page.goto(SEARCH)
    page.get_by_role("main").get_by_role("searchbox").fill("ngozi@")
    page.get_by_role("main").get_by_role("button", name="Search").click()

    expect(page.get_by_role("option")).to_contain_text("Okonkwo Bakery")


def test_appearance_is_chosen_and_kept(page, firm):
    enter(page, firm.email)
    page.goto(SEARCH)
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator(".me > summary").click()
    page.get_by_label("Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) != light
    good(page)
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_first_key_leads_past_the_bar(page, firm):
    enter(page, firm.email)
    page.goto(SEARCH)
    tab_to(page, page.get_by_role("link", name="To the content"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("main").get_by_role("searchbox"))
