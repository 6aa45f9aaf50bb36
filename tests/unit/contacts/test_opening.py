"""The contacts' part of the saga that opens an account: R-LNK-1, design.md §4."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts import contacts
from contracts.contacts import (
    AccountFacts,
    AccountRef,
    ChangeContact,
    ContactEntry,
    ContactRef,
    ListContacts,
    NewContact,
    OpenLinks,
)
from services.contacts.operations import opening, people, projections
from services.contacts.queries import people as known
from services.contacts.queries.links import list_account_contacts
from tests.unit.contacts.test_projections import as_account


def opening_of(*entries, team=()):
    facts = AccountFacts(id=new_id(), code="R1", name="Roy", state="opening", team=tuple(team), version=1)
    return OpenLinks(account=facts, contacts=entries)


def new(name):
    return ContactEntry(new=NewContact(first_name=name))


class TestOpenLinks:
    def test_r_lnk_1_links_and_creates_in_the_order_entered(self, session, ctx, person):
        zoe = person("Zoé")
        request = opening_of(ContactEntry(id=zoe.id, description="mother"), new("Anna"))

        linked = opening.open_links(session, ctx, request)

        assert [(one.contact.display_name, one.description) for one in linked.items] == [
            ("Anna", ""),
            ("Zoé", "mother"),
        ]
        happened = outbox.pending(session)[-1]
        anna = linked.items[0].contact
        assert happened == contacts.LinksChanged(
            account_id=request.account.id, contact_ids=(zoe.id, anna.id), version=1, change="opened"
        )

    def test_the_team_sees_the_contacts_at_once(self, session, ctx):
        emil = member_ctx(ctx)
        request = opening_of(new("Anna"), team=[emil.actor.id])

        opening.open_links(session, ctx, request)

        assert known.list_contacts(session, emil, ListContacts()).total == 1

    def test_repeated_it_is_done_once(self, session, ctx):
        request = opening_of(new("Anna"), new("Bob"))
        first = opening.open_links(session, ctx, request)
        happened = outbox.pending(session)

        assert opening.open_links(session, ctx, request) == first
        assert outbox.pending(session) == happened

    @pytest.mark.parametrize("missing", ["unknown", "unseen"])
    def test_a_contact_out_of_sight_can_not_be_linked(self, session, ctx, person, missing):
        emil = member_ctx(ctx, rights=("manage_accounts",))
        contact_id = new_id() if missing == "unknown" else person("Hidden").id

        with pytest.raises(contacts.ContactNotFound):
            opening.open_links(session, emil, opening_of(ContactEntry(id=contact_id)))

    @pytest.mark.parametrize(
        ("entries", "wrong"),
        [
            ((new("Anna"), ContactEntry()), "contacts.1"),
            ((new("Anna"), new(" ")), "contacts.1.new.last_name"),
        ],
    )
    def test_a_wrong_entry_is_named_by_its_path(self, session, ctx, entries, wrong):
        with pytest.raises(Invalid) as caught:
            opening.open_links(session, ctx, opening_of(*entries))

        assert caught.value.data["errors"][0]["field"] == wrong

    def test_the_same_contact_twice_is_a_mistake(self, session, ctx, person):
        anna = ContactEntry(id=person("Anna").id)

        with pytest.raises(Invalid) as caught:
            opening.open_links(session, ctx, opening_of(anna, new("Bob"), anna))

        assert caught.value.data["errors"][0]["field"] == "contacts.2.id"


class TestDiscardLinks:
    def test_leaves_neither_link_nor_contact_of_its_own(self, session, ctx, person):
        zoe = person("Zoé")
        request = opening_of(ContactEntry(id=zoe.id), new("Anna"))
        anna = opening.open_links(session, ctx, request).items[0].contact

        opening.discard_links(session, ctx, AccountRef(account_id=request.account.id))

        assert known.list_contacts(session, ctx, ListContacts()).items == (zoe,)
        assert outbox.pending(session)[-2:] == [
            contacts.LinksChanged(account_id=request.account.id, contact_ids=(), version=2, change="discarded"),
            contacts.ContactDeleted(contact_id=anna.id, version=2),
        ]

    def test_a_contact_used_since_stays(self, session, ctx, opened):
        request = opening_of(new("Anna"), new("Bob"), new("Cara"))
        anna, bob, cara = (one.contact for one in opening.open_links(session, ctx, request).items)
        opened(anna)
        people.change_contact(session, ctx, ChangeContact(contact_id=bob.id, version=1, notes="called"))

        opening.discard_links(session, ctx, AccountRef(account_id=request.account.id))

        assert [one.id for one in known.list_contacts(session, ctx, ListContacts()).items] == [anna.id, bob.id]
        with pytest.raises(contacts.ContactNotFound):
            known.get_contact(session, ctx, ContactRef(contact_id=cara.id))

    def test_repeated_it_is_done_once(self, session, ctx):
        request = opening_of(new("Anna"))
        opening.open_links(session, ctx, request)
        opening.discard_links(session, ctx, AccountRef(account_id=request.account.id))
        happened = outbox.pending(session)

        opening.discard_links(session, ctx, AccountRef(account_id=request.account.id))

        assert outbox.pending(session) == happened

    @pytest.mark.parametrize("was_opened", [True, False])
    def test_an_opening_that_comes_after_it_was_given_up_is_refused(self, session, ctx, was_opened):
        request = opening_of(new("Anna"))
        if was_opened:
            opening.open_links(session, ctx, request)
        opening.discard_links(session, ctx, AccountRef(account_id=request.account.id))

        with pytest.raises(contacts.LinksDiscarded):
            opening.open_links(session, ctx, request)

        assert known.list_contacts(session, ctx, ListContacts()).total == 0

    def test_an_account_in_use_keeps_its_contacts(self, session, ctx):
        request = opening_of(new("Anna"))
        opening.open_links(session, ctx, request)
        projections.account_changed(session, ctx, as_account(ctx, id=request.account.id))

        with pytest.raises(contacts.AccountIsOpen):
            opening.discard_links(session, ctx, AccountRef(account_id=request.account.id))

        linked = list_account_contacts(session, ctx, AccountRef(account_id=request.account.id))
        assert len(linked.items) == 1

    def test_another_firms_account_is_left_alone(self, session, sessions, ctx, other_firm):
        request = opening_of(new("Anna"))
        with sessions() as ours:
            opening.open_links(ours, ctx, request)

        with sessions(other_firm) as theirs:
            opening.discard_links(theirs, other_firm, AccountRef(account_id=request.account.id))

        with sessions() as ours:
            again = opening.open_links(ours, replace(ctx, key="again"), request)
            assert len(again.items) == 1
