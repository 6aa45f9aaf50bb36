"""The sample's clients look real, are the same every time, and are what the system takes."""

import re
import unicodedata
from collections import Counter

import orjson
import pytest

from chassis.wire import load, to_json
from contracts.accounts import CreateAccount
from contracts.contacts import ContactEntry, NewContact
from deploy.sample.clients import clients
from deploy.sample.team import OWNER, TEAM
from services.identity.rules.passwords import check_password


@pytest.fixture(scope="module")
def made():
    return clients()


def addresses(made):
    """Every address of every contact, each contact once."""
    people = {linked.person.key: linked.person.contact for client in made for linked in client.contacts}
    return [
        email
        for contact in people.values()
        for email in (contact.email, *(other.email for other in contact.other_addresses))
        if email
    ]


def test_there_are_at_least_two_hundred_of_every_type(made):
    types = Counter(client.type for client in made)

    assert len(made) >= 200
    assert min(types["individual"], types["company"], types["other"]) >= 20


def test_they_are_the_same_every_time(made):
    assert clients() == made


def test_another_seed_gives_others(made):
    assert clients(seed=1) != made


def test_keys_tell_clients_apart(made):
    assert len({client.key for client in made}) == len(made)


def test_every_request_is_one_the_edge_would_take(made):
    for client in made:
        request = CreateAccount(
            type=client.type,
            contacts=tuple(
                ContactEntry(new=one.person.contact, description=one.description) for one in client.contacts
            ),
            name=client.name,
            company_name=client.company_name,
            company_address=client.company_address,
            tags=client.tags,
        )

        assert load(CreateAccount, orjson.loads(to_json(request)), strict=True) == request


def test_addresses_are_at_domains_kept_for_examples(made):
    """RFC 2606: nobody can ever get mail from the sample."""
    found = addresses(made)

    assert len(found) > 300
    for email in found:
        assert re.fullmatch(r"[a-z0-9.]+@([a-z0-9-]+\.)?example\.(com|org|net)", email), email


def test_no_two_contacts_share_an_address_nor_has_one_a_members(made):
    """R-C-3: the system would refuse a member's address."""
    found = addresses(made)

    assert [email for email, count in Counter(found).items() if count > 1] == []
    assert set(found).isdisjoint(worker.email for worker in TEAM)


def test_households_share_contacts_and_companies_have_several(made):
    """R-REL-1: shared contacts are what relates accounts."""
    uses = Counter(linked.person.key for client in made for linked in client.contacts)
    several = [client for client in made if client.type == "company" and len(client.contacts) > 1]

    assert sum(1 for count in uses.values() if count > 1) >= 20
    assert len(several) >= 20


def test_some_contacts_have_several_addresses(made):
    several = [one for client in made for one in client.contacts if len(one.person.contact.other_addresses) > 1]

    assert len(several) >= 10


@pytest.mark.parametrize("script", ["GREEK", "CYRILLIC", "ARABIC", "CJK", "HEBREW", "THAI", "DEVANAGARI", "HANGUL"])
def test_names_come_in_many_scripts(made, script):
    texts = [one.person.name for client in made for one in client.contacts]
    texts += [client.company_name or client.name or "" for client in made]

    assert any(unicodedata.name(letter, "").startswith(script) for text in texts for letter in text)


def test_names_come_long_accented_and_alike(made):
    """R-NAME-5, R-NAME-6, R-NAME-8."""
    names = [name for client in made if (name := client.company_name or client.name)]

    assert sum(200 <= len(name) <= 255 for name in names) >= 3
    assert any("é" in name for name in names)
    assert any('"' in name for name in names)
    assert max(Counter(names).values()) > 1


def test_some_are_archived_and_some_are_shared_out(made):
    """R-ARC-1; the employee with few rights sees some clients and not others."""
    assert 5 <= sum(client.is_archived for client in made) <= len(made) / 4
    assert 20 <= sum(client.is_shared_out for client in made) <= len(made) / 2


@pytest.mark.parametrize("worker", TEAM, ids=lambda worker: worker.key)
def test_passwords_are_ones_identity_takes(worker):
    check_password("password", worker.password, email=worker.email, name=worker.name)


def test_there_is_one_owner():
    """R-ROLE-1."""
    assert [worker for worker in TEAM if worker.role == "owner"] == [OWNER]


def test_a_contact_is_found_by_its_latin_letters_whatever_its_script(made):
    greek = [
        one.person.contact
        for client in made
        for one in client.contacts
        if one.person.culture.country == "GR" and one.person.contact.email
    ]

    assert greek
    assert all(isinstance(contact, NewContact) and contact.email.isascii() for contact in greek)
