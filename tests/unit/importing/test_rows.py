"""Whole files written by somebody else, and what is made of them (R-IMP-1)."""

import pytest

from contracts.accounts import ImportRow
from contracts.common import Address
from contracts.contacts import ContactEntry, NewAddress, NewContact
from tests.unit.importing.files import load, write


def one(tmp_path, text, **kwargs):
    (row,), refused = load(write(tmp_path, text, **kwargs))
    assert refused == []
    return row


def refusal(tmp_path, text, **kwargs):
    rows, ((line, reason),) = load(write(tmp_path, text, **kwargs))
    assert rows == []
    return line, reason


class TestWholeFiles:
    def test_an_export_of_a_french_excel(self, tmp_path):
        text = (
            "Type;Raison sociale;Nom;Prénom;Courriel;Tél.;Adresse;Code postal;Ville;Pays;Étiquettes;Remarques\r\n"
            "Entreprise;Établissements Lefèvre SARL;LEFÈVRE;Chloé;chloe@lefevre.example.com;01 42 68 53 00;"
            '"12, rue de l’Église";75001;Paris;France;TVA mensuelle, VIP;"Appeler le ""matin""\r\nseulement"\r\n'
            "Particulier;;MÜLLER;Jürgen;;;;1204;Genève;Suisse;;\r\n"
        )

        (company, person), refused = load(write(tmp_path, text, "cp1252"))

        assert refused == []
        assert company == ImportRow(
            line=2,
            account_name="Établissements Lefèvre SARL",
            account_type="company",
            company_name="Établissements Lefèvre SARL",
            tags=("TVA mensuelle", "VIP"),
            contact=ContactEntry(
                new=NewContact(
                    first_name="Chloé",
                    last_name="LEFÈVRE",
                    email="chloe@lefevre.example.com",
                    phones=("01 42 68 53 00",),
                    company_name="Établissements Lefèvre SARL",
                    address=Address(street="12, rue de l’Église", city="Paris", zip="75001", country="FR"),
                    notes='Appeler le "matin"\r\nseulement',
                )
            ),
        )
        assert (person.line, person.account_name, person.account_type) == (4, "Jürgen MÜLLER", "individual")
        assert person.contact.new.address == Address(city="Genève", zip="1204", country="CH")

    def test_an_export_of_contacts_with_their_accounts(self, tmp_path):
        """`Linked account #n`; one contact in several accounts is several rows."""
        text = (
            "Name,First name,Middle name,Last name,Phone,Company,Street,City,State/Province,Country,ZIP,Notes,Tags,"
            "Email,Timezone,Linked account #1,Linked account #2\n"
            "Ada Lovelace,Ada,Augusta,Lovelace,+44 20 7946 0000,Engines Ltd,1 St James,London,,United Kingdom,SW1,,"
            "VIP,ada@example.com,Europe/London,Lovelace Family,Engines Ltd\n"
        )

        rows, refused = load(write(tmp_path, text, "utf-8-sig"))

        assert refused == []
        assert [(row.line, row.account_name, row.account_type) for row in rows] == [
            (2, "Lovelace Family", "individual"),
            (2, "Engines Ltd", "company"),
        ]
        assert rows[0].contact == rows[1].contact
        assert rows[0].contact.new.middle_name == "Augusta"
        assert rows[0].contact.new.timezone == "Europe/London"

    def test_an_export_of_accounts(self, tmp_path):
        """`state` is the account's there, and no province."""
        text = (
            "Code,Name,State,Type,Tags,Linked contact #1,Linked contact #2,Notes\n"
            'V1,Vogel Family,Active,Individual,"VIP, New",Anna Vogel,Otto Vogel,moved\n'
        )

        row = one(tmp_path, text)

        assert (row.account_name, row.account_type, row.tags) == ("Vogel Family", "individual", ("VIP", "New"))
        assert (row.contact.new.first_name, row.contact.new.last_name) == ("Anna", "Vogel")
        assert row.contact.new.address.state == ""

    def test_old_mac_line_ends_in_odd_order_and_case(self, tmp_path):
        text = "E-MAIL\tcity\tCLIENT NAME\tfirst NAME\tSurname\rada@example.com\tLondon\tThe Lovelaces\tAda\tLovelace\r"

        row = one(tmp_path, text)

        assert (row.line, row.account_name, row.contact.new.email) == (2, "The Lovelaces", "ada@example.com")

    def test_the_same_row_is_the_same_message_every_time(self, tmp_path):
        path = write(tmp_path, "Client,Email,Tags\nAda Lovelace,ada@example.com,VIP\n")

        assert load(path) == load(path)


class TestAccountName:
    @pytest.mark.parametrize(
        ("text", "name", "kind"),
        [
            ("First name,Last name\nAda,Lovelace\n", "Ada Lovelace", "individual"),
            ('Full name\n"Lovelace, Ada"\n', "Ada Lovelace", "individual"),
            ("Company,First name,Last name\nEngines,Ada,Lovelace\n", "Engines", "company"),
            ("Company,Type,First name\nEngines,Individual,Ada\n", "Ada", "individual"),
            ("Email\nada@example.com\n", "ada@example.com", "individual"),
            ("Client,Type\nSmith & Sons,Trust\n", "Smith & Sons", "other"),
            ("Client\nByron Ltd\n", "Byron Ltd", "company"),
            ("Client,Type\nByron,1040\n", "Byron", "individual"),
            ("Client,Company\nByron,Byron\n", "Byron", "company"),
            ("Client,Company\nAda Byron,Engines\n", "Ada Byron", "individual"),
        ],
    )
    def test_is_taken_from_what_is_there(self, tmp_path, text, name, kind):
        row = one(tmp_path, text)

        assert (row.account_name, row.account_type) == (name, kind)

    def test_is_kept_whole_and_tidy(self, tmp_path):
        """R-NAME-8."""
        assert one(tmp_path, 'Client\n"  Lord   Byron,\n Poet "\n').account_name == "Lord Byron, Poet"


class TestContact:
    def test_an_individual_without_a_contacts_name_is_its_own(self, tmp_path):
        """R-LNK-1."""
        contact = one(tmp_path, "Client,Email\nAda Lovelace,ada@example.com\n").contact.new

        assert (contact.first_name, contact.last_name, contact.email) == ("Ada", "Lovelace", "ada@example.com")

    def test_a_company_without_anybody_has_a_contact_of_its_name(self, tmp_path):
        """R-LNK-1: an account always has a contact."""
        contact = one(tmp_path, "Client,Type,Phone\nByron Ltd,Company,555 0199\n").contact.new

        assert (contact.first_name, contact.last_name, contact.phones) == ("", "Byron Ltd", ("555 0199",))

    def test_a_company_with_an_address_has_a_contact_of_that(self, tmp_path):
        contact = one(tmp_path, "Client,Email\nByron Ltd,info@example.com\n").contact.new

        assert (contact.last_name, contact.email) == ("", "info@example.com")

    def test_further_addresses_are_called_as_their_columns_are(self, tmp_path):
        """R-EM-1."""
        text = (
            "Client,Secondary email,Email,Email,Email 3\n"
            "Ada,work@example.com,a@example.com; b@example.com,A@example.com,c@example.com\n"
        )

        contact = one(tmp_path, text).contact.new

        assert contact.email == "a@example.com"
        assert {(each.label, each.email) for each in contact.other_addresses} == {
            ("Email 2", "b@example.com"),
            ("Secondary email", "work@example.com"),
            ("Email 3", "c@example.com"),
        }

    def test_the_first_filled_address_is_the_built_in_one(self, tmp_path):
        contact = one(tmp_path, "Client,Email,Email 2\nAda,,a@example.com\n").contact.new

        assert (contact.email, contact.other_addresses) == ("a@example.com", ())

    def test_labels_are_told_apart(self, tmp_path):
        text = "Client,E-mail,Email,Email\nAda,a@example.com,b@example.com,c@example.com\n"

        addresses = one(tmp_path, text).contact.new.other_addresses

        assert addresses == (
            NewAddress(label="Email 2", email="b@example.com"),
            NewAddress(label="Email 3", email="c@example.com"),
        )

    def test_two_lines_of_an_address_and_several_phones_and_notes(self, tmp_path):
        text = (
            "Client,Address 1,Address 2,Phone,Mobile,Notes,Comment\n"
            "Ada,1 Main St,Apt 2,555 0101,555 0102; 555 0101,one,two\n"
        )

        contact = one(tmp_path, text).contact.new

        assert contact.address.street == "1 Main St, Apt 2"
        assert contact.phones == ("555 0101", "555 0102")
        assert contact.notes == "one\ntwo"

    def test_the_description_belongs_to_the_link(self, tmp_path):
        """R-LNK-6."""
        assert one(tmp_path, "Client,Contact,Role\nByron Ltd,Ada Lovelace,CEO\n").contact.description == "CEO"


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ("Client,Courriel\nAda,foo@\n", 2, "Courriel: "),
            ("Client,Pays\nAda,Atlantis\n", 2, "Pays: this is no country"),
            ("Client,Account type\nAda,Alien\n", 2, "Account type: Must be one of: Individual"),
            ("Client,City\n\nAda,Paris,extra\n", 3, "3 cells, there are 2 columns"),
            ("Client,City\nAda,Pa\x00ris\n", 2, "NUL"),
            (f"Client,Notes\nAda,{'x' * 40_000}\n", 2, "40,000 characters"),
            (f"Client,City\nAda,{'x' * 256}\n", 2, "City: Longer than maximum length 255. (“xxx"),
            (f"Client,Tags\nAda,{'x' * 61}\n", 2, "Tags: "),
            (f"Client\n{'x' * 256}\n", 2, "Client: "),
            ("Client,City,Balance\n,,100\n", 2, "none of its cells"),
            ("Client,City\n,Paris\n", 2, "neither a name nor an e-mail address"),
            ('Client,City\nAda,"Paris\nBob,x\n', 2, "quotation mark"),
            ("Client,Email 2\nAda,a@example.com;b@\n", 2, "mail: "),
        ],
    )
    def test_names_the_line_the_column_and_the_fault(self, tmp_path, text, line, reason):
        found, told = refusal(tmp_path, text)

        assert found == line
        assert reason in told

    def test_one_bad_row_spoils_no_other(self, tmp_path):
        text = "Client,Email\nAda,a@example.com\nBob,b@\nCid\nDan,d@example.com,\nEve,e@example.com,x\n"

        rows, refused = load(write(tmp_path, text))

        assert [row.account_name for row in rows] == ["Ada", "Cid", "Dan"]
        assert [line for line, _ in refused] == [3, 6]

    def test_a_row_of_half_a_character_is_refused_not_sent(self, tmp_path):
        rows, refused = load(write(tmp_path, "Client\nAda \ud800\nBob\n".encode("utf-8", "surrogatepass")))

        assert [row.account_name for row in rows][-1] == "Bob"
        assert len(rows) + len(refused) == 2
