"""The forms of the overview's cards in their dialog: each makes something, and its card shows it by itself (R-OV-6)."""

import pytest
from playwright.sync_api import expect

from gateway.web.firm.drafts import OFFERED
from tests.browser.looking import good
from tests.browser.people import enter
from tests.browser.places import QUESTIONS
from tests.firms import Firm
from tests.pdfs import blank_pdf
from tests.stack import until

FOLLOWS = "#cards[data-following=yes]"
RAW = {"Content-Type": "application/pdf"}
# What is typed, by label, and the button; a box is ticked where the text is None.
TYPED = {
    "tasks": ({"What is to be done": "Ask for the lease"}, "Create"),
    "jobs": ({"Name of the job": "Accounts 2026"}, "Create"),
    "notes": ({"Note": "Prefers to be called"}, "Save"),
    "time": ({"Service": "Bookkeeping", "Hours": "2"}, "Save"),
    "chats": ({"Subject": "Your rent", "Message": "Did it change?"}, "Send"),
    "approvals": ({"Note to the client": "Please look."}, "Ask"),
    "organizers": ({"Income 2026": None}, "Send"),
    "invoices": ({"Service": "Advice", "Price each": "180"}, "Save the draft"),
}
SHOWS = {
    "approvals": "Tax return.pdf",
    "organizers": "Income 2026",
    "time": "Bookkeeping",
}
OWN = {"documents", "emails"}  # a file is chosen rather than typed; mail takes a mailbox, which e2e has


@pytest.fixture(scope="module")
def firm(stack):
    made = Firm(stack.url, stack.env)
    made.owner.made("POST", "/pipelines", name="Year end", stages=[{"name": "Collect"}])
    sections = [{"title": "You", "questions": QUESTIONS}]
    made.owner.made("POST", "/organizer-templates", name="Income 2026", sections=sections)
    return made


@pytest.fixture(scope="module")
def account(firm):
    made = firm.account("Okonkwo Bakery")
    email = firm.owner.made("GET", f"/accounts/{made['id']}/contacts")["items"][0]["contact"]["addresses"][0]["email"]
    firm.portal(made, email)
    firm.owner.post(
        f"/accounts/{made['id']}/documents", params={"name": "Tax return.pdf"}, content=blank_pdf(), headers=RAW
    ).raise_for_status()
    return made


@pytest.fixture
def page(open_page, firm):
    page = open_page()
    enter(page, firm.email)
    return page


def test_each_card_makes_something_of_its_own(page, firm, account, watch):
    """R-OV-6, R-OV-8: empty forms are refused beside their fields; what was made is there without a new page."""
    watch.causes("status of 422")
    assert set(OFFERED) - OWN <= set(TYPED), "say in TYPED what is typed into a new form"
    page.goto(f"/clients/{account['id']}")
    page.locator(FOLLOWS).wait_for()
    page.evaluate("() => { window.opened = true; }")
    sheet = page.get_by_role("dialog")
    for section, (typed, button) in TYPED.items():
        opener = page.locator(f"#new-{section}")
        opener.click()
        expect(sheet.get_by_role("heading", level=2)).to_be_visible()
        good(page)
        if section == "tasks":
            sheet.get_by_role("button", name=button, exact=True).click()
            expect(sheet.get_by_role("alert")).to_be_visible()
            good(page)
        for label, text in typed.items():
            field = sheet.get_by_label(label, exact=True).first
            field.check() if text is None else field.fill(text)
        sheet.get_by_role("button", name=button, exact=True).click()
        if section == "invoices":
            break  # the draft opens, to be looked over
        expect(sheet).to_be_hidden()
        card = page.locator(f"#card-{section}")
        expect(card).to_contain_text(SHOWS.get(section) or next(iter(typed.values())))
    expect(page.get_by_role("heading", name="Draft of an invoice")).to_be_visible()
    expect(page.get_by_label("Service", exact=True).first).to_have_value("Advice")
    good(page)
    page.get_by_role("button", name="Issue").click()
    expect(page.get_by_role("main")).to_contain_text("180")


def test_what_takes_more_room_is_written_on_a_page_of_its_own(page, firm, account):
    """R-OV-6, R-SGN-2, R-PRP-4: it opens from the card, and what was made of it is where people go on."""
    page.goto(f"/clients/{account['id']}")
    page.locator("#new-signatures").click()
    expect(page.get_by_role("heading", level=2, name="Ask for signature")).to_be_visible()
    expect(page.get_by_role("combobox", name="Signer 1")).not_to_have_value("")
    page.get_by_label("Note to the signers").fill("Please sign.")
    page.get_by_role("button", name="Ask now").click()
    expect(page.get_by_role("heading", level=2, name="Tax return.pdf")).to_be_visible()

    page.goto(f"/clients/{account['id']}")
    page.locator("#new-proposals").click()
    expect(page.get_by_role("heading", level=2, name="New proposal")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Books and taxes")
    page.get_by_label("Service", exact=True).fill("Bookkeeping")
    page.get_by_label("Price each", exact=True).fill("120")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", level=2, name="Books and taxes")).to_be_visible()
    page.goto(f"/clients/{account['id']}")
    expect(page.locator("#card-signatures")).to_contain_text("Tax return.pdf")


def test_files_are_uploaded_and_the_dialog_closes(page, firm, account):
    """R-OV-6"""
    page.goto(f"/clients/{account['id']}")
    page.locator("#new-documents").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_label("Files")).to_be_visible()
    sheet.get_by_label("Files").set_input_files(
        {"name": "Lease.pdf", "mimeType": "application/pdf", "buffer": blank_pdf()}
    )
    expect(sheet).to_be_hidden()
    page.goto(f"/clients/{account['id']}/documents?uploaded_by=all")

    expect(page.get_by_role("main")).to_contain_text("Lease.pdf")


@pytest.mark.parametrize("where", ["", "/tasks"], ids=["card", "list"])
def test_a_status_is_changed_where_it_is_shown_and_taken_back(page, firm, account, where):
    """R-TSK-3"""
    task = firm.owner.made("POST", f"/accounts/{account['id']}/tasks", title="File the return")
    done = next(one for one in firm.owner.made("GET", "/task-statuses")["items"] if one["category"] == "done")
    path = f"/accounts/{account['id']}/tasks/{task['id']}"

    def becomes(category):
        return until(lambda: firm.owner.made("GET", path)["status"]["category"] == category)

    status = page.locator(f"#status-{task['id']}")
    page.goto(f"/clients/{account['id']}{where}")
    expect(status).to_contain_text("Planned")
    status.click()
    page.get_by_role("dialog").get_by_role("button", name=done["name"]).click()
    expect(status).to_be_hidden()  # what is done is not open
    becomes("done")
    page.get_by_role("button", name="Undo").click()
    becomes("planned")
    expect(status).to_contain_text("Planned")
