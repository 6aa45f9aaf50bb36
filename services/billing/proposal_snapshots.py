"""Proposals as the contract shows them: to the firm, to a signer, to whoever hears of them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from chassis import wire
from chassis.context import Context
from contracts.invoices import Author
from contracts.money import shown
from contracts.proposal_content import Package, Proposal, Signature, Signer, SignerState, Term
from contracts.proposal_signing import OfferedPackage, OfferedProposal
from contracts.proposals import ProposalState
from services.billing import model
from services.billing.rules import proposals as rules
from services.billing.rules.proposals import Facts, Signing


def facts(row: model.Proposal, signers: Iterable[model.ProposalSigner]) -> Facts:
    """What the status of a proposal follows from."""
    return Facts(
        is_sent=row.sent_at is not None,
        is_complete=row.signed_at is not None,
        is_withdrawn=row.withdrawn_at is not None,
        expires_on=row.expires_on,
        signers=tuple(signing(one) for one in signers),
    )


def signing(signer: model.ProposalSigner) -> Signing:
    return Signing(has_signed=signer.signed_at is not None, is_removed=signer.removed_at is not None)


def packages(row: model.Proposal) -> tuple[Package, ...]:
    return tuple(wire.load(Package, each) for each in row.packages)


def terms(row: model.Proposal) -> tuple[Term, ...]:
    return tuple(wire.load(Term, each) for each in row.terms)


def deposit(row: model.Proposal) -> Decimal | None:
    return None if row.deposit is None else shown(row.deposit, row.currency)


def content(row: model.Proposal) -> str:
    """The one spelling of what a signer sees. What is added to messages later does not change it."""
    seen = {
        "kind": row.kind,
        "name": row.name,
        "introduction": row.introduction,
        "terms": [[one.title, one.text] for one in terms(row)],
        "packages": [
            [
                one.id,
                one.name,
                one.description,
                [[x.service, x.description, x.quantity, x.unit_price, x.tax_rate, x.cadence] for x in one.lines],
            ]
            for one in packages(row)
        ],
        "requirement": row.requirement,
        "currency": row.currency,
        "deposit": deposit(row),
        "payment_method": row.payment_method,
        "authorization": row.authorization,
        "invoicing": row.invoicing,
        "recurs_from": row.recurs_from,
        "expires_on": row.expires_on,
    }
    return rules.canonical(row.id, row.account_id, seen)


def proposal(ctx: Context, row: model.Proposal, signers: Sequence[model.ProposalSigner]) -> Proposal:
    """All of it, for the firm."""
    known = facts(row, signers)
    return Proposal(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        introduction=row.introduction,
        terms=terms(row),
        packages=packages(row),
        requirement=row.requirement,  # type: ignore[arg-type]
        currency=row.currency,
        deposit=deposit(row),
        payment_method=row.payment_method,  # type: ignore[arg-type]
        authorization=row.authorization,  # type: ignore[arg-type]
        invoicing=row.invoicing,  # type: ignore[arg-type]
        issues_invoices=row.issues_invoices,
        recurs_from=row.recurs_from,
        expires_on=row.expires_on,
        status=rules.status(known, ctx.now.date()),
        author=Author(kind=row.author_kind, id=row.author_id, name=row.author_name),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        content_sha256=rules.sha256(content(row)),
        sent_at=row.sent_at,
        signed_at=row.signed_at,
        withdrawn_at=row.withdrawn_at,
        withdrawal_reason=row.withdrawal_reason,
        signers=tuple(_signer(one) for one in signers),
        signed=rules.signed(known.signers),
        signers_total=rules.remaining(known.signers),
        package_id=row.package_id,
        deposit_received_at=row.deposit_received_at,
        invoice_ids=tuple(row.invoice_ids),
    )


def state(ctx: Context, row: model.Proposal, signers: Iterable[model.ProposalSigner]) -> ProposalState:
    """As much as others need."""
    known = facts(row, signers)
    return ProposalState(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        status=rules.status(known, ctx.now.date()),
        signed=rules.signed(known.signers),
        signers_total=rules.remaining(known.signers),
        version=row.version,
    )


def offered(
    ctx: Context, row: model.Proposal, signers: Iterable[model.ProposalSigner], mine: model.ProposalSigner
) -> OfferedProposal:
    """What its signer sees of a sent one."""
    if row.sent_at is None:
        text = "a draft is shown to nobody outside the firm"
        raise ValueError(text)
    known = facts(row, signers)
    now = rules.status(known, ctx.now.date())
    mine_is: SignerState = _state(mine)
    return OfferedProposal(
        id=row.id,
        account_id=row.account_id,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        introduction=row.introduction,
        terms=terms(row),
        packages=tuple(_offered(one) for one in packages(row)),
        requirement=row.requirement,  # type: ignore[arg-type]
        currency=row.currency,
        deposit=deposit(row),
        payment_method=row.payment_method,  # type: ignore[arg-type]
        authorization=row.authorization,  # type: ignore[arg-type]
        invoicing=row.invoicing,  # type: ignore[arg-type]
        recurs_from=row.recurs_from,
        expires_on=row.expires_on,
        status=now,
        version=row.version,
        content_sha256=rules.sha256(content(row)),
        sent_at=row.sent_at,
        signed_at=row.signed_at,
        signed=rules.signed(known.signers),
        signers_total=rules.remaining(known.signers),
        package_id=row.package_id,
        state=mine_is,  # type: ignore[arg-type]  # a removed signer sees nothing
        signed_by_me_at=mine.signed_at,
        can_sign=now in rules.OPEN and mine_is != "signed" and not mine.is_unlinked,
    )


def _offered(package: Package) -> OfferedPackage:
    return OfferedPackage(
        id=package.id,
        name=package.name,
        description=package.description,
        lines=package.lines,
        once=package.once,
        monthly=package.monthly,
    )


def _state(signer: model.ProposalSigner) -> SignerState:
    if signer.removed_at is not None:
        return "removed"
    if signer.signed_at is not None:
        return "signed"
    return "pending" if signer.declined_at is None else "declined"


def _signer(signer: model.ProposalSigner) -> Signer:
    return Signer(
        contact_id=signer.contact_id,
        name=signer.name,
        email=signer.email,
        state=_state(signer),
        is_unlinked=signer.is_unlinked,
        signature=_signature(signer),
        declined_at=signer.declined_at,
        decline_reason=signer.decline_reason,
    )


def _signature(signer: model.ProposalSigner) -> Signature | None:
    if signer.signed_at is None or signer.package_id is None or signer.version_seen is None:
        return None
    return Signature(
        signed_at=signer.signed_at,
        ip=signer.ip,
        agent=signer.agent,
        package_id=signer.package_id,
        version=signer.version_seen,
        content_sha256=signer.content_sha256,
    )
