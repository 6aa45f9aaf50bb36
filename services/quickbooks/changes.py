"""Changes in QuickBooks are looked into: those that its webhooks named, and all since the last look (R-QB-22)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chassis.context import Context
from services.quickbooks import customers, lists
from services.quickbooks.client import Unreachable, customer_of, ledger_account_of
from services.quickbooks.company import PAGE, Company, quoted
from services.quickbooks.documents import drift
from services.quickbooks.operations import changes
from services.quickbooks.operations.queue import Taken
from services.quickbooks.tools import Tools

ROUNDS = 4  # of a hundred changes each, within the lease of the job
BUSY_SECONDS = 5.0  # before what was being pushed is looked at again
PEOPLE = ("Customer", "Account")  # asked for together; documents are many, and asked for by themselves
NAMED = ("Item", "Customer")  # kinds of which inactive ones are left out unless they are asked for


class Changed(NamedTuple):
    """Entities of a kind, and the ids of those that are no more."""

    told: list[dict[str, Any]]
    gone: list[str]


def hear(tools: Tools, company: Company, firm_id: UUID, taken: Taken) -> None:
    """Fetch what webhooks named as it is: whatever came late, twice or in disorder, the last state wins.

    Raises what the company raises.
    """
    realm_id = tools.do(firm_id, changes.realm)
    seconds = 0.0
    for kind in changes.KINDS:
        for _ in range(ROUNDS):
            waiting = tools.do(firm_id, changes.waiting, realm_id, kind)
            if waiting is None:
                break
            told, intuit_tid = _fetched(company, kind, waiting.entity_ids)
            gone = set(waiting.entity_ids) - {str(one.get("Id")) for one in told}
            if kind == "Customer":
                found = [customer_of(each) for each in told]
                tools.do(firm_id, changes.keep_told, company.realm_id, found, gone, intuit_tid, waiting.event_ids)
                continue
            given = (company.realm_id, kind, told, gone, intuit_tid, waiting.event_ids)
            if tools.do(firm_id, drift.keep_told, *given):
                seconds = BUSY_SECONDS
                break
    tools.do(firm_id, changes.finish, taken, seconds)


def look(tools: Tools, company: Company, firm_id: UUID, taken: Taken) -> None:
    """Ask for all that changed since the last look; where that is too much or too long ago, read customers instead.

    Raises what the company raises.
    """
    began = Context().now
    since = tools.do(firm_id, changes.since)
    until = None
    if since is not None:
        is_busy = _documents(tools, company, firm_id, since - customers.OVERLAP)
        answer = company.changes(PEOPLE, since - customers.OVERLAP)
        until = None if is_busy else customers.time_of(answer.document)  # asked for again next time
        people, ledger = _changed(answer.document, "Customer"), _changed(answer.document, "Account")
        if sum(len(each) for each in (*people, *ledger)) < PAGE:
            told = [customer_of(each) for each in people.told]
            tools.do(firm_id, changes.keep_customers, company.realm_id, told, people.gone, answer.intuit_tid)
            tools.do(firm_id, lists.keep, [ledger_account_of(each) for each in ledger.told])
        else:
            since = None
    if since is None:
        lists.read_ledger(tools, company, firm_id)
        customers.read(tools, company, firm_id)
    tools.do(firm_id, changes.looked, company.realm_id, began, until, taken)


def _documents(tools: Tools, company: Company, firm_id: UUID, since: dt.datetime) -> bool:
    """Compare what changed with what we wrote; whether some of it was being pushed.

    Of more than one answer holds, what was edited is found by asking for each kind, what was deleted only as far as it
    is told.
    """
    answer = company.changes(drift.KINDS, since)
    found = {kind: _changed(answer.document, kind) for kind in drift.KINDS}
    is_cut = sum(len(each) for one in found.values() for each in one) >= PAGE
    is_busy = False
    for kind, one in found.items():
        told = one.told
        if is_cut:
            active = "Active IN (true, false) AND " if kind in NAMED else ""
            where = f"WHERE {active}MetaData.LastUpdatedTime >= {quoted(since.isoformat(timespec='seconds'))}"
            told = list(company.every(kind, where))
        for start in range(0, max(len(told), 1), PAGE):
            part = told[start : start + PAGE]
            gone = one.gone if start == 0 else ()
            given = (company.realm_id, kind, part, gone, answer.intuit_tid)
            is_busy = bool(tools.do(firm_id, drift.keep, *given)) or is_busy
    return is_busy


def _fetched(company: Company, kind: str, ids: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    active = "Active IN (true, false) AND " if kind in NAMED else ""
    wanted = ", ".join(quoted(one) for one in ids)
    statement = f"SELECT * FROM {kind} WHERE {active}Id IN ({wanted}) MAXRESULTS {PAGE}"  # noqa: S608 (Intuit's)
    answer = company.query(statement)
    return answer.document.get("QueryResponse", {}).get(kind, []), answer.intuit_tid


def _changed(document: dict[str, Any], kind: str) -> Changed:
    """Give what an answer holds of a kind."""
    try:
        parts = document["CDCResponse"][0]["QueryResponse"]
        entities = [each for part in parts for each in part.get(kind, [])]
        gone = [str(each["Id"]) for each in entities if each.get("status") == "Deleted"]
        return Changed([each for each in entities if each.get("status") != "Deleted"], gone)
    except (LookupError, TypeError, AttributeError) as exc:
        raise Unreachable("QuickBooks answered without saying what changed.") from exc
