"""What an import aims at: the database's part of each row (R-IMP-1)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chassis.context import Context, new_id
from chassis.errors import Conflict, Forbidden, Invalid, wrong
from contracts.accounts import AccountNotFound, AccountRef, ImportRow, ImportRows
from contracts.contacts import ContactEntry, NewContact
from services.accounts import importing, opening, queries
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


class TestAddTags:
    def test_adds_beside_those_there_and_only_once(self, session, ctx):
        """R-IMP-4."""
        account = firm.opened(session, ctx, tags=("VIP",))

        tagged = importing.add_tags(session, ctx, account.id, ("New", "vip"))

        assert [tag.name for tag in tagged.tags] == ["VIP", "New"]
        assert importing.add_tags(session, ctx, account.id, ("new",)) is None
        assert queries.get_account(session, ctx, AccountRef(account_id=account.id)) == tagged


class TestReason:
    def test_names_what_to_mend(self):
        assert importing.reason(wrong("contact.new.timezone", "Not a timezone.")) == (
            "contact.new.timezone: Not a timezone."
        )
        assert importing.reason(Invalid(errors=[])) == Invalid().detail
        assert importing.reason(Conflict("Taken.")) == "Taken."
        assert "name" in importing.reason(importing.SeveralAccounts(count=2))
        assert importing.reason(AccountNotFound()) == AccountNotFound().detail


class TestRights:
    @pytest.mark.parametrize("rights", [(), ("manage_accounts",), ("manage_contacts",), ("view_all_accounts",)])
    def test_needs_both_rights(self, ctx, rights):
        """§2.2; refused before anything is asked of anybody."""
        theirs = firm.acting(ctx, firm.member(rights=rights))

        with pytest.raises(Forbidden):
            importing.import_rows(None, None, theirs, ImportRows(rows=(row(),)))


@pytest.fixture
def importer(session, ctx):
    """The command line's context: the system, for the firm."""
    firm.join(session, ctx, firm.member("owner"))
    return Context(firm_id=ctx.firm_id, key=new_id().hex, door="import")
