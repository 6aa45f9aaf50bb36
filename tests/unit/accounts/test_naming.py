"""Automatic names follow what they are taken from, in whatever order its changes arrive (R-NAME-4)."""

from dataclasses import replace

import pytest

from chassis import outbox
from contracts.accounts import AccountChanged, AccountRef, ChangeAccount
from contracts.contacts import ContactChanged, ContactCreated, ContactDeleted, LinksChanged
from services.accounts import naming, opening, queries
from services.accounts.operations import accounts
from tests.unit.accounts import firm


def current(session, ctx, account):
    return queries.get_account(session, ctx, AccountRef(account_id=account.id))


def links(account, *people, version, change="linked"):
    contact_ids = tuple(person.id for person in people)
    return LinksChanged(account_id=account.id, contact_ids=contact_ids, version=version, change=change)


class TestContactChanged:
    def test_every_automatic_name_follows(self, session, ctx, ada):
        """R-NAME-4."""
        one, two = firm.opened(session, ctx, ada), firm.opened(session, ctx, ada)
        manual = firm.opened(session, ctx, ada, name="Typed")
        company = firm.opened(session, ctx, ada, type="company", company_name="Engines Ltd")

        naming.contact_told(session, ctx, ContactChanged(contact=replace(ada, last_name="Byron", version=2)))

        now = [current(session, ctx, each).name for each in (one, two, manual, company)]
        assert now == ["Ada Byron", "Ada Byron", "Typed", "Engines Ltd"]
        told = [event.account for event in outbox.pending(session) if isinstance(event, AccountChanged)]
        assert {(each.id, each.name, each.version) for each in told} == {
            (one.id, "Ada Byron", 2),
            (two.id, "Ada Byron", 2),
        }

    def test_an_older_change_is_ignored(self, session, ctx, ada):
        account = firm.opened(session, ctx, replace(ada, version=3))

        for version in (1, 2, 3):
            naming.contact_told(session, ctx, ContactChanged(contact=replace(ada, last_name="Old", version=version)))

        assert current(session, ctx, account) == account

    def test_what_changed_while_typed_shows_when_going_back_to_automatic(self, session, ctx, ada):
        """R-NAME-4."""
        account = firm.opened(session, ctx, ada, name="Typed")
        naming.contact_told(session, ctx, ContactChanged(contact=replace(ada, last_name="Byron", version=2)))

        request = ChangeAccount(account_id=account.id, version=account.version, name=None)

        assert accounts.change_account(session, ctx, request).name == "Ada Byron"

    def test_a_change_that_leaves_the_name_tells_nothing(self, session, ctx, ada):
        firm.opened(session, ctx, ada)
        told = len(outbox.pending(session))

        naming.contact_told(session, ctx, ContactChanged(contact=replace(ada, notes="new", version=2)))

        assert len(outbox.pending(session)) == told

    def test_a_name_as_long_as_both_of_its_parts_is_cut(self, session, ctx, ada):
        """R-NAME-8."""
        account = firm.opened(session, ctx, ada)
        long = replace(ada, first_name="x" * 255, last_name="y" * 255, version=2)

        naming.contact_told(session, ctx, ContactChanged(contact=long))

        assert len(current(session, ctx, account).name) == 255


class TestLinksChanged:
    def test_the_oldest_contact_takes_over_from_one_unlinked(self, session, ctx, ada):
        bob, cid = firm.contact("Bob", "Byron"), firm.contact("Cid", "Campeador")
        account = firm.opened(session, ctx, ada, bob, cid)

        naming.links_changed(session, ctx, links(account, bob, cid, version=2, change="unlinked"))

        assert current(session, ctx, account).name == "Bob Byron"
        naming.contact_told(session, ctx, ContactChanged(contact=replace(ada, last_name="Gone", version=2)))
        assert current(session, ctx, account).name == "Bob Byron"

    def test_the_survivor_of_a_merge_takes_over_even_if_it_is_told_of_later(self, session, ctx, ada):
        merged = firm.contact("Ada", "Merged")
        account = firm.opened(session, ctx, ada)

        naming.links_changed(session, ctx, links(account, merged, version=2, change="merged"))
        naming.contact_deleted(session, ctx, ContactDeleted(contact_id=ada.id, version=2))
        assert current(session, ctx, account).name == "Ada Lovelace"
        naming.contact_told(session, ctx, ContactCreated(contact=merged))

        assert current(session, ctx, account).name == "Ada Merged"

    def test_linking_another_changes_no_name(self, session, ctx, ada):
        account = firm.opened(session, ctx, ada)

        naming.links_changed(session, ctx, links(account, firm.contact("Aaa", "First"), ada, version=2))

        assert current(session, ctx, account) == account

    def test_an_older_change_is_ignored(self, session, ctx, ada):
        bob = firm.contact("Bob", "Byron")
        account = firm.opened(session, ctx, ada, bob)
        naming.links_changed(session, ctx, links(account, bob, version=5, change="unlinked"))

        naming.links_changed(session, ctx, links(account, ada, bob, version=4))
        naming.links_changed(session, ctx, links(account, ada, version=5))

        assert current(session, ctx, account).name == "Bob Byron"

    def test_a_change_heard_before_the_opening_ends_harms_nothing(self, session, ctx, ada):
        bob = firm.contact("Bob", "Byron")
        asked = opening.begin(session, ctx, firm.create(contacts=(firm.ContactEntry(id=bob.id),)))
        naming.contact_told(session, ctx, ContactCreated(contact=ada))
        naming.links_changed(session, ctx, links(asked.account, ada, version=1, change="opened"))
        assert outbox.pending(session) == []

        account = opening.finish(session, ctx, asked.account.id, firm.linked(asked, ada, bob))

        assert account.name == "Bob Byron"

    def test_links_of_an_account_that_is_not_there_are_ignored(self, session, ctx, ada):
        account = firm.opened(session, ctx, ada)
        stranger = replace(account, id=ada.id)

        naming.links_changed(session, ctx, links(stranger, ada, version=9))

        assert current(session, ctx, account) == account


@pytest.fixture
def ada():
    return firm.contact("Ada", "Lovelace")
