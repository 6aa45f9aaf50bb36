"""What the sample says of its clients and who it lets in: real-looking, the same every time, taken by the system."""

import datetime as dt
from collections import Counter

import pytest

from chassis.addresses import fold
from chassis.context import new_id
from contracts.custom_fields import Choice, CustomField, normal
from deploy.sample import details
from deploy.sample.activity import activity
from deploy.sample.clients import clients
from deploy.sample.portal import portals
from deploy.sample.team import TEAM
from deploy.sample.words import words

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def made():
    return clients()


@pytest.fixture(scope="module")
def people(made):
    return list({linked.person.key: linked.person for client in made for linked in client.contacts}.values())


def defined(owner):
    return {
        entry["name"]: CustomField(
            id=new_id(),
            name=entry["name"],
            type=entry["type"],
            choices=tuple(Choice(id=new_id(), name=name) for name in entry.get("choices", ())),
            position=0,
            version=1,
        )
        for entry in words()[f"{owner}_fields"]
    }


def test_they_are_the_same_every_time(made, people):
    assert [details.of_account(client, TODAY) for client in clients()] == [
        details.of_account(client, TODAY) for client in made
    ]
    assert details.of_contact(people[3], TODAY) == details.of_contact(people[3], TODAY)
    assert portals(clients()) == portals(made)


def test_every_value_is_one_its_field_takes(made, people):
    """R-CF-3."""
    for owner, said in (
        ("account", [details.of_account(client, TODAY) for client in made]),
        ("contact", [details.of_contact(person, TODAY) for person in people]),
    ):
        fields = defined(owner)
        for values in said:
            assert all(normal(fields[name], value) is not None for name, value in values.items())


def test_most_clients_have_most_fields_and_no_field_is_left_empty(made, people):
    account = [details.of_account(client, TODAY) for client in made]
    contact = [details.of_contact(person, TODAY) for person in people]

    assert sum(len(values) >= 2 for values in account) > 0.8 * len(account)
    assert set().union(*account) == set(defined("account"))
    assert set().union(*contact) == set(defined("contact"))


def test_no_two_people_share_a_private_address(people):
    """R-EM-6, R-C-3."""
    private = [email for one in people if (email := details.of_contact(one, TODAY).get("Private e-mail"))]
    others = [one.contact.email for one in people if one.contact.email]
    others += [other.email for one in people for other in one.contact.other_addresses]

    assert len(private) > 20
    assert max(Counter(map(fold, private)).values()) == 1
    assert set(private).isdisjoint([*others, *(worker.email for worker in TEAM)])


def test_roles_are_filled_for_many_by_those_who_see_the_client(made):
    """R-ACC-6: a role gives no access."""
    filled = [(client, details.roles(client)) for client in made]

    assert sum(bool(roles) for _, roles in filled) > len(made) / 3
    for client, roles in filled:
        assert client.is_shared_out or all("few" not in members for members in roles.values())
        assert all(members for members in roles.values())


def test_some_tasks_are_for_a_role_that_somebody_fills(made):
    tasks = [(client, task) for client in made for task in activity(client, TODAY).tasks if task.role]

    assert len(tasks) > 50
    assert all(task.role in details.roles(client) for client, task in tasks)


class TestPortals:
    def test_most_clients_have_somebody_who_is_let_in(self, made):
        """R-STAT-1: active, pending and off are all there."""
        found = portals(made)
        ways = Counter(entry.how for portal in found.values() for entry in portal.entries)

        assert len(made) / 2 < len(found) < len(made)
        assert min(ways[how] for how in ("granted", "invited", "active")) >= 10
        assert sum(entry.is_synced for portal in found.values() for entry in portal.entries) >= 20

    def test_nobody_is_let_into_an_archived_account(self, made):
        """R-ARC-1."""
        found = portals(made)

        assert not any(client.key in found for client in made if client.is_archived)

    def test_an_entry_is_the_address_that_the_contact_ends_up_with(self, made):
        """Somebody who serves several clients is made once."""
        emails = {linked.person.key: linked.person.contact.email for one in made for linked in one.contacts}
        of = {one.key: {emails[linked.person.key] for linked in one.contacts} for one in made}

        assert all(entry.email in of[key] for key, portal in portals(made).items() for entry in portal.entries)

    def test_two_households_have_an_order_of_signers_and_one_client_a_changed_address(self, made):
        """R-SP-1, R-EM-3: who changes the address has accepted, so the former one may still sign in."""
        found = portals(made).values()
        (moved,) = [portal for portal in found if portal.moved_to]

        assert [len(portal.entries) for portal in found if portal.is_ordered] == [2, 2]
        assert (moved.entries[0].how, moved.is_ordered) == ("active", False)
        assert moved.moved_to != moved.entries[0].email
