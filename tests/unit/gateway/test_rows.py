"""Lists of lines in forms are read, tidied and changed, whatever is posted."""

import pytest

from gateway.web.firm.writing import rows
from gateway.web.firm.writing.rows import Shape

LINE = Shape({"name": "", "number": "1"}, several=("tags",))
GROUP = Shape({"title": ""}, lists={"lines": LINE})
FORM = Shape({"subject": ""}, lists={"groups": GROUP})
POSTED = [
    ("subject", " About it "),
    ("groups.1.title", "Second"),
    ("groups.1.lines.0.name", "c"),
    ("groups.0.title", "First"),
    ("groups.0.lines.0.name", "a"),
    ("groups.0.lines.0.tags", "x"),
    ("groups.0.lines.0.tags", "y"),
    ("groups.0.lines.10.name", "b"),
]


def names(row):
    return [[line["name"] for line in group["lines"]] for group in row["groups"]]


def test_lines_are_read_in_the_order_of_their_numbers():
    row = rows.read(POSTED, FORM)

    assert row["subject"] == "About it"
    assert names(row) == [["a", "b"], ["c"]]
    assert row["groups"][0]["lines"][0]["tags"] == ["x", "y"]


@pytest.mark.parametrize(
    "hostile",
    [
        [("groups", "x"), ("groups.0.title", "y")],
        [("groups.0.title", "y"), ("groups", "x"), ("groups.0", "z")],
        [("groups.-1.title", "x"), ("groups.²", "y"), ("groups.99999999999.title", "z")],
        [("a.b.c.d.e.f.g.h.i", "x"), ("...", "y"), ("", "z")],
        [("groups.0.lines.title", "x"), ("groups.0.title.0", "y")],
    ],
)
def test_names_that_no_form_has_break_nothing(hostile):
    row = rows.read(hostile, FORM)

    assert all(set(group) == {"title", "lines"} and isinstance(group["title"], str) for group in row["groups"])


def test_lines_in_which_nothing_is_typed_are_left_out_and_shown_again():
    row = rows.read([*POSTED, ("groups.0.lines.11.number", "1"), ("groups.2.title", " ")], FORM)

    tidied = rows.tidy(row, FORM)
    shown = rows.filled({"subject": "", "groups": []}, FORM)

    assert names(row) == [["a", "b", ""], ["c"], []]
    assert names(tidied) == [["a", "b"], ["c"]]
    assert names(shown) == [[""]]


@pytest.mark.parametrize(
    ("order", "left", "focus"),
    [
        ("add groups.1.lines", [["a", "b"], ["c", ""]], "groups.1.lines.1"),
        ("add groups", [["a", "b"], ["c"], [""]], "groups.2"),
        ("remove groups.0.lines.1", [["a"], ["c"]], "groups.0.lines.0"),
        ("remove groups.0", [["c"]], "groups.0"),
        ("up groups.0.lines.1", [["b", "a"], ["c"]], "groups.0.lines.0"),
        ("down groups.0", [["c"], ["a", "b"]], "groups.1"),
        ("up groups.1.lines.0", [["a", "b", "c"], []], "groups.0.lines.2"),
        ("down groups.0.lines.1", [["a"], ["b", "c"]], "groups.1.lines.0"),
        ("up groups.0.lines.0", [["a", "b"], ["c"]], "groups.0.lines.0"),
        ("up groups.0", [["a", "b"], ["c"]], "groups.0"),
    ],
)
def test_a_button_changes_the_list_and_says_where_to_look(order, left, focus):
    row, shown = rows.changed(rows.read(POSTED, FORM), FORM, order)

    assert (names(row), shown) == (left, focus)


@pytest.mark.parametrize(
    "order", ["", "up", "add", "add subject", "remove groups.9", "up groups.x.lines.0", "burn groups.0"]
)
def test_an_order_that_no_button_gives_changes_nothing(order):
    row, focus = rows.changed(rows.read(POSTED, FORM), FORM, order)

    assert (names(row), focus) == ([["a", "b"], ["c"]], "")
