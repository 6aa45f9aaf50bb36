"""Which account of the firm's ledger takes what: the one that a person chose, else the usual one (R-QB-2)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts import quickbooks_ledger as contract
from contracts.quickbooks_connection import ChangeQuickBooksSettings
from contracts.quickbooks_ledger import LedgerKind
from services.quickbooks import model

MONEY = ("Bank", "Other Current Asset")
# AccountType by Intuit's pages: what an item's income, a deposit, a refund, an expense may be booked on.
FITS: Mapping[LedgerKind, tuple[str, ...]] = {
    "income": ("Income", "Other Income"),
    "deposit": MONEY,
    "refund": MONEY,
    "fee": ("Expense", "Other Expense", "Cost of Goods Sold"),
}
COLUMNS: Mapping[LedgerKind, str] = {kind: f"{kind}_ledger_id" for kind in FITS}


class Chosen(NamedTuple):
    """Ids of accounts of the ledger; None where nobody chose one and there is no usual one."""

    income: str | None
    deposit: str | None
    refund: str | None
    fee: str | None


def chosen(session: Session, ctx: Context) -> Chosen:
    """Give the ids of the accounts that take income, deposits, refunds and fees."""
    row = session.scalar(select(model.Connection).where(model.Connection.firm_id == ctx.firm))
    rows = _every(session, ctx)
    return Chosen(*(_wanted(row, kind) or getattr(usual(kind, rows), "id", None) for kind in FITS))


def choices(session: Session, ctx: Context, connection: model.Connection) -> contract.LedgerChoices:
    """Describe which account takes what; one that was chosen and is not known any more is shown by its id."""
    rows = _every(session, ctx)
    by_id = {row.id: row for row in rows}
    found: dict[str, contract.LedgerChoice] = {}
    for kind in FITS:
        wanted = _wanted(connection, kind)
        row = by_id.get(wanted, _unknown(wanted)) if wanted else usual(kind, rows)
        found[kind] = contract.LedgerChoice(account=shown(row) if row else None, is_chosen=wanted is not None)
    return contract.LedgerChoices(**found)


def check(session: Session, ctx: Context, request: ChangeQuickBooksSettings) -> None:
    """Raise Invalid for what is no active account of the right type."""
    for kind, column in COLUMNS.items():
        wanted = getattr(request, column)
        if not isinstance(wanted, str):
            continue
        row = session.get(model.LedgerAccount, (ctx.firm, wanted))
        if row is None or not row.is_active:
            raise wrong(column, "Choose an active account of the ledger; read them again if it is a new one.")
        if row.type not in FITS[kind]:
            raise wrong(column, f"Choose an account of the type {' or '.join(FITS[kind])}; this one is {row.type}.")


def usual(kind: LedgerKind, rows: Sequence[model.LedgerAccount]) -> model.LedgerAccount | None:
    """The account that takes it unless a person chooses; `rows` are all, by their ids' order in QuickBooks."""
    fit = [row for row in rows if row.is_active and row.type in FITS[kind]]

    def first(is_it: Any) -> model.LedgerAccount | None:
        return next((row for row in fit if is_it(row)), None)

    match kind:
        case "income":
            usually = first(lambda row: row.name.casefold() == "uncategorized income")
            return usually or first(lambda row: row.name.casefold().startswith("sales"))
        case "deposit":
            return first(lambda row: row.subtype == "UndepositedFunds")
        case "refund":
            return first(lambda row: row.type == "Bank")
        case "fee":
            usually = first(lambda row: row.subtype == "BankCharges")
            return usually or first(lambda row: row.name.casefold() == "bank charges")


def forget(session: Session, ctx: Context, connection: model.Connection) -> None:
    """The accounts of a former company's ledger mean nothing in another."""
    session.execute(delete(model.LedgerAccount).where(model.LedgerAccount.firm_id == ctx.firm))
    for column in COLUMNS.values():
        setattr(connection, column, None)


def shown(row: model.LedgerAccount) -> contract.LedgerAccount:
    """An account of the ledger as people see it."""
    return contract.LedgerAccount(id=row.id, name=row.name, type=row.type, subtype=row.subtype, is_active=row.is_active)


def _wanted(connection: model.Connection | None, kind: LedgerKind) -> str | None:
    return getattr(connection, COLUMNS[kind], None)


def _unknown(ledger_id: str) -> model.LedgerAccount:
    return model.LedgerAccount(id=ledger_id, name="", type="", subtype="", is_active=False)


def _every(session: Session, ctx: Context) -> list[model.LedgerAccount]:
    rows = session.scalars(select(model.LedgerAccount).where(model.LedgerAccount.firm_id == ctx.firm)).all()
    return sorted(rows, key=lambda row: (len(row.id), row.id))
