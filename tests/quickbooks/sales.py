"""Invoice, CreditMemo, RefundReceipt, Purchase: transactions with lines, whose totals QuickBooks computes."""

import datetime as dt
from typing import Any

from tests.quickbooks import applying, faults, lists, values
from tests.quickbooks.company import Company, Record

SALES = ("Invoice", "CreditMemo", "RefundReceipt")
NUMBERED = {"Invoice": ("Invoice",), "CreditMemo": ("CreditMemo", "RefundReceipt")}
NUMBERED["RefundReceipt"] = NUMBERED["CreditMemo"]
DETAILS = ("SalesItemLineDetail", "DescriptionOnly", "DiscountLineDetail", "SubTotalLineDetail")
SPENT = "AccountBasedExpenseLineDetail"
DUE_DAYS = 30  # of an invoice that says nothing
TAX_CODES = ("TAX", "NON")


def check(company: Company, kind: str, record: Record, before: Record | None, include: str) -> None:
    """Raises 610, 2010, 2020, 2050, 2500, 6000, 6070, 6140, 6210."""
    values.check_texts(record)
    values.check_date(record, "TxnDate")
    values.check_date(record, "DueDate")
    record.setdefault("TxnDate", company.clock.today())
    company.refuse_closed(record["TxnDate"], before["TxnDate"] if before else None)
    if kind == "Purchase":
        _check_purchase(company, record)
    else:
        check_customer(company, record)
        values.settle_addresses(company, record)
        values.refuse_inactive(values.refer(company, record, "DepartmentRef", "Department", element="Departments"))
        values.refuse_inactive(values.refer(company, record, "ClassRef", "Class", element="Classes"))
        values.refer(company, record, "PaymentMethodRef", "PaymentMethod", element="PaymentMethods")
    _check_lines(company, kind, record)
    if kind == "RefundReceipt":
        if "DepositToAccountRef" not in record:
            raise faults.missing("DepositToAccountRef")
        lists.check_money(company, record, "DepositToAccountRef")
    if kind == "Invoice":
        _set_due(company, record)
    _check_number(company, kind, record, include)
    if before is not None and kind in {"Invoice", "CreditMemo"}:
        _check_applied(company, kind, record, before)


def check_customer(company: Company, record: Record) -> None:
    """Raises 2020, 2500 for a customer that never was, 610 for one that was made inactive."""
    if "CustomerRef" not in record:
        raise faults.missing("CustomerRef")
    customer = values.refer(company, record, "CustomerRef", "Customer", element="Names")
    if customer is not None and not customer["Active"]:
        raise faults.not_found()


def _check_purchase(company: Company, record: Record) -> None:
    if "PaymentType" not in record:
        raise faults.missing("PaymentType")
    if record["PaymentType"] not in {"Cash", "Check", "CreditCard"}:
        raise faults.bad_choice(record["PaymentType"], "PaymentType")
    if "AccountRef" not in record:
        raise faults.missing("AccountRef")
    lists.check_money(company, record, "AccountRef", types=("Bank", "Credit Card"))


def _check_lines(company: Company, kind: str, record: Record) -> None:
    lines = [line for line in record.get("Line", []) if line.get("DetailType") != "SubTotalLineDetail"]
    if not lines:
        raise faults.missing("Line")
    total, next_id = 0, 1 + max((int(line["Id"]) for line in lines if str(line.get("Id", "")).isdigit()), default=0)
    for number, line in enumerate(lines, 1):
        detail = line.get("DetailType")
        if detail not in ((SPENT,) if kind == "Purchase" else DETAILS):
            raise faults.bad_choice(detail, "DetailType") if detail else faults.missing("DetailType")
        total += _line_cents(company, line)
        if "Id" not in line:
            line["Id"], next_id = str(next_id), next_id + 1
        line["LineNum"] = number
        line.pop("LinkedTxn", None)
    tax = values.cents(record.get("TxnTaxDetail", {}).get("TotalTax", 0), "TotalTax")
    if total + tax < 0:
        raise faults.business("Transaction amount must be 0 or greater.")
    record["TotalAmt"] = values.amount(total + tax)
    record["Line"] = lines
    if kind in SALES:
        subtotal = {"Amount": values.amount(total), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        record["Line"] = [*lines, subtotal]


def _line_cents(company: Company, line: dict[str, Any]) -> int:
    """This will check one line, and give what it adds to the total."""
    kind = line["DetailType"]
    if kind == "DescriptionOnly":
        return 0
    detail = line.get(kind) or {}
    line[kind] = detail
    if kind == "SalesItemLineDetail":
        _check_sold(company, line, detail)
    if kind == SPENT:
        if "AccountRef" not in detail:
            raise faults.missing("AccountRef")
        values.refuse_inactive(values.refer(company, detail, "AccountRef", "Account", element="Accounts"))
    if "Amount" not in line:
        raise faults.missing("Amount")
    cents = values.cents(line["Amount"])
    line["Amount"] = values.amount(cents)
    return -cents if kind == "DiscountLineDetail" else cents


def _check_sold(company: Company, line: dict[str, Any], detail: Record) -> None:
    detail.setdefault("ItemRef", {"value": "1"})  # "Services", where nothing is said
    values.refuse_inactive(values.refer(company, detail, "ItemRef", "Item", element="Items"))
    values.refuse_inactive(values.refer(company, detail, "ClassRef", "Class", element="Classes"))
    code = detail.setdefault("TaxCodeRef", {"value": "NON"})
    if code.get("value") not in TAX_CODES and company.find("TaxCode", code.get("value")) is None:
        raise faults.bad_reference(f"TaxCode element id {code.get('value')} not found")
    if not detail.get("Qty") and not detail.get("UnitPrice"):
        detail.pop("Qty", None)
        detail.pop("UnitPrice", None)
    elif "Qty" in detail and "UnitPrice" in detail:
        product = values.product(detail["Qty"], detail["UnitPrice"])
        line.setdefault("Amount", values.amount(product))
        if values.cents(line["Amount"]) != product:
            raise faults.bad_amount(line["Amount"])


def _set_due(company: Company, record: Record) -> None:
    term = values.refer(company, record, "SalesTermRef", "Term", element="Terms")
    days = int((term or {}).get("DueDays", DUE_DAYS))
    issued = dt.date.fromisoformat(record["TxnDate"])
    record.setdefault("DueDate", (issued + dt.timedelta(days=days)).isoformat())


def _check_number(company: Company, kind: str, record: Record, include: str) -> None:
    """This will number a sale that has no number, where the company does that, and refuse one that has another's.

    "If Preferences:CustomTxnNumber is true ... if no value is supplied, the resulting DocNumber is null"; where it is
    false, the last number is incremented by 1. Raises 6140, unless the request says `include=allowduplicatedocnum`.
    """
    others = [
        (each, other)
        for other in NUMBERED.get(kind, ())
        for each in company.all(other).values()
        if (other, each["Id"]) != (kind, record.get("Id"))
    ]
    number = record.get("DocNumber")
    if number is None:
        if not company.numbers_itself or kind not in NUMBERED:
            return
        used = [int(each["DocNumber"]) for each, _ in others if each.get("DocNumber", "").isdecimal()]
        record["DocNumber"] = str(max(used, default=1000) + 1)
    elif "allowduplicatedocnum" not in include:
        for each, other in others:
            if each.get("DocNumber") == number:
                raise faults.duplicate_number(str(number), other, each["Id"])


def _check_applied(company: Company, kind: str, record: Record, before: Record) -> None:
    applied = applying.total_cents(before) - applying.open_cents(company, kind, before)
    if applied and record["CustomerRef"]["value"] != before["CustomerRef"]["value"]:
        raise faults.business("You can't change the customer of a transaction that payments are applied to.")
    if applied > applying.total_cents(record):
        raise faults.business("The amount received plus the credits applied is more than the charges.")


def voided(record: Record) -> Record:
    """The same with nothing to pay: amounts are zero, the note says so, the number stays."""
    lines = [{**line, "Amount": 0.0} for line in record.get("Line", [])]
    for line in lines:
        if detail := line.get("SalesItemLineDetail"):
            line["SalesItemLineDetail"] = {**detail, "Qty": 0, "UnitPrice": 0}
    note = record.get("PrivateNote", "")
    record.pop("TxnTaxDetail", None)
    return {**record, "Line": lines, "TotalAmt": 0.0, "PrivateNote": f"Voided {note}".strip()}


def derive(company: Company, kind: str, record: Record) -> Record:
    if kind == "Invoice":
        linked = [{"TxnId": each, "TxnType": "Payment"} for each in applying.payments_of(company, kind, record["Id"])]
        balance = values.amount(applying.open_cents(company, kind, record))
        return {"Balance": balance, **({"LinkedTxn": linked} if linked else {})}
    if kind == "CreditMemo":
        left = values.amount(applying.open_cents(company, kind, record))
        return {"RemainingCredit": left, "Balance": left}
    return {}
