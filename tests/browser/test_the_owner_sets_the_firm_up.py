"""The settings, one after the other, and what each changes elsewhere; QuickBooks with what it asks to decide."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.looking import good
from tests.browser.people import enter
from tests.firms import Firm, person
from tests.quickbooks.launching import simulator
from tests.stack import until


@pytest.fixture(scope="module")
def firm(stack):
    return Firm(stack.url, stack.env)


@pytest.fixture
def intuit(stack):
    """An Intuit for the system."""
    with simulator() as running:
        where = {"DOSSIER_QUICKBOOKS_URL": running.url, "DOSSIER_QUICKBOOKS_DISCOVERY_URL": running.discovery}
        with stack.told("quickbooks", **where):
            yield running


@pytest.fixture
def page(open_page, firm):
    page = open_page()
    enter(page, firm.email)
    return page


def saved(page):
    """The page says so, and what stands below that is there, too."""
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    page.wait_for_load_state("load")


def test_a_member_is_taken_in_and_given_rights(page, open_page, firm, watch):
    """R-TEAM-1: the password is shown once, and is good to sign in with; what was ticked is what they may do."""
    email = f"nina-{secrets.token_hex(4)}@example.com"
    page.goto("/settings")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Members and rights").click()
    watch.causes("status of 422")
    page.locator("main form.card").first.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    wrong = page.get_by_role("alert")
    expect(wrong.get_by_role("link", name="Name – ")).to_be_visible()
    wrong.get_by_role("link", name="E-mail address – ").click()
    expect(page.get_by_label("E-mail address", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("Nina New")
    page.get_by_label("E-mail address", exact=True).fill(email)
    page.get_by_label("Make and change the firm’s tags").check()
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.locator(".secret").inner_text()
    good(page)
    page.get_by_role("link", name="Nina New").click()
    page.get_by_label("Change pipelines, see every job").check()
    page.get_by_role("button", name="Save").click()
    saved(page)

    ninas = open_page()
    ninas.goto("/settings/pipelines")
    ninas.get_by_label("E-mail address", exact=True).fill(email)
    ninas.get_by_label("Password").fill(password)
    ninas.keyboard.press("Enter")
    expect(ninas.get_by_role("heading", level=1)).to_have_text("Pipelines")
    places = ninas.get_by_role("navigation", name="Settings")
    expect(places.get_by_role("link", name="Tags")).to_be_visible()
    expect(places.get_by_role("link", name="QuickBooks")).to_have_count(0)


def test_tags_and_fields_are_made_and_used(page, firm):
    """R-TAG-1, R-CF-4: a tag renamed is so everywhere; a field is asked for where clients are described."""
    account = firm.account("Okonkwo Bakery", tags=["Priorty"])
    page.goto("/settings/tags")
    name = page.get_by_label("Name of the tag Priorty")
    name.fill("Priority")
    page.get_by_role("button", name="Save Priorty").click()
    saved(page)
    page.goto("/settings/account-fields")
    page.get_by_label("Name", exact=True).fill("Sector")
    page.get_by_label("Kind").select_option(label="One of several")
    page.get_by_label("Choices").fill("Food\nTransport")
    page.get_by_role("button", name="Make").click()
    saved(page)

    page.goto(f"/clients/{account['id']}/info?empty#fields")
    expect(page.locator("#tags")).to_contain_text("Priority")
    page.get_by_role("link", name="Edit: Sector").click()
    page.get_by_role("combobox", name="Sector").select_option("Food")
    page.locator("#fields").get_by_role("button", name="Save").click()
    expect(page.get_by_role("combobox", name="Sector")).to_have_count(0)
    expect(page.locator("#fields")).to_contain_text("Food")
    good(page)


def test_a_pipeline_is_there_for_the_next_job(page, firm):
    """R-JOB-5"""
    account = firm.account("Lindqvist Shipping")
    page.goto("/settings/pipelines")
    page.get_by_label("Name", exact=True).fill("Year end")
    page.get_by_label("Stages").fill("Collect\nPrepare\nReview")
    page.get_by_role("button", name="Make").click()
    saved(page)
    page.goto(f"/clients/{account['id']}")
    page.locator("#new-jobs").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name of the job").fill("Accounts 2026")
    sheet.get_by_label("Pipeline and stage").select_option("Prepare")
    sheet.get_by_role("button", name="Create").click()

    expect(page.locator("#card-jobs")).to_contain_text("Accounts 2026")
    expect(page.locator("#card-jobs")).to_contain_text("Prepare")


def test_names_are_written_as_the_firm_wants(page, firm):
    """R-C-1, R-NAME-6"""
    firm.owner.made("POST", "/contacts", **person(first_name="Ngozi", last_name="Okonkwo"))
    page.goto("/settings/name-format")
    page.get_by_label("Last, First: Roy, Anna").check()
    page.get_by_label("Write the contacts that there are in this way, too").check()
    page.get_by_role("button", name="Save").click()
    saved(page)

    def is_written():
        page.goto("/contacts?q=okonkwo")
        return "Okonkwo, Ngozi" in page.get_by_role("main").inner_text()

    until(is_written)


def test_mails_and_notices_are_the_members_choice(page, firm):
    """R-NOT-8, R-FOL-2: an address is shut off and released; what is listed leads to the client, and is read."""
    page.goto("/settings/notifications")
    page.get_by_label("Answers go to").fill("office@example.com")
    page.get_by_role("button", name="Save").click()
    saved(page)
    page.goto("/settings/suppressions")
    page.get_by_label("E-mail address", exact=True).fill("gone@example.com")
    page.get_by_label("Why").fill("She has left.")
    page.get_by_role("button", name="Add").click()
    saved(page)
    good(page)
    page.get_by_role("button", name="Release gone@example.com").click()
    saved(page)
    expect(page.get_by_role("main")).not_to_contain_text("gone@example.com")

    page.goto("/settings/me")
    page.get_by_label("Somebody mentions me: by mail").click()
    page.get_by_role("button", name="Save").last.click()
    saved(page)
    emil = firm.member("view_all_accounts")
    account = firm.account("Harbour Joinery")
    mentioned = [firm.signed_in["member"]["id"]]
    emil.made("POST", f"/accounts/{account['id']}/notes", body="Please look.", mention_ids=mentioned)
    until(lambda: firm.owner.made("GET", "/notices")["items"])
    page.goto("/notices")
    bell = page.get_by_role("navigation", name="Main").get_by_role("link", name="Notices")
    expect(bell).to_contain_text("1")
    good(page)
    page.get_by_role("button", name="Mark all as read").click()
    expect(bell.locator(".count")).to_be_empty()
    page.get_by_role("link", name="Somebody mentions me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour Joinery")


def test_the_owner_connects_and_decides_what_waits(page, watch, firm, intuit):
    """R-QB-2, R-QB-5, R-QB-20: from the keys to an empty list, all by pages."""
    watch.causes(f"request to elsewhere: {intuit.url}")
    realm = "9130000000000001"
    intuit.control("company", realm=realm, name="Whitfield Books")
    intuit.knobs(authorizes=realm)
    version = firm.owner.made("GET", "/billing-settings")["version"]
    firm.owner.made("PATCH", "/billing-settings", version=version, currency="USD")
    for _ in range(2):
        firm.account("Ada Ltd", contacts=[{"new": person(first_name="Ada")}])

    page.goto("/settings/quickbooks")
    page.get_by_label("Client id").fill("client")
    page.get_by_label("Client secret").fill("secret")
    page.get_by_label("Redirect address").fill(f"{firm.url}/quickbooks/connected")
    page.get_by_role("button", name="Save").nth(2).click()
    saved(page)
    page.get_by_label("All", exact=True).check()
    page.get_by_role("button", name="Save").first.click()
    saved(page)
    good(page)
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Connected with Whitfield Books")).to_be_visible()
    good(page)

    until(lambda: firm.owner.made("GET", "/quickbooks/errors")["items"], 60)
    page.goto("/settings/quickbooks")
    page.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("QuickBooks: to decide")
    good(page)
    waiting, remedy = page.locator(".error-row"), "Create in QuickBooks"
    created = waiting.first.get_attribute("id").removeprefix("e")
    while waiting.count():
        row = page.locator(f"#{waiting.first.get_attribute('id')}")
        row.get_by_role("button", name=re.compile(f"^{remedy}")).click()
        saved(page)
        expect(row).to_have_count(0)
        remedy = "Do not sync"
    expect(page.get_by_role("main")).to_contain_text("Nothing waits for a decision.")

    at = f"/accounts/{created}"
    draft = firm.owner.made("POST", f"{at}/invoices", lines=[{"name": "Tax return", "unit_price": "120"}])
    invoice = firm.owner.made("POST", f"{at}/invoices/{draft['id']}/issue", version=draft["version"])
    part = {"amount": "20", "method": "check", "received_on": invoice["posted_on"]}
    payment = firm.owner.made("POST", f"{at}/payments", **part, invoices=[{"invoice_id": invoice["id"]}])
    until(lambda: _in_the_books(firm, at) == {invoice["id"], payment["id"]}, 60)
    page.goto(f"/settings/quickbooks{at}/documents/{payment['id']}/payment")
    expect(page.get_by_role("table").last.get_by_role("link", name=invoice["number"])).to_be_visible()
    good(page)
    page.goto(f"/settings/quickbooks{at}/documents/{invoice['id']}/invoice")
    expect(page.get_by_role("columnheader", name="In QuickBooks")).to_be_visible()
    good(page)


def _in_the_books(firm, at):
    found = firm.owner.made("GET", f"{at}/quickbooks/documents?limit=50")["items"]
    return {one["id"] for one in found if one["status"] == "synced"}
