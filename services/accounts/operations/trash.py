"""Deleting accounts: first into the trash, from where they come back, then for good (R-ARC-4, R-ARC-5)."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from chassis import history, outbox
from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError, wrong
from chassis.logs import log
from contracts.accounts import Account as AccountMessage
from contracts.accounts import (
    AccountDeleted,
    AccountNotArchived,
    AccountNotFound,
    AccountRef,
    DeleteAccount,
    TrashedAccount,
)
from contracts.common import Person
from services.accounts import names, owed, rules, snapshot
from services.accounts.model import Account, AccountTrash
from services.accounts.operations import photos
from services.accounts.timing import TRASH_BATCH, TRASH_KEPT
from services.accounts.visibility import in_trash, locked


def delete_account(session: Session, ctx: Context, request: DeleteAccount) -> TrashedAccount:
    """Put an archived account whose name was typed into the trash, out of everybody's sight.

    Raises AccountNotFound, Forbidden, AccountNotArchived, AccountOwes, Invalid.
    """
    account = locked(session, ctx, request.account_id)
    rules.check(ctx.actor, "archive")
    if account.state != "archived":
        raise AccountNotArchived(account_id=str(account.id))
    if names.clean(request.name) != account.name:
        raise wrong("name", "Type the name of the account as it is shown.")
    owed.check(session, ctx, account.id, is_forced=request.is_forced)
    account.state = "trashed"
    trashed = AccountTrash(firm_id=ctx.firm, account_id=account.id, deleted_at=ctx.now, due_at=ctx.now + TRASH_KEPT)
    trashed.deleted_by = ctx.actor.id
    session.add(trashed)
    snapshot.report(session, ctx, [account.id])
    return TrashedAccount(
        id=account.id,
        code=account.code or "",
        name=account.name,
        type=account.type,  # type: ignore[arg-type]
        deleted_by=Person(id=ctx.actor.id, name=ctx.actor.name) if ctx.actor.id else None,
        deleted_at=ctx.now,
        gone_at=trashed.due_at,
    )


def restore_account(session: Session, ctx: Context, request: AccountRef) -> AccountMessage:
    """Bring an account back from the trash to the archived ones, as it was. Raises Forbidden, AccountNotFound."""
    rules.check_in_firm(ctx.actor, "see_trash")
    query = select(Account).where(in_trash(ctx), Account.id == request.account_id).with_for_update(of=Account)
    account = session.scalar(query.execution_options(populate_existing=True))
    if account is None:
        raise AccountNotFound(account_id=str(request.account_id))
    account.state = "archived"
    session.delete(session.get_one(AccountTrash, (ctx.firm, account.id)))
    return snapshot.changed(session, ctx, account.id)


def empty(db: Transactions, now: Context) -> int:
    """Delete for good what has been in the trash long enough, in every firm; how many."""
    due = select(AccountTrash.firm_id, AccountTrash.account_id).where(AccountTrash.due_at <= now.now)
    with db.reading(now) as session:
        found = session.execute(due.order_by(AccountTrash.due_at).limit(TRASH_BATCH)).all()
    gone = 0
    for firm_id, account_id in found:
        ctx = replace(now, firm_id=firm_id)
        try:
            with db.transaction(ctx) as session:
                gone += delete_for_good(session, ctx, account_id)
        except AppError as problem:
            log.warning("account not deleted", account_id=str(account_id), error=str(problem))
    return gone


def delete_for_good(session: Session, ctx: Context, account_id: UUID) -> bool:
    """Whether the account was still in the trash and due. Its code is not given again (R-ID-2)."""
    is_due = exists().where(
        AccountTrash.firm_id == ctx.firm, AccountTrash.account_id == account_id, AccountTrash.due_at <= ctx.now
    )
    query = select(Account).where(
        Account.firm_id == ctx.firm, Account.id == account_id, Account.state == "trashed", is_due
    )
    account = session.scalar(query.with_for_update(of=Account, skip_locked=True))
    if account is None:
        return False
    photos.leave(session, ctx, account)
    owed.forget(session, ctx, account_id)
    session.delete(account)
    history.forget(session, ctx, account_id)
    outbox.emit(session, ctx, AccountDeleted(account_id=account_id, version=account.version + 1))
    return True
