"""Customers as they are in QuickBooks: all at first, then what changed, so that names are compared here."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.context import Context
from services.quickbooks.client import Unreachable, customer_of
from services.quickbooks.client.answers import CustomerFacts
from services.quickbooks.company import PAGE, Company, quoted
from services.quickbooks.operations import changes, connection
from services.quickbooks.tools import Tools

EVERY = "SELECT * FROM Customer WHERE Active IN (true, false)"
OVERLAP = dt.timedelta(minutes=2)  # what was written while the last read was made may tell an earlier time


def read(tools: Tools, company: Company, firm_id: UUID) -> None:
    """Read what changed since the last time, inactive customers too. Raises what the company raises."""
    began = Context().now
    since = tools.do(firm_id, _since)
    changed = f" AND MetaData.LastUpdatedTime >= {quoted(since.isoformat(timespec='seconds'))}" if since else ""
    until: dt.datetime | None = None
    start = 1
    while True:
        page = f"ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE}"
        answer = company.query(f"{EVERY}{changed} {page}")
        until = until or time_of(answer.document)
        found = answer.document.get("QueryResponse", {}).get("Customer", [])
        told = [customer_of(each) for each in found]
        tools.do(firm_id, _keep, company.realm_id, told, answer.intuit_tid)
        if len(told) < PAGE:
            break
        start += PAGE
    tools.do(firm_id, _read, company.realm_id, began, until)


def _since(session: Session, ctx: Context) -> dt.datetime | None:
    until = connection.locked(session, ctx).customers_until
    return until - OVERLAP if until else None


def _keep(session: Session, ctx: Context, realm_id: str, told: list[CustomerFacts], intuit_tid: str) -> None:
    changes.keep_customers(session, ctx, realm_id, told, (), intuit_tid)


def _read(session: Session, ctx: Context, realm_id: str, began: dt.datetime, until: dt.datetime) -> None:
    row = changes.of_company(session, ctx, realm_id)
    row.customers_read_at, row.customers_until = began, until


def time_of(document: dict[str, Any]) -> dt.datetime:
    """Read QuickBooks' own clock, which each of its answers tells. Raises Unreachable."""
    try:
        return dt.datetime.fromisoformat(str(document["time"])).astimezone(dt.UTC)
    except (KeyError, ValueError) as exc:
        raise Unreachable("QuickBooks answered without its time.") from exc
