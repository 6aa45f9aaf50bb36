"""What quickbooks does when its neighbours report a change: accounts, and whether they have invoices or payments."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import accounts
from services.quickbooks import model, rules
from services.quickbooks.documents import marking as documents
from services.quickbooks.operations import attention, marking, queue

AccountEvent = accounts.AccountCreated | accounts.AccountChanged
AGAIN = ("no_match", "several_matches")  # what another name may change


def account_told(session: Session, ctx: Context, event: AccountEvent) -> None:
    """Keep the account's name, code and state, unless newer ones are known.

    A synced customer keeps the name it has (R-NAME-7, R-QB-11).
    """
    told = event.account
    row = marking.account(session, ctx, told.id)
    if row.version >= told.version:
        return
    is_renamed = rules.folded(row.name) != rules.folded(told.name)
    was_in_trash = row.state == "trashed"
    row.version, row.name, row.code, row.state = told.version, told.name, told.code, told.state
    if was_in_trash != (told.state == "trashed"):
        documents.account_changed(session, ctx, row, is_other_customer=False)
    marking.settle(session, ctx, row, marking.rule(session, ctx))
    if is_renamed and row.status in AGAIN:
        marking.search(session, ctx, row)


def account_deleted(session: Session, ctx: Context, event: accounts.AccountDeleted) -> None:
    """Forget the account, its steps and what was to be done for it; its customer stays as it is in QuickBooks."""
    queue.drop(session, ctx, "account", event.account_id)
    attention.solved(session, ctx, event.account_id)
    session.execute(delete(model.Step).where(model.Step.firm_id == ctx.firm, model.Step.account_id == event.account_id))
    session.execute(
        delete(model.Account).where(model.Account.firm_id == ctx.firm, model.Account.id == event.account_id)
    )


def billed(session: Session, ctx: Context, account_id: UUID, on: dt.date | None = None) -> None:
    """Remember that the account has invoices or payments, the latest of that day: it is to be synced (R-QB-2)."""
    row = marking.account(session, ctx, account_id)
    is_later = on is not None and (row.billed_on is None or on > row.billed_on)
    if row.is_billed and not is_later:
        return
    row.is_billed, row.billed_on = True, on if is_later else row.billed_on
    marking.settle(session, ctx, row, marking.rule(session, ctx))


HANDLERS: Mapping[type, Callable[[Session, Context, Any], None]] = {
    accounts.AccountCreated: account_told,
    accounts.AccountChanged: account_told,
}
