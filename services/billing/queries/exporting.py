"""How things are, told anew for whoever keeps a projection: the balances of every account."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import Context
from chassis.errors import Forbidden, wrong
from contracts.billing import BalanceChanged
from contracts.export import Export, Exported, tell
from services.billing import model
from services.billing.queries import items


def export(session: Session, ctx: Context, request: Export) -> Exported:
    """Balances account by account, as BalanceChanged. Raises Forbidden to all but the system itself."""
    if ctx.actor.kind != "system":
        raise Forbidden
    query = select(model.Ledger.account_id).where(model.Ledger.firm_id == ctx.firm)
    if request.cursor:
        query = query.where(model.Ledger.account_id > _after(request.cursor))
    found = session.scalars(query.order_by(model.Ledger.account_id).limit(request.limit + 1)).all()
    shown = found[: request.limit]
    events: list[dict[str, Any]] = [
        tell(BalanceChanged(account_id=account_id, balances=items.balances(session, ctx, account_id)))
        for account_id in shown
    ]
    more = cursor.encode(shown[-1]) if len(found) > request.limit else None
    return Exported(events=tuple(events), next_cursor=more)


def _after(text: str) -> UUID:
    try:
        return UUID(cursor.decode(text, 1)[0])
    except (TypeError, ValueError, AttributeError) as exc:
        raise wrong("cursor", "This cursor is of another list.") from exc
