"""R-C-4: duplicates are contacts whose filled fields are all equal, missing ones ignored."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.rules import sameness


def facts(first="", last="", email=None, phones=(), **fields):
    said = {"first_name": first, "last_name": last, **fields}
    return sameness.facts(said, [("email", email)] if email else [], phones)


ANNA = facts("Anna", "Roy", "anna@roy.example", city="Lyon")


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (facts("Anna", "Roy", "anna@roy.example", city="Lyon"), True),
        (facts("Anna", "Roy"), True),
        (facts(email="anna@roy.example"), True),
        (facts("Anna", "Roy", middle_name="B."), True),
        (facts("Anna", "Roy", "other@roy.example"), False),
        (facts("Bob", "Roy", "anna@roy.example"), False),
        (facts("Anna", "Roy", city="Paris"), False),
        (facts("Anna"), False),  # half a name says too little
        (facts(city="Lyon"), False),
        (facts(), False),
    ],
)
def test_r_c_4_are_duplicates(other, is_same):
    assert sameness.are_duplicates(ANNA, other) is is_same
    assert sameness.are_duplicates(other, ANNA) is is_same


def test_a_phone_number_is_the_same_however_it_is_spaced():
    one = facts("Anna", "Roy", phones=["06 12-34"])
    assert sameness.are_duplicates(one, facts("Anna", "Roy", phones=["0612 34", "0700"]))
    assert not sameness.are_duplicates(one, facts("Anna", "Roy", phones=["0700"]))


def test_a_contact_that_has_less_than_asked_is_not_the_one():
    assert sameness.has_all(ANNA, facts("Anna", "Roy"))
    assert not sameness.has_all(facts("Anna", "Roy"), ANNA)


def test_a_name_and_an_address_alone_meet_in_who_has_both():
    people = {
        UUID(int=1): facts("Anna", "Roy", "a@roy.example", city="Lyon"),
        UUID(int=2): facts("Anna", "Roy"),
        UUID(int=3): facts(email="a@roy.example"),
    }
    assert sameness.groups(people) == [(UUID(int=1), UUID(int=2), UUID(int=3))]


def test_a_bare_name_joins_one_of_two_people_of_that_name():
    people = {
        UUID(int=1): facts("Anna", "Roy", "a@roy.example"),
        UUID(int=2): facts("Anna", "Roy", "b@roy.example"),
        UUID(int=3): facts("Anna", "Roy"),
        UUID(int=4): facts("Bob", "Roy"),
    }
    assert sameness.groups(people) == [(UUID(int=1), UUID(int=3))]


some = st.sampled_from(["", "x", "y"])
people = st.lists(st.builds(facts, some, some, some, city=some), max_size=8).map(
    lambda made: {UUID(int=number): one for number, one in enumerate(made)}
)


@given(people)
def test_whoever_is_in_a_group_has_a_duplicate_there_and_differs_from_nobody(everybody):
    found = sameness.groups(everybody)

    members = [one for group in found for one in group]
    assert len(members) == len(set(members))
    for group in found:
        for one in group:
            others = [everybody[other] for other in group if other != one]
            assert any(sameness.are_duplicates(everybody[one], other) for other in others)
            assert all(sameness.agree(everybody[one], other) for other in others)


@given(people)
def test_two_duplicates_are_not_both_left_out(everybody):
    grouped = {one for group in sameness.groups(everybody) for one in group}
    for one, mine in everybody.items():
        twins = [o for o, theirs in everybody.items() if o != one and sameness.are_duplicates(mine, theirs)]
        if one not in grouped and twins:
            assert grouped.intersection(twins)
