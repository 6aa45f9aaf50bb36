"""What came of documents that were sent is kept, once: where each is in QuickBooks, or why it is not (§6.5)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.quickbooks_errors import Case, QuickBooksProblem
from services.quickbooks import model
from services.quickbooks import rules as common
from services.quickbooks.client import Refusal
from services.quickbooks.documents import doubles, drift, lanes, marking, preparing, rules
from services.quickbooks.operations import marking as of_accounts

AGAIN = 2  # times that something is read again and merged, which was changed at the same time
ROOM = 3  # times that it is tried again while others of the account are under way, which may make room
TRIES = 9  # of what may pass by itself
SOON_SECONDS = 2.0
INACTIVE = "made inactive"  # of what a document refers to, in QuickBooks' words; else it is gone itself


@dataclass(frozen=True)
class Outcome:
    """What QuickBooks has of a document since, or why it refused it."""

    entity: dict[str, Any] | None = None
    refusal: Refusal | None = None
    intuit_tid: str = ""


def case_of(refusal: Refusal) -> Case:
    """Which row of the table of errors a refusal belongs to; what may pass by itself is `unreachable`."""
    return common.case_of(refusal.code, refusal.http, refusal.said) or "unreachable"


def answered(session: Session, ctx: Context, push_id: UUID, me: UUID, outcomes: Mapping[str, Outcome]) -> None:
    """Keep what came of a request, unless another worker has; documents that waited for these go on."""
    row, account = model.Document, model.Account
    of_push = (row.firm_id == ctx.firm, row.push_id == push_id)
    ids = session.scalars(select(row.account_id).where(*of_push, row.account_id.is_not(None)).distinct()).all()
    held = select(account).where(account.firm_id == ctx.firm, account.id.in_(ids)).order_by(account.id)
    held = held.with_for_update().execution_options(populate_existing=True)
    accounts = {one.id: one for one in session.scalars(held)}
    push = model.Push
    mine = select(push).where(push.firm_id == ctx.firm, push.id == push_id, push.taken_by == me).with_for_update()
    found = session.scalar(mine)
    if found is None:
        return
    rows = {(one.kind, str(one.id)): one for one in marking.locked(session, of_push)}
    session.delete(found)
    under_way = _under_way(session, ctx, push_id, accounts)
    begins = marking.start_on(session, ctx)
    moved: set[UUID | None] = set()
    doubtful: set[UUID | None] = set()
    for item in found.items:
        each = rows.get((item["kind"], item["id"]))
        if each is None:
            continue
        outcome = outcomes[str(item["bid"])]
        each.push_id = None
        if outcome.refusal is not None and not _is_done(item, outcome.refusal):
            if _refused(session, ctx, each, outcome.refusal, is_alone=each.account_id not in under_way):
                doubtful.add(each.account_id)
                _wait_for(session, ctx, each, accounts.get(each.account_id) if each.account_id else None)
            continue
        _took(session, ctx, each, item, outcome)
        moved.add(each.account_id)
        if each in session.deleted:
            continue
        of = accounts.get(each.account_id) if each.account_id else None
        waits = of is not None and not marking.is_ready(of)
        if each.serial != item["serial"] or item["again"] or waits or each.wish == "skip":
            marking.place(session, ctx, each, of, begins)
    session.flush()
    _look_after(session, ctx, [account for key, account in accounts.items() if key in doubtful])
    _let_go(session, ctx, moved, accounts)


def _wait_for(session: Session, ctx: Context, row: model.Document, account: model.Account | None) -> None:
    """Have a document whose customer is gone go on with its account, where that was found out while it was sent."""
    if account is not None and account.status != "synced" and row.wish != "skip" and row.wanted == "there":
        marking.mark(session, ctx, row, "skipped", waits_for="account")


def _look_after(session: Session, ctx: Context, doubtful: list[model.Account]) -> None:
    """Look whether their customers are still there: if not, everything of theirs waits for that to be solved."""
    for account in doubtful:
        if account.status == "synced":
            of_accounts.search(session, ctx, account)


def _let_go(session: Session, ctx: Context, moved: set[UUID | None], accounts: Mapping[UUID, model.Account]) -> None:
    """Let documents go on that waited for these."""
    if None in moved:
        marking.wake_waiting(session, ctx, "service")
    for account_id in sorted(one for one in moved if one is not None):
        marking.wake_waiting(session, ctx, "document", account=accounts[account_id])


def tell_all(session: Session, ctx: Context, push_id: UUID, problem: QuickBooksProblem) -> None:
    """Say of all documents of a request what is wrong with it; it is tried on."""
    row = model.Document
    for each in marking.locked(session, [row.firm_id == ctx.firm, row.push_id == push_id]):
        marking.mark(session, ctx, each, "failed", problem=problem, intuit_tid=problem.intuit_tid)


def _under_way(
    session: Session, ctx: Context, push_id: UUID, accounts: Mapping[UUID, model.Account]
) -> set[UUID | None]:
    """Tell which of the accounts have more documents on their way, or had in this request."""
    row = model.Document
    query = select(row.account_id).where(
        row.firm_id == ctx.firm,
        row.account_id.in_(list(accounts)),
        row.due_at.is_not(None) & row.push_id.is_(None) | row.push_id.is_not(None) & (row.push_id != push_id),
    )
    found: set[UUID | None] = set(session.scalars(query.distinct()))
    of_push = select(row.account_id).where(row.firm_id == ctx.firm, row.push_id == push_id)
    several = list(session.scalars(of_push))
    return found | {one for one in several if several.count(one) > 1}


def _took(session: Session, ctx: Context, row: model.Document, item: Mapping[str, Any], outcome: Outcome) -> None:
    if outcome.refusal is None:
        _keep(session, ctx, row, item, outcome)
    else:
        preparing.forget(session, ctx, row)


def _keep(session: Session, ctx: Context, row: model.Document, item: Mapping[str, Any], outcome: Outcome) -> None:
    entity = outcome.entity or {}
    row.attempts, row.due_at = 0, None
    if item["operation"] == "delete":
        preparing.forget(session, ctx, row)
        return
    row.quickbooks_id, row.sync_token = str(entity.get("Id")), str(entity.get("SyncToken"))
    if item["operation"] == "void":
        row.digest, row.pushed = "void", {"total": 0, "parts": {}, "seen": drift.facts(entity)}
        marking.mark(session, ctx, row, "synced", intuit_tid=outcome.intuit_tid)
        return
    seen = drift.facts(entity)
    row.digest, row.pushed = item["digest"], {"total": item["cents"], "parts": item["parts"], "seen": seen}
    there = rules.told_cents(entity.get("TotalAmt"))
    if item["cents"] is not None and there != item["cents"]:
        said = f"{there / 100:.2f} in QuickBooks, {item['cents'] / 100:.2f} here"
        problem = common.problem_of("sums_differ", said=said, intuit_tid=outcome.intuit_tid)
        marking.mark(session, ctx, row, "failed", problem=problem, intuit_tid=outcome.intuit_tid)
    elif row.double_id:  # nobody decided yet
        doubles.doubt(session, ctx, row, row.double_id, outcome.intuit_tid)
    else:
        marking.mark(session, ctx, row, "synced", intuit_tid=outcome.intuit_tid)


def _is_done(item: Mapping[str, Any], refusal: Refusal) -> bool:
    """Whether what was to go is gone already."""
    return item["operation"] in {"delete", "void"} and case_of(refusal) == "customer_gone"


def _refused(session: Session, ctx: Context, row: model.Document, refusal: Refusal, *, is_alone: bool) -> bool:
    """Try again what may pass, in a request of its own, for the refused one is answered the same for ever.

    Whether it is the customer that is gone.
    """
    case = case_of(refusal)
    seconds: float | None = None
    if case in {"subscription_ended", "throttled", "not_authorised"}:
        seconds = 0.0
    elif case == "changed_meanwhile":
        seconds = 0.0 if row.attempts < AGAIN else None
    elif case == "business_rule":
        seconds = SOON_SECONDS if row.attempts < ROOM and not is_alone else None
    elif case == "unreachable":
        seconds = common.pause(row.attempts, 0.5) if row.attempts < TRIES else None
    if seconds is not None:
        row.due_at, row.attempts = ctx.now + dt.timedelta(seconds=seconds), row.attempts + 1
        lanes.wake(session, ctx)
        return False
    row.due_at = None
    is_gone = case == "customer_gone" and row.quickbooks_id is not None and INACTIVE not in refusal.said.casefold()
    case = "document_gone" if is_gone else case
    told = {"said": refusal.said, "code": refusal.code, "intuit_tid": refusal.intuit_tid}
    problem = common.problem_of(case, **told, of_document=True)
    status = "changed_in_quickbooks" if is_gone else "failed"
    marking.mark(session, ctx, row, status, problem=problem, intuit_tid=refusal.intuit_tid)  # type: ignore[arg-type]
    marking.rest_waiting(session, ctx, row)
    return case == "customer_gone"
