"""The accounts of the ledger, as they were read."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.quickbooks_ledger import LedgerAccounts, ListLedgerAccounts
from services.quickbooks import ledger, model, people

MOST = 5000  # more than any ledger has that people keep


def list_ledger_accounts(session: Session, ctx: Context, request: ListLedgerAccounts) -> LedgerAccounts:
    """List the accounts of the ledger, or those that may take something. Raises Forbidden."""
    people.manager(ctx)
    row = model.LedgerAccount
    query = select(row).where(row.firm_id == ctx.firm)
    if request.kind is not None:
        query = query.where(row.is_active, row.type.in_(ledger.FITS[request.kind]))
    rows = sorted(session.scalars(query.limit(MOST)), key=lambda one: (one.name.casefold(), one.id))
    return LedgerAccounts(items=tuple(ledger.shown(one) for one in rows))
