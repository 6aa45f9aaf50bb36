"""Rows as an operation needs them: seen by the caller, and locked. Contacts are locked before accounts, by id."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden
from contracts import accounts, contacts
from contracts.rights import ACCOUNT, Rule
from services.contacts.access import edits_contact, require, sees_account, sees_contact
from services.contacts.model import AccountRef, Contact, ContactLink

FRESH = {"populate_existing": True}  # what somebody else committed while we waited for the lock


def contact_to_edit(session: Session, ctx: Context, contact_id: UUID) -> Contact:
    """Lock a contact that the caller may edit. Raises ContactNotFound, Forbidden."""
    query = select(Contact, edits_contact(ctx.actor)).where(*_seen(ctx, [contact_id]))
    found = session.execute(query.with_for_update(of=Contact), execution_options=FRESH).one_or_none()
    if found is None:
        raise contacts.ContactNotFound(contact_id=str(contact_id))
    row: Contact = found[0]
    if not found[1]:
        raise Forbidden("You may see this contact, but not change it.")
    return row


def contacts_to_change(session: Session, ctx: Context, *contact_ids: UUID) -> list[Contact]:
    """Lock contacts against every other use, in the order asked for. Raises ContactNotFound."""
    query = select(Contact).where(*_seen(ctx, contact_ids)).order_by(Contact.id)
    return _all(session.scalars(query.with_for_update(of=Contact), execution_options=FRESH).all(), contact_ids)


def contacts_to_link(session: Session, ctx: Context, *contact_ids: UUID) -> list[Contact]:
    """Keep contacts from being deleted, in the order asked for. Raises ContactNotFound."""
    query = select(Contact).where(*_seen(ctx, contact_ids)).order_by(Contact.id)
    lock = query.with_for_update(of=Contact, read=True, key_share=True)
    return _all(session.scalars(lock, execution_options=FRESH).all(), contact_ids)


def account(session: Session, ctx: Context, account_id: UUID) -> AccountRef:
    """Find an account the caller sees, without a lock. Raises AccountNotFound."""
    row = session.scalar(select(AccountRef).where(*_is(ctx, account_id), sees_account(ctx.actor)))
    if row is None:
        raise accounts.AccountNotFound(account_id=str(account_id))
    return row


def account_to_link(session: Session, ctx: Context, account_id: UUID) -> AccountRef:
    """Lock an account whose links the caller may change (`can_link_contacts`, R-LNK-8).

    Raises AccountNotFound, Forbidden.
    """
    return _account_with(session, ctx, account_id, ACCOUNT["link_contacts"])


def account_to_switch(session: Session, ctx: Context, account_id: UUID) -> AccountRef:
    """Lock an account whose switches the caller may change (`can_edit_switches`).

    Raises AccountNotFound, Forbidden.
    """
    return _account_with(session, ctx, account_id, ACCOUNT["edit_switches"])


def _account_with(session: Session, ctx: Context, account_id: UUID, rule: Rule) -> AccountRef:
    query = select(AccountRef).where(*_is(ctx, account_id), sees_account(ctx.actor)).with_for_update()
    row = session.scalar(query, execution_options=FRESH)
    if row is None:
        raise accounts.AccountNotFound(account_id=str(account_id))
    require(ctx, rule)
    return row


def account_to_open(session: Session, ctx: Context, account_id: UUID) -> AccountRef | None:
    """Lock an account as the system itself, whoever sees it."""
    return session.scalar(select(AccountRef).where(*_is(ctx, account_id)).with_for_update(), execution_options=FRESH)


def accounts_of(session: Session, ctx: Context, contact_ids: Collection[UUID]) -> list[AccountRef]:
    """Lock all accounts that these contacts serve, seen by the caller or not, in order of id."""
    linked = select(ContactLink.account_id).where(
        ContactLink.firm_id == ctx.firm, ContactLink.contact_id.in_(contact_ids)
    )
    query = select(AccountRef).where(AccountRef.firm_id == ctx.firm, AccountRef.id.in_(linked)).order_by(AccountRef.id)
    return list(session.scalars(query.with_for_update(), execution_options=FRESH))


def links_of(session: Session, ctx: Context, account_id: UUID) -> dict[UUID, ContactLink]:
    """Give an account's links by contact, oldest first."""
    query = select(ContactLink).where(ContactLink.firm_id == ctx.firm, ContactLink.account_id == account_id)
    found = session.scalars(query.order_by(ContactLink.position), execution_options=FRESH)
    return {link.contact_id: link for link in found}


def link_of(session: Session, ctx: Context, account: AccountRef, contact_id: UUID) -> ContactLink:
    """Find a link of a locked account. Raises LinkNotFound."""
    link = session.get(ContactLink, (ctx.firm, account.id, contact_id), populate_existing=True)
    if link is None:
        raise contacts.LinkNotFound(account_id=str(account.id), contact_id=str(contact_id))
    return link


def _is(ctx: Context, account_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return AccountRef.firm_id == ctx.firm, AccountRef.id == account_id


def _seen(ctx: Context, contact_ids: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    return Contact.firm_id == ctx.firm, Contact.id.in_(contact_ids), sees_contact(ctx.actor)


def _all(found: Sequence[Contact], contact_ids: Sequence[UUID]) -> list[Contact]:
    by_id = {row.id: row for row in found}
    for contact_id in contact_ids:
        if contact_id not in by_id:
            raise contacts.ContactNotFound(contact_id=str(contact_id))
    return [by_id[contact_id] for contact_id in contact_ids]
