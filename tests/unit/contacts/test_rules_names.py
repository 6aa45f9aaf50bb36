"""R-CN-1, R-CN-2: how a contact is called."""

import pytest

from services.contacts.rules import names

ANNA = {"first_name": "Anna", "middle_name": "B.", "last_name": "Roy"}


@pytest.mark.parametrize(
    ("form", "called"),
    [
        ("first_last", "Anna Roy"),
        ("last_first", "Roy Anna"),
        ("last_comma_first", "Roy, Anna"),
        ("first_middle_last", "Anna B. Roy"),
    ],
)
def test_r_cn_1_the_four_formats(form, called):
    assert names.formatted(form, ANNA) == called


def test_r_cn_1_first_last_is_the_default():
    assert names.DEFAULT == "first_last"


@pytest.mark.parametrize(
    ("form", "missing"),
    [("first_last", "first_name"), ("last_comma_first", "last_name"), ("first_middle_last", "middle_name")],
)
def test_r_cn_2_a_missing_part_makes_no_formatted_name(form, missing):
    assert names.formatted(form, ANNA | {missing: ""}) is None


@pytest.mark.parametrize(
    ("parts", "emails", "called"),
    [
        ({"middle_name": ""}, ["a@roy.example"], "Anna Roy"),
        ({"first_name": ""}, ["a@roy.example"], "B. Roy"),
        (dict.fromkeys(ANNA, ""), ["a@roy.example", "b@roy.example"], "a@roy.example"),
        (dict.fromkeys(ANNA, ""), [], ""),
    ],
)
def test_what_is_there_makes_the_name_when_the_format_can_not(parts, emails, called):
    assert names.display_name("first_middle_last", ANNA | parts, emails) == called


def test_a_made_name_is_no_longer_than_a_typed_one():
    long = {"first_name": "a" * 255, "middle_name": "", "last_name": "b" * 255}
    assert len(names.display_name("first_last", long, [])) == 255
