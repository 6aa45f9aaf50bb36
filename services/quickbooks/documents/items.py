"""Products and services of QuickBooks: read whole when a service is to be one of them, and found by name."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from services.quickbooks import model, rules
from services.quickbooks.client import Unreachable
from services.quickbooks.company import Company
from services.quickbooks.operations import changes
from services.quickbooks.tools import Tools

EVERY = "WHERE Active IN (true, false)"
SOLD = ("Service", "NonInventory", "Inventory")  # what a line of an invoice may be


def read(tools: Tools, company: Company, firm_id: UUID) -> None:
    """Read all items, inactive ones too. Raises what the company raises."""
    told = [each for each in company.every("Item", EVERY) if each.get("Type", "Service") in SOLD]
    tools.do(firm_id, keep, company.realm_id, told, is_all=True)


def keep(session: Session, ctx: Context, realm_id: str, told: list[dict[str, Any]], *, is_all: bool = False) -> None:
    """Keep items as QuickBooks told them; where these are all, others are there no more."""
    changes.of_company(session, ctx, realm_id)
    rows = {one["id"]: one for one in (_facts(ctx, each) for each in told)}
    row = model.Item
    if rows:
        kept = insert(row).values([rows[key] for key in sorted(rows)])
        newer = {name: getattr(kept.excluded, name) for name in ("name", "folded", "is_active")}
        session.execute(kept.on_conflict_do_update(index_elements=["firm_id", "id"], set_=newer))
    if is_all:
        gone = update(row).where(row.firm_id == ctx.firm, row.id.not_in(list(rows)))
        session.execute(gone.values(is_active=False))


def named(session: Session, ctx: Context, name: str) -> str | None:
    """Give the one active item of a name, as names are compared (R-QB-15)."""
    row = model.Item
    query = select(row.id).where(row.firm_id == ctx.firm, row.is_active, row.folded == rules.folded(name))
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _facts(ctx: Context, document: dict[str, Any]) -> dict[str, Any]:
    try:
        name = str(document.get("FullyQualifiedName") or document["Name"])
        return {
            "firm_id": ctx.firm,
            "id": str(document["Id"]),
            "name": name,
            "folded": rules.folded(name),
            "is_active": bool(document.get("Active", True)),
        }
    except (KeyError, AttributeError) as exc:
        raise Unreachable("QuickBooks answered with an item without Id or Name.") from exc
