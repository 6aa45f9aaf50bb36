"""Addresses to which mail does not arrive, in the whole firm (R-LOG-8)."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden
from contracts.common import Done
from contracts.switches import BlockAddress, UnblockAddress
from services.contacts.model import SuppressedAddress
from services.contacts.rules.addresses import fold
from services.contacts.rules.text import tidy


def block_address(session: Session, ctx: Context, request: BlockAddress) -> Done:
    """Note that mail does not arrive; the last reason counts. Raises Forbidden."""
    _refuse_people(ctx)
    values = {"reason": tidy(request.reason), "suppressed_at": ctx.now}
    statement = insert(SuppressedAddress).values(firm_id=ctx.firm, folded=fold(request.email), **values)
    session.execute(statement.on_conflict_do_update(index_elements=["firm_id", "folded"], set_=values))
    return Done()


def unblock_address(session: Session, ctx: Context, request: UnblockAddress) -> Done:
    """Note that mail arrives again. Raises Forbidden."""
    _refuse_people(ctx)
    suppressed = SuppressedAddress.firm_id == ctx.firm, SuppressedAddress.folded == fold(request.email)
    session.execute(delete(SuppressedAddress).where(*suppressed))
    return Done()


def _refuse_people(ctx: Context) -> None:
    if ctx.actor.kind != "system":
        raise Forbidden
