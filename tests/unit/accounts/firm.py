"""A firm's people and accounts for these tests, made as the service makes them: by events and by steps of openings."""

import datetime as dt
from dataclasses import replace

from chassis.context import Actor, Context, new_id
from contracts.accounts import Account, AccountRef, CreateAccount
from contracts.common import Address
from contracts.contacts import (
    Contact,
    ContactEntry,
    EmailAddress,
    LinkedContact,
    LinkedContacts,
    NewContact,
    OpenLinks,
)
from contracts.identity import Member, MemberChanged, MemberCreated
from services.accounts import members, opening
from services.accounts.operations import accounts

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def member(role="employee", rights=(), *, has_default_access=False, is_active=True, name="Emil Employee", **changes):
    values = {
        "id": new_id(),
        "email": "emil@example.com",
        "name": name,
        "role": role,
        "rights": rights,
        "has_default_access": has_default_access,
        "is_active": is_active,
        "version": 1,
        "created_at": NOON,
    }
    return Member(**{**values, **changes})


def acting(ctx: Context, person: Member) -> Context:
    """The context of a call that this member makes."""
    actor = Actor(kind="member", id=person.id, role=person.role, rights=frozenset(person.rights), name=person.name)
    return replace(ctx, actor=actor, key=new_id().hex)


def join(session, ctx: Context, *people: Member) -> list[Context]:
    """Let identity tell of these members; the context of a call by each."""
    for person in people:
        members.told(session, ctx, MemberCreated(member=person))
    return [acting(ctx, person) for person in people]


def tell(session, ctx: Context, person: Member, **changes) -> Member:
    """Let identity tell that a member changed."""
    changed = replace(person, version=person.version + 1, **changes)
    members.told(session, ctx, MemberChanged(member=changed))
    return changed


def contact(first_name="Ada", last_name="Lovelace", *, email="ada@example.com", version=1, **changes) -> Contact:
    values = {
        "id": new_id(),
        "display_name": f"{first_name} {last_name}".strip() or email,
        "first_name": first_name,
        "middle_name": "",
        "last_name": last_name,
        "addresses": (EmailAddress(id=new_id(), label="email", email=email),),
        "phones": (),
        "company_name": "",
        "address": Address(),
        "notes": "",
        "is_name_typed": False,
        "timezone": "",
        "tags": (),
        "version": version,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Contact(**{**values, **changes})


def linked(asked: OpenLinks, *people: Contact) -> LinkedContacts:
    """What contacts answers to step 2 of an opening."""
    items = tuple(LinkedContact(contact=person, description="", linked_at=NOON) for person in people)
    return LinkedContacts(account_id=asked.account.id, version=1, items=items)


def create(**changes) -> CreateAccount:
    values = {"type": "individual", "contacts": (ContactEntry(new=NewContact(first_name="Ada", last_name="Lovelace")),)}
    return CreateAccount(**{**values, **changes})


def opened(session, ctx: Context, *people: Contact, is_import=False, **changes) -> Account:
    """An account that went through its whole opening, by a call of its own."""
    ctx = replace(ctx, key=new_id().hex)
    people = people or (contact(),)
    entries = tuple(ContactEntry(id=person.id) for person in people)
    asked = opening.begin(session, ctx, create(**{"contacts": entries, **changes}), is_import=is_import)
    return opening.finish(session, ctx, asked.account.id, linked(asked, *people))


def archive(session, ctx: Context, account_id) -> Account:
    return accounts.archive_account(session, ctx, AccountRef(account_id=account_id))
