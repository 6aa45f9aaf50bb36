"""The way of a proposal to its signers: who may sign is asked of contacts first, then one transaction sends it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import once
from chassis.context import Actor, Context
from chassis.db import Transactions
from chassis.errors import AppError, Invalid, Unavailable, wrong
from contracts import accounts, contacts, work
from contracts.common import Done
from contracts.proposal_content import Package, Proposal
from contracts.proposals import (
    NoSignatories,
    ProposalNotSendable,
    ProposalsNotSent,
    SendProposal,
    SendToAccounts,
    SentToAccount,
    SentToAccounts,
)
from services.billing import proposal_snapshots, proposing
from services.billing.operations import proposals, sending
from services.billing.operations.sending import Signatories, Signatory

R = TypeVar("R")
OFF = ("none", "revoked", "unlinked")  # an address in any other state of LOGIN may sign in, or will once it accepts


class Neighbours(NamedTuple):
    """Who is asked before something is sent."""

    contacts: contacts.Contacts
    accounts: accounts.Accounts
    work: work.Work


def send_proposal(db: Transactions, neighbours: Neighbours, ctx: Context, request: SendProposal) -> Proposal:
    """Send a draft to the signatories there are at this moment (R-SIG-1), once per key.

    Raises ProposalNotFound, ProposalNotSendable, ProposalChangedMeanwhile, NoSignatories, Invalid, Unavailable.
    """
    proposing.permitted(ctx)
    asked = once.digest("send_proposal", request)
    with db.reading(ctx) as session:
        row = proposing.find(session, ctx, request.account_id, request.proposal_id)
        name, packages, is_sent = row.name, proposal_snapshots.packages(row), row.sent_at is not None
    if is_sent:
        known = once.recall(db, ctx, asked, Proposal)
        if known is None:
            raise ProposalNotSendable
        return known  # type: ignore[no-any-return]
    _check_consequences(neighbours, ctx, packages)
    to = signatories(neighbours.contacts, ctx, request.account_id)
    if not to.people:
        _tell_not_sent(db, ctx, [request.account_id], name)
        raise NoSignatories(accounts=[str(request.account_id)])
    return _done_once(db, ctx, asked, Proposal, lambda session: sending.send(session, ctx, request, to))


def send_to_accounts(db: Transactions, neighbours: Neighbours, ctx: Context, request: SendToAccounts) -> SentToAccounts:
    """Make and send the same proposal for many accounts, each by itself, once per key (R-SIG-4). Raises Invalid."""
    proposing.permitted(ctx)
    asked = once.digest("send_to_accounts", request)
    known = once.recall(db, ctx, asked, SentToAccounts)
    if known is not None:
        return known  # type: ignore[no-any-return]
    account_ids = list(dict.fromkeys(request.account_ids))
    _check_consequences(neighbours, ctx, request.proposal.packages)
    seen = neighbours.accounts.get_accounts(ctx, accounts.GetAccounts(account_ids=tuple(account_ids)))
    visible = {one.id for one in seen.items}
    items = tuple(
        _sent(db, neighbours, ctx.keyed(str(account_id)), request, account_id)
        if account_id in visible
        else SentToAccount(account_id=account_id, refusal="account_not_found")
        for account_id in account_ids
    )
    answer = SentToAccounts(items=items)
    refused = [one.account_id for one in items if one.refusal == "no_signatories"]

    def end(session: Session) -> SentToAccounts:
        if refused:
            sending.not_sent(session, ctx, refused, request.proposal.name)
        return answer

    if any(one.refusal == "unavailable" for one in items):
        with db.transaction(ctx) as session:  # not the last word: asked for again, what is missing is sent
            return end(session)
    return _done_once(db, ctx, asked, SentToAccounts, end)


def signatories(contacts_: contacts.Contacts, ctx: Context, account_id: UUID) -> Signatories:
    """Who may sign for the account: its contacts with signing authority on an address whose LOGIN is on (R-SIG-1)."""
    as_system = replace(ctx, actor=Actor())
    linked = contacts_.list_account_contacts(as_system, contacts.AccountRef(account_id=account_id))
    people = []
    for one in linked.items:
        email = next(
            (each.address.email for each in one.addresses if each.is_signatory and each.login not in OFF), None
        )
        if email is not None:
            people.append(Signatory(one.contact.id, one.contact.display_name, email))
    return Signatories(linked.version, people)


def _sent(
    db: Transactions, neighbours: Neighbours, ctx: Context, request: SendToAccounts, account_id: UUID
) -> SentToAccount:
    """What came of one account; done once under a key of its own."""
    asked = once.digest("send_to_account", replace(request, account_ids=(account_id,)))
    try:
        known = once.recall(db, ctx, asked, SentToAccount)
        if known is not None:
            return known  # type: ignore[no-any-return]
        to = signatories(neighbours.contacts, ctx, account_id)
    except accounts.AccountNotFound:
        return SentToAccount(account_id=account_id, refusal="account_not_found")
    except Unavailable:
        return SentToAccount(account_id=account_id, refusal="unavailable")
    if not to.people:
        return SentToAccount(account_id=account_id, refusal="no_signatories")

    def make(session: Session) -> SentToAccount:
        row = proposals.drafted(session, ctx, account_id, request.proposal)
        sending.sent(session, ctx, row, to)
        return SentToAccount(account_id=account_id, proposal_id=row.id)

    try:
        return _done_once(db, ctx, asked, SentToAccount, make)
    except Unavailable:
        return SentToAccount(account_id=account_id, refusal="unavailable")
    except Invalid as invalid:
        faults = [{**fault, "field": f"proposal.{fault['field']}"} for fault in invalid.data["errors"]]
        raise Invalid(errors=faults) from invalid


def _tell_not_sent(db: Transactions, ctx: Context, account_ids: list[UUID], name: str) -> None:
    """Kept although the call is refused; a repeated call tells nobody again."""
    told = ctx.keyed("not_sent")
    asked = once.digest("not_sent", ProposalsNotSent(account_ids=tuple(account_ids), name=name))
    _done_once(db, told, asked, Done, lambda session: sending.not_sent(session, told, account_ids, name))


def _done_once(db: Transactions, ctx: Context, asked: bytes, kind: type[R], act: Callable[[Session], R]) -> R:
    """The answer of `act` in one transaction, or the one it gave before under this key."""
    try:
        with db.transaction(ctx) as session:
            answer = act(session)
            once.remember(session, ctx, asked, answer)
    except Unavailable:
        raise
    except (AppError, IntegrityError):
        known = once.recall(db, ctx, asked, kind)
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return answer


def _check_consequences(neighbours: Neighbours, ctx: Context, packages: Iterable[Any]) -> None:
    """Raise Invalid for a tag the firm has not, or a pipeline that is not available to the caller."""
    chosen: list[Package] = list(packages)
    tag_ids = {tag_id for one in chosen for tag_id in one.tag_ids}
    if tag_ids:
        known = {tag.id for tag in neighbours.accounts.list_tags(ctx, Done()).items}
        if tag_ids - known:
            raise wrong("packages", f"Not a tag of the firm: {', '.join(map(str, sorted(tag_ids - known)))}.")
    pipeline_ids = {one.job.pipeline_id for one in chosen if one.job is not None}
    if pipeline_ids:
        available = {pipeline.id for pipeline in neighbours.work.list_pipelines(ctx, Done()).items}
        if pipeline_ids - available:
            missing = ", ".join(map(str, sorted(pipeline_ids - available)))
            raise wrong("packages", f"No such pipeline, or it is not available to you: {missing}.")
