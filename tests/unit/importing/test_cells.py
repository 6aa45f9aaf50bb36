"""What people write into single cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.client_lists import cells


class TestSplitName:
    @pytest.mark.parametrize(
        ("written", "parts"),
        [
            ("Ada Lovelace", ("Ada", "", "Lovelace")),
            ("Ada Augusta King Lovelace", ("Ada", "Augusta King", "Lovelace")),
            ("Lovelace, Ada", ("Ada", "", "Lovelace")),
            ("Lovelace, Ada Augusta", ("Ada", "Augusta", "Lovelace")),
            ("DUPONT Jean", ("Jean", "", "DUPONT")),
            ("Jean DUPONT MARTIN", ("Jean", "", "DUPONT MARTIN")),
            ("JEAN DUPONT", ("JEAN", "", "DUPONT")),
            ("Jean de la Fontaine", ("Jean", "", "de la Fontaine")),
            ("Ludwig van Beethoven", ("Ludwig", "", "van Beethoven")),
            ("Anna Maria von Trapp", ("Anna", "Maria", "von Trapp")),
            ("M. Jean Valjean", ("Jean", "", "Valjean")),
            ("Mme DUPONT Anne", ("Anne", "", "DUPONT")),
            ("Dr. Who", ("", "", "Who")),
            ("Plato", ("", "", "Plato")),
            ("Smith,", ("", "", "Smith")),
            ("John F. Kennedy", ("John", "F.", "Kennedy")),
            ("李 小龙", ("李", "", "小龙")),
            ("", ("", "", "")),
            (" , ", ("", "", "")),
        ],
    )
    def test_splits(self, written, parts):
        assert cells.split_name(written) == parts

    @given(st.lists(st.text(st.characters(categories=["L"]), min_size=1), min_size=1).map(" ".join))
    def test_always_gives_a_name_for_a_name(self, written):
        assert any(cells.split_name(written))


class TestEmails:
    @pytest.mark.parametrize(
        ("written", "found"),
        [
            ("a@example.com", ["a@example.com"]),
            (" a@example.com ; b@example.com", ["a@example.com", "b@example.com"]),
            ("a@example.com, b@example.com", ["a@example.com", "b@example.com"]),
            ("a@example.com b@example.com", ["a@example.com", "b@example.com"]),
            ("a@example.com / b@example.com", ["a@example.com", "b@example.com"]),
            ("Ada Lovelace <a@example.com>", ["a@example.com"]),
            ("mailto:a@example.com", ["a@example.com"]),
            ("a@example.com\nb@example.com", ["a@example.com", "b@example.com"]),
            ("not an address", ["not an address"]),
            (" ; ", []),
        ],
    )
    def test_finds_each(self, written, found):
        assert cells.emails(written) == found


class TestOthers:
    def test_phones(self):
        assert cells.phones("+33 1 42 68 53 00 / 06 12 34 56 78") == ["+33 1 42 68 53 00", "06 12 34 56 78"]
        assert cells.phones("(514) 555-0199; 1/2") == ["(514) 555-0199", "1/2"]

    def test_tags(self):
        assert cells.tags("VIP; TVA mensuelle, vip | New") == ["VIP", "TVA mensuelle", "New"]

    @pytest.mark.parametrize(
        ("written", "kind"),
        [
            ("Individual", "individual"),
            ("PARTICULIER", "individual"),
            ("Household", "individual"),
            ("Business", "company"),
            ("S-Corp", "company"),
            ("1065 Partnership", "company"),
            ("Société", "company"),
            ("Autre", "other"),
            ("Non-profit", "other"),
            ("Estate / Trust", "other"),
            ("Person or company", None),
            ("Prospect", None),
            ("1040", None),
        ],
    )
    def test_kinds(self, written, kind):
        assert cells.kind(written) == kind

    @pytest.mark.parametrize("name", ["Byron Ltd", "Byron, L.L.C.", "SARL Dupont", "Dupont SA", "Müller & Co"])
    def test_names_of_companies(self, name):
        assert cells.is_company_name(name)

    @pytest.mark.parametrize("name", ["Ada Lovelace", "Anna Sa", "Inc", "", "Cosima Wagner"])
    def test_names_of_people(self, name):
        assert not cells.is_company_name(name)
