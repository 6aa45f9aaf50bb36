"""What is to be done with a document: written, removed, left to wait, or nothing, by all that lies on the desk."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from contracts.quickbooks_documents import DocumentStatus, Waiting
from contracts.quickbooks_errors import QuickBooksProblem
from services.quickbooks import model
from services.quickbooks import rules as common
from services.quickbooks.documents import bodies, items, rules
from services.quickbooks.documents.bodies import Made, Part
from services.quickbooks.documents.desk import Desk, Other

COMING = ("queued", "out_of_date")
PATIENCE = 5  # times that a document lets others of its account go first
NO_LEDGER = "No account of QuickBooks' ledger is chosen for this."
OTHERS = "It is another customer's in QuickBooks."


class Write(NamedTuple):
    """A request for QuickBooks, and what to remember once it is done. `again`: there is more to do after it."""

    operation: str  # create, update, delete, void
    body: dict[str, Any]
    digest: str | None = None
    cents: int | None = None
    parts: Mapping[str, int] = {}
    again: bool = False


class Wait(NamedTuple):
    waits_for: Waiting
    status: DocumentStatus = "queued"


class Settled(NamedTuple):
    """QuickBooks has it as it is here. `is_gone`: has nothing of it."""

    is_gone: bool = False


class Later(NamedTuple):
    seconds: float


class Failed(NamedTuple):
    problem: QuickBooksProblem
    status: DocumentStatus = "failed"


Decision = Write | Wait | Settled | Later | Failed


def decide(desk: Desk, row: model.Document) -> Decision:
    """Decide what is to be done with a document that is due."""
    if row.wanted == "gone":
        return _removed(desk, row)
    if row.wanted == "void":
        return _removed(desk, row, "void")
    return DECIDING[row.kind](desk, row)


def _service(desk: Desk, row: model.Document) -> Decision:
    service = desk.books["service"].get(row.id)
    if service is not None:
        row.name = service.name[:200]  # a document that named it first may have called it otherwise
    if row.quickbooks_id is None:
        found = items.named(desk.session, desk.ctx, row.name)
        if found is not None:
            row.quickbooks_id, row.is_chosen = found, True
    if row.is_chosen:
        return Settled()
    if desk.chosen.income is None:
        return Failed(common.problem_of("wrong_ledger_account", said=NO_LEDGER))
    made = bodies.item(service, desk.chosen.income) if service else bodies.plain_item(row.name, desk.chosen.income)
    return _written(desk, row, made, {})


def _invoice(desk: Desk, row: model.Document) -> Decision:
    one = desk.books["invoice"].get(row.id)
    if one is None or one.currency != desk.currency:
        return Wait("currency", "skipped") if one else Settled(is_gone=True)
    wanted = {line.service_id or rules.OTHER for line in one.lines} | ({rules.TAX} if one.taxes else set())
    waits = _missing_items(desk, wanted)
    if waits:
        return waits
    made = bodies.invoice(one, desk.customer(row), row.number, lambda service_id: desk.item(service_id) or "")
    return _written(desk, row, made, {})


def _credit(desk: Desk, row: model.Document) -> Decision:
    one = desk.books["credit"].get(row.id)
    if one is None or one.currency != desk.currency:
        return Wait("currency", "skipped") if one else Settled(is_gone=True)
    cents = rules.cents(one.amount) - desk.expired.get(("credit", row.id), 0)
    if not cents:
        return _removed(desk, row)
    waits = _missing_items(desk, {rules.OTHER})
    if waits:
        return waits
    item_id = desk.item(rules.OTHER) or ""
    return _written(desk, row, bodies.credit_memo(one, desk.customer(row), row.number, cents, item_id), {})


def _payment(desk: Desk, row: model.Document) -> Decision:
    one = desk.books["payment"].get(row.id)
    if one is None or one.status != "cleared":
        return _removed(desk, row)
    if one.currency not in {"", desk.currency}:
        return Wait("currency", "skipped")
    paid: dict[UUID, int] = dict(desk.flows.of_source.get(("payment", row.id), {}))
    for each in one.applications:
        if not each.is_credit and not each.is_pending:
            paid[each.invoice_id] = paid.get(each.invoice_id, 0) + rules.cents(each.amount)
    found = _parts(desk, [("invoice", invoice_id, cents) for invoice_id, cents in sorted(paid.items())])
    if isinstance(found, Wait):
        return found
    made = bodies.payment(one, desk.customer(row), desk.chosen.deposit, found)
    return _linked(desk, row, made, found)


def _application(desk: Desk, row: model.Document) -> Decision:
    one = desk.books["application"].get(row.id)
    if one is None or one.currency not in {"", desk.currency}:
        return Wait("currency", "skipped") if one else _removed(desk, row)
    given = desk.flows.of_use.get(row.id, [])
    if sum(cents for _, cents in given) < rules.cents(one.amount):
        return Wait("document", "skipped")
    notes = [(kind, source_id, cents) for (kind, source_id), cents in given if kind == "credit"]
    if not notes:
        if row.quickbooks_id is not None:
            return _removed(desk, row)._replace(again=True)  # type: ignore[call-arg]
        payments = [desk.others.get(source) for source, _ in given]
        is_done = all(each is not None and each.status == "synced" and not each.is_under_way for each in payments)
        return Settled() if is_done else Wait("document")
    total = sum(cents for _, _, cents in notes)
    found = _parts(desk, [("invoice", one.invoice_id, total), *notes])
    if isinstance(found, Wait):
        return found
    made = bodies.application(desk.customer(row), one.applied_on.isoformat(), found)
    return _linked(desk, row, made, found)


def _refund(desk: Desk, row: model.Document) -> Decision:
    one = desk.books["refund"].get(row.id)
    if one is None or one.currency != desk.currency:
        return Wait("currency", "skipped") if one else Settled(is_gone=True)
    paid = desk.others.get(("payment", one.payment_id))
    if paid is None or paid.quickbooks_id is None:
        return _wait_on(paid)
    waits = _missing_items(desk, {rules.OTHER})
    if waits:
        return waits
    if desk.chosen.refund is None:
        return Failed(common.problem_of("wrong_ledger_account", said=NO_LEDGER))
    item_id = desk.item(rules.OTHER) or ""
    return _written(desk, row, bodies.refund(one, desk.customer(row), row.number, desk.chosen.refund, item_id), {})


def _written(desk: Desk, row: model.Document, made: Made, parts: Mapping[str, int]) -> Decision:
    digest = rules.digest(made.body)
    if row.quickbooks_id is None:
        return Write("create", bodies.created(made.body), digest, made.cents, parts)
    if digest == row.digest:
        return Settled()
    current = desk.current.get((row.entity, row.quickbooks_id))
    if current is None:
        return Failed(common.problem_of("document_gone"), "changed_in_quickbooks")
    theirs = current.get("CustomerRef", {}).get("value")
    if row.digest is None and row.kind != "service" and theirs != desk.customer(row):
        return Failed(common.problem_of("business_rule", said=OTHERS))
    return Write("update", bodies.changed(current, made.body), digest, made.cents, parts)


def _linked(desk: Desk, row: model.Document, made: Made, parts: list[Part]) -> Decision:
    """Write what pays invoices, after those that leave room for it there."""
    sums = {f"{part.entity}:{part.id}": part.cents for part in parts}
    if row.attempts < PATIENCE and _is_in_the_way(desk, row, sums):
        return Later(1.0)
    return _written(desk, row, made, sums)


def _is_in_the_way(desk: Desk, row: model.Document, parts: Mapping[str, int]) -> bool:
    before = (row.pushed or {}).get("parts", {})
    more = {key for key, cents in parts.items() if cents > before.get(key, 0)}
    return any(
        other.is_under_way and other.quickbooks_id is not None and not more.isdisjoint(other.parts)
        for key, other in desk.others.items()
        if key != (row.kind, row.id) and key[0] in {"payment", "application"}
    )


def _removed(desk: Desk, row: model.Document, operation: str = "delete") -> Decision:
    if row.quickbooks_id is None:
        return Settled(is_gone=True)
    current = desk.current.get((row.entity, row.quickbooks_id))
    if current is None:
        return Settled(is_gone=True)
    return Write(operation, {"Id": current["Id"], "SyncToken": current["SyncToken"]})


def _parts(desk: Desk, wanted: list[tuple[str, UUID, int]]) -> list[Part] | Wait:
    parts = []
    for kind, document_id, cents in wanted:
        other = desk.others.get((kind, document_id))
        if other is None or other.quickbooks_id is None or other.wanted != "there":
            return _wait_on(other)
        parts.append(Part(rules.ENTITIES[kind], other.quickbooks_id, cents))  # type: ignore[index]
    return parts


def _wait_on(other: Other | None) -> Wait:
    """Wait for a document of the account; one that is not on its way makes it skipped."""
    is_coming = other is None or other.status in COMING
    return Wait("document", "queued" if is_coming else "skipped")


def _missing_items(desk: Desk, wanted: set[UUID]) -> Wait | None:
    missing = [desk.services[one] for one in wanted if desk.services[one].quickbooks_id is None]
    if not missing:
        return None
    return Wait("service", "queued" if all(one.status in COMING for one in missing) else "skipped")


DECIDING: Mapping[str, Callable[[Desk, model.Document], Decision]] = {
    "service": _service,
    "invoice": _invoice,
    "credit": _credit,
    "payment": _payment,
    "application": _application,
    "refund": _refund,
}
