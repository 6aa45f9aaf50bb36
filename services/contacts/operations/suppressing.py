"""Addresses to which mail does not arrive, in the whole firm (R-LOG-8)."""

from dataclasses import replace

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Actor, Context
from chassis.errors import Forbidden
from contracts.common import Done
from contracts.suppressions import AddressReleased, AddressSuppressed
from contracts.switches import BlockAddress, UnblockAddress
from services.contacts.model import SuppressedAddress
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


def address_suppressed(session: Session, ctx: Context, event: AddressSuppressed) -> None:
    """Note what notifications tells: mail to the address does not arrive, or is not wanted (R-LOG-8)."""
    block_address(session, replace(ctx, actor=Actor()), BlockAddress(email=event.email, reason=event.reason))


def address_released(session: Session, ctx: Context, event: AddressReleased) -> None:
    """Note that the address gets mail again."""
    unblock_address(session, replace(ctx, actor=Actor()), UnblockAddress(email=event.email))
