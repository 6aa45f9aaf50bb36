"""Automatic names, and how they follow the contact or the company they are taken from (R-NAME-4)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.contacts import Contact, ContactChanged, ContactCreated, ContactDeleted, LinksChanged
from services.accounts import names, snapshot, visibility
from services.accounts.model import Account, ContactRef


def renew(session: Session, account: Account) -> bool:
    """Whether an automatic name changed by taking it anew from what is known."""
    if account.name_mode != "automatic":
        return False
    theirs = and_(ContactRef.firm_id == account.firm_id, ContactRef.id == account.naming_contact_id)
    contact_name = session.scalar(select(ContactRef.name).where(theirs)) or ""
    name = names.automatic(account.type, account.company_name, contact_name) or account.name
    if name == account.name:
        return False
    account.name = name
    return True


def remember(session: Session, ctx: Context, contacts: Iterable[Contact]) -> None:
    """Keep what contacts lend to names, unless something newer is known."""
    for contact in sorted(contacts, key=lambda contact: contact.id):  # in one order, against deadlocks
        name = names.of_contact(contact.first_name, contact.last_name, contact.display_name)
        _keep(session, ctx, contact.id, name, contact.version)


def _keep(session: Session, ctx: Context, contact_id: UUID, name: str, version: int) -> bool:
    row = {"firm_id": ctx.firm, "id": contact_id, "name": name, "version": version}
    statement = insert(ContactRef).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=["firm_id", "id"],
        set_={"name": statement.excluded.name, "version": statement.excluded.version},
        where=ContactRef.version < statement.excluded.version,
    )
    return session.execute(statement.returning(ContactRef.id)).first() is not None


def contact_told(session: Session, ctx: Context, event: ContactCreated | ContactChanged) -> None:
    """A contact is new or has changed: rename the accounts that follow it."""
    contact = event.contact
    name = names.of_contact(contact.first_name, contact.last_name, contact.display_name)
    if not _keep(session, ctx, contact.id, name, contact.version):
        return
    follow = and_(Account.naming_contact_id == contact.id, Account.name_mode == "automatic")
    renamed = [account.id for account in visibility.locked_all(session, ctx, follow) if renew(session, account)]
    snapshot.report(session, ctx, renamed)


def contact_deleted(session: Session, ctx: Context, event: ContactDeleted) -> None:
    """Forget the name of a contact that is gone; LinksChanged says whom its accounts follow since."""
    _keep(session, ctx, event.contact_id, "", event.version)


def links_changed(session: Session, ctx: Context, event: LinksChanged) -> None:
    """Follow the account's oldest contact where the one it followed is no longer linked."""
    for account in visibility.locked_all(session, ctx, Account.id == event.account_id):
        if event.version <= account.links_version:
            return
        account.links_version = event.version
        if event.contact_ids and account.naming_contact_id not in event.contact_ids:
            account.naming_contact_id = event.contact_ids[0]
            if account.state != "opening" and renew(session, account):
                snapshot.report(session, ctx, [account.id])
