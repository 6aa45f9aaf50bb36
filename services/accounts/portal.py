"""Whether an account's people may sign in to the portal, as contacts reports it (R-STAT-1)."""

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.contacts import AccessChanged
from services.accounts.model import Account


def access_changed(session: Session, ctx: Context, event: AccessChanged) -> None:
    """Keep the portal status, unless newer links are known.

    The account's version stays: whoever edits its name at the time should not lose to a switch.
    """
    account = Account
    is_news = or_(account.access_version < event.version, account.portal_status != event.portal_status)
    told = update(account).where(account.firm_id == ctx.firm, account.id == event.account_id)
    told = told.where(account.access_version <= event.version, is_news)
    values = {"portal_status": event.portal_status, "access_version": event.version}
    session.execute(told.values(values), execution_options={"synchronize_session": False})
