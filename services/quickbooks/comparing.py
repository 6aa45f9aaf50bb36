"""A document side by side: as billing has it, as QuickBooks has it at this moment, and what there may be the same."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.billing import Billing
from contracts.books import ReadBooks
from contracts.quickbooks_comparing import BookLine, BookSide, Comparison, PaidInvoice
from contracts.quickbooks_documents import DocumentRef, DocumentSync
from services.quickbooks import lists, model
from services.quickbooks.company import Company, quoted
from services.quickbooks.documents import rules
from services.quickbooks.documents.desk import by_kind
from services.quickbooks.queries import documents as queries
from services.quickbooks.tools import Tools

MOST = 10  # others that may be the same
FEW = 200  # invoices of one payment
LOOKED = 100  # payments of the customer, the latest first, among which others are looked for
Entity = dict[str, Any]


@dataclass
class _Known:
    """What is stored; `invoices` are ids in QuickBooks by ours, `documents` ours by theirs, of the kind asked for."""

    document: DocumentSync
    currency: str
    entity: str
    quickbooks_id: str | None
    double_id: str | None
    number: str | None
    customer_id: str | None
    account_name: str
    invoices: dict[UUID, str] = field(default_factory=dict)
    documents: dict[str, UUID] = field(default_factory=dict)


@dataclass
class _There:
    document: Entity | None
    alike: list[Entity]
    invoices: dict[str, Entity]


def compare(tools: Tools, billed: Billing, ctx: Context, request: DocumentRef) -> Comparison:
    """Put a document of ours beside the one it is in QuickBooks, and beside others that may be the same.

    Raises Forbidden, DocumentNotKnown, QuickBooksNotConnected, Unavailable.
    """
    with tools.db.reading(ctx) as session:
        known = _known(session, ctx, request)
    books = billed.read_books(Context(firm_id=ctx.firm), _asked(request))
    one = by_kind(books)[request.kind].get(request.document_id)
    paid = _paid(one) if request.kind == "payment" else {}
    if paid:
        more = billed.read_books(Context(firm_id=ctx.firm), ReadBooks(invoices=tuple(paid)[:FEW]))
        invoices = {each.id: each for each in more.invoices}
    else:
        invoices = {}
    here = HERE[request.kind](one, known, invoices) if one is not None else None
    there: _There = lists.asked(tools, ctx, lambda company: _read(company, known, here, sorted(paid)))
    with tools.db.reading(ctx) as session:
        _name(session, ctx, known, [*there.alike, *filter(None, [there.document])])
    return Comparison(
        document=known.document,
        currency=known.currency,
        here=here,
        there=_side(known, there.document) if there.document else None,
        alike=tuple(_side(known, each) for each in there.alike),
        pays=tuple(_pair(invoices[key], cents, known, there) for key, cents in paid.items() if key in invoices),
    )


def _known(session: Session, ctx: Context, request: DocumentRef) -> _Known:
    row, account = queries.about(session, ctx, request)
    other = model.Document
    mine = (other.firm_id == ctx.firm, other.account_id == account.id, other.kind == "invoice")
    currency = select(model.Connection.home_currency).where(model.Connection.firm_id == ctx.firm)
    query = select(other.id, other.quickbooks_id).where(*mine, other.quickbooks_id.is_not(None))
    return _Known(
        document=queries.shown(session, ctx, row),
        currency=session.scalar(currency) or "",
        entity=row.entity,
        quickbooks_id=row.quickbooks_id,
        double_id=row.double_id or (row.problem or {}).get("other_id"),
        number=row.number,
        customer_id=account.customer_id,
        account_name=account.name,
        invoices={document_id: str(theirs) for document_id, theirs in session.execute(query).tuples()},
    )


def _name(session: Session, ctx: Context, known: _Known, entities: Iterable[Entity]) -> None:
    """Find out which of them are documents of ours."""
    row, ids = model.Document, [str(one["Id"]) for one in entities]
    here = (row.firm_id == ctx.firm, row.entity == known.entity, row.quickbooks_id.in_(ids))
    query = select(row.quickbooks_id, row.id).where(*here)
    known.documents = {str(theirs): document_id for theirs, document_id in session.execute(query).tuples()}


def _asked(request: DocumentRef) -> ReadBooks:
    ids = (request.document_id,)
    if request.kind == "application":
        return ReadBooks(credit_of=(request.account_id,))
    return ReadBooks(**{f"{request.kind}s": ids})


def _paid(payment: Any) -> dict[UUID, int]:
    """What of a payment goes to which invoice, in cents."""
    paid: dict[UUID, int] = {}
    for one in payment.applications if payment is not None else ():
        if not one.is_credit and not one.is_pending:
            paid[one.invoice_id] = paid.get(one.invoice_id, 0) + rules.cents(one.amount)
    return paid


def _read(company: Company, known: _Known, here: BookSide | None, paid: list[UUID]) -> _There:
    """Read what is there. Raises what the company raises."""
    own = [one for one in (known.quickbooks_id, known.double_id) if one]
    found = {str(one["Id"]): one for one in _by_ids(company, known.entity, own)}
    invoice_ids = [known.invoices[one] for one in paid if one in known.invoices]
    invoices = {str(one["Id"]): one for one in _by_ids(company, "Invoice", invoice_ids)}
    document = found.pop(known.quickbooks_id or "", None)
    others = {**found, **{str(one["Id"]): one for one in _others(company, known, here, set(invoice_ids))}}
    others.pop(known.quickbooks_id or "", None)
    return _There(document, list(others.values())[:MOST], invoices)


def _others(company: Company, known: _Known, here: BookSide | None, paid: set[str]) -> list[Entity]:
    if here is None or known.customer_id is None:
        return []
    mine = f"CustomerRef = {quoted(known.customer_id)}"
    if known.entity == "Payment":
        latest = f"ORDERBY TxnDate DESC STARTPOSITION 1 MAXRESULTS {LOOKED}"
        rows = _rows(company, "Payment", f"WHERE {mine} {latest}")
        return [one for one in rows if _is_alike(one, here) or not paid.isdisjoint(_linked(one))]
    found = []
    if here.number:
        found += _rows(company, known.entity, f"WHERE DocNumber = {quoted(here.number)} MAXRESULTS {MOST}")
    if here.on is not None:
        rows = _rows(company, known.entity, f"WHERE {mine} AND TxnDate = {quoted(here.on.isoformat())} MAXRESULTS 100")
        found += [one for one in rows if _is_alike(one, here)]
    return found


def _is_alike(one: Entity, here: BookSide) -> bool:
    is_of_day = here.on is not None and one.get("TxnDate") == here.on.isoformat()
    return is_of_day and rules.told_cents(one.get("TotalAmt")) == rules.cents(here.total)


def _by_ids(company: Company, entity: str, ids: list[str]) -> list[Entity]:
    if not ids:
        return []
    return _rows(company, entity, f"WHERE Id IN ({', '.join(quoted(one) for one in ids)}) MAXRESULTS {FEW}")


def _rows(company: Company, entity: str, rest: str) -> list[Entity]:
    answer = company.query(f"SELECT * FROM {entity} {rest}")  # noqa: S608 (Intuit's language)
    rows: list[Entity] = answer.document.get("QueryResponse", {}).get(entity, [])
    return rows


def _linked(entity: Mapping[str, Any]) -> list[str]:
    lines = entity.get("Line") or ()
    return [str(one.get("TxnId")) for line in lines for one in line.get("LinkedTxn") or ()]


def _pair(invoice: Any, cents: int, known: _Known, there: _There) -> PaidInvoice:
    theirs = there.invoices.get(known.invoices.get(invoice.id, ""))
    return PaidInvoice(
        invoice_id=invoice.id,
        number=invoice.number or "",
        amount=_money(cents),
        total=invoice.total,
        left=invoice.remaining,
        total_there=_told(theirs.get("TotalAmt")) if theirs else None,
        left_there=_told(theirs.get("Balance")) if theirs else None,
    )


def _side(known: _Known, entity: Entity) -> BookSide:
    entity_id = str(entity["Id"])
    left = next((entity[name] for name in ("Balance", "UnappliedAmt", "RemainingCredit") if name in entity), None)
    memo = entity.get("CustomerMemo")
    return BookSide(
        quickbooks_id=entity_id,
        document_id=known.documents.get(entity_id),
        number=str(entity.get("DocNumber") or entity.get("PaymentRefNum") or ""),
        on=_day(entity.get("TxnDate")),
        due_on=_day(entity.get("DueDate")),
        customer=str((entity.get("CustomerRef") or {}).get("name") or ""),
        total=_told(entity.get("TotalAmt")),
        left=None if left is None else _told(left),
        lines=tuple(_lines(entity)),
        note=str(entity.get("PrivateNote") or (memo.get("value") if isinstance(memo, dict) else "") or ""),
        url=rules.url(known.entity, entity_id),
    )


def _lines(entity: Entity) -> Iterable[BookLine]:
    for line in entity.get("Line") or ():
        if line.get("DetailType") == "SubTotalLineDetail":
            continue
        linked = [f"{one.get('TxnType')} {one.get('TxnId')}" for one in line.get("LinkedTxn") or ()]
        item = (line.get("SalesItemLineDetail") or {}).get("ItemRef") or {}
        text = str(line.get("Description") or ", ".join(linked) or item.get("name") or "")
        yield BookLine(text=text, amount=_told(line.get("Amount")))


def _invoice(one: Any, known: _Known, _invoices: Mapping[UUID, Any]) -> BookSide:
    lines = [BookLine(text=line.name, amount=line.net) for line in one.lines]
    lines += [BookLine(text=f"{tax.rate:f} %", amount=tax.tax) for tax in one.taxes]
    number = known.number or one.number or ""
    return _ours(known, number, one.posted_on, one.total, lines, due_on=one.due_on, left=one.remaining, note=one.memo)


def _payment(one: Any, known: _Known, invoices: Mapping[UUID, Any]) -> BookSide:
    lines = [
        BookLine(text=(invoices[key].number or "") if key in invoices else "", amount=_money(cents))
        for key, cents in _paid(one).items()
    ]
    return _ours(known, one.reference, one.received_on, one.amount, lines, left=one.credit, note=one.note)


def _credit(one: Any, known: _Known, _invoices: Mapping[UUID, Any]) -> BookSide:
    return _ours(known, known.number or "", one.entered_on, one.amount, [], note=one.note)


def _refund(one: Any, known: _Known, _invoices: Mapping[UUID, Any]) -> BookSide:
    return _ours(known, known.number or "", one.given_on, one.amount, [], note=one.note)


def _application(one: Any, known: _Known, _invoices: Mapping[UUID, Any]) -> BookSide:
    lines = [BookLine(text=known.document.name, amount=one.amount)]
    return _ours(known, "", one.applied_on, Decimal(0), lines)


HERE: Mapping[str, Callable[[Any, _Known, Mapping[UUID, Any]], BookSide]] = {
    "invoice": _invoice,
    "payment": _payment,
    "credit": _credit,
    "refund": _refund,
    "application": _application,
}


def _ours(known: _Known, number: str, on: Any, total: Decimal, lines: list[BookLine], **more: Any) -> BookSide:
    rest = {"due_on": None, "left": None, "note": "", **more}
    return BookSide(
        quickbooks_id=None,
        document_id=known.document.id,
        number=number,
        on=on,
        customer=known.account_name,
        total=total,
        lines=tuple(lines),
        url=None,
        **rest,
    )


def _day(told: object) -> dt.date | None:
    return dt.date.fromisoformat(str(told)[:10]) if told else None


def _told(amount: object) -> Decimal:
    return _money(rules.told_cents(amount))


def _money(cents: int) -> Decimal:
    return Decimal(cents) / 100
