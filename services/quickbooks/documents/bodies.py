"""What is written into QuickBooks: an item, an invoice, a credit memo, a payment, a refund receipt (domain.md §6.2).

A field that is None is left out of what is made, and taken out of what is changed.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from contracts.books import Refund
from contracts.invoices import Invoice, InvoiceLine
from contracts.payments import CreditEntry, Payment
from contracts.price_list import BilledService
from services.quickbooks import rules as names
from services.quickbooks.documents import rules

LONGEST = {"number": 21, "memo": 1000, "note": 4000, "name": 100, "description": 4000}  # characters, by Intuit's pages
NOT_TAXED = {"value": "NON"}  # taxes are lines of their own: QuickBooks is to add none, so that sums agree
ItemOf = Callable[[UUID], str]  # the id of a service's item
Body = dict[str, Any]
# What QuickBooks computes, or what would change our sums.
THEIRS = frozenset(
    (
        "MetaData", "domain", "sparse", "Balance", "LinkedTxn", "HomeBalance", "HomeTotalAmt", "RemainingCredit",
        "UnappliedAmt", "ProcessPayment", "TxnTaxDetail", "FullyQualifiedName", "Level", "time",
    )
)  # fmt: skip


class Part(NamedTuple):
    """What a payment gives to an invoice, or takes from a credit memo; `id` is theirs."""

    entity: str
    id: str
    cents: int


class Made(NamedTuple):
    """What is to be written, and the sum that QuickBooks must come to; None where it computes none."""

    body: Body
    cents: int | None


def item(service: BilledService, income_id: str) -> Made:
    """A service as an item that is sold."""
    return Made(
        {
            "Name": names.pushed_name(service.name)[: LONGEST["name"]],
            "Type": "Service",
            "IncomeAccountRef": {"value": income_id},
            "UnitPrice": float(service.price),
            "Description": service.description[: LONGEST["description"]] or None,
        },
        None,
    )


def plain_item(name: str, income_id: str) -> Made:
    """The item of lines that name no service, or of taxes."""
    return Made({"Name": name, "Type": "Service", "IncomeAccountRef": {"value": income_id}}, None)


def invoice(one: Invoice, customer_id: str, number: str | None, item_of: ItemOf) -> Made:
    """An invoice with a line for each of ours, and one for the tax of each rate."""
    lines = [_line(each, item_of(each.service_id or rules.OTHER)) for each in one.lines]
    for tax in one.taxes:
        text = f"Tax {tax.rate:f} % on {tax.base:f}"
        lines.append(_sold(rules.cents(tax.tax), item_of(rules.TAX), text))
    body = {
        "CustomerRef": {"value": customer_id},
        "DocNumber": number or (one.number or "")[-LONGEST["number"] :] or None,
        "TxnDate": one.posted_on.isoformat() if one.posted_on else None,
        "DueDate": one.due_on.isoformat() if one.due_on else None,
        "CustomerMemo": {"value": one.memo[: LONGEST["memo"]]} if one.memo else None,
        "Line": lines,
    }
    return Made(body, rules.cents(one.total))


def credit_memo(one: CreditEntry, customer_id: str, number: str | None, cents: int, item_id: str) -> Made:
    """A credit note, worth what of it has not expired."""
    body = {
        "CustomerRef": {"value": customer_id},
        "DocNumber": number,
        "TxnDate": one.entered_on.isoformat(),
        "PrivateNote": one.note[: LONGEST["note"]] or None,
        "Line": [_sold(cents, item_id, one.note)],
    }
    return Made(body, cents)


def payment(one: Payment, customer_id: str, deposit_id: str | None, parts: list[Part]) -> Made:
    """A payment with what of it goes to which invoice; the rest is the customer's credit there."""
    body = {
        "CustomerRef": {"value": customer_id},
        "TxnDate": one.received_on.isoformat(),
        "TotalAmt": rules.amount(rules.cents(one.amount)),
        "PaymentRefNum": one.reference[: LONGEST["number"]] or None,
        "PrivateNote": one.note[: LONGEST["note"]] or None,
        "DepositToAccountRef": {"value": deposit_id} if deposit_id else None,
        "Line": [_linked(part) for part in parts],
    }
    return Made(body, rules.cents(one.amount))


def application(customer_id: str, on: str, parts: list[Part]) -> Made:
    """A payment of nothing, that takes credit memos to an invoice."""
    lines = [_linked(part) for part in parts]
    return Made({"CustomerRef": {"value": customer_id}, "TxnDate": on, "TotalAmt": 0.0, "Line": lines}, 0)


def refund(one: Refund, customer_id: str, number: str | None, bank_id: str, item_id: str) -> Made:
    """Money given back, from an account of the ledger."""
    cents = rules.cents(one.amount)
    body = {
        "CustomerRef": {"value": customer_id},
        "DocNumber": number,
        "TxnDate": one.given_on.isoformat(),
        "PrivateNote": one.note[: LONGEST["note"]] or None,
        "DepositToAccountRef": {"value": bank_id},
        "Line": [_sold(cents, item_id, one.note or "Refund")],
    }
    return Made(body, cents)


def created(body: Body) -> Body:
    """The fields of something that is made."""
    return {name: value for name, value in body.items() if value is not None}


def changed(current: Mapping[str, Any], body: Body) -> Body:
    """The whole of something as it is to be: ours over what is there, so that what people added there stays."""
    kept = {name: value for name, value in current.items() if name not in THEIRS}
    if "TotalAmt" not in body:
        kept.pop("TotalAmt", None)
    return {name: value for name, value in {**kept, **body}.items() if value is not None}


def _line(one: InvoiceLine, item_id: str) -> Body:
    """A line; quantity and price go along where they multiply to its amount, else they are in its text."""
    cents = rules.cents(one.net)
    text = "\n".join(part for part in (one.name, one.description) if part)
    product = (one.quantity * one.unit_price * 100).to_integral_value(ROUND_HALF_UP)
    if one.discount or int(product) != cents or not one.unit_price:
        each = f"{one.quantity:f} {one.unit}".strip()
        less = f", less {one.discount:f} %" if one.discount else ""
        return _sold(cents, item_id, f"{text}\n{each} at {one.unit_price:f}{less}")
    line = _sold(cents, item_id, text)
    line["SalesItemLineDetail"] |= {"Qty": _number(one.quantity), "UnitPrice": _number(one.unit_price)}
    return line


def _sold(cents: int, item_id: str, text: str) -> Body:
    return {
        "Amount": rules.amount(cents),
        "Description": text[: LONGEST["description"]],
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item_id}, "TaxCodeRef": NOT_TAXED},
    }


def _linked(part: Part) -> Body:
    return {"Amount": rules.amount(part.cents), "LinkedTxn": [{"TxnId": part.id, "TxnType": part.entity}]}


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)
