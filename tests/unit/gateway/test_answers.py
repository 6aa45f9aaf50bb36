"""Answers to questionnaires as people of each language type them."""

import pytest

from contracts.organizer_templates import Question
from gateway.web.languages import language
from gateway.web.portal import answers

ENGLISH, FRENCH = language("en"), language("fr")
QUESTIONS = [
    Question(key="name", label="Name", kind="short_text"),
    Question(key="married", label="Married", kind="yes_no"),
    Question(key="kinds", label="Kinds", kind="multiple_choice", choices=("Wages", "Rents", "Shares")),
    Question(key="rents", label="Rents", kind="amount"),
    Question(key="slip", label="Slip", kind="file"),
    Question(key="count", label="Count", kind="number"),
]
GIVEN = {
    "name": "Anna",
    "married": False,
    "kinds": ["Wages", "Shares"],
    "rents": {"amount": "1250.50", "currency": "EUR"},
    "count": "1250.5",
}


@pytest.mark.parametrize(
    ("typed", "english", "french"),
    [
        ("1250.50", "1250.50", "1250.50"),
        ("1,250.50", "1250.50", "1,250.50"),
        ("1250,50", "1250,50", "1250.50"),
        ("1 250,50", "1 250,50", "1250.50"),
        ("1\u00a0250,50", "1 250,50", "1250.50"),
        ("1\u202f250", "1 250", "1250"),
        ("-3", "-3", "-3"),
        ("two", "two", "two"),
        ("", "", ""),
    ],
)
def test_numbers_are_read_as_the_language_writes_them(typed, english, french):
    """What is no number in it stays as it is, for its owner to refuse: never a guess at another amount."""
    read = [answers.decimal(one, typed).replace("\u00a0", " ").replace("\u202f", " ") for one in (ENGLISH, FRENCH)]

    assert read == [english, french]


@pytest.mark.parametrize("spoken", [ENGLISH, FRENCH], ids=lambda one: one.code)
def test_what_stands_in_the_form_is_what_was_answered(spoken):
    form = answers.written(spoken, QUESTIONS, GIVEN)

    assert answers.read(spoken, QUESTIONS, form) == GIVEN


def test_what_is_left_empty_takes_the_answer_away_but_no_file():
    assert answers.read(ENGLISH, QUESTIONS, {}) == dict.fromkeys(GIVEN)


def test_what_is_none_of_the_answers_is_left_to_its_owner_to_refuse():
    read = answers.read(ENGLISH, QUESTIONS, {"answers.married": "perhaps", "answers.kinds.7": "yes"})

    assert (read["married"], read["kinds"]) == ("perhaps", None)
