"""Two contacts become one (R-C-4)."""

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts import contacts
from contracts.contacts import MergeContacts
from contracts.rights import FIRM
from services.contacts import snapshots
from services.contacts.access import require
from services.contacts.model import AccountRef, AddressSwitch, Contact, UnlinkedAddress
from services.contacts.operations import announcing, moving, rows, values, writing
from services.contacts.queries.fields import fields_of
from services.contacts.queries.settings import name_format
from services.contacts.rules import addresses, fields

FILLED = (*fields.NAMES, "company_name", *fields.ADDRESS, "country", "timezone")
UNSYNCHRONISED = {"synchronize_session": False}  # rows are read anew where they are used


def merge_contacts(session: Session, ctx: Context, request: MergeContacts) -> contacts.Contact:
    """Give the survivor all that the other has, and delete the other. Raises ContactNotFound, Forbidden.

    Where both have something, the survivor's stands; an account that both serve keeps the survivor's link.
    """
    if request.survivor_id == request.other_id:
        raise wrong("other_id", "A contact can't be merged with itself.")
    survivor, other = rows.contacts_to_change(session, ctx, request.survivor_id, request.other_id)
    require(ctx, FIRM["merge_contacts"])
    filled = values.moved(session, ctx, survivor, other)
    accounts = rows.accounts_of(session, ctx, [survivor.id, other.id])
    with announcing.access_watched(session, ctx, accounts):
        changed = _move_links(session, ctx, accounts, survivor, other)
        _move_switches(session, ctx, survivor, other)
        _move_addresses(session, ctx, survivor, other)
        changed |= moving.adopt(session, ctx, [account.id for account in accounts])
        for account in accounts:
            if account.id in changed:
                announcing.links_changed(session, ctx, account, "merged", survivor.id)
    _fill_gaps(survivor, other)
    values.put(survivor, filled)
    writing.call(survivor, name_format(session, ctx))
    writing.refresh_search(survivor)
    session.flush()
    announcing.contact_deleted(session, ctx, other)
    announcing.contact_changed(session, ctx, survivor)
    return snapshots.of_contact(session, ctx, survivor)


def _move_links(
    session: Session, ctx: Context, accounts: Sequence[AccountRef], survivor: Contact, other: Contact
) -> set[UUID]:
    """Let the survivor serve the other's accounts; which they are. Switches go along with their link."""
    changed = set()
    for account in accounts:
        links = rows.links_of(session, ctx, account.id)
        theirs, own = links.get(other.id), links.get(survivor.id)
        if theirs is None:
            continue  # or unlinked while we waited for the account
        changed.add(account.id)
        if own is None:
            theirs.contact_id = survivor.id
        else:
            own.description = own.description or theirs.description
            own.signer_rank = own.signer_rank or theirs.signer_rank
            for table in (AddressSwitch, UnlinkedAddress):
                of_link = update(table).where(
                    table.firm_id == ctx.firm, table.account_id == account.id, table.contact_id == other.id
                )
                session.execute(of_link.values(contact_id=survivor.id), execution_options=UNSYNCHRONISED)
            session.delete(theirs)
    session.flush()
    return changed


def _move_switches(session: Session, ctx: Context, survivor: Contact, other: Contact) -> None:
    """What the other's address had falls to the survivor's of the same spelling: of each switch the stronger."""
    own = {address.folded: address.id for address in survivor.addresses}
    homes = {address.id: own[address.folded] for address in other.addresses if address.folded in own}
    query = select(AddressSwitch).where(AddressSwitch.firm_id == ctx.firm, AddressSwitch.address_id.in_(homes))
    for switch in session.scalars(query, execution_options=rows.FRESH).all():
        home = homes[switch.address_id]
        known = session.get(AddressSwitch, (ctx.firm, switch.account_id, home), populate_existing=True)
        if known is None:
            switch.address_id = home
        else:
            moving.combine(known, switch)
            session.delete(switch)
    session.flush()


def _move_addresses(session: Session, ctx: Context, survivor: Contact, other: Contact) -> None:
    """An address that only the other has moves with its id; one that both have stays the survivor's."""
    known = {address.folded for address in survivor.addresses}
    fields = fields_of(session, ctx, [survivor, other])
    for address in list(other.addresses):
        other.addresses.remove(address)
        if address.folded in known:
            continue
        taken = {one.slot for one in survivor.addresses}
        if address.slot in taken or address.is_free:
            field = None if address.field_id is None else fields.get(address.field_id)
            label = field.name[: addresses.LONGEST_LABEL] if field else address.label
            address.label = addresses.free_label(label, {one.label for one in survivor.addresses})
            address.field_id = None
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
