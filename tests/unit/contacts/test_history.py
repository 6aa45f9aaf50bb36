"""What changed about a contact, and about an account's contacts, switches and signers (R-CF-6, R-LNK-3, R-SP-1)."""

import datetime as dt

import pytest

from chassis import history as recording
from chassis.testing import member_ctx
from contracts.accounts import AccountNotFound
from contracts.contacts import (
    ChangeContact,
    ContactEntry,
    ContactNotFound,
    DescribeLink,
    LinkContact,
    LinkRef,
    MergeContacts,
    NewContact,
)
from contracts.custom_fields import ChoiceEntry, CreateField, DeleteField
from contracts.history import ContactHistory, ListChanges
from services.contacts import history, model
from services.contacts.operations import fields, links, merging, people

# Tables that hold nothing of a person's doing, each with the reason.
NOT_RECORDED = {
    "account_ref": "what accounts told; its history is theirs",
    "member_ref": "what identity told",
    "tag_ref": "what accounts told",
    "invitation_link": "secrets by which an invitation is followed; the switch says what became of it",
    "suppressed_address": "what the mail servers said of an address, whoever has it",
}


def of_account(session, ctx, account, **asked):
    return history.list_changes(session, ctx, ListChanges(about_id=account.id, **asked)).items


def of_contact(session, ctx, contact, **asked):
    return history.list_contact_history(session, ctx, ContactHistory(contact_id=contact.id, **asked)).items


def values(change):
    return {each.name: (each.was, each.is_now) for each in change.fields}


@pytest.fixture
def anna(person):
    return person("Anna", "Roy", "anna@roy.example")


@pytest.fixture
def account(anna, opened):
    return opened(anna)


def test_every_table_is_recorded_or_has_a_reason_not_to_be(session):
    recorded = recording.recorded(session)

    assert recorded.keys() | NOT_RECORDED.keys() == set(model.Base.metadata.tables)
    assert recorded.keys() & NOT_RECORDED.keys() == set()


def test_every_recorded_table_is_told_of(session):
    """Definitions and the firm's choices belong to no account and no contact; they lend their names."""
    of_the_firm = {"contact_field", "contact_field_choice", "contact_setting"}

    assert recording.recorded(session).keys() - of_the_firm == history.OF_ACCOUNT.keys() | history.OF_CONTACT.keys()


def test_each_switch_is_told_with_its_address(session, ctx, account, anna, switch):
    """R-EM-2, R-LOG-5"""
    switch(account, anna, is_login_on=True)
    switch(account, anna, is_synced=True)
    switch(account, anna, is_login_on=False)

    off, synced, granted = of_account(session, ctx, account, what="switches")

    assert {each.address for each in (off, synced, granted)} == {"anna@roy.example"}
    assert {each.subject.name for each in (off, synced, granted)} == {"Anna Roy"}
    assert granted.action == "added"
    assert values(granted)["login"][1] == "granted"
    assert values(synced) == {"is_synced": (False, True)}
    assert values(off)["login"][0] == "granted"


def test_unlinking_tells_of_the_link_and_of_each_switch_that_went_with_it(session, ctx, account, anna, person, switch):
    """R-LNK-3: kept in history."""
    switch(account, anna, is_login_on=True)
    bob = person("Bob", "Lee", "bob@lee.example")
    links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=bob.id)))

    links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=anna.id))

    gone = [each for each in of_account(session, ctx, account, subject_id=anna.id) if each.action == "removed"]
    assert {each.what for each in gone} == {"link", "switches"}


def test_a_description_is_told_from_what_to_what(session, ctx, account, anna, look):
    """R-LNK-6"""
    asked = DescribeLink(account_id=account.id, contact_id=anna.id, description="CEO", version=look(account).version)
    links.describe_link(session, ctx, asked)

    assert values(of_account(session, ctx, account, what="link")[0]) == {"description": ("", "CEO")}


def test_a_contact_keeps_its_name_in_the_history_of_the_account_it_left(session, ctx, account, anna, person):
    bob = person("Bob", "Lee", "bob@lee.example")
    links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=bob.id)))
    links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=bob.id))
    people.delete_contact(session, ctx, LinkRef(account_id=account.id, contact_id=bob.id))

    assert of_account(session, ctx, account, subject_id=bob.id)[0].subject.name == "Bob Lee"


def test_a_custom_field_is_read_in_history_when_its_definition_is_gone(session, ctx, anna):
    """R-CF-7"""
    asked = CreateField(name="Hat", type="single_choice", choices=(ChoiceEntry(name="Red"), ChoiceEntry(name="Blue")))
    field = fields.create_contact_field(session, ctx, asked)
    red = {str(field.id): str(field.choices[0].id)}
    people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=anna.version, custom_fields=red))
    fields.delete_contact_field(session, ctx, DeleteField(field_id=field.id, is_confirmed=True))

    removed, added = of_contact(session, ctx, anna, what="custom_field", subject_id=field.id)

    assert (added.subject.name, values(added)["text"]) == ("Hat", ("", "Red"))
    assert (removed.subject.name, values(removed)["text"]) == ("Hat", ("Red", ""))


def test_personal_data_and_addresses_are_told(session, ctx, anna):
    """R-C-1"""
    asked = ChangeContact(
        contact_id=anna.id, version=anna.version, phones=("+33 1 42 68 53 00",), email="a@roy.example"
    )
    people.change_contact(session, ctx, asked)

    told = [(each.what, each.action) for each in of_contact(session, ctx, anna)]
    assert set(told) >= {("contact", "changed"), ("address", "added"), ("address", "removed")}


def test_history_is_for_those_who_see_it(session, ctx, account, anna):
    """R-ACC-5"""
    outsider = member_ctx(ctx)

    with pytest.raises(AccountNotFound):
        of_account(session, outsider, account)
    with pytest.raises(ContactNotFound):
        of_contact(session, outsider, anna)


def test_merged_contacts_replay_to_what_is_there(sessions, ctx):
    """R-C-4: links and switches that go over to the survivor leave nothing of the other behind."""
    with sessions() as session:
        one, other = (people.create_contact(session, ctx, new) for new in (named("Anna"), named("Anne")))
        merging.merge_contacts(session, ctx, MergeContacts(survivor_id=one.id, other_id=other.id))

    with sessions() as session:
        rows = recording.rows_at(session, ctx, "contact", dt.datetime.now(dt.UTC))
        assert [row["id"] for row in rows] == [str(one.id)]


def named(first):
    return NewContact(first_name=first, last_name="Roy", email=f"{first.lower()}@roy.example")
