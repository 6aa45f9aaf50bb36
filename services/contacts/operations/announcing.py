"""Changes reported to everybody, with the version that puts them in order."""

from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.contacts import ContactChanged, ContactCreated, ContactDeleted, LinksChanged
from services.contacts import snapshots
from services.contacts.model import AccountRef, Contact
from services.contacts.operations import rows

Change = Literal["opened", "linked", "described", "unlinked", "merged", "discarded"]


def contact_created(session: Session, ctx: Context, row: Contact) -> None:
    session.flush()
    emit(session, ctx, ContactCreated(contact=snapshots.for_event(session, ctx, row)))


def contact_changed(session: Session, ctx: Context, row: Contact) -> None:
    """This will count a change of the contact and report it."""
    row.version += 1
    row.updated_at = ctx.now
    session.flush()
    emit(session, ctx, ContactChanged(contact=snapshots.for_event(session, ctx, row)))


def contact_deleted(session: Session, ctx: Context, row: Contact) -> None:
    """This will delete a contact that no account links to any more, and report it."""
    session.delete(row)
    session.flush()
    emit(session, ctx, ContactDeleted(contact_id=row.id, version=row.version + 1))


def links_changed(
    session: Session, ctx: Context, account: AccountRef, change: Change, contact_id: UUID | None = None
) -> None:
    """This will count a change of a locked account's links and report all of them, oldest first."""
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
