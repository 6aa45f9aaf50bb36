"""What may wait for a client's person on an account: whom to ask, and what of the answer waits."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.context import Context
from chassis.errors import AppError
from contracts.approvals import AccountApprovals, ApprovalCalls, Approvals
from contracts.billing import Billing
from contracts.invoices import ListOwnInvoices, OwnInvoices
from contracts.organizers import AccountOrganizers, OrganizerCalls, OrganizerSummaries
from contracts.portal_chats import ListPortalThreads, PortalChats, PortalThreads
from contracts.proposal_signing import MyProposals, OfferedProposals, ProposalSigning
from contracts.signing import AccountSignatures, AskedSignature, AskedSignatures, SigningCalls
from gateway.web.page import Visit
from gateway.web.words import later_count

SECONDS = 2.0  # for each owner to answer; the page is drawn without whoever is late
MOST_ROWS = 100  # the latest invoices and threads that are looked through
OPEN_ORGANIZERS = frozenset({"not_opened", "opened", "in_progress", "reopened"})
OPEN_SIGNATURES = frozenset({"pending", "partially_signed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One thing that waits; `path` is below the account's pages. `amount` is with its currency."""

    title: str
    path: str
    due_on: dt.date | None = None
    amount: tuple[Decimal, str] | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """`area` is the part of the portal where it is done."""

    area: str
    icon: str
    call: Callable[..., Any]
    request: Callable[[UUID], Any]
    todos: Callable[[Any], Sequence[Todo]]
    words: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What waits of one kind; none when its owner did not say so in time."""

    kind: Kind
    todos: Sequence[Todo] | None


def is_to_sign(one: AskedSignature) -> bool:
    return one.my_status == "pending" and one.is_my_turn and one.status in OPEN_SIGNATURES


def _signatures(found: AskedSignatures) -> list[Todo]:
    return [Todo(title=one.document_name, path=f"/signatures/{one.id}") for one in found.items if is_to_sign(one)]


def _approvals(found: Approvals) -> list[Todo]:
    return [
        Todo(title=one.document_name, path=f"/approvals/{one.id}") for one in found.items if one.status == "pending"
    ]


def _proposals(found: OfferedProposals) -> list[Todo]:
    return [
        Todo(title=one.name, path=f"/proposals/{one.id}", due_on=one.expires_on) for one in found.items if one.can_sign
    ]


def _organizers(found: OrganizerSummaries) -> list[Todo]:
    return [
        Todo(title=one.name, path=f"/organizers/{one.id}", percent=one.progress)
        for one in found.items
        if one.status in OPEN_ORGANIZERS
    ]


def _invoices(found: OwnInvoices) -> list[Todo]:
    return [
        Todo(title=one.number, path=f"/invoices/{one.id}", due_on=one.due_on, amount=(one.remaining, one.currency))
        for one in found.items
        if one.remaining > 0
    ]


def _threads(found: PortalThreads) -> list[Todo]:
    return [Todo(title=one.subject, path=f"/chats/{one.id}") for one in found.items if one.is_unread]


def _tasks(found: PortalThreads) -> list[Todo]:
    return [
        Todo(title=task.title, path=f"/chats/{one.id}#tasks")
        for one in found.items
        for task in one.tasks
        if task.done_at is None
    ]


def _active(account_id: UUID) -> ListPortalThreads:
    return ListPortalThreads(account_id=account_id, limit=MOST_ROWS)


KINDS = (
    Kind(
        "requests",
        "signatures",
        SigningCalls.list_own_signatures,
        lambda account_id: AccountSignatures(account_id=account_id),
        _signatures,
        later_count("%(num)d document to sign", "%(num)d documents to sign"),
    ),
    Kind(
        "requests",
        "approvals",
        ApprovalCalls.list_own_approvals,
        lambda account_id: AccountApprovals(account_id=account_id),
        _approvals,
        later_count("%(num)d document to approve", "%(num)d documents to approve"),
    ),
    Kind(
        "proposals",
        "proposals",
        ProposalSigning.list_my_proposals,
        lambda account_id: MyProposals(account_id=account_id),
        _proposals,
        later_count("%(num)d proposal to sign", "%(num)d proposals to sign"),
    ),
    Kind(
        "organizers",
        "organizers",
        OrganizerCalls.list_own_organizers,
        lambda account_id: AccountOrganizers(account_id=account_id),
        _organizers,
        later_count("%(num)d questionnaire to fill in", "%(num)d questionnaires to fill in"),
    ),
    Kind(
        "invoices",
        "invoices",
        Billing.list_own_invoices,
        lambda account_id: ListOwnInvoices(account_id=account_id, limit=MOST_ROWS),
        _invoices,
        later_count("%(num)d invoice to pay", "%(num)d invoices to pay"),
    ),
    Kind(
        "chats",
        "chats",
        PortalChats.list_portal_threads,
        _active,
        _threads,
        later_count("%(num)d conversation with unread messages", "%(num)d conversations with unread messages"),
    ),
    Kind(
        "chats",
        "tasks",
        PortalChats.list_portal_threads,
        _active,
        _tasks,
        later_count("%(num)d task to do", "%(num)d tasks to do"),
    ),
)


async def find(visit: Visit, ctx: Context, account_id: UUID) -> list[Found]:
    """Ask all owners at once what waits on the account for the contact of `ctx`; each is asked once."""
    calls = {kind.call: kind.request(account_id) for kind in KINDS}
    answers = await asyncio.gather(*(_answer(visit, ctx, call, request) for call, request in calls.items()))
    known = dict(zip(calls, answers, strict=True))
    return [Found(kind, None if known[kind.call] is None else kind.todos(known[kind.call])) for kind in KINDS]


async def _answer(visit: Visit, ctx: Context, call: Callable[..., Any], request: Any) -> Any:
    try:
        return await visit.ask(call, request, ctx, SECONDS)
    except AppError:
        return None
