"""Contacts: create, change, delete (R-C-1..3, R-LNK-7)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import dump
from contracts.common import Done
from contracts.contacts import (
    ChangeContact,
    Contact,
    ContactChangedMeanwhile,
    ContactRef,
    LastContact,
    NewContact,
)
from contracts.rights import FIRM
from services.contacts import model, snapshots
from services.contacts.access import require, sees_account
from services.contacts.model import AccountRef, UnlinkedAddress
from services.contacts.operations import announcing, rows, writing
from services.contacts.operations.adding import add_contact
from services.contacts.operations.links import ended

# R-LNK-7 without saying more than R-ACC-5 allows; an account in the trash keeps its contacts, for it may come back.
OUT_OF_SIGHT = "An account that is in the trash or not yours to see has no other contact."


def create_contact(session: Session, ctx: Context, request: NewContact) -> Contact:
    """Create a contact that serves no account yet (R-C-2). Raises Forbidden, MemberAddress."""
    require(ctx, FIRM["create_contact"])
    return snapshots.of_contact(session, ctx, add_contact(session, ctx, request))


def change_contact(session: Session, ctx: Context, request: ChangeContact) -> Contact:
    """Change a contact for all its accounts (R-C-1).

    Raises ContactNotFound, Forbidden, ContactChangedMeanwhile, MemberAddress.
    """
    row = rows.contact_to_edit(session, ctx, request.contact_id)
    if row.version != request.version:
        raise ContactChangedMeanwhile(current=snapshots.present(snapshots.of_contact(session, ctx, row)))
    before = snapshots.for_event(session, ctx, row)
    writing.fill(session, ctx, row, dump(request))
    session.flush()
    if snapshots.for_event(session, ctx, row) != before:
        announcing.contact_changed(session, ctx, row)
    return _with_unlinked(session, ctx, row, snapshots.of_contact(session, ctx, row))


def _with_unlinked(session: Session, ctx: Context, row: model.Contact, contact: Contact) -> Contact:
    """Say which addresses kept their access, and how it ends (R-EM-4)."""
    unlinked = UnlinkedAddress
    query = (
        select(unlinked.email, AccountRef.code)
        .join(AccountRef, (AccountRef.firm_id == unlinked.firm_id) & (AccountRef.id == unlinked.account_id))
        .where(unlinked.firm_id == ctx.firm, unlinked.contact_id == row.id, sees_account(ctx.actor))
        .order_by(unlinked.folded, AccountRef.code)
    )
    codes: dict[str, list[str]] = {}
    for email, code in session.execute(query):
        codes.setdefault(email, []).append(code)
    sentences = (
        f"{email} may still sign in to {', '.join(of)}: let the new address in first, then switch the old one off."
        for email, of in codes.items()
    )
    return replace(contact, warnings=(*contact.warnings, *sentences))


def delete_contact(session: Session, ctx: Context, request: ContactRef) -> Done:
    """Delete a contact and its links, unless some account would be left with none (R-LNK-7).

    Raises ContactNotFound, Forbidden, and LastContact, which names only the accounts that the caller may see.
    """
    (row,) = rows.contacts_to_change(session, ctx, request.contact_id)
    require(ctx, FIRM["delete_contact"])
    accounts = rows.accounts_of(session, ctx, [row.id])
    links = {account.id: rows.links_of(session, ctx, account.id) for account in accounts}
    served = [account for account in accounts if row.id in links[account.id]]  # unlinked while we waited: no more
    alone = [account.id for account in served if len(links[account.id]) == 1]
    if alone:
        named = _named(session, ctx, alone)
        raise LastContact(None if named else OUT_OF_SIGHT, accounts=named)
    with announcing.access_watched(session, ctx, served):
        for account in served:
            ended(session, ctx, account, links[account.id][row.id])
    announcing.contact_deleted(session, ctx, row)
    return Done()


def _named(session: Session, ctx: Context, account_ids: Sequence[UUID]) -> list[dict[str, str]]:
    query = select(AccountRef.id, AccountRef.code, AccountRef.name).where(
        AccountRef.firm_id == ctx.firm, AccountRef.id.in_(account_ids), sees_account(ctx.actor)
    )
    found = session.execute(query.order_by(AccountRef.name, AccountRef.id))
    return [{"id": str(row.id), "code": row.code, "name": row.name} for row in found]
