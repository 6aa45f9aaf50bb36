import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.rules import text

TYPED = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Anna \t Roy\n", "Anna Roy"),
        ("e\u0301", "é"),
        ("روي", "روي"),
        ("نمی\u200cدانم", "نمی\u200cدانم"),  # the joiner belongs to the word
        ("\u200b \u2060", ""),
        ("", ""),
    ],
)
def test_a_line_is_tidied(typed, kept):
    assert text.tidy(typed) == kept


def test_the_lines_of_a_text_stay():
    assert text.tidy_body("\r\n one\r\n\r\ntwo \r") == "one\n\ntwo"


@pytest.mark.parametrize(
    ("typed", "in_name"), [("helene", "Hélène"), ("STRASSE", "Straße"), ("łodz", "Łódź"), ("иван", "ИВАН")]
)
def test_case_and_accents_do_not_matter_in_a_search(typed, in_name):
    assert text.folded(typed) in text.folded(in_name)


@given(TYPED)
def test_folding_twice_changes_nothing(typed):
    assert text.folded(text.folded(typed)) == text.folded(typed)


@given(TYPED)
def test_every_word_of_a_name_is_found_by_itself(typed):
    found_by = text.search_text([text.tidy(typed)], [])
    assert all(word in found_by for word in text.words(typed))


def test_an_address_is_found_in_each_of_its_forms():
    found_by = text.search_text(["Anna"], [("Anna@Bücher.example", "anna@xn--bcher-kva.example")])
    assert found_by.split("\n") == ["anna", "anna@bucher.example", "anna@xn--bcher-kva.example"]
