"""The last sign-in of each account's people, told again to whoever keeps a projection of it (R-LA-3)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.export import Export, Exported, tell
from contracts.portal import ClientSignedIn
from services.identity.model import PortalSignIn


def export(session: Session, ctx: Context, request: Export) -> Exported:
    """Tell of the last sign-in on each account, by the accounts' ids. Raises Forbidden."""
    if ctx.actor.kind != "system":
        raise Forbidden
    table = PortalSignIn
    query = select(table).distinct(table.account_id).where(table.firm_id == ctx.firm)
    if request.cursor is not None:
        query = query.where(table.account_id > _after(request.cursor))
    query = query.order_by(table.account_id, table.at.desc(), table.id.desc()).limit(request.limit)
    rows = session.scalars(query).all()
    told = (
        ClientSignedIn(account_id=row.account_id, contact_id=row.contact_id, email=row.email, at=row.at) for row in rows
    )
    more = cursor.encode(rows[-1].account_id) if len(rows) == request.limit else None
    return Exported(events=tuple(tell(one) for one in told), next_cursor=more)


def _after(text: str) -> UUID:
    (last,) = cursor.decode(text, 1)
    try:
        return UUID(last)
    except (AttributeError, TypeError, ValueError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
