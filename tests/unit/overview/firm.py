"""Accounts, contacts and links as their owners tell of them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts import accounts, contacts
from contracts.common import Address, Person, Tag
from services.overview import directory

WHEN = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)


def apply(session, ctx, *events):
    for event in events:
        directory.HANDLERS[type(event)](session, ctx, event)


def account_of(name, *, account_id=None, code="A1", version=1, team=(), tags=(), company=None, **fields):
    values = {"type": "individual", "state": "active", "created_at": WHEN} | fields
    return accounts.Account(
        id=account_id or new_id(),
        code=code,
        name=name,
        name_mode="manual",
        company_name=company,
        company_address=None,
        tags=tuple(tags),
        team=tuple(Person(id=member, name="Somebody") for member in team),
        followers=(),
        version=version,
        updated_at=WHEN,
        **values,
    )


def contact_of(name, *emails, contact_id=None, version=1):
    return contacts.Contact(
        id=contact_id or new_id(),
        display_name=name,
        is_name_typed=False,
        first_name="",
        middle_name="",
        last_name=name,
        addresses=tuple(contacts.EmailAddress(id=new_id(), label="email", email=email) for email in emails),
        phones=(),
        company_name="",
        address=Address(),
        notes="",
        timezone="",
        tags=(),
        version=version,
        created_at=WHEN,
        updated_at=WHEN,
    )


def links_of(account_id, *contact_ids, version=1):
    return contacts.LinksChanged(account_id=account_id, contact_ids=contact_ids, version=version, change="linked")


def tag_of(name, *, tag_id=None, colour="#2f855a"):
    return Tag(id=tag_id or new_id(), name=name, colour=colour)


@dataclass
class Directory:
    """A directory being filled: each account gets the next code unless it is told one."""

    session: Session
    ctx: Context
    accounts_made: int = 0

    def account(self, name: str, *people: Any, **fields: Any) -> UUID:
        """An account with these contacts: a known one, or (name, address, …) for a new one."""
        self.accounts_made += 1
        made = account_of(name, **({"code": f"A{self.accounts_made}"} | fields))
        apply(self.session, self.ctx, accounts.AccountCreated(account=made))
        linked = [person if isinstance(person, contacts.Contact) else self.contact(*person) for person in people]
        apply(self.session, self.ctx, links_of(made.id, *(contact.id for contact in linked)))
        return made.id

    def contact(self, name: str, *emails: str) -> contacts.Contact:
        made = contact_of(name, *emails)
        apply(self.session, self.ctx, contacts.ContactCreated(contact=made))
        return made
