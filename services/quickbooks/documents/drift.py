"""What people do in QuickBooks to what we wrote there: edited, voided, deleted, and what differs since (R-QB-22)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chassis.context import Context
from services.quickbooks import model
from services.quickbooks import rules as common
from services.quickbooks.documents import doubles, items, marking, rules
from services.quickbooks.operations import changes

KINDS = ("Item", "Invoice", "CreditMemo", "Payment", "RefundReceipt")
GONE = "It is not there any more."
WORDS: Mapping[str, str] = {
    "total": "Total", "number": "Number", "on": "Date", "due": "Due date", "customer": "Customer", "lines": "Lines",
    "deposit": "Account of the deposit", "name": "Name", "price": "Price", "income": "Income account",
    "is_active": "Active",
}  # fmt: skip


def facts(entity: Mapping[str, Any]) -> dict[str, Any]:
    """What of an entity is ours: whatever else stands there, such as notes and balances, is QuickBooks' or people's."""
    if "TotalAmt" not in entity:
        return {
            "name": entity.get("Name"),
            "is_active": bool(entity.get("Active", True)),
            "price": str(entity["UnitPrice"]) if "UnitPrice" in entity else None,
            "income": _ref(entity, "IncomeAccountRef"),
        }
    lines = sorted(line for one in entity.get("Line") or () for line in _line(one))
    return {
        "total": rules.told_cents(entity.get("TotalAmt")),
        "number": entity.get("DocNumber"),
        "on": entity.get("TxnDate"),
        "due": entity.get("DueDate"),
        "customer": _ref(entity, "CustomerRef"),
        "deposit": _ref(entity, "DepositToAccountRef"),
        "lines": rules.digest(lines),
    }


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """Say what differs, for people; nothing where nothing does."""
    names = [name for name in WORDS if ours.get(name) != theirs.get(name)]
    said = [_differs(name, ours.get(name), theirs.get(name)) for name in names]
    if "total" in names and not theirs["total"]:
        said.insert(0, "It was voided there")
    return "; ".join(said)


def keep(
    session: Session,
    ctx: Context,
    realm_id: str,
    entity: str,
    told: Iterable[Mapping[str, Any]],
    gone: Collection[str],
    intuit_tid: str,
) -> set[str]:
    """Compare what was told with what we wrote last; the same changes nothing, so an echo of our own doesn't.

    Give the ids of those that are being pushed at this moment, to be looked at once they are. Raises NotNow.
    """
    changes.of_company(session, ctx, realm_id)
    by_id = {str(one["Id"]): one for one in told}
    if entity == "Item":
        items.keep(session, ctx, realm_id, [dict(one) for one in by_id.values() if one.get("Type") in items.SOLD])
    row = model.Document
    linked, doubted = (column.in_([*by_id, *gone]) for column in (row.quickbooks_id, row.double_id))
    here = (row.firm_id == ctx.firm, row.entity == entity)
    strange = doubles.strangers(session, ctx, entity, by_id.values())
    of = model.Account
    ids = select(row.account_id).where(*here, linked | doubted)
    concerned = of.id.in_(ids) | of.customer_id.in_(doubles.customers(strange))
    accounts = select(of).where(of.firm_id == ctx.firm, concerned).order_by(of.id).with_for_update()
    known = [
        one for one in session.scalars(accounts.execution_options(populate_existing=True)) if marking.is_ready(one)
    ]
    ready = {one.id for one in known}
    busy: set[str] = set()
    for each in marking.locked(session, (*here, linked)):
        if each.push_id is not None or each.due_at is not None:
            busy.add(str(each.quickbooks_id))
        elif each.wish != "skip" and (each.account_id is None or each.account_id in ready):
            _compare(session, ctx, each, by_id.get(str(each.quickbooks_id)), intuit_tid)
    doubles.settle(session, ctx, entity, by_id.values(), gone)
    of_customer: dict[str, list[model.Account]] = {}
    for one in known:
        of_customer.setdefault(str(one.customer_id), []).append(one)
    return busy | doubles.compare(session, ctx, entity, strange, of_customer, intuit_tid)


def keep_told(
    session: Session,
    ctx: Context,
    realm_id: str,
    entity: str,
    told: Iterable[Mapping[str, Any]],
    gone: Collection[str],
    intuit_tid: str,
    event_ids: Iterable[str],
) -> set[str]:
    """Keep what webhooks named; these changes are known from here on, but for those of what is being pushed."""
    busy = keep(session, ctx, realm_id, entity, told, gone, intuit_tid)
    change = model.ToldChange
    here = (change.firm_id == ctx.firm, change.id.in_(list(event_ids)), change.entity_id.not_in(busy))
    session.execute(update(change).where(*here).values(is_done=True))
    return busy


def _compare(
    session: Session, ctx: Context, row: model.Document, entity: Mapping[str, Any] | None, intuit_tid: str
) -> None:
    if entity is None:
        problem = common.problem_of("document_gone", said=GONE, intuit_tid=intuit_tid)
        marking.mark(session, ctx, row, "changed_in_quickbooks", problem=problem, intuit_tid=intuit_tid)
        return
    if _is_older(str(entity.get("SyncToken")), row.sync_token):
        return
    theirs, ours = facts(entity), (row.pushed or {}).get("seen")
    if row.is_chosen:  # whatever it is called: a person chose it, and it is theirs
        ours = {**theirs, "is_active": True}
    if ours is None:
        row.pushed = {**(row.pushed or {"total": theirs.get("total"), "parts": {}}), "seen": theirs}
        return
    said = difference(ours, theirs)
    if said:
        problem = common.problem_of("edited_there", said=f"{said}.", intuit_tid=intuit_tid)
        marking.mark(session, ctx, row, "changed_in_quickbooks", problem=problem, intuit_tid=intuit_tid)
    elif row.status == "changed_in_quickbooks" and row.double_id is None:
        marking.mark(session, ctx, row, "synced", intuit_tid=intuit_tid)


def _is_older(told: str, known: str | None) -> bool:
    """Whether an answer is from before our last write: answers may overtake each other."""
    return known is not None and told.isdecimal() and known.isdecimal() and int(told) < int(known)


def _differs(name: str, ours: Any, theirs: Any) -> str:
    if name == "lines":
        return "Lines differ"
    if name == "total":
        return f"Total {theirs / 100:.2f} there, {ours / 100:.2f} here"
    return f"{WORDS[name]} {_said(theirs)} there, {_said(ours)} here"


def _said(value: Any) -> str:
    return {True: "yes", False: "no", None: "none"}[value] if value is None or isinstance(value, bool) else str(value)


def _line(line: Mapping[str, Any]) -> Iterable[list[Any]]:
    """A line by what it is worth: an item, or what it pays; a subtotal says nothing."""
    if line.get("DetailType") == "SubTotalLineDetail":
        return
    cents = rules.told_cents(line.get("Amount"))
    linked = [f"{one.get('TxnType')} {one.get('TxnId')}" for one in line.get("LinkedTxn") or ()]
    yield [cents, _ref(line.get("SalesItemLineDetail") or {}, "ItemRef") or "", *sorted(linked)]


def _ref(entity: Mapping[str, Any], name: str) -> str | None:
    found = entity.get(name)
    return str(found["value"]) if isinstance(found, dict) and "value" in found else None
