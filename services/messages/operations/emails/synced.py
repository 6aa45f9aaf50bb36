"""Whose mail is filed where, as contacts and accounts tell of it (R-SYN-1)."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context
from chassis.outbox import emit
from contracts import accounts, contacts
from contracts.emails import EmailSyncChanged
from services.messages import model
from services.messages.operations.emails import forgetting, settling

AccountEvent = accounts.AccountCreated | accounts.AccountChanged
UNSYNCHRONISED = {"synchronize_session": False}


def access_changed(session: Session, ctx: Context, event: contacts.AccessChanged) -> None:
    """Keep whose mail is filed in the account, unless newer links are known; fetch the past of who is new (R-SYN-2)."""
    if event.synced is None:
        return
    account = _account(session, ctx, event.account_id)
    if account.links_version > event.version:
        return
    account.links_version = event.version
    known = _addresses(session, ctx, event.account_id)
    told = {(one.contact_id, fold(one.email)): one.email for one in event.synced}
    for key in known.keys() - told.keys():
        session.delete(known[key])
    session.flush()
    for contact_id, folded in sorted(told.keys() - known.keys()):
        email = told[contact_id, folded]
        added = model.SyncedAddress(
            firm_id=ctx.firm, account_id=event.account_id, contact_id=contact_id, folded=folded, email=email
        )
        session.add(added)
    fetch_again(session, ctx, {folded for _, folded in told} - {folded for _, folded in known})
    if account.is_synced != bool(told):
        account.is_synced = bool(told)
        emit(session, ctx, EmailSyncChanged(account_id=event.account_id, is_synced=account.is_synced))


def account_told(session: Session, ctx: Context, event: AccountEvent) -> None:
    """Keep the account's code, name and team, unless newer ones are known."""
    told = event.account
    account = _account(session, ctx, told.id)
    if account.version >= told.version:
        return
    was_hidden = account.is_hidden
    account.version, account.code, account.name = told.version, told.code, told.name
    account.team = [member.id for member in told.team]
    account.is_hidden = told.state == "trashed"
    if was_hidden and not account.is_hidden:
        fetch_again(session, ctx, {folded for _, folded in _addresses(session, ctx, told.id)})


def account_deleted(session: Session, ctx: Context, event: accounts.AccountDeleted) -> None:
    """Delete the account's e-mail, but what other accounts have too, and forget the account."""
    settling.begin(session, ctx)
    forgetting.leave(session, ctx, event.account_id, forgetting.of_account(session, ctx, event.account_id))
    for table, column in (
        (model.SyncedAddress, model.SyncedAddress.account_id),
        (model.EmailPurge, model.EmailPurge.account_id),
        (model.AccountRef, model.AccountRef.id),
    ):
        session.execute(delete(table).where(table.firm_id == ctx.firm, column == event.account_id))


def accounts_of(session: Session, ctx: Context, folded: Collection[str]) -> dict[str, frozenset[UUID]]:
    """Give for each of the addresses that are synced the accounts that file the mail of it."""
    if not folded:
        return {}
    synced, account = model.SyncedAddress, model.AccountRef
    query = (
        select(synced.folded, synced.account_id)
        .join(account, (account.firm_id == synced.firm_id) & (account.id == synced.account_id))
        .where(synced.firm_id == ctx.firm, synced.folded.in_(folded), ~account.is_hidden)
    )
    found: dict[str, set[UUID]] = defaultdict(set)
    for address, account_id in session.execute(query):
        found[address].add(account_id)
    return {address: frozenset(ids) for address, ids in found.items()}


def fetch_again(session: Session, ctx: Context, folded: Collection[str]) -> None:
    """Let every mailbox be searched for the past exchange with these addresses, at once."""
    if not folded:
        return
    fetched, turn = model.FetchedAddress, model.MailboxTurn
    session.execute(delete(fetched).where(fetched.firm_id == ctx.firm, fetched.folded.in_(folded)))
    due = update(turn).where(turn.firm_id == ctx.firm).values(due_at=ctx.now)
    session.execute(due, execution_options=UNSYNCHRONISED)


def _addresses(session: Session, ctx: Context, account_id: UUID) -> dict[tuple[UUID, str], model.SyncedAddress]:
    synced = model.SyncedAddress
    rows = session.scalars(select(synced).where(synced.firm_id == ctx.firm, synced.account_id == account_id))
    return {(row.contact_id, row.folded): row for row in rows}


def _account(session: Session, ctx: Context, account_id: UUID) -> model.AccountRef:
    account = model.AccountRef
    session.execute(insert(account).values(firm_id=ctx.firm, id=account_id).on_conflict_do_nothing())
    query = select(account).where(account.firm_id == ctx.firm, account.id == account_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()
