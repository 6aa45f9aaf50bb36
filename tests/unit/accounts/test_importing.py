"""What an import aims at: the database's part of each row (R-IMP-1)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chassis.context import Context, new_id
from chassis.errors import Conflict, Forbidden, Invalid, wrong
from chassis.wire import UNSET
from contracts.accounts import AccountNotFound, AccountRef, ImportRow, ImportRows, ImportSwitches
from contracts.contacts import ContactEntry, LinkedContact, LinkedContacts, NewContact
from contracts.custom_fields import ChoiceEntry, CreateField, FieldValue
from contracts.switches import AddressSettings, EmailAddress
from services.accounts import filling, importing, opening, queries
from services.accounts.faults import sentence
from services.accounts.operations import fields
from tests.unit.accounts import firm

ENTRY = ContactEntry(new=NewContact(first_name="Ada", last_name="Lovelace"))


def row(name="Ada Ltd", **changes):
    return ImportRow(**{"line": 2, "account_name": name, "contact": ENTRY, **changes})


def aim(session, ctx, made):
    return importing.aim(session, ctx, made, made.contact)


def finish(session, ctx, target, person=None):
    person = person or firm.contact()
    return opening.finish(session, ctx, target.begun.account.id, firm.linked(target.begun, person))


class TestAim:
    def test_an_unknown_name_begins_an_account(self, session, importer):
        """R-IMP-1, R-IMP-4, R-NAME-1."""
        target = aim(session, importer, row(" Ada   Ltd ", account_type="company", tags=("VIP",)))

        account = finish(session, importer, target)

        assert (account.name, account.name_mode, account.type) == ("Ada Ltd", "manual", "company")
        assert [tag.name for tag in account.tags] == ["VIP"]

    def test_an_account_begins_with_its_fields_and_time_zone(self, session, importer, risk):
        """R-CF-1."""
        made = row(custom_fields={str(risk.id): "Low"}, timezone="Europe/Paris")

        account = finish(session, importer, aim(session, importer, made))

        assert (account.timezone, [value.text for value in account.custom_fields]) == ("Europe/Paris", ["Low"])

    def test_a_known_name_is_that_account_archived_or_not(self, session, ctx, importer):
        """R-IMP-1: exact name, spaces aside."""
        account = firm.opened(session, ctx, name="Ada Ltd")
        assert aim(session, importer, row("  Ada  Ltd")).known == (account.id,)

        firm.archive(session, ctx, account.id)

        assert aim(session, importer, row()).known == (account.id,)

    @pytest.mark.parametrize("name", ["ada ltd", "Ada Ltd.", "Ada"])
    def test_another_spelling_is_another_account(self, session, ctx, importer, name):
        """R-IMP-1: exact name."""
        firm.opened(session, ctx, name="Ada Ltd")

        assert aim(session, importer, row(name)).begun is not None

    def test_the_same_try_again_says_what_it_made(self, session, importer):
        account = finish(session, importer, aim(session, importer, row()))

        again = aim(session, importer, row())

        assert (again.known, again.created) == ((account.id,), True)

    def test_the_same_row_elsewhere_finds_the_account(self, session, importer):
        """R-IMP-1."""
        account = finish(session, importer, aim(session, importer, row()))

        again = aim(session, importer.keyed("next"), row())

        assert (again.known, again.created, again.begun) == ((account.id,), False, None)

    def test_an_opening_that_an_earlier_import_left_goes_on(self, session, importer):
        left = aim(session, importer, row()).begun

        again = aim(session, replace(importer, key="another run"), row())

        theirs, asked = again.resumed
        assert (asked, theirs.key) == (left, importer.key)

    def test_an_opening_of_somebody_else_does_not(self, session, ctx, importer):
        """R-ACC-5: what nobody sees is nobody else's to join."""
        other = firm.member(rights=("manage_accounts", "manage_contacts"))
        (theirs,) = firm.join(session, ctx, other)
        opening.begin(session, ctx, firm.create(name="Ada Ltd"))
        aim(session, importer, row())

        assert aim(session, theirs, row()).begun is not None

    def test_an_account_out_of_sight_is_not_matched(self, session, ctx):
        """R-ACC-5."""
        firm.join(session, ctx, firm.member("owner"))
        (theirs,) = firm.join(session, ctx, firm.member(rights=("manage_accounts", "manage_contacts")))
        firm.opened(session, ctx, name="Ada Ltd")

        assert aim(session, theirs, row()).begun is not None

    def test_twins_are_both_named(self, session, ctx, importer):
        """R-NAME-5."""
        twins = {firm.opened(session, ctx, name="Ada Ltd").id for _ in range(2)}

        assert set(aim(session, importer, row()).known) == twins

    def test_two_imports_at_once_begin_one_account(self, sessions, ctx, importer):
        """R-IMP-1."""
        with sessions() as session:
            firm.join(session, ctx, firm.member("owner"))

        def begin(number):
            with sessions() as session:
                return aim(session, replace(importer, key=f"run {number}"), row())

        with ThreadPoolExecutor(6) as pool:
            targets = list(pool.map(begin, range(6)))

        assert len([target for target in targets if target.begun]) == 1
        assert len([target for target in targets if target.resumed]) == 5


class TestFillAccount:
    def test_adds_tags_beside_those_there_and_only_once(self, session, ctx):
        """R-IMP-4."""
        account = firm.opened(session, ctx, tags=("VIP",))

        tagged = filling.fill_account(session, ctx, account.id, row(tags=("New", "vip")))

        assert [tag.name for tag in tagged.tags] == ["VIP", "New"]
        assert filling.fill_account(session, ctx, account.id, row(tags=("new",))) is None
        assert queries.get_account(session, ctx, AccountRef(account_id=account.id)) == tagged

    def test_fills_fields_and_the_time_zone_and_only_once(self, session, ctx, risk):
        """R-IMP-2, R-CF-3."""
        account = firm.opened(session, ctx)
        made = row(custom_fields={str(risk.id): "high"}, timezone="Europe/Paris")

        filled = filling.fill_account(session, ctx, account.id, made)

        assert (filled.timezone, [value.text for value in filled.custom_fields]) == ("Europe/Paris", ["High"])
        assert filling.fill_account(session, ctx, account.id, made) is None

    def test_leaves_what_the_row_does_not_say(self, session, ctx, risk):
        account = firm.opened(session, ctx, custom_fields={str(risk.id): "Low"}, timezone="Asia/Tokyo", tags=("VIP",))

        assert filling.fill_account(session, ctx, account.id, row()) is None

    def test_a_choice_that_is_not_offered_is_refused(self, session, ctx, risk):
        account = firm.opened(session, ctx)

        with pytest.raises(Invalid) as refusal:
            filling.fill_account(session, ctx, account.id, row(custom_fields={str(risk.id): "Odd"}))
        assert "Must be one of: High, Low." in reason(refusal.value)


class TestToSwitch:
    def test_asks_for_what_is_not_so_yet(self):
        """R-IMP-4; R-NOT-4 decides on NOTIFY where the row does not."""
        linked, person = switched("none")

        asked = filling.to_switch(linked, person.id, ImportSwitches(is_login_on=True, is_synced=False))

        assert (asked.is_login_on, asked.is_notified, asked.is_synced) == (True, UNSET, UNSET)
        assert (asked.version, asked.address_id) == (linked.version, person.addresses[0].id)

    @pytest.mark.parametrize("login", ["granted", "invited", "expired", "active", "blocked"])
    def test_login_that_is_on_stays_however_far_it_has_come(self, login):
        linked, person = switched(login, is_notified=True)

        assert filling.to_switch(linked, person.id, ImportSwitches(is_login_on=True, is_notified=True)) is None

    @pytest.mark.parametrize(("login", "wanted"), [("active", UNSET), ("revoked", True)])
    def test_what_was_switched_off_by_hand_is_switched_on_again(self, login, wanted):
        linked, person = switched(login)

        asked = filling.to_switch(linked, person.id, ImportSwitches(is_login_on=True, is_notified=True))

        assert (asked.is_login_on, asked.is_notified) == (wanted, True)

    def test_another_address_is_not_the_primary_one(self):
        """R-EM-1, R-LOG-6."""
        linked, person = switched("none", label="work")

        assert filling.to_switch(linked, person.id, ImportSwitches(is_login_on=False)) is None
        with pytest.raises(Invalid):
            filling.to_switch(linked, person.id, ImportSwitches(is_login_on=True))

    def test_a_new_contact_without_an_address_is_refused_before_it_is_made(self):
        """R-LOG-6."""
        filling.check_switches(ENTRY, ImportSwitches(is_login_on=False))

        with pytest.raises(Invalid):
            filling.check_switches(ENTRY, ImportSwitches(is_synced=True))


class TestIsOther:
    FIELD = new_id()

    @pytest.mark.parametrize(
        ("email", "there", "is_other"),
        [
            (None, "1960-01-01", True),
            ("ada@example.com", "1960-01-01", False),
            (None, "1990-05-05", False),
            (None, None, False),
        ],
    )
    def test_a_namesake_with_another_birthday_is_somebody_else_unless_the_address_says_not(
        self, email, there, is_other
    ):
        """R-C-4."""
        values = (
            (FieldValue(field_id=self.FIELD, name="Birthday", type="date", value=there, text=there),) if there else ()
        )
        contact = firm.contact(custom_fields=values)

        new = NewContact(last_name="Lovelace", email=email, custom_fields={str(self.FIELD): "1990-05-05"})

        assert filling.is_other(contact, new) is is_other


def reason(refusal):
    return sentence(importing.faults_of(refusal))


class TestReason:
    def test_names_what_to_mend(self):
        assert reason(wrong("contact.new.timezone", "Not a timezone.")) == "contact.new.timezone: Not a timezone."
        assert reason(Invalid(errors=[])) == Invalid().detail
        assert reason(Conflict("Taken.")) == "Taken."
        assert "name" in reason(importing.SeveralAccounts(count=2))
        assert reason(AccountNotFound()) == AccountNotFound().detail


class TestRights:
    @pytest.mark.parametrize("rights", [(), ("manage_accounts",), ("manage_contacts",), ("view_all_accounts",)])
    def test_needs_both_rights(self, ctx, rights):
        """§2.2; refused before anything is asked of anybody."""
        theirs = firm.acting(ctx, firm.member(rights=rights))

        with pytest.raises(Forbidden):
            importing.import_rows(None, None, theirs, ImportRows(rows=(row(),)))


def switched(login, *, label="email", is_notified=False):
    """An account's only contact, whose only address has this LOGIN."""
    address = EmailAddress(id=new_id(), label=label, email="ada@example.com")
    person = firm.contact(addresses=(address,))
    settings = AddressSettings(
        address=address, login=login, is_notified=is_notified, is_synced=False, is_signatory=False
    )
    item = LinkedContact(contact=person, description="", linked_at=firm.NOON, addresses=(settings,))
    return LinkedContacts(account_id=new_id(), version=3, items=(item,)), person


@pytest.fixture
def risk(session, ctx):
    choices = (ChoiceEntry(name="High"), ChoiceEntry(name="Low"))
    return fields.create_account_field(session, ctx, CreateField(name="Risk", type="single_choice", choices=choices))


@pytest.fixture
def importer(session, ctx):
    """The command line's context: the system, for the firm."""
    firm.join(session, ctx, firm.member("owner"))
    return Context(firm_id=ctx.firm_id, key=new_id().hex, door="import")
