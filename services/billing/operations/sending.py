"""Sending of proposals to those who may sign at that moment (R-SIG-1, R-SIG-4, R-SIG-5)."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable
from chassis.outbox import emit
from contracts.common import Done
from contracts.proposal_content import Proposal
from contracts.proposals import ProposalNotSendable, ProposalsNotSent, SendProposal
from services.billing import model, proposing
from services.billing.rules import proposals as rules


class Signatory(NamedTuple):
    """A contact with signing authority, by its first address that has it."""

    contact_id: UUID
    name: str
    email: str


class Signatories(NamedTuple):
    """Who may sign for an account; `version` is that of the account's links as contacts told them."""

    version: int
    people: Sequence[Signatory]


def send(session: Session, ctx: Context, request: SendProposal, to: Signatories) -> Proposal:
    """Send a draft to all who may sign. Raises ProposalNotFound, ProposalNotSendable, ProposalChangedMeanwhile."""
    row = proposing.find(session, ctx, request.account_id, request.proposal_id, lock=True)
    known = proposing.signers(session, ctx, row.id)
    if row.sent_at is not None:
        raise ProposalNotSendable
    proposing.same_version(ctx, row, known, request.version)
    return sent(session, ctx, row, to)


def sent(session: Session, ctx: Context, row: model.Proposal, to: Signatories) -> Proposal:
    """A draft of this transaction, sent."""
    rules.check_expiry(row.expires_on, ctx.now.date())
    _check_still_linked(session, ctx, row.account_id, to.version)
    for position, person in enumerate(to.people):
        session.add(
            model.ProposalSigner(
                firm_id=ctx.firm,
                proposal_id=row.id,
                contact_id=person.contact_id,
                account_id=row.account_id,
                position=position,
                name=person.name,
                email=person.email,
                is_unlinked=False,
                decline_reason="",
                ip="",
                agent="",
                content_sha256="",
            )
        )
    row.sent_at = ctx.now
    row.status = "pending"
    session.flush()
    return proposing.told(session, ctx, row, proposing.signers(session, ctx, row.id), "sent")


def not_sent(session: Session, ctx: Context, account_ids: Sequence[UUID], name: str) -> Done:
    """Tell for which accounts nobody may sign (R-SIG-4)."""
    emit(session, ctx, ProposalsNotSent(account_ids=tuple(account_ids), name=name))
    return Done()


def account_row(session: Session, ctx: Context, account_id: UUID) -> model.SignerAccount:
    """What is known of an account, locked, so that sending to it and unlinking from it wait for each other."""
    known = {"firm_id": ctx.firm, "account_id": account_id, "state": "active", "version": 0, "links_version": 0}
    session.execute(insert(model.SignerAccount).values(known).on_conflict_do_nothing())
    return session.get_one(model.SignerAccount, (ctx.firm, account_id), with_for_update=True, populate_existing=True)


def _check_still_linked(session: Session, ctx: Context, account_id: UUID, version: int) -> None:
    """Refuse signatories older than the links we were told of since: one of them may have been unlinked meanwhile."""
    account = account_row(session, ctx, account_id)
    if account.links_version > version:
        raise Unavailable("The account's contacts are changing at this moment; try again.")
