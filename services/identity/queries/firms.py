"""Which firms there are: for operators' commands, across the boundary that nothing else crosses."""

from dataclasses import replace

from sqlalchemy import select

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import Forbidden
from contracts import identity
from services.identity.model import Firm, Login


def list_firms(db: Transactions, ctx: Context) -> identity.Firms:
    """Every firm, the oldest first, each read inside its own boundary. Raises Forbidden to all but the system."""
    if ctx.actor.kind != "system":
        raise Forbidden
    with db.reading(replace(ctx, firm_id=None)) as session:
        ids = session.scalars(select(Login.firm_id).distinct().order_by(Login.firm_id)).all()
    firms = []
    for firm_id in ids:
        with db.reading(replace(ctx, firm_id=firm_id)) as session:
            firms.append(session.scalars(select(Firm).where(Firm.firm_id == firm_id)).one().to_contract())
    return identity.Firms(items=tuple(firms))
