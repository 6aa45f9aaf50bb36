"""How names and addresses are compared, without a database."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.context import Actor, Context
from services.overview import rules
from services.overview.rules import Person

FIRM = UUID(int=7)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


class TestNormal:
    @pytest.mark.parametrize(
        ("typed", "compared"),
        [
            ("  Élodie\tMÜLLER ", "elodie muller"),
            ("Straße", "strasse"),
            ("Łukasz", "łukasz"),  # a letter of its own, not an accent
            ("ΑΓΓΕΛΟΣ", "αγγελοσ"),
            ("王伟", "王伟"),
            ("ＡＢＣ", "abc"),
        ],
    )
    def test_case_accents_and_spaces_do_not_count(self, typed, compared):
        """R-SRC-3"""
        assert rules.normal(typed) == compared

    @given(TEXT)
    def test_normal_text_stays_as_it_is(self, text):
        assert rules.normal(rules.normal(text)) == rules.normal(text)


class TestWords:
    def test_a_word_is_known_as_written_by_its_parts_and_without_punctuation(self):
        assert rules.words("o'brien jean-luc") == [
            "o'brien",
            "o",
            "brien",
            "obrien",
            "jean-luc",
            "jean",
            "luc",
            "jeanluc",
        ]

    def test_punctuation_alone_is_a_word(self):
        assert rules.words("smith & sons") == ["smith", "&", "sons"]


class TestKeys:
    @given(TEXT, st.data())
    def test_a_part_of_an_address_has_no_key_that_the_address_lacks(self, address, data):
        """Or else the index would not find what the comparison accepts (R-SRC-3)."""
        line = rules.normal(address).replace(" ", "")
        start = data.draw(st.integers(0, max(0, len(line) - 1)))
        part = line[start : data.draw(st.integers(start, len(line)))]
        sought = rules.query(FIRM, part, None)

        kept = rules.searched(FIRM, [], [line], [])

        if sought.is_address and sought.text == part and part.rstrip(",;") == part:
            assert set(sought.keys) <= set(kept.keys)

    @example([",/ a,"])
    @given(st.lists(TEXT, max_size=3))
    def test_the_start_of_a_word_of_a_name_has_no_key_that_the_name_lacks(self, names):
        kept = set(rules.searched(FIRM, names, [], []).keys)

        for word in {word for name in names for word in rules.normal(name).split()}:
            for end in range(1, len(word) + 1):
                assert set(rules.query(FIRM, word[:end], None).keys) <= kept

    def test_firms_share_no_keys(self):
        one = rules.searched(FIRM, ["Anna Roy"], ["anna@roy.example"], [])
        other = rules.searched(UUID(int=8), ["Anna Roy"], ["anna@roy.example"], [])

        assert not set(one.keys) & set(other.keys)

    def test_a_long_query_asks_for_a_bounded_number_of_keys(self):
        assert len(rules.query(FIRM, " ".join(f"word{n:03}" for n in range(50)), UUID(int=1)).keys) <= 17


class TestViewer:
    """R-ACC-1: owner, admins and view-all see every account, others those of their team, nobody else any."""

    MEMBER = Actor(kind="member", id=UUID(int=5), role="employee")

    @pytest.mark.parametrize(
        ("changes", "limited_to"),
        [
            ({"role": "owner"}, None),
            ({"role": "admin"}, None),
            ({"rights": frozenset({"view_all_accounts"})}, None),
            ({"rights": frozenset({"view_all_contacts", "manage_accounts"})}, UUID(int=5)),
            ({}, UUID(int=5)),
            ({"kind": "portal"}, UUID(int=5)),
            ({"kind": "portal", "rights": frozenset({"view_all_accounts"})}, UUID(int=5)),
            ({"kind": "portal", "id": None}, UUID(int=0)),
        ],
    )
    def test_whose_accounts_are_seen(self, changes, limited_to):
        assert rules.viewer(replace(self.MEMBER, **changes)) == limited_to

    def test_the_system_sees_all(self):
        assert rules.viewer(Context().actor) is None


class TestWhy:
    """R-SRC-4"""

    ANNA = Person("Anna Roy", ("anna@roy.example", "office@elm.example"))

    @pytest.mark.parametrize(
        ("typed", "reasons"),
        [
            ("jg2", [("code", "JG2", "")]),
            ("elm st", [("name", "Elm Street", ""), ("company", "Elm Ltd", "")]),
            ("ffice@el", [("email", "office@elm.example", "Anna Roy")]),
            (
                "roy",
                [("contact", "Anna Roy", ""), ("email", "anna@roy.example", "Anna Roy")],
            ),
            ("nothing of it", []),
        ],
    )
    def test_says_what_matched_and_whose_it_is(self, typed, reasons):
        assert rules.why(typed, "JG2", "Elm Street", "Elm Ltd", [self.ANNA]) == reasons
