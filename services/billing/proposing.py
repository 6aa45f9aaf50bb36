"""How proposals are found and locked, and how a change of one ends: its status follows, and it is told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Forbidden
from chassis.outbox import emit
from chassis.wire import to_json
from contracts.proposal_content import Proposal
from contracts.proposals import ProposalChanged, ProposalChangedMeanwhile, ProposalNotFound
from services.billing import model, people, proposal_snapshots
from services.billing.rules import proposals as rules

Signers = Sequence[model.ProposalSigner]


def permitted(ctx: Context) -> None:
    """Raise Forbidden unless the caller may manage proposals (R-PRP-4)."""
    people.may(ctx, "manage_proposals")


def client(ctx: Context) -> UUID:
    """The contact who acts in the portal. Raises Forbidden for the firm's own people: nobody signs for a client."""
    if ctx.actor.kind != "portal" or ctx.actor.id is None:
        raise Forbidden("Only a client does this, in the portal.")
    return ctx.actor.id


def of_account(ctx: Context, account_id: UUID) -> Select[tuple[model.Proposal]]:
    return select(model.Proposal).where(model.Proposal.firm_id == ctx.firm, model.Proposal.account_id == account_id)


def find(session: Session, ctx: Context, account_id: UUID, proposal_id: UUID, *, lock: bool = False) -> model.Proposal:
    """The proposal of this account; locked, its signers wait too. Raises ProposalNotFound."""
    query = of_account(ctx, account_id).where(model.Proposal.id == proposal_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise ProposalNotFound(proposal_id=str(proposal_id))
    return row


def signers(session: Session, ctx: Context, proposal_id: UUID) -> Signers:
    """All of them in their order, also those taken away."""
    signer = model.ProposalSigner
    query = select(signer).where(signer.firm_id == ctx.firm, signer.proposal_id == proposal_id)
    query = query.order_by(signer.position, signer.contact_id).execution_options(populate_existing=True)
    return session.scalars(query).all()


def same_version(ctx: Context, row: model.Proposal, known: Signers, seen: int) -> None:
    """Refuse what was asked on an older content. Raises ProposalChangedMeanwhile."""
    if row.version != seen:
        raise changed_meanwhile(proposal_snapshots.proposal(ctx, row, known))


def changed_meanwhile(current: Any) -> ProposalChangedMeanwhile:
    """The refusal of what was asked on an older content, with what is there now."""
    return ProposalChangedMeanwhile(current=orjson.loads(to_json(current)))


def settle(session: Session, ctx: Context, row: model.Proposal, known: Signers) -> None:
    """Keep the status that follows from the facts."""
    row.status = rules.status(proposal_snapshots.facts(row, known), ctx.now.date())
    row.updated_at = ctx.now
    session.flush()


def told(
    session: Session, ctx: Context, row: model.Proposal, known: Signers, change: Any, contact_id: UUID | None = None
) -> Proposal:
    """Settle the status, tell what changed, and give the proposal."""
    settle(session, ctx, row, known)
    state = proposal_snapshots.state(ctx, row, known)
    emit(
        session,
        ctx,
        ProposalChanged(account_id=row.account_id, proposal=state, change=change, contact_id=contact_id),
    )
    return proposal_snapshots.proposal(ctx, row, known)
