"""Whether what happened is a contact's to see, and still open: its owner is asked as that very contact (R-POR-1)."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple
from uuid import UUID

from chassis.context import Actor, Context
from chassis.errors import NotFound
from contracts.approvals import AccountApprovals, ApprovalCalls, DocumentLocked
from contracts.chats import ThreadRef
from contracts.invoices import InvoiceRef, Invoices
from contracts.organizers import OrganizerCalls, OrganizerRef
from contracts.portal_chats import PortalChats
from contracts.portal_documents import PortalDocumentRef, PortalDocuments
from contracts.proposal_signing import ProposalSigning
from contracts.proposals import ProposalRef
from contracts.signatures import SignatureRef
from contracts.signing import SigningCalls
from services.notifications.happenings.noting import money

# `done`: there is nothing left for this contact to do, so that nobody reminds them.
Verdict = Literal["theirs", "not_theirs", "withdrawn", "done"]
UNPAID = ("unpaid", "partially_paid", "overdue")
UNSUBMITTED = ("not_opened", "opened", "in_progress", "reopened")


@dataclass(frozen=True, kw_only=True)
class Owners:
    """Who knows what is whose."""

    documents: PortalDocuments
    approvals: ApprovalCalls
    signing: SigningCalls
    organizers: OrganizerCalls
    chats: PortalChats
    proposals: ProposalSigning
    invoices: Invoices


@dataclass(frozen=True)
class Sight:
    """`facts` are those that the letter tells besides, as they are by now."""

    verdict: Verdict
    facts: Mapping[str, Any] = field(default_factory=dict)


class Asked(NamedTuple):
    """What is asked for: `ids` lead to it. `ctx` is the contact's."""

    owners: Owners
    ctx: Context
    account_id: UUID
    ids: Mapping[str, str]


THEIRS, DONE = Sight("theirs"), Sight("done")


def see(owners: Owners, ctx: Context, kind: str, account_id: UUID, contact_id: UUID, ids: Mapping[str, str]) -> Sight:
    """Ask for one contact. Raises Unavailable."""
    look = LOOKS.get(kind)
    if look is None:
        return THEIRS
    actor = Actor(kind="portal", id=contact_id, account_id=account_id)
    try:
        return look(Asked(owners, replace(ctx, actor=actor), account_id, ids))
    except NotFound:
        return DONE if kind.endswith("_reminder") else Sight("not_theirs")


def _document(asked: Asked) -> Sight:
    """What waits for an invoice to be paid is not theirs either: it does not show anywhere (R-APR-3)."""
    request = PortalDocumentRef(account_id=asked.account_id, document_id=UUID(asked.ids["document_id"]))
    try:
        asked.owners.documents.get_portal_document(asked.ctx, request)
    except DocumentLocked:
        return Sight("not_theirs")
    return THEIRS


def _approval(asked: Asked) -> Sight:
    found = asked.owners.approvals.list_own_approvals(asked.ctx, AccountApprovals(account_id=asked.account_id))
    mine = [one for one in found.items if str(one.id) == asked.ids["approval_id"]]
    if not mine:
        raise NotFound
    return THEIRS if mine[0].status == "pending" else DONE


def _signature(asked: Asked) -> Sight:
    request = SignatureRef(account_id=asked.account_id, signature_id=UUID(asked.ids["signature_id"]))
    found = asked.owners.signing.get_own_signature(asked.ctx, request)
    if found.status in ("voided", "declined"):
        return Sight("withdrawn")
    return THEIRS if found.my_status == "pending" and (found.is_my_turn or found.is_locked) else DONE


def _thread(asked: Asked) -> Sight:
    request = ThreadRef(account_id=asked.account_id, thread_id=UUID(asked.ids["thread_id"]))
    return Sight("theirs", {"subject": asked.owners.chats.get_portal_thread(asked.ctx, request).subject})


def _proposal(asked: Asked) -> Sight:
    request = ProposalRef(account_id=asked.account_id, proposal_id=UUID(asked.ids["proposal_id"]))
    found = asked.owners.proposals.get_my_proposal(asked.ctx, request)
    if found.status == "withdrawn":
        return Sight("withdrawn")
    facts = {} if found.expires_on is None else {"expires_on": found.expires_on.isoformat()}
    return Sight("theirs", facts) if found.can_sign else DONE


def _organizer(asked: Asked) -> Sight:
    request = OrganizerRef(account_id=asked.account_id, organizer_id=UUID(asked.ids["organizer_id"]))
    found = asked.owners.organizers.get_own_organizer(asked.ctx, request)
    is_latest = found.sent_at == dt.datetime.fromisoformat(asked.ids["sent_at"])
    return THEIRS if is_latest and found.status in UNSUBMITTED and not found.is_sealed else DONE


def _invoice(asked: Asked) -> Sight:
    request = InvoiceRef(account_id=asked.account_id, invoice_id=UUID(asked.ids["invoice_id"]))
    found = asked.owners.invoices.get_own_invoice(asked.ctx, request)
    if found.status not in UNPAID:
        return DONE
    return Sight("theirs", {"amount": money(found.remaining, found.currency)})


LOOKS: Mapping[str, Callable[[Asked], Sight]] = {
    "documents_uploaded": _document,
    "approval_requested": _approval,
    "approval_reminder": _approval,
    "signature_requested": _signature,
    "signature_reminder": _signature,
    "client_tasks": _thread,
    "proposal_sent": _proposal,
    "proposal_reminder": _proposal,
    "organizer_reminder": _organizer,
    "invoice_reminder": _invoice,
}
