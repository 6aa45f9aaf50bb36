"""A firm's contacts and accounts, made by the service's own operations."""

from dataclasses import replace

import pytest

from chassis.context import new_id
from chassis.testing import firm_context, service_session, service_sessions
from contracts import contacts
from services.contacts.operations import opening, people

ctx = firm_context()
session = service_session("contacts")
sessions = service_sessions("contacts")


@pytest.fixture
def person(session, ctx):
    """`person("Anna", "Roy", "anna@roy.example", phones=…)`: a contact of the firm, as its owner sees it."""

    def make(first="", last="", email=None, **fields):
        new = contacts.NewContact(first_name=first, last_name=last, email=email, **fields)
        return people.create_contact(session, ctx, new)

    return make


@pytest.fixture
def opened(session, ctx):
    """`opened(anna, bob, team=[emil])`: an account with these contacts and this team; nobody is on it unless said."""

    def make(*linked, team=(), name="Roy", code="R1", **facts):
        account = contacts.AccountFacts(
            id=new_id(), code=code, name=name, team=tuple(team), **({"state": "opening", "version": 1} | facts)
        )
        entries = tuple(contacts.ContactEntry(id=contact.id) for contact in linked)
        opening.open_links(session, ctx, contacts.OpenLinks(account=account, contacts=entries))
        return account

    return make


@pytest.fixture
def other_firm(ctx):
    """The owner of another firm."""
    return replace(ctx, firm_id=new_id(), actor=replace(ctx.actor, id=new_id()))
