"""What is done for one account with QuickBooks: its customer is looked for, looked after, made, made active again."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.quickbooks_errors import QuickBooksProblem
from services.quickbooks import customers, model, rules
from services.quickbooks.client import Refusal, customer_of
from services.quickbooks.client.answers import CustomerFacts
from services.quickbooks.company import Company
from services.quickbooks.operations import marking, matching, queue
from services.quickbooks.operations.queue import Taken
from services.quickbooks.tools import Tools

ENTITY = "Customer"


class _Facts(NamedTuple):
    customer_id: str | None
    is_read: bool  # whether customers were read since the job was asked for


def match(tools: Tools, company: Company, firm_id: UUID, taken: Taken) -> None:
    """Look after the account's customer, or look for one of its name. Raises what the company raises."""
    facts = tools.do(firm_id, _facts, taken)
    if facts is None:
        return
    if facts.customer_id is not None:
        told, intuit_tid = _customer(company, facts.customer_id)
        tools.do(firm_id, _verified, taken, facts.customer_id, told, intuit_tid)
        return
    if not facts.is_read:
        customers.read(tools, company, firm_id)
    tools.do(firm_id, _matched, taken)


def create(tools: Tools, company: Company, firm_id: UUID, taken: Taken) -> None:
    """Make a customer for the account; repeated, it is the same one. Raises what the company raises.

    Where a character of the name is refused, "-" stands for all unusual ones.
    """
    name = str(taken.arguments["name"])
    try:
        made, intuit_tid = company.write(ENTITY, {"DisplayName": name}, taken.id)
    except Refusal as refusal:
        plain = rules.plain_name(name)
        if plain == name or rules.case_of(refusal.code, refusal.http, refusal.said) != "illegal_character":
            raise
        made, intuit_tid = company.write(ENTITY, {"DisplayName": plain}, taken.id)
    tools.do(firm_id, _linked, taken, customer_of(made), intuit_tid)


def reactivate(tools: Tools, company: Company, firm_id: UUID, taken: Taken) -> None:
    """Make the account's customer active again, under the name it had. Raises what the company raises.

    Where somebody changed it at the same time, it is read again and tried once more.
    """
    facts = tools.do(firm_id, _facts, taken)
    if facts is None or facts.customer_id is None:
        return
    for is_last in (False, True):
        document, _ = company.read(ENTITY, facts.customer_id)
        told = customer_of(document)
        change = {
            "Id": told.id,
            "SyncToken": told.sync_token,
            "sparse": True,
            "Active": True,
            "DisplayName": rules.active_name(told.name),
        }
        try:
            made, intuit_tid = company.write(ENTITY, change, taken.id)
        except Refusal as refusal:
            if is_last or rules.case_of(refusal.code, refusal.http, refusal.said) != "changed_meanwhile":
                raise
        else:
            tools.do(firm_id, _verified, taken, told.id, customer_of(made), intuit_tid)
            return


def fail(session: Session, ctx: Context, taken: Taken, problem: QuickBooksProblem) -> None:
    """Say what went wrong with the account; somebody decides (R-QB-20)."""
    row = marking.known(session, ctx, taken.subject_id)
    if not queue.is_mine(session, ctx, taken):
        return
    if row is not None:
        marking.mark(session, ctx, row, "failed", problem=problem, intuit_tid=problem.intuit_tid, author=taken.author)
    queue.done(session, ctx, taken)


def _customer(company: Company, customer_id: str) -> tuple[CustomerFacts | None, str]:
    """Give a customer as it is; none where QuickBooks does not know it."""
    try:
        document, intuit_tid = company.read(ENTITY, customer_id)
    except Refusal as refusal:
        if rules.case_of(refusal.code, refusal.http, refusal.said) != "customer_gone":
            raise
        return None, refusal.intuit_tid
    return customer_of(document), intuit_tid


def _facts(session: Session, ctx: Context, taken: Taken) -> _Facts | None:
    account, firm = model.Account, model.Connection
    query = select(account.customer_id).where(account.firm_id == ctx.firm, account.id == taken.subject_id)
    row = session.execute(query).one_or_none()
    if row is None:
        queue.done(session, ctx, taken)
        return None
    read_at = session.scalar(select(firm.customers_read_at).where(firm.firm_id == ctx.firm))
    return _Facts(row.customer_id, read_at is not None and read_at >= taken.asked_at)


def _verified(
    session: Session, ctx: Context, taken: Taken, customer_id: str, told: CustomerFacts | None, intuit_tid: str
) -> None:
    if told is not None:
        matching.keep(session, ctx, [told])
    row = marking.known(session, ctx, taken.subject_id)
    if not queue.is_mine(session, ctx, taken):
        return
    if row is not None and row.customer_id == customer_id:
        is_active = told is not None and told.is_active
        matching.verified(session, ctx, row, is_active=is_active, intuit_tid=intuit_tid, author=taken.author)
    queue.done(session, ctx, taken)


def _matched(session: Session, ctx: Context, taken: Taken) -> None:
    matching.begin(session, ctx)
    row = marking.known(session, ctx, taken.subject_id)
    if not queue.is_mine(session, ctx, taken):
        return
    if row is not None and row.customer_id is None:
        matching.by_name(session, ctx, row, taken.author)
    queue.done(session, ctx, taken)


def _linked(session: Session, ctx: Context, taken: Taken, told: CustomerFacts, intuit_tid: str) -> None:
    matching.begin(session, ctx)
    matching.keep(session, ctx, [told])
    row = marking.known(session, ctx, taken.subject_id)
    if not queue.is_mine(session, ctx, taken):
        return
    if row is not None:
        marking.mark(session, ctx, row, "synced", intuit_tid=intuit_tid, author=taken.author, link=(told.id, False))
    queue.done(session, ctx, taken)
