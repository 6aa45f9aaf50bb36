"""What proposals do when their neighbours report: accounts archived or gone, contacts unlinked; and day after day."""

from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis import history
from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError
from chassis.logs import log
from contracts import accounts, contacts
from services.billing import model, proposal_snapshots, proposing
from services.billing.operations import recurring
from services.billing.operations.sending import account_row
from services.billing.rules import proposals as rules

BATCH = 500  # proposals of one sweep; the next one takes the rest


def account_told(session: Session, ctx: Context, event: accounts.AccountCreated | accounts.AccountChanged) -> None:
    """Keep whether the account is archived (R-ARC-1), unless something newer is known."""
    account = event.account
    row = account_row(session, ctx, account.id)
    if row.version < account.version:
        row.state, row.version = account.state, account.version


def account_deleted(session: Session, ctx: Context, event: accounts.AccountDeleted) -> None:
    """Forget all proposals of the account, what recurs by them, their history, and the account."""
    for kind in (model.Proposal, model.RecurringInvoice, model.SignerAccount):
        session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.account_id == event.account_id))
    history.forget(session, ctx, event.account_id)


def links_changed(session: Session, ctx: Context, event: contacts.LinksChanged) -> None:
    """Flag signers of open proposals whose contact is linked no longer, and take the flag off those linked again.

    A pending signature is never dropped in silence (R-LNK-3): the firm sees the flag, and may take the signer away.
    """
    account = account_row(session, ctx, event.account_id)
    if event.version <= account.links_version:
        return
    account.links_version = event.version
    waiting = proposing.of_account(ctx, event.account_id).where(model.Proposal.status.in_(rules.OPEN))
    for row in session.scalars(waiting.order_by(model.Proposal.id).with_for_update()).all():
        known = proposing.signers(session, ctx, row.id)
        for signer in known:
            is_unlinked = signer.contact_id not in event.contact_ids
            if signer.signed_at is None and signer.removed_at is None and signer.is_unlinked != is_unlinked:
                signer.is_unlinked = is_unlinked
                change = "signer_unlinked" if is_unlinked else "signer_linked"
                proposing.told(session, ctx, row, known, change, signer.contact_id)


def expire_due(db: Transactions, now: Context) -> int:
    """Note that the last day of proposals is over, in every firm, and tell of it; how many."""
    proposal = model.Proposal
    over = select(proposal.firm_id, proposal.id).where(
        proposal.status.in_(rules.OPEN), proposal.expires_on < now.now.date()
    )
    with db.reading(now) as session:
        found = session.execute(over.order_by(proposal.expires_on, proposal.id).limit(BATCH)).all()
    expired = 0
    for firm_id, proposal_id in found:
        ctx = replace(now, firm_id=firm_id)
        try:
            with db.transaction(ctx) as session:
                expired += expire(session, ctx, proposal_id)
        except AppError as problem:
            log.warning("proposal not expired", proposal_id=str(proposal_id), error=str(problem))
    return expired


def expire(session: Session, ctx: Context, proposal_id: object) -> bool:
    """Whether the proposal was open still and its last day is over; what recurs by it ends."""
    proposal = model.Proposal
    query = select(proposal).where(
        proposal.firm_id == ctx.firm, proposal.id == proposal_id, proposal.status.in_(rules.OPEN)
    )
    row = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if row is None:
        return False
    known = proposing.signers(session, ctx, row.id)
    if rules.status(proposal_snapshots.facts(row, known), ctx.now.date()) != "expired":
        return False
    recurring.end(session, ctx, row)
    proposing.told(session, ctx, row, known, "expired")
    return True
