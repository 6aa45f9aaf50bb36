"""What an imported row says of an account, a contact and its switches, where they are there already (R-IMP-4)."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.wire import UNSET
from contracts.accounts import Account as AccountMessage
from contracts.accounts import ImportRow, ImportSwitches
from contracts.contacts import (
    AccountRef,
    ChangeContact,
    Contact,
    ContactEntry,
    ContactRef,
    Contacts,
    FindContact,
    LinkedContacts,
    NewContact,
)
from contracts.switches import AddressSettings, SetSwitches
from services.accounts import fields, snapshot, tags
from services.accounts.driving import CALL_SECONDS
from services.accounts.visibility import locked

BUILT_IN = "email"  # the label of a contact's primary address (R-EM-1)
OFF = ("none", "revoked", "unlinked")  # any other state has LOGIN on


class Meant(NamedTuple):
    """The contact that a row means, by its id if it is known; `lacks` is one that lacks some values of the row."""

    entry: ContactEntry
    lacks: Contact | None = None


def meant(contacts: Contacts, ctx: Context, entry: ContactEntry) -> Meant:
    """The row's contact, if there is one whose filled fields are all equal, custom fields that are empty there aside.

    With an address in the row a custom field may differ, for that tells one person from another better (R-C-4).
    """
    new = entry.new
    if new is None:
        return Meant(entry)
    known = _find(contacts, ctx, new)
    if known is not None:
        return Meant(ContactEntry(id=known, description=entry.description))
    lacks = _lacking(contacts, ctx, new) if new.custom_fields else None
    return Meant(ContactEntry(id=lacks.id, description=entry.description), lacks) if lacks else Meant(entry)


def _find(contacts: Contacts, ctx: Context, new: NewContact) -> UUID | None:
    return contacts.find_contact(ctx.within(CALL_SECONDS), FindContact(contact=new)).contact_id


def _lacking(contacts: Contacts, ctx: Context, new: NewContact) -> Contact | None:
    known = _find(contacts, ctx, replace(new, custom_fields={}))
    if known is None:
        return None
    contact = contacts.get_contact(ctx.within(CALL_SECONDS), ContactRef(contact_id=known))
    return None if is_other(contact, new) else contact


def is_other(contact: Contact, new: NewContact) -> bool:
    """Whether a namesake is somebody else because what is filled differs, without an address to tell (R-C-4)."""
    there = {str(one.field_id): one.value for one in contact.custom_fields}
    differs = any(there.get(field_id, value) != value for field_id, value in new.custom_fields.items())
    return differs and new.email is None


def fill_contact(contacts: Contacts, ctx: Context, lacks: Contact | None, new: NewContact | None) -> bool:
    """Whether a contact got values that it lacked. Raises ContactChangedMeanwhile, Invalid."""
    if lacks is None or new is None:
        return False
    asked = ChangeContact(contact_id=lacks.id, version=lacks.version, custom_fields=new.custom_fields, dates=new.dates)
    contacts.change_contact(ctx.within(CALL_SECONDS).keyed(f"fill/{lacks.version}"), asked)
    return True


def fill_account(session: Session, ctx: Context, account_id: UUID, row: ImportRow) -> AccountMessage | None:
    """Put tags on an account beside those it carries, made if missing, and what else the row says of it.

    None where all of it is so already. Raises AccountNotFound, Invalid.
    """
    wanted = tags.ensure(session, ctx, row.tags, may_create=True) if row.tags else []
    account = locked(session, ctx, account_id)
    present = tags.of(session, ctx, account.id) if wanted else []
    added = [tag_id for tag_id in wanted if tag_id not in present]
    if added:
        tags.put(session, ctx, account.id, [*present, *added])
    is_moved = bool(row.timezone) and row.timezone != account.timezone
    if is_moved:
        account.timezone = row.timezone
    is_filled = fields.put(session, ctx, account.id, row.custom_fields, "iso")
    return snapshot.changed(session, ctx, account.id) if added or is_moved or is_filled else None


def check_switches(entry: ContactEntry, wanted: ImportSwitches) -> None:
    """Refuse switches of a new contact without an address, before it is made (R-LOG-6). Raises Invalid."""
    if entry.new is not None and entry.new.email is None:
        _refuse_on(wanted)


def switch(contacts: Contacts, ctx: Context, account_id: UUID, contact_id: UUID, wanted: ImportSwitches) -> bool:
    """Whether the switches of the contact's primary address on the account were changed to what the row says.

    Raises Invalid, LinksChangedMeanwhile.
    """
    linked = contacts.list_account_contacts(ctx.within(CALL_SECONDS), AccountRef(account_id=account_id))
    asked = to_switch(linked, contact_id, wanted)
    if asked is None:
        return False
    contacts.set_switches(ctx.within(CALL_SECONDS).keyed(f"switches/{account_id}/{linked.version}"), asked)
    return True


def to_switch(linked: LinkedContacts, contact_id: UUID, wanted: ImportSwitches) -> SetSwitches | None:
    """What to ask for so that the primary address has what the row says; None where it has. Raises Invalid.

    LOGIN that is on already stays as it is, whether somebody was invited or has accepted; nobody is invited by this.
    """
    primary = _primary(linked, contact_id)
    if primary is None:
        _refuse_on(wanted)
        return None
    is_on = primary.login not in OFF
    asked = SetSwitches(
        account_id=linked.account_id,
        contact_id=contact_id,
        address_id=primary.address.id,
        version=linked.version,
        is_login_on=UNSET if wanted.is_login_on in (None, is_on) else wanted.is_login_on,
        # said for itself, or else LOGIN that first goes on takes NOTIFY along (R-NOT-4)
        is_notified=UNSET if wanted.is_notified is None else wanted.is_notified,
        is_synced=UNSET if wanted.is_synced in (None, primary.is_synced) else wanted.is_synced,
    )
    if asked.is_login_on is UNSET and asked.is_synced is UNSET and asked.is_notified in (UNSET, primary.is_notified):
        return None
    return asked


def _primary(linked: LinkedContacts, contact_id: UUID) -> AddressSettings | None:
    addresses = [one for item in linked.items if item.contact.id == contact_id for one in item.addresses]
    return next((one for one in addresses if one.address.label == BUILT_IN and one.address.field_id is None), None)


def _refuse_on(wanted: ImportSwitches) -> None:
    if wanted.is_login_on or wanted.is_notified or wanted.is_synced:
        raise wrong("switches", "The contact has no e-mail address to switch anything on for.")
