"""Members make and change items of a client by forms, without any script, and read them on pages of their own."""

import json
import re

import pytest

from contracts.overview import SECTIONS
from gateway.web.firm.drafts import DRAFTS
from tests.firms import PASSWORD, Firm
from tests.sections import MAKERS
from tests.visiting import OUR_FORM, Browser, text_of

MADE = [name for name in SECTIONS if name not in ("emails", "logins")]


@pytest.fixture
def account(firm):
    return firm.account("Ada Ltd")


@pytest.fixture
def at(account):
    return f"/clients/{account['id']}"


@pytest.fixture
def browser(stack, firm):
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=firm.email, password=PASSWORD)
        yield browser


def key_of(page):
    return re.search(r'name="key" value="([0-9a-f]{32})"', page.text)[1]


def version_of(page):
    return re.search(r'name="version" value="(\d+)"', page.text)[1]


def linked(page, section):
    return re.findall(rf'href="(/clients/[^/"]+/{section}/[0-9a-f-]{{36}})"', page.text)


@pytest.mark.parametrize("section", MADE)
def test_an_item_stands_in_its_list_and_has_a_page(browser, firm, account, at, section):
    """R-OV-1, R-OV-10"""
    me = firm.signed_in["member"]["id"]
    MAKERS[section].make(firm, account["id"], f"About {section}", me)

    listed = browser.get(f"{at}/{section}")
    (path,) = set(linked(listed, section))
    shown = browser.get(path)

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "1 entry" in text_of(listed)


@pytest.mark.parametrize("section", sorted(DRAFTS.keys() - {"invoices"}))  # a draft may be empty
def test_an_empty_form_says_what_is_missing(browser, firm, account, at, section):
    """R-OV-6: nothing is made of nothing, and nothing is lost"""
    asked = browser.get(f"{at}/{section}/new")

    refused = browser.send_form(f"{at}/{section}/new", key=key_of(asked) if 'name="key"' in asked.text else "")

    assert asked.status_code == 200
    assert refused.status_code == 422
    assert "at most" not in text_of(refused)


def test_a_form_that_is_sent_twice_makes_one_task(browser, firm, account, at):
    key = key_of(browser.get(f"{at}/tasks/new"))

    for _ in range(2):
        answer = browser.send_form(f"{at}/tasks/new", key=key, title="File the return", priority="high")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{at}/tasks")
    assert "1 entry" in text_of(browser.get(f"{at}/tasks"))


def test_what_was_typed_is_kept_beside_what_is_wrong(browser, at):
    refused = browser.send_form(f"{at}/tasks/new", title="", description="As agreed by phone.", due_on="soon")

    assert refused.status_code == 422
    assert "As agreed by phone." in refused.text
    assert 'id="due_on-error"' in refused.text
    assert 'href="#title"' in refused.text


def test_a_change_of_somebody_else_is_shown_and_nothing_is_lost(browser, firm, account, at):
    task = firm.owner.made("POST", f"/accounts/{account['id']}/tasks", title="File the return")
    path = f"{at}/tasks/{task['id']}"
    seen = browser.get(path)
    firm.owner.made("PATCH", f"/accounts/{account['id']}/tasks/{task['id']}", version=task["version"], priority="low")
    status = re.search(r'<option value="([^"]+)" selected', seen.text)[1]
    fields = {"title": "File both returns", "priority": "urgent", "status_id": status, "description": ""}

    refused = browser.send_form(f"{path}/change", version=version_of(seen), **fields)
    again = browser.send_form(f"{path}/change", version=version_of(refused), **fields)

    assert refused.status_code == 422
    assert "File both returns" in refused.text
    assert "changed this in the meantime" in text_of(refused)
    assert again.status_code == 303
    assert "File both returns" in text_of(browser.get(path))


def test_a_script_hears_that_a_form_was_saved(browser, at):
    answer = browser.post(f"{at}/notes/new", data={"body": "Called."}, headers=OUR_FORM | {"HX-Request": "true"})

    assert (answer.status_code, answer.text) == (200, "")
    assert '"section": "notes"' in answer.headers["hx-trigger"]


def test_rows_come_a_page_at_a_time(browser, firm, account, at):
    for number in range(51):
        firm.owner.made("POST", f"/accounts/{account['id']}/notes", body=f"Note {number}")

    first = browser.get(f"{at}/notes")
    more = re.search(r'id="more" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    rest = browser.get(more, headers={"HX-Request": "true"})

    assert (len(set(linked(first, "notes"))), len(set(linked(rest, "notes")))) == (50, 1)
    assert "<html" not in rest.text


def test_a_filter_that_is_none_is_told(browser, at):
    assert browser.get(f"{at}/invoices?from=soon").status_code == 422
    assert browser.get(f"{at}/tasks?cursor=cut").status_code == 422


def test_opening_a_conversation_reads_it(browser, firm, account, at):
    """R-CHT-2"""
    from tests.sections import client_of

    thread = firm.owner.made("POST", f"/accounts/{account['id']}/chats", subject="Receipts", text="Where are they?")
    client_of(firm, account["id"]).made(
        "POST", f"/accounts/{account['id']}/chats/{thread['id']}/messages", text="On their way."
    )

    shown = browser.get(f"{at}/chats/{thread['id']}")

    assert "On their way." in text_of(shown)
    assert not firm.owner.made("GET", f"/accounts/{account['id']}/chats/{thread['id']}")["is_unread"]


def test_a_draft_of_an_invoice_is_written_line_by_line(browser, firm, account, at):
    """R-INV-3: a service of the price list brings its price, lines left empty go, what is wrong stands at its line"""
    firm.owner.made("POST", "/services", name="Bookkeeping", price="90.00", tax_rate="20")
    made = browser.send_form(f"{at}/invoices/new", name=["Bookkeeping", ""], quantity=["", ""], unit_price=["", ""])
    path = made.headers["location"]
    fields = {
        "name": ["Bookkeeping", "Advice", "", ""],
        "description": ["March", "", "", ""],
        "quantity": ["2,5", "", "", ""],
        "unit_price": ["1 250,50", "", "", ""],
        "tax_rate": ["0", "", "", ""],
        "memo": "With thanks.",
    }

    refused = browser.send_form(f"{path}/change", version=version_of(browser.get(path)), **fields)
    fields["unit_price"][1] = "1,000"
    fields["due_on"] = "2030-01-31"
    saved = browser.send_form(f"{path}/change", version=version_of(refused), **fields)

    assert refused.status_code == 422
    assert 'id="lines.1-error"' in refused.text
    assert 'value="1 250,50"' in refused.text
    assert saved.status_code == 303
    invoice = firm.owner.made("GET", f"/accounts/{account['id']}/invoices/{path.rpartition('/')[2]}")
    lines = [(line["name"], line["quantity"], line["unit_price"], line["tax_rate"]) for line in invoice["lines"]]
    assert [(name, *map(float, numbers)) for name, *numbers in lines] == [
        ("Bookkeeping", 2.5, 1250.5, 0),
        ("Advice", 1, 1000, 0),
    ]
    assert invoice["lines"][0]["service_id"]
    assert (invoice["memo"], invoice["due_on"]) == ("With thanks.", "2030-01-31")
    assert browser.send_form(f"{path}/delete", version=version_of(browser.get(path))).status_code == 303
    assert browser.get(path).status_code == 404


def test_intruders_see_and_make_nothing(stack, firm, account, at):
    """R-ACC-5, R-INV-5"""
    invoice = MAKERS["invoices"].make(firm, account["id"], "Advice", "")
    note = MAKERS["notes"].make(firm, account["id"], "Called", "")
    other, employee = Firm(stack.url, stack.env), firm.member("view_all_accounts")
    with Browser(stack.url) as stranger, Browser(stack.url) as colleague:
        stranger.send_form("/sign-in", email=other.email, password=PASSWORD)
        colleague.send_form("/sign-in", email=employee.member["email"], password=PASSWORD)
        strange = [
            stranger.get(f"{at}/notes/{note}").status_code,
            stranger.get(f"{at}/notes/new").status_code,
            stranger.send_form(f"{at}/notes/new", body="Mine").status_code,
            stranger.send_form(f"{at}/notes/{note}/change", version="1", body="Mine").status_code,
        ]
        refused = [
            colleague.get(f"{at}/invoices").status_code,
            colleague.get(f"{at}/invoices/{invoice}").status_code,
            colleague.get(f"{at}/invoices/new").status_code,
            colleague.send_form(f"{at}/invoices/{invoice}/credit").status_code,
            colleague.send_form(f"{at}/invoices/{invoice}/change", version="1", name="Mine").status_code,
        ]

    assert strange == [404, 404, 404, 404]
    assert set(refused) <= {403, 404}
    assert "Mine" not in str(firm.owner.made("GET", f"/accounts/{account['id']}/notes"))


def test_a_status_that_was_changed_by_mistake_is_taken_back(browser, firm, account, at):
    """R-TSK-3"""
    task = firm.owner.made("POST", f"/accounts/{account['id']}/tasks", title="File the return")
    done = next(one for one in firm.owner.made("GET", "/task-statuses")["items"] if one["category"] == "done")
    path, script = f"{at}/tasks/{task['id']}/status", OUR_FORM | {"HX-Request": "true"}
    fields = {"version": task["version"], "status_id": done["id"], "was": task["status"]["id"]}

    answer = browser.post(path, data=fields, headers=script)
    undo = json.loads(answer.headers["hx-trigger"])["dossier:saved"]["undo"]
    browser.post(undo["to"], data=undo["fields"], headers=script)

    task = firm.owner.made("GET", f"/accounts/{account['id']}/tasks/{task['id']}")
    assert undo["to"] == path
    assert task["status"]["category"] == "planned"
