"""Payment: what a customer paid, and which invoices it pays, with credit memos' help."""

import copy

from tests.quickbooks import applying, faults, lists, sales, values
from tests.quickbooks.company import APP, Company, Record

UNDEPOSITED = "UndepositedFunds"  # the kind of account that money waits in
TOO_MUCH = "The amount received plus the credits applied is more than the charges."
TOO_LITTLE = "The amount received plus the credits applied is less than the charges selected."
PAYABLE = ("Invoice", "CreditMemo")


def check(company: Company, record: Record, before: Record | None) -> None:
    """Raises 610, 2020, 2050, 2170, 2500, 6000, 6210."""
    values.check_texts(record)
    sales.check_customer(company, record)
    if "TotalAmt" not in record:
        raise faults.missing("TotalAmt")
    total = values.cents(record["TotalAmt"], "TotalAmt")
    if total < 0:
        raise faults.business("Transaction amount must be 0 or greater.")
    record["TotalAmt"] = values.amount(total)
    values.check_date(record, "TxnDate")
    record.setdefault("TxnDate", company.clock.today())
    company.refuse_closed(record["TxnDate"], before["TxnDate"] if before else None)
    if "DepositToAccountRef" not in record:
        accounts = company.all("Account").values()
        waiting = next(each["Id"] for each in accounts if each.get("AccountSubType") == UNDEPOSITED)
        record["DepositToAccountRef"] = {"value": waiting}
    lists.check_money(company, record, "DepositToAccountRef")
    values.refuse_inactive(values.refer(company, record, "PaymentMethodRef", "PaymentMethod", element="PaymentMethods"))
    _check_lines(company, record, before)


def _check_lines(company: Company, record: Record, before: Record | None) -> None:
    """Raises 6000 where more is applied than is open, or than was received."""
    lines = record.setdefault("Line", [])
    for line in lines:
        if "Amount" not in line:
            raise faults.missing("Amount")
        linked = line.get("LinkedTxn")
        if linked is None or len(linked) != 1 or not {"TxnId", "TxnType"} <= linked[0].keys():
            raise faults.missing("LinkedTxn")
        line["Amount"] = values.amount(values.cents(line["Amount"]))
        linked[0]["TxnId"] = str(linked[0]["TxnId"])
        linked[0].pop("TxnLineId", None)
    mine: dict[tuple[str, str], int] = {}
    for kind, txn_id, cents in applying.links(record):
        mine[kind, txn_id] = mine.get((kind, txn_id), 0) + cents
    former: dict[tuple[str, str], int] = {}
    for kind, txn_id, cents in applying.links(before or {}):
        former[kind, txn_id] = former.get((kind, txn_id), 0) + cents
    for (kind, txn_id), cents in mine.items():
        _check_applied(company, record, kind, txn_id, cents - former.get((kind, txn_id), 0))
    if applying.unapplied_cents(record) < 0:
        raise faults.business(TOO_LITTLE)


def _check_applied(company: Company, record: Record, kind: str, txn_id: str, more_cents: int) -> None:
    if kind not in PAYABLE:
        raise faults.bad_choice(kind, "TxnType")
    if txn_id in company.gone.get(kind, {}):
        raise faults.not_found("Another user has deleted this transaction.")
    paid = company.find(kind, txn_id)
    if paid is None:
        raise faults.bad_reference(f"Transactions element id {txn_id} not found")
    owner = company.all("Customer")[paid["CustomerRef"]["value"]]
    payer = record["CustomerRef"]["value"]
    if payer not in {owner["Id"], owner.get("ParentRef", {}).get("value")}:  # parents pay for their sub-customers
        raise faults.business("The transaction belongs to another customer.")
    if more_cents > applying.open_cents(company, kind, paid):
        raise faults.business(TOO_MUCH)


def touch_applied(company: Company, *versions: Record | None, by: str = APP) -> None:
    """Count on invoices and credit memos what a payment did or undid to them."""
    touched = {link[:2] for each in versions if each is not None for link in applying.links(each)}
    for kind, txn_id in sorted(touched):
        company.touch(kind, txn_id, by)


def release(company: Company, kind: str, txn_id: str, by: str) -> None:
    """Take a transaction that goes out of the payments applied to it; what they paid is unapplied again."""
    for payment_id in applying.payments_of(company, kind, txn_id):
        payment = company.all("Payment")[payment_id]
        lines = [
            line
            for line in payment["Line"]
            if not any((each["TxnType"], each["TxnId"]) == (kind, txn_id) for each in line["LinkedTxn"])
        ]
        payment = {**copy.deepcopy(payment), "Line": copy.deepcopy(lines)}
        shortened = _shorten(payment)
        company.replace("Payment", payment, by)
        for invoice_id in shortened:
            company.touch("Invoice", invoice_id, by)


def _shorten(payment: Record) -> list[str]:
    """Take off invoices what a payment has no money for any more; gives their ids."""
    short, shortened = -applying.unapplied_cents(payment), []
    for line in reversed(payment["Line"]):
        (linked,) = line["LinkedTxn"]
        if short <= 0 or linked["TxnType"] != "Invoice":
            continue
        cut = min(short, values.kept_cents(line["Amount"]))
        line["Amount"] = values.amount(values.kept_cents(line["Amount"]) - cut)
        short -= cut
        shortened.append(linked["TxnId"])
    payment["Line"] = [line for line in payment["Line"] if line["Amount"]]
    return shortened


def derive(record: Record) -> Record:
    return {"UnappliedAmt": values.amount(applying.unapplied_cents(record)), "ProcessPayment": False}
