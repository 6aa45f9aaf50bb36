"""An invitation is asked for here and sent by whoever listens (R-LOG-1, R-LOG-2)."""

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.common import Person
from contracts.switches import InvitationRequested
from services.contacts import snapshots
from services.contacts.model import AccountRef, Contact, ContactAddress
from services.contacts.rules import login


def requested(
    session: Session,
    ctx: Context,
    account: AccountRef,
    contact: Contact,
    address: ContactAddress,
    message: str,
    *,
    is_resend: bool,
) -> None:
    """Report that an invitation is to go out, and kills those sent before (R-LOG-7)."""
    actor = ctx.actor
    event = InvitationRequested(
        account_id=account.id,
        account_name=account.name,
        contact_id=contact.id,
        contact_name=contact.display_name,
        address=snapshots.of_address(session, ctx, address),
        requested_by=Person(id=actor.id, name=actor.name) if actor.id is not None else None,
        message=message,
        is_resend=is_resend,
        sent_at=ctx.now,
        expires_at=ctx.now + login.VALID,
    )
    emit(session, ctx, event)
