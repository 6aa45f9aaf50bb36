"""Lists of QuickBooks that are only read: the accounts of its ledger, classes, locations (R-QB-2, R-QB-3)."""

from collections.abc import Callable, Iterable
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Unavailable
from contracts.quickbooks_connection import QuickBooksNotConnected
from contracts.quickbooks_ledger import LedgerAccounts, ListLedgerAccounts, Tracked, TrackedList
from services.quickbooks import model, people, rules
from services.quickbooks.budget import NotNow
from services.quickbooks.client import Refusal, Unreachable, ledger_account_of
from services.quickbooks.client.answers import LedgerFacts
from services.quickbooks.company import Company
from services.quickbooks.operations import changes, connection
from services.quickbooks.queries import ledger as described
from services.quickbooks.queries.accounts import connection_state
from services.quickbooks.tokens import NotConnected
from services.quickbooks.tools import Tools

EVERY = "WHERE Active IN (true, false)"
PATIENCE = 10.0  # s, that a person waits for room in the budget


def read_ledger(tools: Tools, company: Company, firm_id: UUID) -> None:
    """Read all accounts of the ledger, inactive ones too. Raises what the company raises."""
    told = [ledger_account_of(each) for each in company.every("Account", EVERY)]
    tools.do(firm_id, _keep_all, company.realm_id, told)


def ledger(tools: Tools, ctx: Context) -> LedgerAccounts:
    """Read the accounts of the ledger and give them. Raises Forbidden, QuickBooksNotConnected, Unavailable."""
    asked(tools, ctx, lambda company: read_ledger(tools, company, ctx.firm))
    with tools.db.reading(ctx) as session:
        return described.list_ledger_accounts(session, ctx, ListLedgerAccounts())


def tracked(tools: Tools, ctx: Context, entity: Literal["Class", "Department"]) -> TrackedList:
    """Give the classes, or the locations, as they are there. Raises Forbidden, QuickBooksNotConnected, Unavailable."""
    found = asked(tools, ctx, lambda company: [_tracked(each) for each in company.every(entity)])
    return TrackedList(items=tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id))))


def keep(session: Session, ctx: Context, told: Iterable[LedgerFacts]) -> None:
    """Keep accounts of the ledger as QuickBooks told them."""
    row = model.LedgerAccount
    rows = {one.id: {"firm_id": ctx.firm, **one._asdict()} for one in told}
    if not rows:
        return
    kept = insert(row).values([rows[key] for key in sorted(rows)])
    newer = {name: getattr(kept.excluded, name) for name in ("name", "type", "subtype", "is_active")}
    session.execute(kept.on_conflict_do_update(index_elements=["firm_id", "id"], set_=newer))


def _keep_all(session: Session, ctx: Context, realm_id: str, told: list[LedgerFacts]) -> None:
    """Keep these; what was not told is there no more."""
    changes.of_company(session, ctx, realm_id)
    keep(session, ctx, told)
    row = model.LedgerAccount
    gone = update(row).where(row.firm_id == ctx.firm, row.id.not_in([one.id for one in told]))
    session.execute(gone.values(is_active=False))


def asked(tools: Tools, ctx: Context, ask: Callable[[Company], Any]) -> Any:
    """Ask the company while a person waits. Raises Forbidden, QuickBooksNotConnected, Unavailable."""
    people.manager(ctx)
    company = Company(tools, ctx.firm, patience=PATIENCE)
    try:
        return ask(company)
    except NotConnected as exc:
        with tools.db.reading(ctx) as session:
            raise QuickBooksNotConnected(state=connection_state(session, ctx)) from exc
    except Refusal as refusal:
        case = rules.case_of(refusal.code, refusal.http, refusal.said) or "refused"
        problem = rules.problem_of(case, said=refusal.said, code=refusal.code, intuit_tid=refusal.intuit_tid)
        if case != "not_authorised":
            raise Unavailable(f"{problem.sentence} ({refusal.said})") from refusal
        tools.do(ctx.firm, connection.expire, company.serial, problem)
        raise QuickBooksNotConnected(state="expired") from refusal
    except (Unreachable, NotNow) as exc:
        raise Unavailable("QuickBooks does not answer at the moment; try again.") from exc
    finally:
        company.close()


def _tracked(document: dict[str, Any]) -> Tracked:
    try:
        return Tracked(id=str(document["Id"]), name=str(document.get("FullyQualifiedName") or document["Name"]))
    except (KeyError, AttributeError) as exc:
        raise Unreachable("QuickBooks answered with an entry without Id or Name.") from exc
