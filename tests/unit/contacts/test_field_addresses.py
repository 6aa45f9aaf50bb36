"""A custom field of type email holds an address of the contact: R-EM-1."""

from dataclasses import replace

import pytest

from chassis.context import new_id
from chassis.errors import Invalid
from contracts import contacts, identity
from contracts.contacts import ChangeContact, ContactRef, FindContact, ListContacts, NewAddress, NewContact
from contracts.custom_fields import ChangeField, CreateField, FieldNotFound
from contracts.switches import InvitationRequested, RelinkAddress
from services.contacts.operations import fields, people, projections, unlinked
from services.contacts.queries import people as known
from tests.unit.contacts.test_switches import states


@pytest.fixture
def work(session, ctx):
    return fields.create_contact_field(session, ctx, CreateField(name="Work", type="email"))


@pytest.fixture
def anna(person, work):
    return person("Anna", "Roy", "anna@roy.example", custom_fields={str(work.id): "w@roy.example"})


@pytest.fixture
def change(session, ctx, anna):
    versions = iter(range(anna.version, 100))

    def make(**wanted):
        request = ChangeContact(contact_id=anna.id, version=next(versions), **wanted)
        return people.change_contact(session, ctx, request)

    return make


def addresses(contact):
    return [(one.label, one.email, one.field_id) for one in contact.addresses]


def test_it_stands_among_the_addresses_and_among_the_fields(anna, work):
    assert addresses(anna) == [("email", "anna@roy.example", None), ("Work", "w@roy.example", work.id)]
    assert [(one.name, one.value, one.text) for one in anna.custom_fields] == [
        ("Work", "w@roy.example", "w@roy.example")
    ]


def test_it_is_called_as_its_field_is(session, ctx, anna, work):
    fields.change_contact_field(session, ctx, ChangeField(field_id=work.id, version=1, name="Office"))

    read = known.get_contact(session, ctx, ContactRef(contact_id=anna.id))

    assert (read.addresses[1].label, read.custom_fields[0].name) == ("Office", "Office")


def test_it_has_switches_of_its_own(anna, opened, switch):
    account = opened(anna)

    linked = switch(account, anna, address=anna.addresses[1], is_login_on=True)

    assert states(linked, anna) == [("none", False, False, False), ("granted", True, False, True)]


def test_free_labels_stay_possible_beside_it_and_leave_it_alone(anna, work, change):
    changed = change(other_addresses=(NewAddress(label="Home", email="h@roy.example"),))

    assert addresses(changed) == [
        ("email", "anna@roy.example", None),
        ("Home", "h@roy.example", None),
        ("Work", "w@roy.example", work.id),
    ]


def test_null_takes_the_address_away(anna, work, change):
    changed = change(custom_fields={str(work.id): None})

    assert (addresses(changed), changed.custom_fields) == ([("email", "anna@roy.example", None)], ())


def test_an_address_moves_between_its_places_and_keeps_its_id(anna, work, change):
    to_built_in = change(email="W@roy.example")
    assert [(one.id, one.label, one.field_id) for one in to_built_in.addresses] == [
        (anna.addresses[1].id, "email", None)
    ]

    back = change(email=None, custom_fields={str(work.id): "w@roy.example"})

    assert [(one.id, one.label, one.field_id) for one in back.addresses] == [(anna.addresses[1].id, "Work", work.id)]


def test_r_log_4_a_new_address_in_the_field_takes_the_place_of_the_old(
    anna, work, opened, switch, invite, change, look, told
):
    account = opened(anna)
    switch(account, anna, address=anna.addresses[1], is_login_on=True)
    invite(account, anna, address=anna.addresses[1])

    changed = change(custom_fields={str(work.id): "new@roy.example"})

    assert told(InvitationRequested)[-1].address == changed.addresses[1]
    assert changed.addresses[1].label == "Work"
    assert states(look(account), changed)[1][0] == "invited"


def test_r_em_3_an_unlinked_address_is_linked_to_the_field_again(session, ctx, anna, work, opened, let_in, change):
    account = opened(anna)
    let_in(account, anna, address=anna.addresses[1])
    change(custom_fields={str(work.id): None})

    request = RelinkAddress(
        account_id=account.id, address_id=anna.addresses[1].id, contact_id=anna.id, field_id=work.id
    )
    linked = unlinked.relink_address(session, ctx, request)

    assert addresses(linked.items[0].contact)[1] == ("Work", "w@roy.example", work.id)
    assert (states(linked, anna)[1][0], linked.unlinked) == ("active", ())


def test_r_em_3_only_a_field_of_type_email_takes_it(session, ctx, anna, opened, let_in, change):
    hobby = fields.create_contact_field(session, ctx, CreateField(name="Hobby", type="text"))
    account = opened(anna)
    let_in(account, anna)
    change(email=None)
    request = RelinkAddress(
        account_id=account.id, address_id=anna.addresses[0].id, contact_id=anna.id, field_id=hobby.id
    )

    with pytest.raises(Invalid) as caught:
        unlinked.relink_address(session, ctx, request)
    assert [error["field"] for error in caught.value.data["errors"]] == ["field_id"]
    with pytest.raises(FieldNotFound):
        unlinked.relink_address(session, ctx, replace(request, field_id=new_id()))


def test_what_can_not_be_is_named_by_the_field(person, work, session, ctx, anna):
    member = identity.Member(
        id=anna.id, email="emil@firm.example", name="Emil", role="employee", rights=(), has_default_access=False,
        is_active=True, version=1, created_at=ctx.now,
    )  # fmt: skip
    projections.member_changed(session, ctx, identity.MemberCreated(member=member))
    path = f"custom_fields.{work.id}"

    for email, refusal in (
        ("nobody", Invalid),
        ("b@roy.example", Invalid),
        ("emil@firm.example", contacts.MemberAddress),
    ):
        with pytest.raises(refusal) as caught:
            person("Bob", email="b@roy.example", custom_fields={str(work.id): email})
        assert [error["field"] for error in caught.value.data["errors"]] == [path]


def test_it_is_found_and_compared_like_any_other(session, ctx, anna, work):
    assert known.list_contacts(session, ctx, ListContacts(q="w@roy")).items == (anna,)
    wanted = NewContact(first_name="Anna", last_name="Roy", custom_fields={str(work.id): "W@roy.example"})
    assert known.find_contact(session, ctx, FindContact(contact=wanted)).contact_id == anna.id
    differs = NewContact(first_name="Anna", last_name="Roy", custom_fields={str(work.id): "other@roy.example"})
    assert known.find_contact(session, ctx, FindContact(contact=differs)).contact_id is None
