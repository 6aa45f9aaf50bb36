import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts import names


class TestClean:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("  Ada   Lovelace ", "Ada Lovelace"),
            ("Ada\u00a0\tLovelace\n", "Ada Lovelace"),
            ("Chloe\u0301", "Chloé"),
            ("   ", ""),
        ],
    )
    def test_trims_collapses_and_composes(self, typed, kept):
        """R-NAME-8."""
        assert names.clean(typed) == kept

    @given(st.text())
    def test_what_is_clean_stays_as_it_is(self, text):
        assert names.clean(names.clean(text)) == names.clean(text)

    @given(st.text(max_size=30))
    def test_a_key_of_a_key_is_itself(self, text):
        assert names.key(names.key(text)) == names.key(text)


class TestAutomatic:
    @pytest.mark.parametrize(
        ("account_type", "company", "contact", "name"),
        [
            ("individual", None, "Ada Lovelace", "Ada Lovelace"),
            ("individual", "Engines Ltd", "Ada Lovelace", "Ada Lovelace"),
            ("company", "Engines Ltd", "Ada Lovelace", "Engines Ltd"),
            ("company", None, "Ada Lovelace", "Ada Lovelace"),
            ("company", "  ", "Ada Lovelace", "Ada Lovelace"),
            ("other", "Engines Trust", "Ada Lovelace", "Engines Trust"),
            ("other", None, "Ada Lovelace", "Ada Lovelace"),
            ("individual", None, "", ""),
        ],
    )
    def test_individual_after_the_contact_company_after_the_company(self, account_type, company, contact, name):
        """R-NAME-2, R-NAME-3."""
        assert names.automatic(account_type, company, contact) == name

    def test_never_exceeds_the_limit(self):
        """R-NAME-8."""
        assert len(names.automatic("individual", None, "x" * 254 + " yz")) == 254

    def test_a_contact_without_names_lends_what_it_is_shown_as(self):
        """R-NAME-2."""
        assert names.of_contact("", "", "ada@example.com") == "ada@example.com"
        assert names.of_contact("", "Lovelace", "Lovelace") == "Lovelace"


class TestWarnings:
    def test_a_plain_name_has_none(self):
        assert names.warnings("Müller & Söhne, Inc. (2026)") == ()

    @pytest.mark.parametrize("character", list('<>"/\\|?*'))
    def test_names_each_folder_character(self, character):
        """R-NAME-6."""
        (warning,) = names.warnings(f"A{character}B")

        assert f" {character} " in warning

    def test_a_colon_breaks_folders_and_quickbooks(self):
        """R-NAME-6, R-NAME-8."""
        (warning,) = names.warnings("Trust: Byron")

        assert "colon" in warning

    def test_more_than_a_hundred_characters(self):
        """R-NAME-8."""
        assert names.warnings("x" * 100) == ()
        assert "101" in names.warnings("x" * 101)[0]


class TestPrefix:
    @pytest.mark.parametrize(
        ("name", "prefix"),
        [
            ("Vogel", "V"),
            ("élan vital", "E"),
            ("Ørsted", "O"),
            ("Łukasz", "L"),
            ("ßigma", "S"),
            ("Æther", "A"),
            ("ñandú", "N"),
            ("«Byron»", "B"),
            ("3M", "C"),
            ("Юрий", "C"),
            ("株式会社", "C"),
            ("李", "C"),
            ("Ωmega", "C"),
            ("!!!", "C"),
            ("", "C"),
            ("ﬁnance", "F"),
        ],
    )
    def test_is_the_first_letter_in_ascii_or_c(self, name, prefix):
        """R-ID-1, R-ID-2."""
        assert names.code_prefix(name) == prefix

    @pytest.mark.parametrize(
        ("first", "last", "prefix"),
        [("Jean", "Garnier", "JG"), ("élodie", "", "E"), ("", "Garnier", "G"), ("Юрий", "Garnier", "G"), ("", "", "X")],
    )
    def test_initials_of_an_imported_individual(self, first, last, prefix):
        """R-ID-1."""
        assert names.initials(first, last, "Xavier") == prefix

    @given(st.text())
    def test_is_always_a_capital_ascii_letter(self, name):
        """R-ID-2."""
        assert names.code_prefix(name) in set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
