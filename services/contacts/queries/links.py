"""Links from either side: the contacts of an account, the accounts of a contact."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import contacts
from contracts.accounts import AccountNotFound
from contracts.contacts import ContactRef, LinkedAccount, LinkedAccounts, LinkedContact, LinkedContacts
from services.contacts import snapshots
from services.contacts.access import sees_account, sees_contact
from services.contacts.model import AccountRef, Contact, ContactLink


def list_account_contacts(session: Session, ctx: Context, request: contacts.AccountRef) -> LinkedContacts:
    """This will list the contacts of an account by name (R-LNK-5). Raises AccountNotFound."""
    account = session.scalar(
        select(AccountRef).where(
            AccountRef.firm_id == ctx.firm, AccountRef.id == request.account_id, sees_account(ctx.actor)
        )
    )
    if account is None:
        raise AccountNotFound(account_id=str(request.account_id))
    return linked_contacts(session, ctx, account)


def linked_contacts(session: Session, ctx: Context, account: AccountRef) -> LinkedContacts:
    """This will list the contacts of an account that the caller is known to see."""
    found = session.execute(
        select(ContactLink, Contact)
        .join(Contact, (Contact.firm_id == ContactLink.firm_id) & (Contact.id == ContactLink.contact_id))
        .where(ContactLink.firm_id == ctx.firm, ContactLink.account_id == account.id)
        .order_by(Contact.display_name, Contact.id)
    ).all()
    described = snapshots.of_contacts(session, ctx, [contact for _, contact in found])
    items = tuple(
        LinkedContact(contact=contact, description=link.description, linked_at=link.linked_at)
        for contact, (link, _) in zip(described, found, strict=True)
    )
    return LinkedContacts(account_id=account.id, version=account.links_version, items=items)


def list_contact_accounts(session: Session, ctx: Context, request: ContactRef) -> LinkedAccounts:
    """This will list the accounts that a contact serves and the caller sees, by name. Raises ContactNotFound."""
    seen = select(Contact.id).where(
        Contact.firm_id == ctx.firm, Contact.id == request.contact_id, sees_contact(ctx.actor)
    )
    if session.scalar(seen) is None:
        raise contacts.ContactNotFound(contact_id=str(request.contact_id))
    found = session.execute(
        select(AccountRef, ContactLink.description)
        .join(ContactLink, (ContactLink.firm_id == AccountRef.firm_id) & (ContactLink.account_id == AccountRef.id))
        .where(AccountRef.firm_id == ctx.firm, ContactLink.contact_id == request.contact_id, sees_account(ctx.actor))
        .order_by(AccountRef.name, AccountRef.id)
    )
    items = tuple(
        LinkedAccount(id=one.id, code=one.code, name=one.name, state=one.state, description=description)
        for one, description in found
    )
    return LinkedAccounts(items=items)
