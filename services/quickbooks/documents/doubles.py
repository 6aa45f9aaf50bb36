"""What may be in QuickBooks twice: written by us, and by somebody there; a person decides (R-QB-20)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from services.quickbooks import model
from services.quickbooks import rules as common
from services.quickbooks.documents import marking, rules

KINDS: Mapping[str, str] = {"Invoice": "invoice", "Payment": "payment"}
Entity = Mapping[str, Any]


def strangers(session: Session, ctx: Context, entity: str, told: Iterable[Entity]) -> list[Entity]:
    """Give those of some worth that none of ours is linked to, of the kinds that are written twice at times."""
    found = {str(one["Id"]): one for one in told if rules.told_cents(one.get("TotalAmt"))} if entity in KINDS else {}
    row = model.Document
    query = select(row.quickbooks_id).where(
        row.firm_id == ctx.firm, row.entity == entity, row.quickbooks_id.in_(list(found))
    )
    known = set(session.scalars(query)) if found else set()
    return [one for key, one in found.items() if key not in known]


def customers(told: Iterable[Entity]) -> set[str]:
    """Tell whose they are."""
    return {str(one["CustomerRef"]["value"]) for one in told if isinstance(one.get("CustomerRef"), dict)}


def compare(
    session: Session,
    ctx: Context,
    entity: str,
    told: Iterable[Entity],
    accounts: Mapping[str, Collection[model.Account]],
    intuit_tid: str,
) -> set[str]:
    """Doubt documents of which a stranger may be the same; `accounts` by customer, locked.

    Give the ids of strangers that can't be judged yet: one may be ours, whose answer is still to come.
    """
    busy: set[str] = set()
    row = model.Document
    for one in strangers(session, ctx, entity, told):
        theirs = accounts.get(str((one.get("CustomerRef") or {}).get("value")), ())
        ids = [account.id for account in theirs]
        here = [row.firm_id == ctx.firm, row.kind == KINDS[entity], row.account_id.in_(ids)]
        ours = marking.locked(session, here) if ids else []
        stranger_id = str(one["Id"])
        if any(each.push_id is not None or each.due_at is not None for each in ours):
            busy.add(stranger_id)
            continue
        if any(each.double_id == stranger_id for each in ours):
            continue
        same = next((each for each in ours if each.status == "synced" and _is_same(each, one)), None)
        if same is not None:
            doubt(session, ctx, same, stranger_id, intuit_tid)
    return busy


def doubt(session: Session, ctx: Context, row: model.Document, other_id: str, intuit_tid: str) -> None:
    """Ask a person whether something else in QuickBooks is the same document."""
    row.double_id = other_id
    problem = common.problem_of("duplicated", intuit_tid=intuit_tid, other_id=other_id)
    marking.mark(session, ctx, row, "changed_in_quickbooks", problem=problem, intuit_tid=intuit_tid)


def settle(session: Session, ctx: Context, entity: str, told: Iterable[Entity], gone: Collection[str]) -> None:
    """Doubt no more where the other went, or is worth something else since. The accounts are locked."""
    if entity not in KINDS:
        return
    by_id = {str(one["Id"]): one for one in told}
    row = model.Document
    here = [row.firm_id == ctx.firm, row.entity == entity, row.double_id.in_([*by_id, *gone])]
    for each in marking.locked(session, here):
        other = by_id.get(str(each.double_id))
        if other is None or not _is_same(each, other):
            each.double_id = None
            if each.status == "changed_in_quickbooks" and (each.problem or {}).get("case") == "duplicated":
                marking.mark(session, ctx, each, "synced")


def apart(row: model.Document) -> None:
    """What was doubted is another: it is not doubted again."""
    if row.double_id is not None:
        row.apart = [*(row.apart or []), row.double_id]
        row.double_id = None


def _is_same(row: model.Document, other: Entity) -> bool:
    """Whether it is of the same day and sum, and no reference tells them apart; its customer is the same."""
    seen = (row.pushed or {}).get("seen") or {}
    reference = str(other.get("PaymentRefNum") or "")
    return (
        str(other["Id"]) not in (row.apart or [])
        and row.wanted == "there"
        and row.wish != "skip"
        and rules.told_cents(other.get("TotalAmt")) == seen.get("total")
        and other.get("TxnDate") == seen.get("on")
        and (not reference or not row.name or reference == row.name)
    )
