"""Links of an account: add, describe, take away, never the last (R-LNK-2, R-LNK-4, R-LNK-6, R-LNK-8)."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts.contacts import (
    AlreadyLinked,
    ContactEntry,
    DescribeLink,
    LastContact,
    LinkAccount,
    LinkContact,
    LinkedAccounts,
    LinkedContacts,
    LinkRef,
)
from contracts.rights import ACCOUNT
from services.contacts.access import require
from services.contacts.model import AccountRef, ContactLink
from services.contacts.operations import announcing, moving, rows
from services.contacts.operations.adding import add_contact
from services.contacts.queries.links import linked_accounts, linked_contacts, same_version
from services.contacts.rules.text import tidy


def link_contact(session: Session, ctx: Context, request: LinkContact) -> LinkedContacts:
    """Link a contact the caller may see, or a new one, to an account (R-LNK-4).

    Raises AccountNotFound, Forbidden, ContactNotFound, AlreadyLinked, MemberAddress.
    """
    return linked_contacts(session, ctx, _linked(session, ctx, request.account_id, request.contact))


def link_account(session: Session, ctx: Context, request: LinkAccount) -> LinkedAccounts:
    """Link an account that the caller sees to a contact: the same from the other side (R-LNK-4).

    Raises AccountNotFound, Forbidden, ContactNotFound, AlreadyLinked.
    """
    entry = ContactEntry(id=request.contact_id, description=request.description)
    _linked(session, ctx, request.account_id, entry)
    return linked_accounts(session, ctx, request.contact_id)


def _linked(session: Session, ctx: Context, account_id: UUID, entry: ContactEntry) -> AccountRef:
    rows.account(session, ctx, account_id)
    require(ctx, ACCOUNT["link_contacts"])
    contact_id = entered(session, ctx, entry, "contact")
    account = rows.account_to_link(session, ctx, account_id)
    links = rows.links_of(session, ctx, account.id)
    if contact_id in links:
        raise AlreadyLinked(account_id=str(account.id), contact_id=str(contact_id))
    position = max((link.position for link in links.values()), default=0) + 1
    with announcing.access_watched(session, ctx, [account]):
        session.add(made(ctx, account, contact_id, entry, position))
        announcing.links_changed(session, ctx, account, "linked", contact_id)
        moving.adopt(session, ctx, [account.id])
    return account


def entered(session: Session, ctx: Context, entry: ContactEntry, path: str, created_for: UUID | None = None) -> UUID:
    """Give the id of the contact that an entry names or creates. Raises ContactNotFound, MemberAddress."""
    if entry.id is not None and entry.new is None:
        rows.contacts_to_link(session, ctx, entry.id)
        return entry.id
    if entry.new is not None and entry.id is None:
        return add_contact(session, ctx, entry.new, f"{path}.new.", created_for).id
    raise wrong(path, "Give either the `id` of a contact or a `new` one.")


def made(ctx: Context, account: AccountRef, contact_id: UUID, entry: ContactEntry, position: int) -> ContactLink:
    """Make a link; where the entry stood decides its place among the account's."""
    return ContactLink(
        firm_id=ctx.firm,
        account_id=account.id,
        contact_id=contact_id,
        description=tidy(entry.description),
        position=position,
        linked_at=ctx.now,
    )


def describe_link(session: Session, ctx: Context, request: DescribeLink) -> LinkedContacts:
    """Change what the contact is to this account alone (R-LNK-6).

    Raises AccountNotFound, Forbidden, LinkNotFound, LinksChangedMeanwhile.
    """
    account, link = _link(session, ctx, request.account_id, request.contact_id)
    same_version(session, ctx, account, request.version)
    description = tidy(request.description)
    if link.description != description:
        link.description = description
        announcing.links_changed(session, ctx, account, "described", link.contact_id)
    return linked_contacts(session, ctx, account)


def unlink_contact(session: Session, ctx: Context, request: LinkRef) -> LinkedContacts:
    """End what the contact is to this account, its switches and access with it (R-LNK-3).

    Raises AccountNotFound, Forbidden, LinkNotFound, LastContact (R-LNK-2).
    """
    account, link = _link(session, ctx, request.account_id, request.contact_id)
    if len(rows.links_of(session, ctx, account.id)) == 1:
        raise LastContact(accounts=[{"id": str(account.id), "code": account.code, "name": account.name}])
    with announcing.access_watched(session, ctx, [account]):
        ended(session, ctx, account, link)
    return linked_contacts(session, ctx, account)


def ended(session: Session, ctx: Context, account: AccountRef, link: ContactLink) -> None:
    """End a link of a locked account and all that hangs on it."""
    moving.ends(session, ctx, account.id, link.contact_id)
    session.delete(link)
    announcing.links_changed(session, ctx, account, "unlinked", link.contact_id)


def _link(session: Session, ctx: Context, account_id: UUID, contact_id: UUID) -> tuple[AccountRef, ContactLink]:
    account = rows.account_to_link(session, ctx, account_id)
    return account, rows.link_of(session, ctx, account, contact_id)
