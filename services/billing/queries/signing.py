"""Proposals as they are read one by one: by the firm, and by their signers in the portal."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.proposal_content import Proposal
from contracts.proposal_signing import MyProposals, OfferedProposal, OfferedProposals
from contracts.proposals import ProposalNotFound, ProposalRef
from services.billing import model, proposal_snapshots, proposing
from services.billing.operations.signing import own

MOST = 200  # of one account that are shown to a signer


def get_proposal(session: Session, ctx: Context, request: ProposalRef) -> Proposal:
    """One proposal with its signers and their evidence. Raises ProposalNotFound, Forbidden to who may not."""
    proposing.permitted(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id)
    return proposal_snapshots.proposal(ctx, row, proposing.signers(session, ctx, row.id))


def list_my_proposals(session: Session, ctx: Context, request: MyProposals) -> OfferedProposals:
    """What the caller may sign or has signed, the latest sent first: never drafts, nor what is for others to sign."""
    contact_id = proposing.client(ctx)
    proposal, signer = model.Proposal, model.ProposalSigner
    is_mine = exists().where(
        signer.firm_id == proposal.firm_id,
        signer.proposal_id == proposal.id,
        signer.contact_id == contact_id,
        signer.removed_at.is_(None),
    )
    query = proposing.of_account(ctx, request.account_id).where(proposal.sent_at.is_not(None), is_mine)
    rows = session.scalars(query.order_by(proposal.sent_at.desc(), proposal.id.desc()).limit(MOST)).all()
    of_each: dict[UUID, list[model.ProposalSigner]] = defaultdict(list)
    theirs = select(signer).where(signer.firm_id == ctx.firm, signer.proposal_id.in_([row.id for row in rows]))
    for one in session.scalars(theirs.order_by(signer.position, signer.contact_id)):
        of_each[one.proposal_id].append(one)
    return OfferedProposals(
        items=tuple(
            proposal_snapshots.offered(ctx, row, of_each[row.id], own(of_each[row.id], contact_id)) for row in rows
        )
    )


def get_my_proposal(session: Session, ctx: Context, request: ProposalRef) -> OfferedProposal:
    """One of them. Raises ProposalNotFound, also for drafts and what is for others to sign."""
    contact_id = proposing.client(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id)
    if row.sent_at is None:
        raise ProposalNotFound(proposal_id=str(row.id))
    known = proposing.signers(session, ctx, row.id)
    return proposal_snapshots.offered(ctx, row, known, own(known, contact_id))
