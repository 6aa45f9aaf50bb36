"""Which invitations wait to be accepted, as contacts tells of them (R-LA-5)."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.entries import InvitationAccepted
from contracts.switches import AccessEnded, InvitationRequested
from services.identity import model
from services.identity.rules import names


def requested(session: Session, ctx: Context, event: InvitationRequested) -> None:
    """Keep it, unless a later one is known."""
    table = model.PortalInvitation
    key = {
        "firm_id": ctx.firm,
        "account_id": event.account_id,
        "contact_id": event.contact_id,
        "email_folded": names.fold(event.address.email),
    }
    facts = {
        "contact_name": event.contact_name,
        "email": event.address.email,
        "sent_at": event.sent_at,
        "expires_at": event.expires_at,
    }
    put = insert(table).values(**key, **facts)
    is_later = table.sent_at < put.excluded.sent_at
    session.execute(put.on_conflict_do_update(index_elements=list(key), set_=facts, where=is_later))


def accepted(session: Session, ctx: Context, event: InvitationAccepted) -> None:
    """It waits no longer."""
    table = model.PortalInvitation
    is_before = (table.contact_id == event.contact_id) & (table.sent_at <= event.accepted_at)
    session.execute(delete(table).where(*_of(ctx, event.account_id, event.email), is_before))


def ended(session: Session, ctx: Context, event: AccessEnded) -> None:
    """Nobody may enter by this address any more, nor by a link it was sent."""
    session.execute(delete(model.PortalInvitation).where(*_of(ctx, event.account_id, event.email)))


def _of(ctx: Context, account_id: UUID, email: str) -> tuple[ColumnElement[bool], ...]:
    table = model.PortalInvitation
    return table.firm_id == ctx.firm, table.account_id == account_id, table.email_folded == names.fold(email)
