"""What a custom field takes, and the one form it is kept in (R-CF-2, R-CF-3)."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from marshmallow import ValidationError

from chassis.errors import Invalid
from contracts import custom_fields
from contracts.custom_fields import Choice, CustomField, checked, normal, shown

RED, BLUE = Choice(id=UUID(int=1), name="Red"), Choice(id=UUID(int=2), name="Blue")


def field(kind: str) -> CustomField:
    return CustomField(id=UUID(int=7), name="Field", type=kind, choices=(RED, BLUE), position=0, version=1)


@pytest.mark.parametrize(
    ("kind", "given", "kept", "text"),
    [
        ("text", "  Zürich ", "Zürich", "Zürich"),
        ("long_text", "two\nlines", "two\nlines", "two\nlines"),
        ("date", "2026-01-31", "2026-01-31", "2026-01-31"),
        ("single_choice", str(RED.id), str(RED.id), "Red"),
        ("single_choice", "blue", str(BLUE.id), "Blue"),
        ("multiple_choice", ["Red", "BLUE", "red"], [str(RED.id), str(BLUE.id)], "Red, Blue"),
        ("multiple_choice", "Red", [str(RED.id)], "Red"),
        ("email", "Ada@Example.com", "Ada@Example.com", "Ada@Example.com"),
        ("number", "007.50", "7.5", "7.5"),
        ("number", -12, "-12", "-12"),
        ("number", "-0", "0", "0"),
        ("url", "https://example.com/a?b=c", "https://example.com/a?b=c", "https://example.com/a?b=c"),
        ("phone", "+33 1 42 68 53 00", "+33 1 42 68 53 00", "+33 1 42 68 53 00"),
        ("checkbox", False, False, "no"),
        ("currency", {"amount": "12.5", "currency": "EUR"}, {"amount": "12.50", "currency": "EUR"}, "12.50 EUR"),
    ],
)
def test_a_value_is_kept_in_one_form_and_read_as_text(kind, given, kept, text):
    assert normal(field(kind), given) == kept
    assert normal(field(kind), kept) == kept
    assert shown(field(kind), kept) == text


@pytest.mark.parametrize("kind", custom_fields.FieldType.__args__)
@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_takes_the_value_away(kind, nothing):
    assert normal(field(kind), nothing) is None


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 12),
        ("text", "x" * 256),
        ("text", "a\x07b"),
        ("text", "a\u202eb"),
        ("long_text", "x" * 20_001),
        ("date", "31/01/2026"),
        ("date", 20260131),
        ("single_choice", "Green"),
        ("single_choice", ["Red"]),
        ("multiple_choice", ["Red", "Green"]),
        ("multiple_choice", {"Red": 1}),
        ("email", "ada@"),
        ("number", "12 apples"),
        ("number", "1e400"),
        ("number", float("inf")),
        ("number", True),
        ("url", "javascript:alert(1)"),
        ("url", "https://[half"),
        ("phone", "call me"),
        ("checkbox", "yes"),
        ("currency", "12 EUR"),
        ("currency", {"amount": "1.005", "currency": "EUR"}),
        ("currency", {"amount": "1", "currency": "euro"}),
    ],
)
def test_what_does_not_fit_the_type_is_refused(kind, given):
    """R-CF-3"""
    with pytest.raises(ValidationError):
        normal(field(kind), given)


@pytest.mark.parametrize(
    ("order", "typed"),
    [
        ("month_first", "01-31-2026"),
        ("month_first", "01/31/2026"),
        ("month_first", "Jan-31-2026"),
        ("month_first", "Jan/31/2026"),
        ("day_first", "31-01-2026"),
        ("day_first", "31/01/2026"),
        ("day_first", "2026-01-31"),
    ],
)
def test_typed_dates_are_read_in_the_order_of_the_place(order, typed):
    """R-CF-3"""
    assert normal(field("date"), typed, order) == "2026-01-31"


def test_a_choice_no_longer_offered_is_still_read():
    gone = Choice(id=uuid4(), name="Old")
    known = CustomField(id=UUID(int=7), name="F", type="single_choice", choices=(RED, gone), position=0, version=1)

    assert shown(known, str(gone.id)) == "Old"


def test_each_wrong_field_of_a_request_is_named():
    number, day = field("number"), CustomField(id=UUID(int=8), name="D", type="date", choices=(), position=1, version=1)
    unknown = str(uuid4())
    given = {str(number.id): "many", str(day.id): "soon", unknown: 1}

    with pytest.raises(Invalid) as refused:
        checked({number.id: number, day.id: day}, given)

    named = [error["field"] for error in refused.value.data["errors"]]
    assert named == [f"custom_fields.{number.id}", f"custom_fields.{day.id}", f"custom_fields.{unknown}"]


def test_numbers_keep_fifteen_digits():
    assert Decimal(normal(field("number"), "123456789012345")) == Decimal(123456789012345)
