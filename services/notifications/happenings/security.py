"""Mails without which nobody gets in: invitations, resets, signing links. No switch stops them (R-NOT-7)."""

from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.config import load_settings
from chassis.context import Context, new_id
from chassis.sealing import Sealer
from contracts.portal import PortalResetRequested
from contracts.signing import SigningLinkMade
from contracts.switches import InvitationRequested
from services.notifications import keeping, model
from services.notifications.happenings.noting import note


@cache
def _sealer() -> Sealer:
    return Sealer(load_settings().secret_keys)


def invitation_requested(session: Session, ctx: Context, event: InvitationRequested) -> None:
    """Somebody is to be let in. Whether they still are is asked when it is settled (R-LOG-4, R-LOG-5)."""
    facts = {
        "email": event.address.email,
        "expires_at": event.expires_at.isoformat(),
        "account": event.account_name,
        "message": event.message,
    }
    about = {"address_id": str(event.address.id), "sent_at": event.sent_at.isoformat()}
    note(session, ctx, "invitation", event.account_id, facts, about=about, to=[event.contact_id])


def portal_reset_requested(session: Session, ctx: Context, event: PortalResetRequested) -> None:
    """Somebody forgot their password; the address is of no account."""
    facts = {"email": event.email, "expires_at": event.expires_at.isoformat()}
    _write(session, ctx, "password_reset", event.email, facts, {"reset_id": str(event.reset_id)})


def signing_link_made(session: Session, ctx: Context, event: SigningLinkMade) -> None:
    """A third party is to sign; the link's token is sealed at once and told to nobody else (R-SGN-4)."""
    facts = {"document": event.document_name, "expires_at": event.expires_at.isoformat(), "message": event.message}
    about = {"signature_id": str(event.signature_id), "signer_id": str(event.signer_id)}
    _write(
        session,
        ctx,
        "signing_link",
        event.email,
        facts,
        about,
        account_id=event.account_id,
        greeting=event.name,
        token=event.token,
    )


def _write(
    session: Session,
    ctx: Context,
    kind: str,
    email: str,
    facts: dict[str, str],
    about: dict[str, str],
    *,
    account_id: UUID | None = None,
    greeting: str = "",
    token: str | None = None,
) -> None:
    """Settle at once what hangs on nothing but the address."""
    facts = {name: value for name, value in facts.items() if value}
    happening = model.Happening(
        firm_id=ctx.firm,
        id=new_id(),
        kind=kind,
        account_id=account_id,
        email=email,
        facts=facts,
        about=about,
        happened_at=ctx.now,
        due_at=None,
    )
    session.add(happening)
    session.flush()
    mail_id = new_id()
    decided = keeping.Decided(
        id=mail_id,
        to=keeping.Recipient(key=fold(email), email=email, greeting=greeting),
        reason="suppressed" if keeping.is_suppressed(session, ctx, email) else None,
        facts=facts,
        sealed=None if token is None else _sealer().seal(mail_id, token),
    )
    keeping.put(session, ctx, happening, [decided])
