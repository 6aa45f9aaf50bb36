"""Two contacts become one (R-C-4)."""

from itertools import chain

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts import contacts
from contracts.contacts import MergeContacts
from services.contacts import snapshots
from services.contacts.access import require
from services.contacts.model import Contact
from services.contacts.operations import announcing, rows, writing
from services.contacts.queries.settings import name_format
from services.contacts.rules import addresses, fields

FILLED = (*fields.NAMES, "company_name", *fields.ADDRESS, "country", "timezone")


def merge_contacts(session: Session, ctx: Context, request: MergeContacts) -> contacts.Contact:
    """This will give the survivor all that the other has, and delete the other. Raises ContactNotFound, Forbidden.

    Where both have something, the survivor's stands; an account that both serve keeps the survivor's link.
    """
    if request.survivor_id == request.other_id:
        raise wrong("other_id", "A contact can't be merged with itself.")
    survivor, other = rows.contacts_to_change(session, ctx, request.survivor_id, request.other_id)
    require(ctx, "manage_contacts")
    _move_links(session, ctx, survivor, other)
    _move_addresses(session, survivor, other)
    _fill_gaps(survivor, other)
    writing.call(survivor, name_format(session, ctx))
    writing.refresh_search(survivor)
    session.flush()
    announcing.contact_deleted(session, ctx, other)
    announcing.contact_changed(session, ctx, survivor)
    return snapshots.of_contact(session, ctx, survivor)


def _move_links(session: Session, ctx: Context, survivor: Contact, other: Contact) -> None:
    for account in rows.accounts_of(session, ctx, [other.id]):
        links = rows.links_of(session, ctx, account.id)
        theirs = links.get(other.id)
        if theirs is None:
            continue  # unlinked while we waited for the account
        own = links.get(survivor.id)
        if own is None:
            theirs.contact_id = survivor.id
        else:
            own.description = own.description or theirs.description
            session.delete(theirs)
        announcing.links_changed(session, ctx, account, "merged", survivor.id)


def _move_addresses(session: Session, survivor: Contact, other: Contact) -> None:
    """An address that only the other has moves with its id; one that both have stays the survivor's."""
    known = {address.folded for address in survivor.addresses}
    for address in list(other.addresses):
        other.addresses.remove(address)
        if address.folded in known:
            continue
        labels = {one.label for one in survivor.addresses}
        if not address.is_built_in or addresses.BUILT_IN in labels:
            address.label = addresses.free_label(address.label, labels)
        survivor.addresses.append(address)
    ordered = sorted(survivor.addresses, key=lambda address: not address.is_built_in)
    for position, address in enumerate(ordered):
        address.position = position
    session.flush()
    session.refresh(survivor, ["addresses"])  # in their new order


def _fill_gaps(survivor: Contact, other: Contact) -> None:
    if not survivor.is_name_typed and other.is_name_typed and not any(getattr(survivor, n) for n in fields.NAMES):
        survivor.is_name_typed, survivor.display_name = True, other.display_name
    has_address = any(getattr(survivor, part) for part in (*fields.ADDRESS, "country"))
    for column in FILLED:
        # A postal address is one thing: halves of two would lead nowhere.
        if not getattr(survivor, column) and not (has_address and column in (*fields.ADDRESS, "country")):
            setattr(survivor, column, getattr(other, column))
    survivor.phones = list(dict.fromkeys(chain(survivor.phones, other.phones)))
    survivor.tag_ids = list(dict.fromkeys(chain(survivor.tag_ids, other.tag_ids)))
    survivor.notes = "\n\n".join(dict.fromkeys(filter(None, (survivor.notes, other.notes))))
