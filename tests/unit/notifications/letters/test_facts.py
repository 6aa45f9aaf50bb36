"""What a letter wants to be told."""

import pytest

from services.notifications.letters import KINDS, Fact, Kind, wrong_facts

KIND = Kind("sample", None, {"name": Fact("text"), "message": Fact("text", is_optional=True)})


def test_facts_that_are_missing_unknown_or_of_another_sort_are_named():
    assert wrong_facts(KIND, {"name": "Ada"}) == []
    assert wrong_facts(KIND, {"name": "Ada", "message": None}) == []
    assert wrong_facts(KIND, {"message": "Hello"}) == ["name"]
    assert wrong_facts(KIND, {"name": None}) == ["name"]
    assert wrong_facts(KIND, {"name": 7, "message": ["Hello"]}) == ["name", "message"]
    assert wrong_facts(KIND, {"name": "Ada", "link": "https://example.com"}) == ["link"]


@pytest.mark.parametrize(
    ("sort", "right", "wrong"),
    [
        ("text", ["", "Ada"], [7, ["Ada"], {}]),
        ("texts", [["Ada"], ("Ada", "Bob")], ["Ada", [], [7]]),
        ("date", ["2026-04-15"], ["15/04/2026", "2026-02-30", 20260415]),
        ("instant", ["2026-04-15T09:30:00Z", "2026-04-15T09:30:00+02:00"], ["2026-04-15T09:30:00", "soon", 7]),
        (
            "money",
            [{"amount": "-12.50", "currency": "EUR"}],
            ["12 EUR", {"amount": "12"}, {"amount": 12, "currency": "EUR"}],
        ),
        ("count", [0, 12], [-1, True, "12", 1.5]),
        ("flag", [True, False], [1, "true"]),
    ],
)
def test_each_sort_knows_its_own(sort, right, wrong):
    kind = Kind("sample", None, {"fact": Fact(sort)})

    assert [value for value in right if wrong_facts(kind, {"fact": value})] == []
    assert [value for value in wrong if not wrong_facts(kind, {"fact": value})] == []


def test_every_kind_is_kept_by_its_name():
    assert all(name == kind.name for name, kind in KINDS.items())
    assert all(name.startswith("staff_") == kind.is_staff for name, kind in KINDS.items())
