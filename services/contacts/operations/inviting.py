"""An invitation is asked for here and sent by whoever listens, who gets its link here (R-LOG-1, R-LOG-2, R-LOG-7)."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.common import Person
from contracts.entries import InvitationLink, InvitationRef
from contracts.switches import InvitationNotOpen, InvitationRequested
from services.contacts import model, snapshots
from services.contacts.model import AccountRef, AddressSwitch, Contact, ContactAddress
from services.contacts.operations import rows
from services.contacts.queries.access import CLOSED
from services.contacts.queries.entries import check_system
from services.contacts.rules import login, tokens


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


def make_invitation_link(session: Session, ctx: Context, request: InvitationRef) -> InvitationLink:
    """Make a link of the invitation that went out then; of several each opens it, once in all (R-LOG-7).

    Raises Forbidden, InvitationNotOpen.
    """
    check_system(ctx)
    account = rows.account_to_open(session, ctx, request.account_id)
    switch = session.get(AddressSwitch, (ctx.firm, request.account_id, request.address_id), populate_existing=True)
    if account is None or account.is_gone or account.state in CLOSED or switch is None:
        raise InvitationNotOpen
    if login.seen(switch.access, ctx.now) != "invited" or switch.invited_at != request.sent_at:
        raise InvitationNotOpen(state=login.seen(switch.access, ctx.now))
    _forget_former(session, ctx, switch)
    token = tokens.make(ctx.firm)
    facts = {"account_id": switch.account_id, "address_id": switch.address_id, "sent_at": request.sent_at}
    session.add(model.InvitationLink(firm_id=ctx.firm, digest=tokens.digest(token), **facts))
    return InvitationLink(token=token, expires_at=request.sent_at + login.VALID)


def _forget_former(session: Session, ctx: Context, switch: AddressSwitch) -> None:
    """Links of invitations that this one replaced open nothing."""
    link = model.InvitationLink
    mine = (
        link.firm_id == ctx.firm,
        link.account_id == switch.account_id,
        link.address_id == switch.address_id,
    )
    session.execute(delete(link).where(*mine, link.sent_at != switch.invited_at))
