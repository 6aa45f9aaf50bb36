"""Requests that write documents are sent, byte for byte until they are answered, and each answer is kept once."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from contracts.quickbooks_errors import EXPLAINED
from services.quickbooks import model, rules
from services.quickbooks.budget import NotNow
from services.quickbooks.client import Answer, Refusal, Unreachable, refusal_of
from services.quickbooks.company import BATCH, Company
from services.quickbooks.documents import answering, lanes
from services.quickbooks.documents.answering import Outcome
from services.quickbooks.tokens import NotConnected
from services.quickbooks.tools import Tools

SENDING_SECONDS = 90.0  # longer than waiting for room and for an answer takes
TRIES = 9  # in about twenty minutes; then people are told, and it is tried on


@dataclass(frozen=True)
class Sending:
    """A request that somebody sends."""

    id: UUID
    me: UUID
    path: str
    params: dict[str, str]
    body: bytes
    items: tuple[Mapping[str, Any], ...]
    attempts: int


def take(session: Session, ctx: Context) -> Sending | None:
    """Take up a request that is due; None where there is none."""
    row = model.Push
    is_free = or_(row.taken_until.is_(None), row.taken_until <= ctx.now)
    query = select(row).where(row.firm_id == ctx.firm, row.due_at <= ctx.now, is_free).order_by(row.due_at, row.id)
    found = session.scalar(query.limit(1).with_for_update(skip_locked=True))
    if found is None:
        return None
    found.taken_by, found.attempts = new_id(), found.attempts + 1
    found.taken_until = ctx.now + dt.timedelta(seconds=SENDING_SECONDS)
    return Sending(found.id, found.taken_by, found.path, found.params, found.body, tuple(found.items), found.attempts)


def send(tools: Tools, company: Company, firm_id: UUID, push: Sending) -> None:
    """Send a request and keep what came of it. Raises what the company raises where it is to be sent again.

    Refused as a whole for what is of the whole company it was not done: its id stays good, and it is kept.
    """
    try:
        answer = company.push(push.path, {**push.params, "requestid": push.id.hex}, push.body)
        outcomes = _outcomes(push, answer)
    except Unreachable as problem:
        tools.do(firm_id, _unanswered, push, problem)
        raise
    except (NotNow, NotConnected):
        tools.do(firm_id, _let_go, push)
        raise
    except Refusal as refusal:
        case = rules.case_of(refusal.code, refusal.http, refusal.said) or "refused"
        if case in {"throttled", "not_authorised"}:
            tools.do(firm_id, _let_go, push)
            raise
        outcomes = {str(item["bid"]): Outcome(refusal=refusal, intuit_tid=refusal.intuit_tid) for item in push.items}
    tools.do(firm_id, answering.answered, push.id, push.me, outcomes)
    for one in outcomes.values():
        if one.refusal is not None and EXPLAINED[answering.case_of(one.refusal)].pauses:
            raise one.refusal


def _outcomes(push: Sending, answer: Answer) -> dict[str, Outcome]:
    """What came of each document. Raises Unreachable for an answer that says nothing of one."""
    if push.path != BATCH:
        entity = answer.document.get(str(push.items[0]["entity"]))
        if not isinstance(entity, dict):
            raise Unreachable("QuickBooks answered without what was written.", answer.intuit_tid)
        return {str(push.items[0]["bid"]): Outcome(entity=entity, intuit_tid=answer.intuit_tid)}
    told = {str(one.get("bId")): one for one in answer.document.get("BatchItemResponse", [])}
    found: dict[str, Outcome] = {}
    for item in push.items:
        one = told.get(str(item["bid"]), {})
        refusal = refusal_of(one, answer.intuit_tid)
        entity = one.get(str(item["entity"]))
        if refusal is None and not isinstance(entity, dict):
            raise Unreachable("QuickBooks answered without what was written.", answer.intuit_tid)
        found[str(item["bid"])] = Outcome(entity=entity, refusal=refusal, intuit_tid=answer.intuit_tid)
    return found


def _unanswered(session: Session, ctx: Context, push: Sending, problem: Unreachable) -> None:
    """Have it sent again after a while, with nothing of it changed; tell people if that takes too long."""
    spread = secrets.randbelow(1000) / 1000
    seconds = rules.pause(push.attempts - 1, spread)
    _free(session, ctx, push, ctx.now + dt.timedelta(seconds=seconds))
    if push.attempts >= TRIES:
        told = rules.problem_of("unreachable", said=str(problem), intuit_tid=problem.intuit_tid)
        answering.tell_all(session, ctx, push.id, told)
    lanes.wake(session, ctx)


def _let_go(session: Session, ctx: Context, push: Sending) -> None:
    _free(session, ctx, push, ctx.now)


def _free(session: Session, ctx: Context, push: Sending, due_at: dt.datetime) -> None:
    row = model.Push
    mine = (row.firm_id == ctx.firm, row.id == push.id, row.taken_by == push.me)
    session.execute(update(row).where(*mine).values(due_at=due_at, taken_by=None, taken_until=None))
