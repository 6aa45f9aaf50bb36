"""R-C-4: two contacts become one."""

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import contacts
from contracts.common import Address
from contracts.contacts import (
    AccountRef,
    ChangeContact,
    ContactRef,
    DescribeLink,
    ListContacts,
    MergeContacts,
    NameFormatSetting,
    NewAddress,
)
from contracts.custom_fields import CreateField
from contracts.switches import AccessEnded, SetSigners
from services.contacts.operations import fields, links, merging, naming, people, signers
from services.contacts.queries import people as known
from services.contacts.queries.links import list_account_contacts, list_contact_accounts


def merge(session, ctx, survivor, other):
    return merging.merge_contacts(session, ctx, MergeContacts(survivor_id=survivor.id, other_id=other.id))


def test_r_c_4_the_survivor_keeps_the_links_of_both(session, ctx, person, opened):
    anna, twin, bob = person("Anna"), person("Anna"), person("Bob")
    hers, his, shared = opened(anna, name="A"), opened(twin, bob, name="B"), opened(twin, anna, name="C")
    links.describe_link(
        session, ctx, DescribeLink(account_id=shared.id, contact_id=twin.id, version=1, description="CEO")
    )

    merge(session, ctx, anna, twin)

    served = list_contact_accounts(session, ctx, ContactRef(contact_id=anna.id))
    assert [(one.name, one.description) for one in served.items] == [("A", ""), ("B", ""), ("C", "CEO")]
    of_shared = list_account_contacts(session, ctx, AccountRef(account_id=shared.id))
    assert [one.contact.id for one in of_shared.items] == [anna.id]
    changed = {e.account_id: e.contact_ids for e in outbox.pending(session) if getattr(e, "change", "") == "merged"}
    assert changed == {his.id: (anna.id, bob.id), shared.id: (anna.id,)}
    assert hers.id not in changed


def test_r_c_4_the_survivor_keeps_the_addresses_of_both_with_their_ids(session, ctx, person):
    anna = person(
        "Anna",
        email="anna@roy.example",
        other_addresses=(NewAddress(label="Work", email="work@roy.example"),),
    )
    twin = person(
        "Anna",
        email="twin@roy.example",
        other_addresses=(
            NewAddress(label="Same", email="ANNA@roy.example"),
            NewAddress(label="Work", email="office@roy.example"),
        ),
    )

    merged = merge(session, ctx, anna, twin)

    assert [(one.label, one.email, one.id) for one in merged.addresses] == [
        ("email", "anna@roy.example", anna.addresses[0].id),
        ("Work", "work@roy.example", anna.addresses[1].id),
        ("email 2", "twin@roy.example", twin.addresses[0].id),
        ("Work 2", "office@roy.example", twin.addresses[2].id),
    ]
    assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)) == merged


def test_gaps_are_filled_and_what_is_there_stands(session, ctx, person):
    lyon = Address(street="1 rue A", city="Lyon")
    anna = person("Anna", "", notes="one", phones=("061234",), address=Address(city="Paris"))
    twin = person("Anne", "Roy", "a@roy.example", notes="two", phones=("0700", "061234"), address=lyon, timezone="UTC")

    merged = merge(session, ctx, anna, twin)

    assert (merged.first_name, merged.last_name, merged.display_name) == ("Anna", "Roy", "Anna Roy")
    assert (merged.phones, merged.notes, merged.timezone) == (("061234", "0700"), "one\n\ntwo", "UTC")
    assert merged.address == Address(city="Paris")
    assert [one.label for one in merged.addresses] == ["email"]
    assert known.list_contacts(session, ctx, ListContacts(q="a@roy.example")).items == (merged,)


def test_the_other_is_gone_and_everybody_hears_of_it(session, ctx, person):
    anna, twin = person("Anna"), person("Anna")

    merged = merge(session, ctx, anna, twin)

    assert outbox.pending(session)[-2:] == [
        contacts.ContactDeleted(contact_id=twin.id, version=2),
        contacts.ContactChanged(contact=merged),
    ]
    with pytest.raises(contacts.ContactNotFound):
        known.get_contact(session, ctx, ContactRef(contact_id=twin.id))


def test_the_firms_format_names_the_survivor(session, ctx, person):
    anna, twin = person("Anna"), person("Anna", "Roy")
    naming.set_name_format(session, ctx, NameFormatSetting(format="last_comma_first"))

    assert merge(session, ctx, anna, twin).display_name == "Roy, Anna"


def test_nobody_is_merged_with_themselves(session, ctx, person):
    anna = person("Anna")

    with pytest.raises(Invalid) as caught:
        merge(session, ctx, anna, anna)

    assert caught.value.data["errors"][0]["field"] == "other_id"


def test_both_must_be_in_sight_and_manage_contacts_held(session, ctx, person, opened):
    emil = member_ctx(ctx)
    boss = member_ctx(ctx, rights=("manage_contacts",))
    anna, twin, hidden = person("Anna"), person("Anna"), person("Anna")
    opened(anna, twin, team=[emil.actor.id, boss.actor.id])

    with pytest.raises(Forbidden):
        merge(session, emil, anna, twin)
    with pytest.raises(contacts.ContactNotFound):
        merge(session, boss, anna, hidden)
    with pytest.raises(contacts.ContactNotFound):
        merging.merge_contacts(session, ctx, MergeContacts(survivor_id=anna.id, other_id=new_id()))
    assert merge(session, boss, anna, twin).id == anna.id


class TestSwitches:
    """R-C-4: switches of both are kept, for the same address the stronger."""

    @pytest.fixture
    def twins(self, person):
        return person("Anna", email="anna@roy.example"), person("Anna", email="ANNA@roy.example")

    def settings(self, linked):
        return [(one.address.email, one.login, one.is_notified, one.is_synced) for one in linked.items[0].addresses]

    @pytest.mark.parametrize("strong", [0, 1])
    def test_of_one_address_on_one_account_the_stronger_state_survives(
        self, session, ctx, twins, opened, switch, let_in, look, strong
    ):
        account = opened(*twins)
        let_in(account, twins[strong])
        switch(account, twins[1 - strong], is_synced=True)

        merge(session, ctx, *twins)

        assert self.settings(look(account)) == [("anna@roy.example", "active", True, True)]

    def test_an_account_of_the_other_alone_keeps_its_switches(self, session, ctx, twins, opened, let_in, look, told):
        account = opened(twins[1])
        let_in(account, twins[1])

        merge(session, ctx, *twins)

        assert self.settings(look(account)) == [("anna@roy.example", "active", True, False)]
        assert told(AccessEnded) == []

    def test_an_address_of_the_other_alone_keeps_its_switches(self, session, ctx, person, opened, let_in, look, told):
        anna, twin = person("Anna", email="anna@roy.example"), person("Anna", email="twin@roy.example")
        shared, his = opened(anna, twin), opened(twin)
        for account in (shared, his):
            let_in(account, twin)

        merge(session, ctx, anna, twin)

        for account in (shared, his):
            assert self.settings(look(account)) == [
                ("anna@roy.example", "none", False, False),
                ("twin@roy.example", "active", True, False),
            ]
        assert told(AccessEnded) == []

    def test_an_unlinked_address_of_the_other_goes_along(self, session, ctx, person, opened, let_in, look):
        anna, twin = person("Anna", email="anna@roy.example"), person("Anna", email="twin@roy.example")
        shared = opened(anna, twin)
        let_in(shared, twin)
        people.change_contact(session, ctx, ChangeContact(contact_id=twin.id, version=1, email="new@roy.example"))

        merge(session, ctx, anna, twin)

        (left,) = look(shared).unlinked
        assert (left.email, left.contact_id) == ("twin@roy.example", anna.id)

    def test_an_unlinked_address_that_the_other_brings_back_is_linked_again(
        self, session, ctx, twins, opened, let_in, look
    ):
        account = opened(twins[0])
        let_in(account, twins[0])
        people.change_contact(session, ctx, ChangeContact(contact_id=twins[0].id, version=1, email=None))
        assert len(look(account).unlinked) == 1

        merge(session, ctx, *twins)

        assert look(account).unlinked == ()
        assert self.settings(look(account)) == [("ANNA@roy.example", "active", True, False)]

    def test_the_survivors_place_among_the_signers_stands(self, session, ctx, twins, person, opened, switch, look):
        bob = person("Bob", email="bob@roy.example")
        account = opened(*twins, bob)
        for contact in (*twins, bob):
            switch(account, contact, is_login_on=True)
        order = SetSigners(account_id=account.id, version=look(account).version, contact_ids=(bob.id, twins[1].id))
        signers.set_signers(session, ctx, order)

        merge(session, ctx, *twins)

        assert {one.contact.first_name: one.signer_rank for one in look(account).items} == {"Bob": 1, "Anna": 2}


def test_custom_fields_are_filled_from_the_other_and_an_address_too_many_gets_a_label(session, ctx, person):
    hobby, food, work = (
        fields.create_contact_field(session, ctx, CreateField(name=name, type=kind))
        for name, kind in (("Hobby", "text"), ("Food", "text"), ("Work", "email"))
    )
    anna = person("Anna", custom_fields={str(hobby.id): "Chess", str(work.id): "w@roy.example"})
    twin = person("Anna", custom_fields={str(hobby.id): "Go", str(food.id): "Fish", str(work.id): "v@roy.example"})

    merged = merge(session, ctx, anna, twin)

    assert [(one.name, one.value) for one in merged.custom_fields] == [
        ("Hobby", "Chess"),
        ("Food", "Fish"),
        ("Work", "w@roy.example"),
    ]
    assert [(one.label, one.email, one.field_id) for one in merged.addresses] == [
        ("Work", "w@roy.example", work.id),
        ("Work", "v@roy.example", None),
    ]
