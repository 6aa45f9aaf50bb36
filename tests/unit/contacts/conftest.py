"""A firm's contacts and accounts, made by the service's own operations."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import Actor, new_id
from chassis.testing import firm_context, service_session, service_sessions
from contracts import contacts
from contracts.switches import AcceptInvitation, InvitationRequested, SendInvitation, SetSwitches
from services.contacts.operations import opening, people, switches
from services.contacts.queries.links import list_account_contacts

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


@pytest.fixture
def switch(session, ctx):
    """`switch(account, anna, is_login_on=True)`: switches of the contact's built-in address, or of `address`."""

    def put(account, contact, *, address=None, by=None, version=None, **wanted):
        who = by or ctx
        address = address or contact.addresses[0]
        request = SetSwitches(
            account_id=account.id,
            contact_id=contact.id,
            address_id=address.id,
            version=version or seen(session, who, account).version,
            **wanted,
        )
        return switches.set_switches(session, who, request)

    return put


@pytest.fixture
def invite(session, ctx):
    """`invite(account, anna)`: an invitation to an address whose LOGIN is on; it gives the event that asks for it."""

    def ask(account, contact, *, address=None, by=None, message=""):
        address = address or contact.addresses[0]
        request = SendInvitation(account_id=account.id, contact_id=contact.id, address_id=address.id, message=message)
        switches.send_invitation(session, by or ctx, request)
        return next(one for one in reversed(outbox.pending(session)) if isinstance(one, InvitationRequested))

    return ask


@pytest.fixture
def system(ctx):
    """The system itself, in the same firm."""
    return replace(ctx, actor=Actor())


@pytest.fixture
def let_in(session, system, switch, invite):
    """`let_in(account, anna)`: LOGIN on, invited, accepted."""

    def enter(account, contact, *, address=None):
        switch(account, contact, address=address, is_login_on=True)
        asked = invite(account, contact, address=address)
        accept = AcceptInvitation(account_id=account.id, address_id=asked.address.id, sent_at=asked.sent_at)
        switches.accept_invitation(session, system, accept)

    return enter


@pytest.fixture
def told(session):
    """`told(AccessEnded)`: the events of a kind so far, oldest first."""

    def find(kind):
        return [one for one in outbox.pending(session) if isinstance(one, kind)]

    return find


@pytest.fixture
def look(session, ctx):
    """`look(account)`: the account's contacts as the firm's owner sees them."""
    return lambda account, by=None: seen(session, by or ctx, account)


def seen(session, ctx, account):
    return list_account_contacts(session, ctx, contacts.AccountRef(account_id=account.id))
