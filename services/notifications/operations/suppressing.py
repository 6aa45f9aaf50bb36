"""Addresses that get no mail of the firm until somebody releases them (R-LOG-8, R-NOT-7)."""

from typing import cast

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context
from chassis.outbox import emit
from contracts.common import Done
from contracts.suppressions import (
    AddressReleased,
    AddressSuppressed,
    Cause,
    SuppressAddress,
    Suppression,
    SuppressionNotFound,
    SuppressionRef,
)
from services.notifications import access, model

REASONS: dict[Cause, str] = {
    "bounce": "Mail to this address comes back.",
    "complaint": "Whoever has this address reported our mail as spam.",
    "by_hand": "A member stopped mail to this address.",
}
LONGEST = 255  # characters of a reason


def suppress_address(session: Session, ctx: Context, request: SuppressAddress) -> Suppression:
    """Send the address no mail until it is released; where it gets none already, nothing changes. Raises Forbidden."""
    access.require(ctx, "set_notifications")
    row, folded = model.Suppression, fold(request.email)
    made = insert(row).values(
        firm_id=ctx.firm,
        email_folded=folded,
        email=request.email.strip(),
        cause=request.cause,
        detail=" ".join(request.detail.split()),
        suppressed_at=ctx.now,
    )
    fresh = session.scalar(made.on_conflict_do_nothing().returning(row.email_folded)) is not None
    kept = session.get_one(row, (ctx.firm, folded), populate_existing=True)
    suppression = of(kept)
    if fresh:
        reason = " ".join(filter(None, (REASONS[suppression.cause], suppression.detail)))[:LONGEST]
        emit(session, ctx, AddressSuppressed(email=kept.email, reason=reason))
    return suppression


def release_address(session: Session, ctx: Context, request: SuppressionRef) -> Done:
    """Send the address mail again. Raises Forbidden, SuppressionNotFound."""
    access.require(ctx, "set_notifications")
    row = model.Suppression
    mine = (row.firm_id == ctx.firm, row.email_folded == fold(request.email))
    email = session.scalar(delete(row).where(*mine).returning(row.email))
    if email is None:
        raise SuppressionNotFound
    emit(session, ctx, AddressReleased(email=email))
    return Done()


def of(row: model.Suppression) -> Suppression:
    return Suppression(
        email=row.email, cause=cast("Cause", row.cause), detail=row.detail, suppressed_at=row.suppressed_at
    )
