"""Two people at once, each in a transaction that really commits (R-LNK-8)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from chassis.context import new_id
from chassis.errors import AppError, Invalid
from contracts import contacts
from contracts.common import Done
from contracts.contacts import (
    AccountFacts,
    AccountRef,
    ChangeContact,
    ContactEntry,
    ContactRef,
    LinkContact,
    LinkRef,
    ListContacts,
    MergeContacts,
    NewContact,
    OpenLinks,
)
from contracts.custom_fields import CreateField, DeleteField
from contracts.switches import SetSwitches
from services.contacts.operations import fields, links, merging, opening, people, switches
from services.contacts.queries import people as known
from services.contacts.queries.links import list_account_contacts

ROUNDS = 5  # the losing order depends on the machine; each round has both start at the same moment


@pytest.fixture
def at_once(sessions, ctx):
    """`at_once((operation, request), …)`: each in its own transaction, all begun before any goes on."""

    def run(*calls):
        barrier = Barrier(len(calls))

        def one(call):
            operation, request = call
            try:
                with sessions() as session:
                    barrier.wait(timeout=10)
                    return operation(session, ctx, request)
            except AppError as error:
                return error

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    return run


@pytest.fixture
def account(sessions, ctx):
    """`account("Anna", "Bob")`: a committed account with new contacts of these names, and their ids."""

    def make(*names):
        facts = AccountFacts(id=new_id(), code="R1", name="Roy", state="active", team=(), version=1)
        entries = tuple(ContactEntry(new=NewContact(first_name=name)) for name in names)
        with sessions() as session:
            linked = opening.open_links(session, ctx, OpenLinks(account=facts, contacts=entries))
        return facts.id, [one.contact.id for one in linked.items]

    return make


def left(sessions, ctx, account_id):
    with sessions() as session:
        return [one.contact.id for one in list_account_contacts(session, ctx, AccountRef(account_id=account_id)).items]


def test_r_lnk_8_of_two_unlinking_the_two_last_contacts_one_is_refused(sessions, ctx, account, at_once):
    for _ in range(ROUNDS):
        account_id, (anna, bob) = account("Anna", "Bob")

        answers = at_once(
            (links.unlink_contact, LinkRef(account_id=account_id, contact_id=anna)),
            (links.unlink_contact, LinkRef(account_id=account_id, contact_id=bob)),
        )

        refused = [answer for answer in answers if isinstance(answer, AppError)]
        assert [type(error) for error in refused] == [contacts.LastContact]
        assert len(left(sessions, ctx, account_id)) == 1


def test_r_lnk_7_and_8_of_two_deleting_the_two_last_contacts_one_is_refused(sessions, ctx, account, at_once):
    """R-LNK-7, R-LNK-8"""
    for _ in range(ROUNDS):
        account_id, (anna, bob) = account("Anna", "Bob")

        answers = at_once(
            (people.delete_contact, ContactRef(contact_id=anna)),
            (people.delete_contact, ContactRef(contact_id=bob)),
        )

        refused = [answer for answer in answers if isinstance(answer, AppError)]
        assert [type(error) for error in refused] == [contacts.LastContact]
        assert len(left(sessions, ctx, account_id)) == 1


def test_r_lnk_8_deleting_one_while_the_other_is_unlinked(sessions, ctx, account, at_once):
    for _ in range(ROUNDS):
        account_id, (anna, bob) = account("Anna", "Bob")

        answers = at_once(
            (people.delete_contact, ContactRef(contact_id=anna)),
            (links.unlink_contact, LinkRef(account_id=account_id, contact_id=bob)),
        )

        refused = [answer for answer in answers if isinstance(answer, AppError)]
        assert [type(error) for error in refused] == [contacts.LastContact]
        assert len(left(sessions, ctx, account_id)) == 1


def test_a_contact_deleted_while_it_is_linked_leaves_no_dangling_link(sessions, ctx, account, at_once):
    """R-LNK-8"""
    for _ in range(ROUNDS):
        account_id, (bob,) = account("Bob")
        with sessions() as session:
            anna = people.create_contact(session, ctx, NewContact(first_name="Anna")).id

        deleted, linked = at_once(
            (people.delete_contact, ContactRef(contact_id=anna)),
            (links.link_contact, LinkContact(account_id=account_id, contact=ContactEntry(id=anna))),
        )

        assert not isinstance(deleted, AppError)
        assert not isinstance(linked, AppError) or isinstance(linked, contacts.ContactNotFound)
        assert left(sessions, ctx, account_id) == [bob]


def test_two_linking_the_same_contact_link_it_once(sessions, ctx, account, at_once):
    """R-LNK-4"""
    for _ in range(ROUNDS):
        account_id, _ = account("Bob")
        _, (anna,) = account("Anna")
        request = LinkContact(account_id=account_id, contact=ContactEntry(id=anna))

        answers = at_once((links.link_contact, request), (links.link_contact, request))

        refused = [answer for answer in answers if isinstance(answer, AppError)]
        assert [type(error) for error in refused] == [contacts.AlreadyLinked]
        assert left(sessions, ctx, account_id).count(anna) == 1


def test_two_merging_each_into_the_other_merge_once(sessions, ctx, account, at_once):
    """R-C-4"""
    for _ in range(ROUNDS):
        account_id, (anna, twin) = account("Anna", "Anna")

        answers = at_once(
            (merging.merge_contacts, MergeContacts(survivor_id=anna, other_id=twin)),
            (merging.merge_contacts, MergeContacts(survivor_id=twin, other_id=anna)),
        )

        refused = [answer for answer in answers if isinstance(answer, AppError)]
        assert [type(error) for error in refused] == [contacts.ContactNotFound]
        assert len(left(sessions, ctx, account_id)) == 1


def test_a_saga_step_repeated_at_the_same_moment_is_done_once(sessions, ctx, at_once):
    """R-LNK-1"""
    facts = AccountFacts(id=new_id(), code="R1", name="Roy", state="opening", team=(), version=1)
    request = OpenLinks(account=facts, contacts=(ContactEntry(new=NewContact(first_name="Anna")),))

    first, second = at_once((opening.open_links, request), (opening.open_links, request))

    assert first == second
    with sessions() as session:
        assert known.list_contacts(session, ctx, ListContacts()).total == 1


def test_an_opening_and_its_discarding_at_the_same_moment_leave_nothing(sessions, ctx, at_once):
    """R-LNK-1"""
    for _ in range(ROUNDS):
        facts = AccountFacts(id=new_id(), code="R1", name="Roy", state="opening", team=(), version=1)
        request = OpenLinks(account=facts, contacts=(ContactEntry(new=NewContact(first_name="Anna")),))

        opened, discarded = at_once(
            (opening.open_links, request), (opening.discard_links, AccountRef(account_id=facts.id))
        )

        assert not isinstance(discarded, AppError)
        assert not isinstance(opened, AppError) or isinstance(opened, contacts.LinksDiscarded)
        with sessions() as session:
            assert known.list_contacts(session, ctx, ListContacts()).total == 0


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_of_two_who_set_switches_seen_at_once_one_wins(at_once, sessions, ctx, account, attempt):
    """A lost update is refused, whichever of the two comes second."""
    account_id, (anna,) = account("Anna")
    with sessions() as session:
        change = ChangeContact(contact_id=anna, version=1, email="anna@roy.example")
        address_id = people.change_contact(session, ctx, change).addresses[0].id
    request = SetSwitches(account_id=account_id, contact_id=anna, address_id=address_id, version=1)

    answers = at_once(
        (switches.set_switches, replace(request, is_login_on=True)),
        (switches.set_switches, replace(request, is_synced=True)),
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["LinkedContacts", "LinksChangedMeanwhile"]


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_an_address_that_leaves_while_it_is_let_in_leaves_no_switch_behind(at_once, sessions, ctx, account, attempt):
    """R-EM-3: either LOGIN goes on before and the new address inherits it, or the address is not there any more."""
    account_id, (anna,) = account("Anna")
    with sessions() as session:
        change = ChangeContact(contact_id=anna, version=1, email="anna@roy.example")
        address_id = people.change_contact(session, ctx, change).addresses[0].id

    switched, _ = at_once(
        (
            switches.set_switches,
            SetSwitches(account_id=account_id, contact_id=anna, address_id=address_id, version=1, is_login_on=True),
        ),
        (people.change_contact, ChangeContact(contact_id=anna, version=2, email="new@roy.example")),
    )

    with sessions() as session:
        linked = list_account_contacts(session, ctx, AccountRef(account_id=account_id))
    (settings,) = linked.items[0].addresses
    assert settings.address.email == "new@roy.example"
    assert (settings.login == "granted") == (not isinstance(switched, AppError))


@pytest.mark.parametrize("attempt", range(ROUNDS))
def test_a_value_given_while_its_field_is_deleted_breaks_nothing(at_once, sessions, ctx, account, attempt):
    _, (anna,) = account("Anna")
    with sessions() as session:
        made = fields.create_contact_field(session, ctx, CreateField(name=f"Work {attempt}", type="email"))

    changed, deleted = at_once(
        (
            people.change_contact,
            ChangeContact(contact_id=anna, version=1, custom_fields={str(made.id): "w@roy.example"}),
        ),
        (fields.delete_contact_field, DeleteField(field_id=made.id, is_confirmed=True)),
    )

    assert deleted == Done()
    assert isinstance(changed, (contacts.Contact, Invalid))
    with sessions() as session:
        read = known.get_contact(session, ctx, ContactRef(contact_id=anna))
    assert [one.label for one in read.addresses] == ([] if isinstance(changed, Invalid) else [made.name])
    assert read.custom_fields == ()
