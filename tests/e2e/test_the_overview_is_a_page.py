"""The Overview tab: thirteen cards that load, fail and are drawn anew by themselves."""

import re

import pytest

from contracts.overview import SECTIONS
from tests.firms import PASSWORD, Firm
from tests.stack import until
from tests.visiting import Browser, text_of

PART = {"HX-Request": "true"}


@pytest.fixture
def account(firm):
    return firm.account("Ada Ltd")


@pytest.fixture
def browser(stack, firm):
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=firm.email, password=PASSWORD)
        yield browser


def cards(page):
    return re.findall(r'id="card-(\w+)"', page.text)


def task(firm, account, title, **fields):
    return firm.owner.made("POST", f"/accounts/{account['id']}/tasks", title=title, **fields)


def test_thirteen_cards_stand_in_the_seeds_order(browser, account):
    """R-OV-1, R-OV-2"""
    page = browser.get(f"/clients/{account['id']}")

    assert cards(page) == list(SECTIONS)
    assert all(f'href="/clients/{account["id"]}/{name}"' in page.text for name in SECTIONS)


def test_a_card_shows_five_rows_and_counts_all(browser, firm, account):
    """R-OV-3, R-OV-6, R-OV-10"""
    made = [task(firm, account, f"Task {number}") for number in range(7)]

    page = until(lambda: page if 'data-total="7"' in (page := browser.get(f"/clients/{account['id']}")).text else None)

    linked = re.findall(rf'href="/clients/{account["id"]}/tasks/([0-9a-f-]{{36}})"', page.text)
    assert linked == [one["id"] for one in made[:1:-1]]


def test_one_card_is_drawn_by_itself(browser, firm, account):
    """R-OV-7"""
    task(firm, account, "File the return")

    part = until(
        lambda: (
            part
            if "File the return" in (part := browser.get(f"/clients/{account['id']}/cards/tasks", headers=PART)).text
            else None
        )
    )
    whole = browser.get(f"/clients/{account['id']}/cards/tasks")

    assert cards(part) == ["tasks"]
    assert "<html" not in part.text
    assert (whole.status_code, whole.headers["location"]) == (303, f"/clients/{account['id']}#card-tasks")


def test_who_lacks_a_right_has_no_such_card(stack, firm, account):
    """R-OV-5, R-INV-5: absent, rather than empty"""
    employee = firm.member("view_all_accounts")
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=employee.member["email"], password=PASSWORD)
        page = browser.get(f"/clients/{account['id']}")
        refused = browser.get(f"/clients/{account['id']}/cards/invoices", headers=PART)

    assert set(SECTIONS) - set(cards(page)) == {"invoices", "proposals"}
    assert refused.status_code == 404


def test_a_stranger_sees_nothing(stack, account):
    """R-ACC-5"""
    other = Firm(stack.url, stack.env)
    with Browser(stack.url) as browser:
        browser.send_form("/sign-in", email=other.email, password=PASSWORD)
        answers = [browser.get(f"/clients/{account['id']}{path}") for path in ("", "/cards/tasks", "/tasks")]

    assert {answer.status_code for answer in answers} <= {303, 404}
    assert not any("Ada Ltd" in answer.text for answer in answers)
    assert answers[0].status_code == answers[2].status_code == 404


def test_hostile_text_stays_text(browser, firm, account):
    task(firm, account, "<script>alert(1)</script> & more")

    page = until(lambda: page if "&amp; more" in (page := browser.get(f"/clients/{account['id']}")).text else None)

    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script> & more" in text_of(page).replace("&lt;", "<") or "&lt;script&gt;" in page.text
