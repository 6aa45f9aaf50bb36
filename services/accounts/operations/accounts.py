"""Changes of one account: what it is called and is, whether it is archived, who follows it."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden, wrong
from chassis.wire import UNSET, dump
from contracts.accounts import Account as AccountMessage
from contracts.accounts import AccountChangedMeanwhile, AccountRef, ChangeAccount, Follow
from services.accounts import fields, names, naming, rules, snapshot
from services.accounts.model import Account, AccountFollower
from services.accounts.visibility import check, locked


def change_account(session: Session, ctx: Context, request: ChangeAccount) -> AccountMessage:
    """Change what an account is called and is, and what its custom fields hold (R-NAME-1, R-NAME-4, R-TYPE-3, R-CF-1).

    Raises AccountNotFound, Forbidden, AccountChangedMeanwhile, Invalid.
    """
    account = locked(session, ctx, request.account_id)
    rules.check(ctx.actor, "edit_details")
    same_version(session, ctx, account, request.version)
    if request.name is not UNSET:
        _name(account, names.clean(request.name or ""))
    if request.type is not UNSET:
        account.type = request.type
    if request.company_name is not UNSET:
        account.company_name = names.clean(request.company_name or "") or None
    if request.company_address is not UNSET:
        address = dump(request.company_address) if request.company_address else None
        if address != account.company_address:
            account.company_address = address
    if request.timezone is not UNSET:
        account.timezone = request.timezone
    is_changed = session.is_modified(account)  # asked before the next statement writes the account
    if request.custom_fields is not UNSET:
        is_changed |= fields.put(session, ctx, account.id, request.custom_fields, request.dates)
    is_changed |= naming.renew(session, account)
    return snapshot.changed(session, ctx, account.id) if is_changed else snapshot.of(session, ctx, account.id)


def _name(account: Account, typed: str) -> None:
    """A typed name makes the mode manual, an empty one goes back to automatic (R-NAME-4)."""
    if len(typed) > names.MAX_NAME:
        raise wrong("name", f"A name has at most {names.MAX_NAME} characters.")
    account.name_mode = "manual" if typed else "automatic"
    account.name = typed or account.name


def archive_account(session: Session, ctx: Context, request: AccountRef) -> AccountMessage:
    """Move the account to the archived ones (R-ARC-1); done already, nothing changes. Raises AccountNotFound."""
    return _move(session, ctx, request, "archived")


def reactivate_account(session: Session, ctx: Context, request: AccountRef) -> AccountMessage:
    """Bring the account back to the active ones (R-ARC-3); done already, nothing changes. Raises AccountNotFound."""
    return _move(session, ctx, request, "active")


def _move(session: Session, ctx: Context, request: AccountRef, state: str) -> AccountMessage:
    account = locked(session, ctx, request.account_id)
    rules.check(ctx.actor, "archive")
    if account.state == state:
        return snapshot.of(session, ctx, account.id)
    account.state = state
    account.archived_at = ctx.now if state == "archived" else None
    return snapshot.changed(session, ctx, account.id)


def follow(session: Session, ctx: Context, request: Follow) -> AccountMessage:
    """Let the caller follow the account, or no longer (R-FOL-1). Raises AccountNotFound, Forbidden."""
    if ctx.actor.kind != "member":
        check(session, ctx, request.account_id)
        raise Forbidden("Only members of the firm follow accounts.")
    account = locked(session, ctx, request.account_id)
    mine = {"firm_id": ctx.firm, "account_id": account.id, "member_id": ctx.actor.id}
    statement: Any
    if request.is_following:
        statement = insert(AccountFollower).values(mine).on_conflict_do_nothing().returning(AccountFollower.member_id)
    else:
        statement = delete(AccountFollower).filter_by(**mine).returning(AccountFollower.member_id)
    if session.execute(statement).first() is None:
        return snapshot.of(session, ctx, account.id)
    return snapshot.changed(session, ctx, account.id)


def same_version(session: Session, ctx: Context, account: Account, seen: int) -> None:
    """Refuse a change of something older than what is there. Raises AccountChangedMeanwhile."""
    if account.version != seen:
        current = snapshot.of(session, ctx, account.id)
        raise AccountChangedMeanwhile(account_id=str(account.id), current=snapshot.plain(current))
