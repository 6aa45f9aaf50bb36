"""Proposals and engagement letters as the firm writes them, until they are sent and after (R-PRP-4, R-PRP-5)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import wrong
from chassis.outbox import emit
from chassis.wire import UNSET, dump, to_json
from contracts.common import Done
from contracts.payments import RecordPayment
from contracts.proposal_content import Package, PackageEntry, Proposal, ProposalContent
from contracts.proposals import (
    ChangeProposal,
    CopyProposal,
    CreateProposal,
    DepositNotDue,
    ProposalDrafted,
    ProposalNotDeletable,
    ProposalNotEditable,
    ProposalNotOpen,
    ProposalRef,
    ReceiveDeposit,
    WithdrawProposal,
)
from services.billing import model, offers, people, proposal_snapshots, proposing
from services.billing.operations import payments, recurring
from services.billing.rules import proposals as rules

PLAIN = (
    "kind", "introduction", "requirement", "payment_method", "authorization", "invoicing", "issues_invoices",
    "recurs_from", "expires_on",
)  # fmt: skip


def create_proposal(session: Session, ctx: Context, request: CreateProposal) -> Proposal:
    """Write a draft, which only its author and who may manage proposals see (R-OV-9). Raises Forbidden, Invalid."""
    proposing.permitted(ctx)
    row = drafted(session, ctx, request.account_id, request)
    return _drafted(session, ctx, row, "created")


def drafted(session: Session, ctx: Context, account_id: UUID, content: ProposalContent) -> model.Proposal:
    """A new draft of this content, told to nobody yet. Raises Invalid."""
    rules.check_expiry(content.expires_on, ctx.now.date())
    currency = content.currency or offers.currency_of_firm(session, ctx)
    row = model.Proposal(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=account_id,
        author_kind=ctx.actor.kind,
        author_id=ctx.actor.id,
        author_name=ctx.actor.name,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
        name=_trimmed("name", content.name),
        terms=_plain(content.terms),
        currency=currency,
        deposit=offers.deposit(content.deposit, currency),
        packages=_plain(_packages(session, ctx, content.invoicing, content.packages, currency)),
        status="draft",
        withdrawal_reason="",
        invoice_ids=[],
        **{name: getattr(content, name) for name in PLAIN},
    )
    session.add(row)
    session.flush()
    return row


def change_proposal(session: Session, ctx: Context, request: ChangeProposal) -> Proposal:
    """Edit it, as long as nobody has signed it; the signers of a sent one stay (R-PRP-4, R-SIG-5).

    Raises ProposalNotFound, ProposalChangedMeanwhile, ProposalNotEditable, Invalid.
    """
    proposing.permitted(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    known = proposing.signers(session, ctx, row.id)
    proposing.same_version(ctx, row, known, request.version)
    facts = proposal_snapshots.facts(row, known)
    before = rules.status(facts, ctx.now.date())
    if not rules.is_editable(before, has_signatures=rules.signed(facts.signers) > 0):
        raise ProposalNotEditable(state=before)
    _edit(session, ctx, row, request)
    rules.check_expiry(row.expires_on, ctx.now.date())
    row.version += 1
    if row.sent_at is None:
        return _drafted(session, ctx, row, "changed")
    return proposing.told(session, ctx, row, known, "edited")


def copy_proposal(session: Session, ctx: Context, request: CopyProposal) -> Proposal:
    """Make a draft with the same content, of the caller's own. Raises ProposalNotFound."""
    proposing.permitted(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id)
    content = ProposalContent(
        name=request.name or row.name,
        terms=proposal_snapshots.terms(row),
        packages=entries(proposal_snapshots.packages(row)),
        currency=row.currency,
        deposit=proposal_snapshots.deposit(row),
        **{name: getattr(row, name) for name in PLAIN} | _still_ahead(ctx, row),
    )
    return _drafted(session, ctx, drafted(session, ctx, request.account_id, content), "created")


def delete_proposal(session: Session, ctx: Context, request: ProposalRef) -> Done:
    """Delete a draft, or what was sent and nobody has signed. Raises ProposalNotFound, ProposalNotDeletable."""
    proposing.permitted(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    known = proposing.signers(session, ctx, row.id)
    facts = proposal_snapshots.facts(row, known)
    now = rules.status(facts, ctx.now.date())
    if not rules.is_deletable(
        now,
        has_signatures=rules.signed(facts.signers) > 0,
        is_archived=_is_archived(session, ctx, row.account_id),
    ):
        raise ProposalNotDeletable(state=now)
    if row.sent_at is None:
        _tell_of_draft(session, ctx, row, "deleted")
    else:
        proposing.told(session, ctx, row, known, "deleted")
    session.delete(row)
    session.flush()
    return Done()


def withdraw_proposal(session: Session, ctx: Context, request: WithdrawProposal) -> Proposal:
    """Take back what was sent; what recurs by its first signature ends. Raises ProposalNotOpen and the usual."""
    proposing.permitted(ctx)
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    known = proposing.signers(session, ctx, row.id)
    check_open(ctx, row, known)
    proposing.same_version(ctx, row, known, request.version)
    row.withdrawn_at = ctx.now
    row.withdrawal_reason = request.reason.strip()
    recurring.end(session, ctx, row)
    return proposing.told(session, ctx, row, known, "withdrawn")


def receive_deposit(session: Session, ctx: Context, request: ReceiveDeposit) -> Proposal:
    """Record the deposit of a signed proposal as received: it is the account's credit from then on (R-CRD-1, R-PRP-5).

    Raises Forbidden, ProposalNotFound, DepositNotDue, and what recording a payment raises.
    """
    people.may(ctx, "manage_payments")
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    if row.deposit is None or row.signed_at is None or row.deposit_received_at is not None:
        raise DepositNotDue
    received = RecordPayment(
        account_id=row.account_id,
        amount=row.deposit,
        currency=row.currency,
        method=request.method,
        received_on=request.received_on,
        reference=request.reference,
        note=row.name,
        rest="deposit",
    )
    payments.record_payment(session, ctx, received)
    row.deposit_received_at = ctx.now
    return proposing.told(session, ctx, row, proposing.signers(session, ctx, row.id), "deposit_received")


def check_open(ctx: Context, row: model.Proposal, known: proposing.Signers) -> None:
    """Raise ProposalNotOpen unless it waits for signatures."""
    now = rules.status(proposal_snapshots.facts(row, known), ctx.now.date())
    if now not in rules.OPEN:
        raise ProposalNotOpen(state=now)


def entries(packages: Sequence[Package]) -> tuple[PackageEntry, ...]:
    """Packages as they were written."""
    return tuple(
        PackageEntry(name=one.name, description=one.description, lines=one.lines, tag_ids=one.tag_ids, job=one.job)
        for one in packages
    )


def _edit(session: Session, ctx: Context, row: model.Proposal, request: ChangeProposal) -> None:
    given = dump(request)
    for name in PLAIN:
        if name in given:
            setattr(row, name, given[name])
    if request.name is not UNSET:
        row.name = _trimmed("name", request.name)
    if request.terms is not UNSET:
        row.terms = _plain(request.terms)
    if request.currency is not UNSET:
        row.currency = request.currency
    deposit = row.deposit if request.deposit is UNSET else request.deposit
    row.deposit = offers.deposit(deposit, row.currency)
    if request.packages is not UNSET:
        row.packages = _plain(_packages(session, ctx, row.invoicing, request.packages, row.currency))
    else:
        kept = proposal_snapshots.packages(row)
        ids = [one.id for one in kept]
        row.packages = _plain(_packages(session, ctx, row.invoicing, entries(kept), row.currency, ids))
    session.flush()


def _packages(
    session: Session,
    ctx: Context,
    invoicing: str,
    written: Sequence[PackageEntry],
    currency: str,
    ids: Sequence[UUID] = (),
) -> list[Package]:
    """The packages as they are offered, under new ids unless they have theirs. Raises Invalid."""
    rules.check_packages(invoicing, written)
    return [
        Package(
            id=package_id,
            name=one.name.strip(),
            description=one.description.strip(),
            lines=one.lines,
            once=offers.total(session, ctx, f"packages.{place}.lines", one.lines, "one_off", currency),
            monthly=offers.total(session, ctx, f"packages.{place}.lines", one.lines, "monthly", currency),
            tag_ids=tuple(dict.fromkeys(one.tag_ids)),
            job=one.job,
        )
        for place, (one, package_id) in enumerate(zip(written, ids or [new_id() for _ in written], strict=True))
    ]


def _still_ahead(ctx: Context, row: model.Proposal) -> dict[str, Any]:
    """The days of a copy: those that are over are left out."""
    today = ctx.now.date()
    return {
        name: day if day is not None and day >= today else None
        for name, day in (("expires_on", row.expires_on), ("recurs_from", row.recurs_from))
    }


def _drafted(session: Session, ctx: Context, row: model.Proposal, change: Any) -> Proposal:
    proposing.settle(session, ctx, row, ())
    _tell_of_draft(session, ctx, row, change)
    return proposal_snapshots.proposal(ctx, row, ())


def _tell_of_draft(session: Session, ctx: Context, row: model.Proposal, change: Any) -> None:
    emit(session, ctx, ProposalDrafted(account_id=row.account_id, proposal_id=row.id, change=change))


def _is_archived(session: Session, ctx: Context, account_id: UUID) -> bool:
    known = session.get(model.SignerAccount, (ctx.firm, account_id))
    return known is not None and known.state == "archived"


def _trimmed(field: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise wrong(field, "Must not be blank.")
    return text


def _plain(items: Sequence[Any]) -> list[dict[str, Any]]:
    return [orjson.loads(to_json(item)) for item in items]
