"""Links from either side: the contacts of an account, the accounts of a contact."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden
from contracts import contacts
from contracts.accounts import AccountNotFound
from contracts.contacts import (
    ContactRef,
    Descriptions,
    LinkedAccount,
    LinkedAccounts,
    LinkedContact,
    LinkedContacts,
    ListDescriptions,
)
from contracts.switches import LinksChangedMeanwhile
from services.contacts import snapshots
from services.contacts.access import sees_account, sees_contact
from services.contacts.model import AccountRef, Contact, ContactLink
from services.contacts.queries import switches
from services.contacts.rules import signing
from services.contacts.rules.text import tidy


def list_account_contacts(session: Session, ctx: Context, request: contacts.AccountRef) -> LinkedContacts:
    """List the contacts of an account by name (R-LNK-5). Raises AccountNotFound."""
    account = session.scalar(
        select(AccountRef).where(
            AccountRef.firm_id == ctx.firm, AccountRef.id == request.account_id, sees_account(ctx.actor)
        )
    )
    if account is None:
        raise AccountNotFound(account_id=str(request.account_id))
    return linked_contacts(session, ctx, account)


def linked_contacts(session: Session, ctx: Context, account: AccountRef) -> LinkedContacts:
    """List the contacts of an account that the caller is known to see."""
    found = session.execute(
        select(ContactLink, Contact)
        .join(Contact, (Contact.firm_id == ContactLink.firm_id) & (Contact.id == ContactLink.contact_id))
        .where(ContactLink.firm_id == ctx.firm, ContactLink.account_id == account.id)
        .order_by(Contact.display_name, Contact.id)
    ).all()
    described = snapshots.of_contacts(session, ctx, [contact for _, contact in found])
    known = switches.of_account(session, ctx, account)
    links = {link.contact_id: link for link, _ in found}
    ranks = signing.order(links, {one: link.signer_rank for one, link in links.items()}, known.may_sign)
    items = tuple(
        LinkedContact(
            contact=contact,
            description=link.description,
            linked_at=link.linked_at,
            addresses=tuple(known.settings(address) for address in contact.addresses),
            signer_rank=ranks.get(contact.id),
        )
        for contact, (link, _) in zip(described, found, strict=True)
    )
    return LinkedContacts(
        account_id=account.id,
        version=account.links_version,
        items=items,
        unlinked=known.unlinked,
        portal_status=known.portal_status,
    )


def same_version(session: Session, ctx: Context, account: AccountRef, seen: int) -> None:
    """Refuse a change of links or switches older than what is there. Raises LinksChangedMeanwhile."""
    if account.links_version != seen:
        current = snapshots.present(linked_contacts(session, ctx, account))
        raise LinksChangedMeanwhile(account_id=str(account.id), current=current)


def list_descriptions(session: Session, ctx: Context, request: ListDescriptions) -> Descriptions:
    """Suggest what contacts were described as before, where the caller sees it (R-LNK-6)."""
    if ctx.actor.kind == "portal":
        raise Forbidden
    link = ContactLink
    found = (
        select(link.description)
        .join(AccountRef, (AccountRef.firm_id == link.firm_id) & (AccountRef.id == link.account_id))
        .where(link.firm_id == ctx.firm, link.description != "", sees_account(ctx.actor))
        .where(func.lower(link.description).contains(tidy(request.q).lower(), autoescape=True))
        .group_by(link.description)
        .order_by(func.count().desc(), link.description)
    )
    return Descriptions(items=tuple(session.scalars(found.limit(request.limit))))


def list_contact_accounts(session: Session, ctx: Context, request: ContactRef) -> LinkedAccounts:
    """List the accounts that a contact serves and the caller sees, by name. Raises ContactNotFound."""
    seen = select(Contact.id).where(
        Contact.firm_id == ctx.firm, Contact.id == request.contact_id, sees_contact(ctx.actor)
    )
    if session.scalar(seen) is None:
        raise contacts.ContactNotFound(contact_id=str(request.contact_id))
    return linked_accounts(session, ctx, request.contact_id)


def linked_accounts(session: Session, ctx: Context, contact_id: UUID) -> LinkedAccounts:
    """List the accounts that a contact serves and the caller sees; whether that sees the contact is known."""
    return LinkedAccounts(items=accounts_of(session, ctx, [contact_id]).get(contact_id, ()))


def accounts_of(session: Session, ctx: Context, contact_ids: Collection[UUID]) -> dict[UUID, tuple[LinkedAccount, ...]]:
    """Give the accounts that each of these contacts serves and the caller sees, by name; none of those without."""
    rows = session.execute(
        select(ContactLink.contact_id, AccountRef, ContactLink.description)
        .select_from(AccountRef)
        .join(ContactLink, (ContactLink.firm_id == AccountRef.firm_id) & (ContactLink.account_id == AccountRef.id))
        .where(AccountRef.firm_id == ctx.firm, ContactLink.contact_id.in_(contact_ids), sees_account(ctx.actor))
        .order_by(AccountRef.name, AccountRef.id)
    )
    found: dict[UUID, tuple[LinkedAccount, ...]] = {}
    for contact_id, one, description in rows:
        account = LinkedAccount(id=one.id, code=one.code, name=one.name, state=one.state, description=description)
        found[contact_id] = (*found.get(contact_id, ()), account)
    return found
