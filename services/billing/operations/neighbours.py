"""What billing does when its neighbours report a change: accounts that are gone."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import accounts
from services.billing import model

OF_ACCOUNT = (
    model.Application,
    model.CreditEntry,
    model.Balance,
    model.Ledger,
    model.Refund,
    model.Payment,
    model.Invoice,
)


def account_deleted(session: Session, ctx: Context, event: accounts.AccountDeleted) -> None:
    """Delete all that was billed and paid on the account; its numbers stay taken."""
    for kind in OF_ACCOUNT:
        session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.account_id == event.account_id))
