"""A client's person on a telephone, from the mail of the invitation to the last invoice, and every page on the way."""

import email
import email.policy
import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import good
from tests.firms import PORTAL_PASSWORD, person
from tests.mail import PASSWORD
from tests.pdfs import blank_pdf
from tests.stack import until

QUESTIONS = [
    {
        "title": "Household",
        "questions": [
            {"key": "married", "label": "Are you married?", "kind": "yes_no", "is_required": True},
            {
                "key": "spouse",
                "label": "Name of your spouse",
                "kind": "short_text",
                "is_required": True,
                "shown_if": {"question": "married", "answer": "yes"},
            },
        ],
    },
    {"title": "Income", "questions": [{"key": "rents", "label": "Rents", "kind": "amount"}]},
]


@pytest.fixture
def mails(stack, smtp):
    """`mails(to)`: the texts of what has arrived at an address."""

    def arrived(to):
        every = [email.message_from_bytes(raw, policy=email.policy.default) for raw in smtp.accepted()]
        return [one.get_body(("plain",)).get_content() for one in every if to in one["To"]]

    url = f"smtp://portal:{PASSWORD}@127.0.0.1:{smtp.port}"
    with stack.told("notifications", DOSSIER_SMTP_URL=url, DOSSIER_MAIL_FROM="portal@example.com"):
        yield arrived


@pytest.fixture
def anna():
    return person(first_name="Anna")


@pytest.fixture
def account(firm, anna):
    """Hers, with something to do of every kind."""
    made = firm.account(name="Roy Bakery", contacts=[{"new": anna}])
    at = f"/accounts/{made['id']}"
    linked = firm.owner.made("GET", f"{at}/contacts")
    contact = linked["items"][0]["contact"]
    path = f"{at}/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"
    firm.owner.made("PATCH", path, version=linked["version"], is_login_on=True)
    firm.owner.made("POST", f"{path}/invitation", message="Dear Anna, this is where your papers will be.")
    return made


@pytest.fixture
def work(firm, account):
    """What the firm asks of her, once she is in."""

    def ask():
        at = f"/accounts/{account['id']}"
        document = firm.owner.post(
            f"{at}/documents",
            params={"name": "Tax return.pdf"},
            content=blank_pdf(),
            headers={"Content-Type": "application/pdf"},
        ).json()["id"]
        firm.owner.made("POST", f"{at}/signatures", document_id=document)
        template = firm.owner.made("POST", "/organizer-templates", name="Income 2026", sections=QUESTIONS)
        firm.owner.made("POST", f"{at}/organizers", template_ids=[template["id"]])
        firm.owner.made("POST", f"{at}/chats", subject="Your rent", text="Did it change?")
        lines = [{"name": "Advice", "unit_price": "180"}]
        invoice = firm.owner.made("POST", f"{at}/invoices", lines=lines, currency="EUR")
        firm.owner.made("POST", f"{at}/invoices/{invoice['id']}/issue", version=invoice["version"])

    return ask


def test_from_the_invitation_to_the_invoice(open_page, firm, account, anna, mails, work, watch):
    """R-LOG-3, R-POR-2: all of it by touch, on a screen of 390 pixels; and the firm sees what she did."""
    page = open_page(width=390, height=844, has_touch=True, is_mobile=True)
    (text, *_) = until(lambda: mails(anna["email"]))
    page.goto(re.search(r"/portal/invitations/[\w-]+", text)[0])
    good(page)
    page.get_by_label("Choose a password").fill(PORTAL_PASSWORD)
    page.get_by_role("button", name="Accept and enter").click()
    expect(page).to_have_url(re.compile(r"/portal(/accounts/[0-9a-f-]+)?$"))
    good(page)
    work()
    mine = f"/portal/accounts/{account['id']}"
    page.goto(mine)
    expect(page.get_by_role("heading", level=1)).to_have_text("Roy Bakery")
    good(page)

    for does in (_sends_a_file, _signs, _fills_in, _answers, _looks_at_the_invoice):
        does(page, mine)
    watch.causes("status of 422")
    _is_told_what_is_missing(page, mine)

    at = f"/accounts/{account['id']}"
    sections = until(lambda: _done(firm.owner.made("GET", f"{at}/overview")["sections"]))
    assert "Receipt.pdf" in {row["name"] for row in sections["documents"]["rows"]}


def _done(sections):
    """The sections by name, once the firm sees all that the client did."""
    found = {one["name"]: one for one in sections}
    is_signed = found["signatures"]["total"] and found["signatures"]["rows"][0]["status"] == "signed"
    is_handed_in = found["organizers"]["total"] and found["organizers"]["rows"][0]["status"] == "submitted"
    return found if is_signed and is_handed_in and found["documents"]["total"] else None


def _sends_a_file(page, mine):
    page.goto(f"{mine}/documents")
    page.get_by_label("Files").set_input_files(
        {"name": "Receipt.pdf", "mimeType": "application/pdf", "buffer": blank_pdf()}
    )
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("link", name="Receipt.pdf")).to_be_visible()
    expect(page.get_by_role("status").first).to_be_visible()
    good(page)


def _signs(page, mine):
    page.goto(f"{mine}/requests")
    good(page)
    page.get_by_role("link", name="Tax return.pdf").click()
    page.get_by_label("Your full name").fill("Anna Roy")
    page.get_by_role("checkbox").check()
    good(page)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("signed")
    good(page)


def _fills_in(page, mine):
    """What is asked depends on what was answered."""
    page.goto(f"{mine}/organizers")
    good(page)
    page.get_by_role("link", name="Income 2026").click()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Save and go on", exact=True).click()
    spouse = page.get_by_label("Name of your spouse")
    expect(spouse).to_be_visible()
    good(page)
    spouse.fill("Bert Roy")
    page.get_by_role("button", name="Save and go on", exact=True).click()
    page.get_by_role("textbox", name="Rents").fill("1200")
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look over and hand in")
    good(page)
    page.get_by_role("button", name="Hand in").click()
    expect(page.get_by_role("main")).to_contain_text("Handed in by")


def _answers(page, mine):
    page.goto(f"{mine}/chats")
    good(page)
    page.get_by_role("link", name="Your rent").click()
    page.get_by_label("Your answer").fill("It is 50 more since May.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("list", name="Messages")).to_contain_text("It is 50 more since May.")
    good(page)


def _is_told_what_is_missing(page, mine):
    page.goto(f"{mine}/chats/new")
    page.locator("main form").first.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.get_by_role("alert").get_by_role("link", name="What is it about? – ").click()
    expect(page.get_by_label("What is it about?")).to_be_focused()
    good(page)


def _looks_at_the_invoice(page, mine):
    page.goto(f"{mine}/invoices")
    expect(page.get_by_role("main")).to_contain_text("180")
    good(page)
    page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text("Advice")
    good(page)
