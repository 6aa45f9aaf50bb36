"""How clients come to a firm and are changed many at once: by a form, by a file, and without a mouse."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.browser.keys import shortcuts, tab_to
from tests.browser.looking import good
from tests.browser.people import enter
from tests.firms import PASSWORD, person
from tests.stack import until

LIST = """Account name,First name,Last name,Email,Tags
Ada Ltd,Ada,Lovelace,ada@example.com,Priority
Byron & Co,George,Byron,not an address,
Ada Ltd,Anne,Byron,anne@example.com,Priority
Zuse & Sons,Konrad,Zuse,konrad@example.com,
"""


@pytest.fixture
def page(open_page, firm):
    page = open_page()
    enter(page, firm.email)
    return page


def listed(firm, names, state="active"):
    """Once the directory knows of them."""
    wanted = set(names)
    until(lambda: wanted <= {one["name"] for one in firm.owner.made("GET", f"/accounts?state={state}")["items"]})


def test_a_client_is_made_of_somebody_new_and_somebody_known(page, firm, watch):
    """R-LNK-1, R-C-4: who is there already is told while typing; what is wrong stands beside its field."""
    watch.causes("status of 422")
    firm.owner.made("POST", "/contacts", **person(first_name="Grace", last_name="Hopper", email="grace@example.com"))
    page.goto("/clients")
    page.get_by_role("link", name="New client").first.click()
    page.get_by_label("Company", exact=True).check()
    page.get_by_label("Company name").fill("Okonkwo Bakery")
    page.get_by_label("First name").fill("Ngozi")
    page.get_by_label("E-mail address", exact=True).fill("grace@example.com")
    page.get_by_label("Phone", exact=True).fill("call me")
    expect(page.get_by_role("status").filter(has_text="has this address already")).to_be_visible()
    good(page)
    page.get_by_label("E-mail address", exact=True).fill("ngozi@example.com")
    page.get_by_label("Or somebody your firm knows already").press_sequentially("hopp")
    page.locator("#found").get_by_role("button", name="Grace Hopper").click()
    expect(page.get_by_role("group", name="Contact 2")).to_contain_text("Grace Hopper")
    expect(page.get_by_label("First name")).to_have_value("Ngozi")
    page.get_by_label("New tags").fill("Priority")
    page.get_by_role("button", name="Create the client").last.click()
    expect(page.get_by_label("Phone", exact=True)).to_have_attribute("aria-invalid", "true")
    good(page)
    page.get_by_label("Phone", exact=True).fill("+33 1 23 45 67 89")
    page.get_by_role("button", name="Create the client").last.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Okonkwo Bakery")
    page.get_by_role("link", name="Info", exact=True).click()
    contacts = page.get_by_role("region", name="Contacts")
    expect(contacts).to_contain_text("Grace Hopper")
    expect(contacts).to_contain_text("ngozi@example.com")


def test_a_contact_is_made_and_described(page):
    """R-C-2"""
    page.goto("/contacts")
    page.get_by_role("link", name="New contact").first.click()
    page.get_by_label("First name").fill("Grace")
    page.get_by_label("Last name").fill("Hopper")
    page.get_by_label("E-mail address", exact=True).fill("grace@example.com")
    page.get_by_role("button", name="Create the contact").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace Hopper")
    page.get_by_role("link", name="Edit: Phone").click()
    page.locator("#part-phones").get_by_role("textbox").first.fill("+33 1 23 45 67 89")
    page.locator("#part-phones").get_by_role("button", name="Save").click()

    expect(page.locator("#part-phones .value")).to_contain_text("+33 1 23 45 67 89")
    good(page)


def test_a_list_is_looked_at_then_loaded_and_what_is_refused_is_given_back(page, firm):
    """R-IMP-1, R-IMP-4"""
    page.goto("/clients/import")
    page.get_by_label("File").set_input_files({"name": "clients.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
    page.get_by_role("button", name="Send and look at it").click()
    expect(page.get_by_role("heading", name="Nothing is loaded yet")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("3 rows can be loaded.")
    assert firm.owner.made("GET", "/accounts")["total"] == 0
    good(page)
    page.get_by_role("button", name="Load these rows").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible(timeout=60_000)  # by itself
    expect(page.get_by_role("main")).to_contain_text("4 of 4 rows")
    good(page)
    refused = page.get_by_role("region", name="Rows that are not loaded")
    expect(refused.get_by_role("row").filter(has_text="not an address")).to_be_visible()
    with page.expect_download() as file:
        refused.get_by_role("link", name="Download them to mend").click()
    (row,) = csv.DictReader(io.StringIO(file.value.path().read_text("utf-8-sig")))
    assert row["Account name"] == "Byron & Co"

    listed(firm, ["Ada Ltd", "Zuse & Sons"])
    page.get_by_role("link", name="To the clients").click()
    expect(page.get_by_role("row").filter(has_text="Ada Ltd")).to_contain_text("Priority")


def test_from_signing_in_to_changed_clients_without_a_mouse(open_page, firm):
    """R-BULK-1: j, k and x go through the list and choose; all else is reached by Tab and seen to be."""
    names = ["Ada Ltd", "Byron & Co", "Zuse & Sons"]
    for name in names:
        firm.account(name, tags=["Priority"] if name == "Ada Ltd" else [])
    listed(firm, names)
    page = open_page()
    page.goto("/clients")
    tab_to(page, page.get_by_label("E-mail address", exact=True))
    page.keyboard.type(firm.email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Clients")
    shortcuts(page, *"jjxjxkkx")
    expect(page.locator("#count")).to_have_text("3")
    page.keyboard.press("x")  # Ada Ltd is left out again
    expect(page.locator("#count")).to_have_text("2")
    good(page)
    tab_to(page, page.get_by_role("button", name="Change these …"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Change 2 clients")
    tab_to(page, page.get_by_label("Priority"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_label("Type"))
    page.keyboard.type("Comp")
    tab_to(page, page.get_by_role("button", name="Change 2 clients"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="All 2 clients are done.")).to_be_visible()
    good(page)

    changed = {one["name"]: one for one in firm.owner.made("GET", "/accounts")["items"] if one["name"] != "Ada Ltd"}
    for one in changed.values():
        account = firm.owner.made("GET", f"/accounts/{one['id']}")
        assert ([tag["name"] for tag in account["tags"]], account["type"]) == (["Priority"], "company")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="To the clients"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/clients$"))


def test_many_are_changed_by_mouse_and_each_refusal_is_told(page, firm):
    """R-BULK-1, R-ARC-1"""
    for name in ("Ada Ltd", "Byron & Co"):
        firm.account(name)
    listed(firm, ["Ada Ltd", "Byron & Co"])
    page.goto("/clients")
    page.get_by_label("Choose all that are shown").check()
    page.get_by_role("button", name="Change these …").click()
    page.get_by_label("Archive", exact=True).select_option(label="archive them")
    page.get_by_label("I know that the people of an archived client").check()
    page.get_by_role("button", name="Change 2 clients").click()
    expect(page.get_by_role("status").filter(has_text="All 2 clients are done.")).to_be_visible()
    listed(firm, ["Ada Ltd", "Byron & Co"], "archived")
    page.goto("/clients?state=archived")

    expect(page.get_by_role("row").filter(has_text="Byron & Co")).to_be_visible()
