"""E-mail that is here: opened, purged."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context, new_id
from chassis.errors import Forbidden
from chassis.outbox import emit
from contracts.emails import Email, EmailsChanged, MarkEmail, Purged, PurgeEmails, StillSynced
from contracts.rights import ACCOUNT, allows, needed
from services.messages import model, people
from services.messages.operations.emails import forgetting, ingesting, settling
from services.messages.queries.emails import access, views


def mark_email(session: Session, ctx: Context, request: MarkEmail) -> Email:
    """Mark a received e-mail as read or unread, for the whole firm (R-EML-2). Raises EmailNotFound."""
    email = access.filed(session, ctx, request.account_id, request.email_id, lock=True)
    if email.status in ("unread", "read"):
        ingesting.stands(session, ctx, email, "read" if request.is_read else "unread")
    return views.of_email(email, request.account_id)


def purge_emails(session: Session, ctx: Context, request: PurgeEmails) -> Purged:
    """Delete what was exchanged with an address from an account, and keep who did (R-SYN-4).

    Raises Forbidden to all but owner and admins, StillSynced.
    """
    people.acting(session, ctx)
    if not allows(ACCOUNT["purge_emails"], ctx.actor):
        raise Forbidden(f"This takes {needed(ACCOUNT['purge_emails'])}.")
    settling.begin(session, ctx)
    folded = fold(request.email)
    filing, person, synced = model.EmailFiling, model.EmailPerson, model.SyncedAddress
    query = (
        select(person.email_id)
        .join(filing, (filing.firm_id == person.firm_id) & (filing.email_id == person.email_id))
        .where(person.firm_id == ctx.firm, person.folded == folded, filing.account_id == request.account_id)
    )
    email_ids = list(session.scalars(query))
    on = select(synced.email).where(
        synced.firm_id == ctx.firm, synced.account_id == request.account_id, synced.folded == folded
    )
    still = session.scalars(on.order_by(synced.email)).all()
    if still:
        raise StillSynced(emails=list(still))
    forgetting.leave(session, ctx, request.account_id, email_ids)
    purge = model.EmailPurge(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=request.account_id,
        email=request.email.strip(),
        count=len(email_ids),
        purged_by=ctx.actor.id,
        purged_by_name=ctx.actor.name,
        purged_at=ctx.now,
    )
    session.add(purge)
    emit(session, ctx, EmailsChanged(account_id=request.account_id, change="purged", email_ids=tuple(email_ids[:1000])))
    return Purged(count=len(email_ids))
