"""Changes reported to everybody, with the version that puts them in order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.contacts import ContactChanged, ContactCreated, ContactDeleted, LinksChanged
from contracts.entries import InvitationAccepted
from contracts.switches import AccessEnded
from services.contacts import snapshots
from services.contacts.model import AccountRef, AddressSwitch, Contact, ContactAddress
from services.contacts.operations import rows
from services.contacts.queries import access

Change = Literal["opened", "linked", "described", "unlinked", "merged", "discarded"]


def contact_created(session: Session, ctx: Context, row: Contact) -> None:
    session.flush()
    emit(session, ctx, ContactCreated(contact=snapshots.for_event(session, ctx, row)))


def contact_changed(session: Session, ctx: Context, row: Contact) -> None:
    """Count a change of the contact and report it."""
    row.version += 1
    row.updated_at = ctx.now
    session.flush()
    emit(session, ctx, ContactChanged(contact=snapshots.for_event(session, ctx, row)))


def contact_deleted(session: Session, ctx: Context, row: Contact) -> None:
    """Delete a contact that no account links to any more, and report it."""
    session.delete(row)
    session.flush()
    emit(session, ctx, ContactDeleted(contact_id=row.id, version=row.version + 1))


def links_changed(
    session: Session, ctx: Context, account: AccountRef, change: Change, contact_id: UUID | None = None
) -> None:
    """Count a change of a locked account's links and report all of them, oldest first."""
    account.links_version += 1
    session.flush()
    happened = LinksChanged(
        account_id=account.id,
        contact_ids=tuple(rows.links_of(session, ctx, account.id)),
        version=account.links_version,
        change=change,
        contact_id=contact_id,
    )
    emit(session, ctx, happened)


@contextmanager
def access_watched(session: Session, ctx: Context, accounts: Sequence[AccountRef]) -> Iterator[None]:
    """Report what the block changes of who may enter these locked accounts, and who is told and synced.

    An address that nobody may enter by any more is reported too, whatever ended it (R-LOG-5, R-ARC-1).
    """
    ids = [account.id for account in accounts]
    before = access.accesses(session, ctx, ids)
    yield
    session.flush()
    after = access.accesses(session, ctx, ids)
    for account in accounts:
        was, now = before[account.id], after[account.id]
        if was.told != now.told:
            emit(session, ctx, access.as_event(account.id, account.links_version, now))
        for folded in sorted(was.entered.keys() - now.entered.keys()):
            emit(session, ctx, AccessEnded(account_id=account.id, email=was.entered[folded]))


def let_in(session: Session, ctx: Context, account: AccountRef, switch: AddressSwitch, *, is_first: bool) -> None:
    """Report that somebody accepted, to the followers too where nobody could enter before (R-LOG-9)."""
    address, contact = ContactAddress, Contact
    query = (
        select(address.email, contact.display_name)
        .join(contact, (contact.firm_id == address.firm_id) & (contact.id == address.contact_id))
        .where(address.firm_id == ctx.firm, address.id == switch.address_id)
    )
    email, name = session.execute(query).tuples().one()
    happened = InvitationAccepted(
        account_id=account.id,
        account_name=account.name,
        contact_id=switch.contact_id,
        contact_name=name,
        email=email,
        accepted_at=ctx.now,
        is_first=is_first,
    )
    emit(session, ctx, happened)


def switches_changed(session: Session, accounts: Sequence[AccountRef]) -> None:
    """Count a change of switches that is none of the links, for those who changed what they saw before."""
    for account in accounts:
        account.links_version += 1
    session.flush()
