"""Choosing types of notification: contacts says which addresses there are, and whether NOTIFY is on (R-NOT-2)."""

from dataclasses import replace
from uuid import UUID

from chassis.context import Actor, Context
from chassis.db import Transactions
from contracts.contacts import AccountRef, Contacts, LinkedContact, LinkNotFound
from contracts.preferences import (
    OwnPreferences,
    OwnPreferencesRef,
    Preferences,
    PreferencesRef,
    SetOwnPreferences,
    SetPreferences,
)
from contracts.switches import AddressNotFound, AddressSettings
from services.notifications import access
from services.notifications.operations import preferences


def get_preferences(db: Transactions, contacts: Contacts, ctx: Context, request: PreferencesRef) -> Preferences:
    """What an address is told. Raises Forbidden, LinkNotFound, AddressNotFound."""
    access.staff(ctx)
    item = _contact(contacts, ctx, request.account_id, request.contact_id)
    place = item, _address(item, request.address_id)
    with db.reading(ctx) as session:
        (found,) = preferences.described(session, ctx, request.account_id, [place])
    return found


def set_preferences(db: Transactions, contacts: Contacts, ctx: Context, request: SetPreferences) -> Preferences:
    """Choose what an address is told. Raises Forbidden, LinkNotFound, AddressNotFound, NotifyIsOff."""
    access.staff(ctx)
    item = _contact(contacts, ctx, request.account_id, request.contact_id)
    place = item, _address(item, request.address_id)
    with db.transaction(ctx) as session:
        return preferences.choose(session, ctx, request.account_id, place, request.types)


def get_own_preferences(
    db: Transactions, contacts: Contacts, ctx: Context, request: OwnPreferencesRef
) -> OwnPreferences:
    """What each address of the caller's is told. Raises Forbidden."""
    item = _own(contacts, ctx, request.account_id)
    with db.reading(ctx) as session:
        places = [(item, one) for one in item.addresses]
        return OwnPreferences(items=tuple(preferences.described(session, ctx, request.account_id, places)))


def set_own_preferences(db: Transactions, contacts: Contacts, ctx: Context, request: SetOwnPreferences) -> Preferences:
    """Choose what one of the caller's addresses is told. Raises Forbidden, AddressNotFound, NotifyIsOff."""
    item = _own(contacts, ctx, request.account_id)
    place = item, _address(item, request.address_id)
    with db.transaction(ctx) as session:
        return preferences.choose(session, ctx, request.account_id, place, request.types)


def _own(contacts: Contacts, ctx: Context, account_id: UUID) -> LinkedContact:
    access.client(ctx)
    assert ctx.actor.id is not None  # noqa: S101 (for the type checker; `client` has looked)
    return _contact(contacts, ctx, account_id, ctx.actor.id)


def _contact(contacts: Contacts, ctx: Context, account_id: UUID, contact_id: UUID) -> LinkedContact:
    """Asked as the system: whether the caller may ask was decided before."""
    linked = contacts.list_account_contacts(replace(ctx, actor=Actor()), AccountRef(account_id=account_id))
    found = next((item for item in linked.items if item.contact.id == contact_id), None)
    if found is None:
        raise LinkNotFound(account_id=str(account_id), contact_id=str(contact_id))
    return found


def _address(item: LinkedContact, address_id: UUID) -> AddressSettings:
    found = next((one for one in item.addresses if one.address.id == address_id), None)
    if found is None:
        raise AddressNotFound(contact_id=str(item.contact.id), address_id=str(address_id))
    return found
