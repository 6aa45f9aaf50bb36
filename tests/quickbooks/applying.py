"""Which payment is applied to which invoice or credit memo: balances are sums over the payments, never kept."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.quickbooks import values
from tests.quickbooks.company import Company, Record

Link = tuple[str, str, int]  # kind, id, cents


@dataclass
class Ledger:
    """Sums in cents over all that a company holds, made anew after a change."""

    applied: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    payments: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    owed: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by customer


def ledger(company: Company) -> Ledger:
    sums = company.sums.get("ledger")
    if not isinstance(sums, Ledger):
        sums = company.sums["ledger"] = _sum_up(company)
    return sums


def jobs(company: Company) -> dict[str, list[str]]:
    """Sub-customers by their parent."""
    found = company.sums.get("jobs")
    if not isinstance(found, dict):
        found = company.sums["jobs"] = defaultdict(list)
        for each in company.all("Customer").values():
            if parent := each.get("ParentRef"):
                found[parent["value"]].append(each["Id"])
    return found


def _sum_up(company: Company) -> Ledger:
    sums = Ledger()
    for payment in company.all("Payment").values():
        for kind, txn_id, cents in links(payment):
            sums.applied[kind, txn_id] += cents
            sums.payments[kind, txn_id].append(payment["Id"])
        sums.owed[payment["CustomerRef"]["value"]] -= unapplied_cents(payment)
    for kind, sign in (("Invoice", 1), ("CreditMemo", -1)):
        for each in company.all(kind).values():
            sums.owed[each["CustomerRef"]["value"]] += sign * (total_cents(each) - sums.applied[kind, each["Id"]])
    return sums


def links(payment: Record) -> Iterator[Link]:
    for line in payment.get("Line", []):
        for linked in line.get("LinkedTxn", []):
            yield linked["TxnType"], str(linked["TxnId"]), values.kept_cents(line.get("Amount", 0))


def open_cents(company: Company, kind: str, record: Record) -> int:
    """What of an invoice is unpaid, of a credit memo unused."""
    return total_cents(record) - ledger(company).applied[kind, record["Id"]]


def total_cents(record: Record) -> int:
    return values.kept_cents(record.get("TotalAmt", 0))


def unapplied_cents(payment: Record) -> int:
    """What was received and the credit used with it, less what it pays."""
    signed = [cents if kind == "Invoice" else -cents for kind, _, cents in links(payment)]
    return total_cents(payment) - sum(signed)


def payments_of(company: Company, kind: str, txn_id: str) -> list[str]:
    return list(dict.fromkeys(ledger(company).payments[kind, txn_id]))
