"""Cards stand in columns in their order, as long as one another when they are full."""

import re
from zoneinfo import ZoneInfo

import pytest

from contracts.overview import SECTIONS
from gateway.web import languages
from gateway.web.drawing import draw
from gateway.web.firm import statuses
from gateway.web.firm.overview import LINES, arranged


def cards(*names):
    return [{"name": name} for name in names]


def names(columns):
    return [[card["name"] for card in column] for column in columns]


def test_every_section_has_a_length():
    assert set(LINES) == set(SECTIONS)


def test_the_order_is_kept_down_the_columns():
    """R-OV-2"""
    columns = arranged(cards(*SECTIONS))

    assert [name for column in names(columns) for name in column] == list(SECTIONS)
    assert len(columns) == 3


def test_no_column_is_much_longer_than_another():
    lengths = [sum(LINES[card["name"]] for card in column) for column in arranged(cards(*SECTIONS))]

    assert max(lengths) - min(lengths) <= max(LINES.values())


def test_a_section_that_is_absent_leaves_no_hole():
    """R-OV-5"""
    seen = [name for name in SECTIONS if name not in ("invoices", "proposals")]

    assert all(column for column in arranged(cards(*seen)))


def test_few_cards_have_a_column_each():
    assert names(arranged(cards("tasks", "returns"))) == [["tasks"], ["returns"]]
    assert arranged([]) == []


def drawn(language="en", **fields):
    card = {"name": "tasks", "title": "Tasks", "state": "fresh", "rows": [], "total": 0, "footer": None, "actions": []}
    card |= {"as_of": "2026-03-02T09:30:00Z", "generation": 3, **fields}
    values = {"card": card, "at": "/clients/7", "words": statuses, "zone": ZoneInfo("Europe/Paris")}
    page = draw(languages.language(language), "firm/card.html", values)
    return " ".join(re.sub(r"<[^>]*>", " ", page.body.decode()).split()), page.body.decode()


@pytest.mark.parametrize("state", ["stale", "unavailable"])
def test_a_card_that_is_old_or_missing_says_so_and_can_be_tried_again(state):
    """R-OV-7"""
    text, html = drawn(state=state)

    assert "does not answer at the moment" in text
    assert 'href="/clients/7/cards/tasks"' in html
    assert ("As of" in text) == (state == "stale")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", SECTIONS)
def test_an_empty_card_says_that_there_is_nothing(name, language):
    """R-OV-5: never that something is not allowed"""
    text, _ = drawn(language, name=name)

    assert languages.language(language).say(statuses.EMPTY[name]) in text


def test_a_section_of_the_firms_own_has_a_card_too():
    text, html = drawn(name="returns", title="Tax returns", rows=[{"id": "7", "title": "Return 2025"}], total=1)

    assert "Tax returns 1" in text
    assert "Return 2025" in text
    assert "View all" not in text
    assert 'data-generation="3"' in html


def test_quick_actions_are_those_that_the_viewer_may_make():
    """R-OV-6"""
    assert "/clients/7/tasks/new" in drawn(actions=["create_task"])[1]
    assert "/clients/7/tasks/new" not in drawn()[1]


def test_invoices_beyond_five_are_folded_under_their_sums():
    """R-OV-3, R-CRD-7"""
    row = {
        "number": "2026-0007", "status": "overdue", "currency": "EUR", "due_on": "2026-03-01", "amount": "100.00",
        "paid": "20.00", "clearing": "0.00", "remaining": "80.00", "coverage": {"walked": "none", "alone": "full"},
    }  # fmt: skip
    sums = {"currency": "EUR", "total_due": "560.00", "clearing": "0.00", "credit": "90.00", "net_due": "470.00"}
    footer = {"balances": [sums], "overdue": 7, "unfolded": 5}
    rows = [{**row, "id": str(number)} for number in range(7)]

    text, html = drawn(name="invoices", rows=rows, total=7, footer=footer, actions=["apply_credit"])

    assert html.index("invoices-4") < html.index("<details") < html.index("invoices-5")
    assert "2 more" in text
    assert "Net due €470.00" in text
    assert "Credit goes to earlier ones" in text
    assert 'href="/clients/7/invoices/0/credit"' in html
