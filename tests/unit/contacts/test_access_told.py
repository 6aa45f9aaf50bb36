"""What everybody hears of who may enter an account: R-STAT-1 to R-STAT-3, R-LOG-5, R-ARC-1, R-ARC-3."""

from dataclasses import replace

import pytest

from contracts.accounts import AccountChanged
from contracts.contacts import (
    AccessChanged,
    ChangeContact,
    ContactEntry,
    ContactRef,
    LinkContact,
    LinkRef,
)
from contracts.export import Export
from contracts.switches import AccessEnded, SyncedAddress
from services.contacts.operations import links, people, projections
from services.contacts.queries import exporting
from tests.unit.contacts.test_projections import as_account
from tests.unit.contacts.test_switches import states


@pytest.fixture
def anna(person):
    return person("Anna", "Roy", "anna@roy.example")


@pytest.fixture
def bob(person):
    return person("Bob", "Roy", "bob@roy.example")


@pytest.fixture
def account(anna, bob, opened):
    return opened(anna, bob)


@pytest.fixture
def move(session, ctx):
    """`move(account, "archived", 2)`: accounts reports its state and version."""

    def report(account, state, version):
        moved = as_account(ctx, event=AccountChanged, id=account.id, state=state, version=version)
        if state == "trashed":
            moved = replace(moved, account=replace(moved.account, state=state))
        projections.account_changed(session, ctx, moved)

    return report


def test_r_stat_2_any_active_beats_any_login_on_beats_none(account, anna, bob, switch, let_in, look, told):
    assert look(account).portal_status == "off"
    assert switch(account, anna, is_login_on=True).portal_status == "pending"
    let_in(account, bob)
    assert look(account).portal_status == "active"
    assert switch(account, bob, is_login_on=False).portal_status == "pending"
    assert switch(account, anna, is_login_on=False).portal_status == "off"
    assert [one.portal_status for one in told(AccessChanged)] == [
        "pending",  # Anna granted
        "pending",  # Bob granted: his address joins
        "active",
        "pending",
        "off",
    ]


def test_r_stat_3_it_says_who_is_told_and_synced(account, anna, bob, switch, told):
    linked = switch(account, bob, is_synced=True)
    switch(account, anna, is_login_on=True)

    first, second = told(AccessChanged)
    assert first == AccessChanged(
        account_id=account.id,
        version=linked.version,
        portal_status="off",
        is_notified=False,
        is_synced=True,
        login_emails=(),
        unlinked=(),
        synced=(SyncedAddress(contact_id=bob.id, email="bob@roy.example"),),
    )
    assert (second.is_notified, second.login_emails) == (True, ("anna@roy.example",))


def test_r_syn_1_a_second_address_that_is_synced_is_told_by_name(account, anna, bob, switch, told):
    switch(account, bob, is_synced=True)
    switch(account, anna, is_synced=True)
    switch(account, bob, is_synced=False)

    assert [tuple(one.email for one in event.synced) for event in told(AccessChanged)] == [
        ("bob@roy.example",),
        ("anna@roy.example", "bob@roy.example"),
        ("anna@roy.example",),
    ]


def test_r_syn_1_a_corrected_address_is_told_to_those_who_fetch_its_mail(account, anna, switch, session, ctx, told):
    switch(account, anna, is_synced=True)

    corrected = ChangeContact(contact_id=anna.id, version=anna.version, email="ANNA@roy.example")
    people.change_contact(session, ctx, corrected)

    assert told(AccessChanged)[-1].synced == (SyncedAddress(contact_id=anna.id, email="ANNA@roy.example"),)


def test_what_does_not_change_it_is_not_told(account, anna, switch, invite, told):
    switch(account, anna, is_login_on=True)
    before = told(AccessChanged)

    invite(account, anna)
    switch(account, anna, is_signatory=False)

    assert told(AccessChanged) == before


def test_r_log_5_switched_off_its_sessions_end(account, anna, let_in, switch, told):
    let_in(account, anna)

    switch(account, anna, is_login_on=False)

    assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]


def test_r_log_5_what_was_only_granted_ends_nothing(account, anna, switch, told):
    switch(account, anna, is_login_on=True)
    switch(account, anna, is_login_on=False)

    assert told(AccessEnded) == []


def test_r_em_6_access_that_another_contact_of_the_address_has_goes_on(
    account, person, session, ctx, anna, let_in, switch, told
):
    twin = person("Ann", "Roy", "anna@roy.example")
    links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=twin.id)))
    let_in(account, anna)
    let_in(account, twin)

    switch(account, anna, is_login_on=False)

    assert told(AccessEnded) == []


def test_r_lnk_3_unlinking_ends_access_and_forgets_the_switches(session, ctx, account, anna, let_in, look, told):
    let_in(account, anna)

    links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=anna.id))

    assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]
    assert (told(AccessChanged)[-1].portal_status, told(AccessChanged)[-1].version) == ("off", look(account).version)
    again = links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=anna.id)))
    assert states(again, anna) == [("none", False, False, False)]


def test_a_deleted_contact_enters_nothing(session, ctx, account, anna, let_in, told):
    let_in(account, anna)

    people.delete_contact(session, ctx, ContactRef(contact_id=anna.id))

    assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]
    assert told(AccessChanged)[-1].portal_status == "off"


@pytest.mark.parametrize("state", ["archived", "trashed"])
def test_r_arc_1_r_arc_3_an_archived_account_lets_nobody_in_and_afterwards_the_same_again(
    account, anna, let_in, look, told, move, state
):
    let_in(account, anna)
    before = look(account)
    move(account, "active", 2)

    move(account, state, 3)

    assert told(AccessChanged)[-1].portal_status == "off"
    assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]
    move(account, "active", 4)
    assert told(AccessChanged)[-1].portal_status == "active"
    assert look(account) == before


def test_r_arc_1_switches_of_an_archived_account_can_be_changed(account, anna, let_in, move, switch):
    let_in(account, anna)
    move(account, "archived", 2)

    linked = switch(account, anna, is_notified=False)

    assert (states(linked, anna), linked.portal_status) == ([("active", False, False, True)], "off")


def test_a_changed_name_tells_nothing_of_access(session, ctx, account, anna, let_in, told):
    let_in(account, anna)
    before = told(AccessChanged)

    people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, first_name="Anne"))

    assert told(AccessChanged) == before


def test_the_export_tells_it_of_every_account_with_links(session, system, account, anna, person, opened, let_in, told):
    quiet = opened(person("Cara"))
    let_in(account, anna)

    page = exporting.export(session, system, Export())
    while page.next_cursor is not None:
        page = exporting.export(session, system, Export(cursor=page.next_cursor))

    bodies = [event["body"] for event in page.events if event["type"] == AccessChanged.TYPE]
    assert {body["account_id"]: body["portal_status"] for body in bodies} == {account.id: "active", quiet.id: "off"}
    (of_account,) = (AccessChanged(**body) for body in bodies if body["account_id"] == account.id)
    assert of_account == told(AccessChanged)[-1]
