"""What is forgotten when others report that something is gone: accounts, contacts, addresses."""

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.accounts import AccountDeleted
from contracts.contacts import ContactChanged, ContactDeleted, LinksChanged
from services.notifications import model


def account_deleted(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Forget what was told of the account, to whom, and what they wanted of it."""
    for table in (model.MutedType, model.Mail, model.Happening):
        session.execute(delete(table).where(table.firm_id == ctx.firm, table.account_id == event.account_id))


def links_changed(session: Session, ctx: Context, event: LinksChanged) -> None:
    """Forget what a contact who has left the account wanted of it; whoever comes back wants all (R-NOT-4)."""
    row = model.MutedType
    if event.change == "unlinked":
        left = (row.firm_id == ctx.firm, row.account_id == event.account_id, row.contact_id.not_in(event.contact_ids))
        session.execute(delete(row).where(*left))


def contact_changed(session: Session, ctx: Context, event: ContactChanged) -> None:
    """Forget addresses that the contact has no longer; one that came from another contact is this one's."""
    row, contact = model.MutedType, event.contact
    mine = [one.id for one in contact.addresses]
    moved = (row.firm_id == ctx.firm, row.address_id.in_(mine), row.contact_id != contact.id)
    session.execute(update(row).where(*moved).values(contact_id=contact.id))
    gone = (row.firm_id == ctx.firm, row.contact_id == contact.id, row.address_id.not_in(mine))
    session.execute(delete(row).where(*gone))


def contact_deleted(session: Session, ctx: Context, event: ContactDeleted) -> None:
    """Forget what the contact wanted."""
    row = model.MutedType
    session.execute(delete(row).where(row.firm_id == ctx.firm, row.contact_id == event.contact_id))
