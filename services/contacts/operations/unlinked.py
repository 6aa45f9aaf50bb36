"""The ways out of the unlinked addresses of an account (R-EM-3)."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts.contacts import LinkedContacts, LinkNotFound, NewAddress
from contracts.custom_fields import FieldNotFound
from contracts.rights import ACCOUNT
from contracts.switches import AddressNotFound, RelinkAddress, UnlinkedRef
from services.contacts.access import require
from services.contacts.model import AccountRef, Contact, UnlinkedAddress
from services.contacts.operations import announcing, rows, writing
from services.contacts.queries.fields import known
from services.contacts.queries.links import linked_contacts
from services.contacts.rules import addresses
from services.contacts.rules.text import tidy


def remove_unlinked(session: Session, ctx: Context, request: UnlinkedRef) -> LinkedContacts:
    """End the access of an unlinked address: its LOGIN off, it disappears (R-EM-3, R-EM-4).

    Raises AccountNotFound, Forbidden, AddressNotFound.
    """
    account = rows.account_to_switch(session, ctx, request.account_id)
    with announcing.access_watched(session, ctx, [account]):
        session.delete(_unlinked(session, ctx, account, request.address_id))
        announcing.switches_changed(session, [account])
    return linked_contacts(session, ctx, account)


def relink_address(session: Session, ctx: Context, request: RelinkAddress) -> LinkedContacts:
    """Give an unlinked address to a contact of the account, with the access it kept (R-EM-3).

    Raises AccountNotFound, Forbidden, AddressNotFound, LinkNotFound, FieldNotFound, ContactNotFound, and Invalid for
    a place that is taken.
    """
    rows.account(session, ctx, request.account_id)
    require(ctx, ACCOUNT["edit_switches"])
    contact = rows.contact_to_edit(session, ctx, request.contact_id)
    served = {account.id: account for account in rows.accounts_of(session, ctx, [contact.id])}
    account = served.get(request.account_id)
    if account is None:
        raise LinkNotFound(account_id=str(request.account_id), contact_id=str(contact.id))
    unlinked = _unlinked(session, ctx, account, request.address_id)
    # Whoever has the address as a contact of the account gets what it kept: see moving.adopt.
    writing.fill(session, ctx, contact, _put(session, ctx, contact, request, unlinked.email))
    announcing.contact_changed(session, ctx, contact)
    return linked_contacts(session, ctx, account)


def _put(session: Session, ctx: Context, contact: Contact, request: RelinkAddress, email: str) -> dict[str, object]:
    """The change of the contact that puts the address where it was asked to be."""
    label = tidy(request.label or addresses.BUILT_IN)
    slot = addresses.slot(label, request.field_id)
    if request.field_id is not None:
        if request.label is not None:
            raise wrong("label", "Name either a custom field or a label.")
        field = known(session, ctx, [request.field_id]).get(request.field_id)
        if field is None:
            raise FieldNotFound(field_id=str(request.field_id))
        if field.type != "email":
            raise wrong("field_id", "Only a custom field of type email holds an address.")
    elif not label:
        raise wrong("label", "Say what the address is for, e.g. work.")
    if any(address.slot == slot for address in contact.addresses):
        raise wrong("field_id" if request.field_id else "label", "The contact has an address there; change that first.")
    if request.field_id is not None:
        return {"custom_fields": {str(request.field_id): email}}
    if slot == addresses.BUILT_IN:
        return {"email": email}
    others = [NewAddress(label=one.label, email=one.email) for one in contact.addresses if one.is_free]
    return {"other_addresses": [*others, NewAddress(label=label, email=email)]}


def _unlinked(session: Session, ctx: Context, account: AccountRef, address_id: UUID) -> UnlinkedAddress:
    row = session.get(UnlinkedAddress, (ctx.firm, account.id, address_id), populate_existing=True)
    if row is None:
        raise AddressNotFound(account_id=str(account.id), address_id=str(address_id))
    return row
