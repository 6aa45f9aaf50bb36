"""What is unpaid on an account, which keeps it from being deleted (R-ARC-5)."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.accounts import AccountOwes
from contracts.billing import BalanceChanged
from services.accounts.model import Account, OwedRef


def balance_changed(session: Session, ctx: Context, event: BalanceChanged) -> None:
    """Keep what is unpaid, what is on its way too, unless something newer is known or the account is gone."""
    known = select(Account.id).where(Account.firm_id == ctx.firm, Account.id == event.account_id)
    if session.scalar(known.with_for_update(read=True)) is None:
        return
    sums = {one.currency: one.due + one.clearing for one in event.balances.items}
    amounts = {currency: format(amount, "f") for currency, amount in sums.items() if amount}
    values = {"amounts": amounts, "version": event.balances.version}
    put = insert(OwedRef).values(firm_id=ctx.firm, account_id=event.account_id, **values)
    newer = OwedRef.version < event.balances.version
    session.execute(put.on_conflict_do_update(index_elements=["firm_id", "account_id"], set_=values, where=newer))


def check(session: Session, ctx: Context, account_id: UUID, *, is_forced: bool) -> None:
    """Raise AccountOwes while something is unpaid, unless the owner of the firm insists."""
    query = select(OwedRef.amounts).where(OwedRef.firm_id == ctx.firm, OwedRef.account_id == account_id)
    amounts = session.scalar(query)
    if amounts and not (is_forced and ctx.actor.kind == "member" and ctx.actor.role == "owner"):
        raise AccountOwes(due=amounts)


def forget(session: Session, ctx: Context, account_id: UUID) -> None:
    session.execute(delete(OwedRef).where(OwedRef.firm_id == ctx.firm, OwedRef.account_id == account_id))
