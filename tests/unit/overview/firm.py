"""Accounts, contacts and links as their owners tell of them."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts import accounts, billing, contacts, payments
from contracts.common import Address, Person, Tag
from contracts.custom_fields import Choice, CustomField, FieldValue, shown
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


def balances_of(account_id, *sums, version=1):
    """What billing tells of an account: `("EUR", "120.00", "20.00")` is a currency, what is due, and the credit."""
    zero = Decimal("0.00")
    items = tuple(
        payments.Balance(
            currency=currency,
            due=Decimal(due),
            clearing=zero,
            credit=Decimal(credit),
            reserved=zero,
            net_due=max(Decimal(due) - Decimal(credit), zero),
        )
        for currency, due, credit in sums
    )
    told = payments.Balances(account_id=account_id, items=items, version=version)
    return billing.BalanceChanged(account_id=account_id, balances=told)


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


def field_of(name, kind="text", *choices, field_id=None, version=1, position=0):
    """A custom field; `choices` are names, or choices that are known."""
    offered = tuple(one if isinstance(one, Choice) else Choice(id=new_id(), name=one) for one in choices)
    return CustomField(
        id=field_id or new_id(), name=name, type=kind, choices=offered, position=position, version=version
    )


def value_of(field, value):
    return FieldValue(field_id=field.id, name=field.name, type=field.type, value=value, text=shown(field, value))


def access_of(account_id, version=1, **fields):
    values = {
        "portal_status": "active", "is_notified": True, "is_synced": True, "login_emails": (), "unlinked": (),
    }  # fmt: skip
    return contacts.AccessChanged(account_id=account_id, version=version, **(values | fields))


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

    def field(self, *given: Any, **fields: Any) -> CustomField:
        """A custom field of accounts, as `field_of` makes it."""
        made = field_of(*given, **fields)
        apply(self.session, self.ctx, accounts.AccountFieldChanged(field=made))
        return made

    def contact(self, name: str, *emails: str) -> contacts.Contact:
        made = contact_of(name, *emails)
        apply(self.session, self.ctx, contacts.ContactCreated(contact=made))
        return made
