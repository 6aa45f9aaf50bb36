"""Contacts: create, change, delete (R-C-1..3, R-LNK-7)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
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
from services.contacts import model, snapshots
from services.contacts.access import require, sees_account
from services.contacts.model import AccountRef
from services.contacts.operations import announcing, rows, writing

# R-LNK-7 without saying more than R-ACC-5 allows; an account in the trash keeps its contacts, for it may come back.
OUT_OF_SIGHT = "An account that is in the trash or not yours to see has no other contact."


def create_contact(session: Session, ctx: Context, request: NewContact) -> Contact:
    """This will create a contact that serves no account yet (R-C-2). Raises Forbidden, MemberAddress."""
    require(ctx, "manage_contacts")
    return snapshots.of_contact(session, ctx, add_contact(session, ctx, request))


def add_contact(
    session: Session, ctx: Context, new: NewContact, path: str = "", created_for: UUID | None = None
) -> model.Contact:
    """This will create a contact, whoever asks; `path` is where in the request it stood. Raises MemberAddress."""
    row = model.Contact(firm_id=ctx.firm, id=new_id(), created_for=created_for, version=1)
    row.created_at = row.updated_at = ctx.now
    writing.fill(session, ctx, row, dump(new), path)
    session.add(row)
    announcing.contact_created(session, ctx, row)
    return row


def change_contact(session: Session, ctx: Context, request: ChangeContact) -> Contact:
    """This will change a contact for all its accounts (R-C-1).

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
    return snapshots.of_contact(session, ctx, row)


def delete_contact(session: Session, ctx: Context, request: ContactRef) -> Done:
    """This will delete a contact and its links, unless some account would be left with none (R-LNK-7).

    Raises ContactNotFound, Forbidden, and LastContact, which names only the accounts that the caller may see.
    """
    (row,) = rows.contacts_to_change(session, ctx, request.contact_id)
    require(ctx, "manage_contacts")
    accounts = rows.accounts_of(session, ctx, [row.id])
    links = {account.id: rows.links_of(session, ctx, account.id) for account in accounts}
    served = [account for account in accounts if row.id in links[account.id]]  # unlinked while we waited: no more
    alone = [account.id for account in served if len(links[account.id]) == 1]
    if alone:
        named = _named(session, ctx, alone)
        raise LastContact(None if named else OUT_OF_SIGHT, accounts=named)
    for account in served:
        session.delete(links[account.id][row.id])
        announcing.links_changed(session, ctx, account, "unlinked", row.id)
    announcing.contact_deleted(session, ctx, row)
    return Done()


def _named(session: Session, ctx: Context, account_ids: Sequence[UUID]) -> list[dict[str, str]]:
    query = select(AccountRef.id, AccountRef.code, AccountRef.name).where(
        AccountRef.firm_id == ctx.firm, AccountRef.id.in_(account_ids), sees_account(ctx.actor)
    )
    found = session.execute(query.order_by(AccountRef.name, AccountRef.id))
    return [{"id": str(row.id), "code": row.code, "name": row.name} for row in found]
