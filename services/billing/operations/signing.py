"""Signatures of clients, and what follows from them (R-SIG-2, R-SIG-3, R-SIG-5, R-PRP-5)."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.proposal_content import Package, Proposal
from contracts.proposal_signing import (
    AlreadySigned,
    AnotherPackageChosen,
    DeclineProposal,
    OfferedProposal,
    SignProposal,
)
from contracts.proposals import ProposalNotFound, ProposalSigned, RemoveSigner, SignerNeeded, SignerNotFound
from services.billing import model, offers, proposal_snapshots, proposing
from services.billing.operations import recurring
from services.billing.operations.proposals import check_open
from services.billing.rules import proposals as rules


def sign_proposal(session: Session, ctx: Context, request: SignProposal) -> OfferedProposal:
    """Sign what was read, with one of its packages; the evidence is kept with the signature.

    Raises ProposalNotFound to who is no signer, AlreadySigned, ProposalNotOpen, ProposalChangedMeanwhile,
    AnotherPackageChosen, Invalid for a package that is not offered.
    """
    row, known, mine = _asked_to_sign(session, ctx, request)
    package = next((one for one in proposal_snapshots.packages(row) if one.id == request.package_id), None)
    if package is None:
        raise wrong("package_id", "Must be one of the proposal's packages.")
    if row.package_id not in (None, package.id):
        raise AnotherPackageChosen(package_id=str(row.package_id))
    content = proposal_snapshots.content(row)
    mine.signed_at, mine.declined_at, mine.decline_reason = ctx.now, None, ""
    mine.ip, mine.agent, mine.version_seen = request.ip, request.agent, row.version
    mine.package_id, mine.content_sha256 = package.id, rules.sha256(content)
    if row.package_id is None:
        row.package_id, row.signed_content = package.id, content
        recurring.start(session, ctx, row, package)
    _follow(session, ctx, row, known)
    proposing.told(session, ctx, row, known, "signature", mine.contact_id)
    return proposal_snapshots.offered(ctx, row, known, mine)


def decline_proposal(session: Session, ctx: Context, request: DeclineProposal) -> OfferedProposal:
    """Decline, with a reason; the proposal stays open to the others, and to a change of mind.

    Raises ProposalNotFound to who is no signer, AlreadySigned, ProposalNotOpen, ProposalChangedMeanwhile, Invalid.
    """
    row, known, mine = _asked_to_sign(session, ctx, request)
    reason = request.reason.strip()
    if not reason:
        raise wrong("reason", "Say why, so that the firm can do something about it.")
    mine.declined_at, mine.decline_reason = ctx.now, reason
    proposing.told(session, ctx, row, known, "declined", mine.contact_id)
    return proposal_snapshots.offered(ctx, row, known, mine)


def remove_signer(session: Session, ctx: Context, request: RemoveSigner) -> Proposal:
    """Take away a signer who is not needed; if all who remain have signed, the proposal is signed (R-SIG-5).

    Raises ProposalNotFound, SignerNotFound, ProposalNotOpen, SignerNeeded.
    """
    proposing.permitted(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    known = proposing.signers(session, ctx, row.id)
    signer = next((one for one in known if one.contact_id == request.contact_id and one.removed_at is None), None)
    if signer is None:
        raise SignerNotFound(contact_id=str(request.contact_id))
    check_open(ctx, row, known)
    if not rules.can_be_removed(proposal_snapshots.signing(signer), [proposal_snapshots.signing(one) for one in known]):
        raise SignerNeeded(contact_id=str(request.contact_id))
    signer.removed_at = ctx.now
    _follow(session, ctx, row, known)
    return proposing.told(session, ctx, row, known, "signer_removed", signer.contact_id)


def _asked_to_sign(
    session: Session, ctx: Context, request: SignProposal | DeclineProposal
) -> tuple[model.Proposal, proposing.Signers, model.ProposalSigner]:
    """The proposal, locked, and its signer who acts, who may sign or decline it as they read it."""
    contact_id = proposing.client(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    known = proposing.signers(session, ctx, row.id)
    mine = own(known, contact_id)
    if mine.signed_at is not None:
        raise AlreadySigned
    if mine.is_unlinked:
        raise ProposalNotFound(proposal_id=str(row.id))
    check_open(ctx, row, known)
    if row.version != request.version:
        raise proposing.changed_meanwhile(proposal_snapshots.offered(ctx, row, known, mine))
    return row, known, mine


def own(known: proposing.Signers, contact_id: UUID) -> model.ProposalSigner:
    """The signer who asks. Raises ProposalNotFound to everybody else, also who was taken away."""
    mine = next((one for one in known if one.contact_id == contact_id and one.removed_at is None), None)
    if mine is None:
        raise ProposalNotFound
    return mine


def _follow(session: Session, ctx: Context, row: model.Proposal, known: proposing.Signers) -> None:
    """Complete the proposal if nobody is missing any more: invoices in this transaction, the rest by the event."""
    signings = [proposal_snapshots.signing(one) for one in known]
    if row.signed_at is not None or not rules.is_complete(row.requirement, signings):  # type: ignore[arg-type]
        return
    row.signed_at = ctx.now
    package = _chosen(row)
    if row.invoicing == "on_signature":
        _invoice(session, ctx, row, package)
    proposing.settle(session, ctx, row, known)
    emit(
        session,
        ctx,
        ProposalSigned(
            account_id=row.account_id,
            proposal=proposal_snapshots.state(ctx, row, known),
            package_id=package.id,
            tag_ids=package.tag_ids,
            job=package.job,
        ),
    )


def _invoice(session: Session, ctx: Context, row: model.Proposal, package: Package) -> None:
    lines = offers.entries(package.lines, "one_off")
    if lines:
        made = offers.invoice(
            session,
            ctx,
            row.account_id,
            lines,
            currency=row.currency,
            memo=row.name,
            is_issued=row.issues_invoices,
        )
        row.invoice_ids = [*row.invoice_ids, made]


def _chosen(row: model.Proposal) -> Package:
    return next(one for one in proposal_snapshots.packages(row) if one.id == row.package_id)
