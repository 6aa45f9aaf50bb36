"""Columns understood in English and French, however they are written."""

import pytest

from services.accounts.client_lists import columns, countries
from services.accounts.client_lists.columns import KEYS, SYNONYMS, meaning, plan
from tests.unit.importing.files import FIRM


def fields(*header):
    return [column and column.field for column in plan(list(header))]


class TestMeaning:
    @pytest.mark.parametrize(
        ("header", "field"),
        [
            ("Account name", "account_name"),
            ("ACCOUNT_NAME", "account_name"),
            ("accountName", "account_name"),
            ("  account   name * ", "account_name"),
            ("Nom du compte", "account_name"),
            ("Client", "account_name"),
            ("Type de client", "account_type"),
            ("Raison sociale", "company_name"),
            ("SOCIETE", "company_name"),
            ("Étiquettes", "tags"),
            ("etiquettes", "tags"),
            ("Prénom", "first_name"),
            ("First Name (required)", "first_name"),
            ("Contact: First name", "first_name"),
            ("Taxpayer First Name", "first_name"),
            ("Nom de famille", "last_name"),
            ("Nom complet", "full_name"),
            ("Linked contact #1", "full_name"),
            ("Contact 1 Email", "email"),
            ("E-mail", "email"),
            ("Adresse e-mail", "email"),
            ("Courriel", "email"),
            ("Secondary email", "other_email"),
            ("Tél. portable", "phone"),
            ("N° de téléphone", "phone"),
            ("Home Phone", "phone"),
            ("Address Line 1", "street"),
            ("Adresse 2", "street_2"),
            ("Mailing City", "city"),
            ("State/Province", "state"),
            ("ZIP / Postal Code", "zip"),
            ("Code postal", "zip"),
            ("Pays", "country"),
            ("Remarques", "notes"),
            ("Linked contact description", "description"),
            ("Fuseau horaire", "timezone"),
            ("Linked account #1", "linked_account"),
            ("Account time zone", "account_timezone"),
            ("Client: Time zone", "account_timezone"),
            ("Fuseau horaire du compte", "account_timezone"),
            ("LOGIN", "login"),
            ("Portal access", "login"),
            ("Accès portail", "login"),
            ("Notify", "notify"),
            ("Aviser", "notify"),
            ("E-mail sync", "sync"),
            ("Synchronisation des e-mails", "sync"),
        ],
    )
    def test_understands(self, header, field):
        assert meaning(header).field == field

    @pytest.mark.parametrize(
        ("header", "field", "number"),
        [
            ("Email 2", "email", 2),
            ("E-mail #3", "email", 3),
            ("Email (2)", "email", 2),
            ("Téléphone n° 2", "phone", 2),
            ("Phone 1", "phone", 1),
            ("Linked account #2", "linked_account", 2),
        ],
    )
    def test_counts_columns_of_one_kind(self, header, field, number):
        assert meaning(header)[::2] == (field, number)

    @pytest.mark.parametrize("header", ["", "  ", "ID", "Created", "First name 2", "Linked contact #2", "Balance", "2"])
    def test_leaves_what_it_does_not_know(self, header):
        assert meaning(header) is None

    def test_no_name_stands_for_two_fields(self):
        phrases = [columns.key(phrase) for each in SYNONYMS.values() for phrase in each.split("|")]
        by_field = {field: {columns.key(phrase) for phrase in each.split("|")} for field, each in SYNONYMS.items()}

        twice = {phrase for phrase in phrases if sum(phrase in keys for keys in by_field.values()) > 1}

        assert twice == set()
        assert "" not in KEYS


class TestCustomFields:
    @pytest.mark.parametrize(
        ("header", "owner", "name"),
        [
            ("Risk", "account_field", "Risk"),
            ("  RISK ", "account_field", "Risk"),
            ("fiscal_year_end", "account_field", "Fiscal year end"),
            ("NUMERO_DE_TVA", "account_field", "Numéro de TVA"),
            ("Turnover (EUR)", "account_field", "Turnover"),
            ("birthday", "contact_field", "Birthday"),
            ("Contact: Birthday", "contact_field", "Birthday"),
            ("Account: Language", "account_field", "Language"),
            ("Compte : language", "account_field", "Language"),
            ("Contact: Language", "contact_field", "Language"),
            ("Account: Notes", "account_field", "Notes"),
        ],
    )
    def test_are_meant_by_their_names(self, header, owner, name):
        column = meaning(header, FIRM)

        assert (column.field, column.custom.name) == (owner, name)

    def test_a_usual_column_of_that_name_is_the_usual_one(self):
        assert meaning("Notes", FIRM).field == "notes"

    @pytest.mark.parametrize("header", ["Language", "Account: Birthday", "Contact: Risk", "Risk of fire"])
    def test_one_that_may_mean_two_or_is_the_other_sides_is_not_loaded(self, header):
        assert meaning(header, FIRM) is None

    def test_it_is_told_what_to_write_instead(self):
        header = ["Client", "Language", "Balance"]

        assert columns.unused(header, plan(header, FIRM), FIRM) == [
            "Language (write “Account: Language” or “Contact: Language”)",
            "Balance",
        ]

    def test_without_the_firms_fields_their_columns_are_not_loaded(self):
        assert fields("Client", "Risk") == ["account_name", None]


class TestPlan:
    def test_nom_beside_prenom_is_the_family_name(self):
        assert fields("Nom", "Prénom", "Courriel") == ["last_name", "first_name", "email"]

    def test_name_alone_is_the_accounts(self):
        assert fields("Name", "Email") == ["account_name", "email"]

    def test_name_beside_first_and_last_is_the_accounts(self):
        assert fields("Name", "First name", "Last name") == ["account_name", "first_name", "last_name"]

    def test_name_beside_the_accounts_is_the_contacts(self):
        """An export of contacts names the contact and its accounts."""
        assert fields("Name", "Linked account #1") == ["full_name", "linked_account"]
        assert fields("Account", "Name") == ["account_name", "full_name"]

    def test_a_header_written_twice_counts_on(self):
        assert [(column.field, column.number) for column in plan(["Email", "Email"])] == [("email", 1), ("email", 2)]

    def test_tells_what_is_not_loaded(self):
        header = ["Client", "Balance", "", "Created"]

        assert columns.unused(header, plan(header)) == ["Balance", "Created"]


class TestCountries:
    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("FR", "FR"),
            ("fra", "FR"),
            ("France", "FR"),
            ("Allemagne", "DE"),
            ("germany", "DE"),
            ("États-Unis", "US"),
            ("ETATS UNIS", "US"),
            ("U.S.A.", "US"),
            ("United States", "US"),
            ("Royaume-Uni", "GB"),
            ("UK", "GB"),
            ("England", "GB"),
            ("Côte d’Ivoire", "CI"),
            ("Pays-Bas", "NL"),
            ("The Netherlands", "NL"),
            ("South Korea", "KR"),
            ("Belgique", "BE"),
            ("Suisse", "CH"),
            ("Maroc", "MA"),
            ("Türkiye", "TR"),
            ("Iran", "IR"),
            ("Tanzania", "TZ"),
        ],
    )
    def test_knows_names_and_codes(self, written, code):
        assert countries.alpha_2(written) == code

    @pytest.mark.parametrize("written", ["Atlantis", "XX", "", "-"])
    def test_does_not_guess(self, written):
        assert countries.alpha_2(written) is None
