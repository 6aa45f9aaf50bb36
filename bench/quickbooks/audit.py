"""The check at the end: what Dossier tells by HTTP against what the simulated company holds, to the cent.

It knows neither tables nor code of the service: whatever went wrong on the way shows here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bench.quickbooks.making import CURRENCY
from tests.firms import Client, Firm
from tests.quickbooks.launching import Simulator

ASKING = 8  # accounts at once
Row = dict[str, Any]


@dataclass
class Findings:
    """`faults` is empty where both sides agree."""

    faults: list[str] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)  # cents by kind, as both sides have them
    counts: Counter[str] = field(default_factory=Counter)

    def same(self, what: str, ours: object, theirs: object) -> None:
        if ours != theirs:
            self.faults.append(f"{what}: {ours} here, {theirs} in QuickBooks")


@dataclass
class Ours:
    """One account as Dossier tells it."""

    sync: Row
    invoices: list[Row]
    payments: list[Row]
    credits: list[Row]
    balance: Row


def audit(firm: Firm, sim: Simulator, account_ids: Iterable[object]) -> Findings:
    """Compare both sides whole."""
    ids = [str(one) for one in account_ids]
    with ThreadPoolExecutor(ASKING) as pool:
        ours = dict(zip(ids, pool.map(lambda one: _ours(firm, one), ids), strict=True))
    theirs = {kind: sim.entities(kind) for kind in ("Customer", "Invoice", "Payment", "CreditMemo", "RefundReceipt")}
    found = Findings()
    customers = _customers(found, ours, theirs["Customer"])
    by_customer: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for kind in ("Invoice", "Payment", "CreditMemo", "RefundReceipt"):
        for entity in theirs[kind]:
            by_customer[entity["CustomerRef"]["value"]][kind].append(entity)
    for stranger in by_customer.keys() - {one["Id"] for one in customers.values()}:
        found.faults.append(f"documents of customer {stranger}, who is no account")
    for account_id, customer in customers.items():
        _account(found, ours[account_id], customer, by_customer[customer["Id"]])
    _limits(found, sim)
    found.same("errors to solve", firm.owner.made("GET", "/quickbooks/errors")["counts"], {})
    return found


def _ours(firm: Firm, account_id: str) -> Ours:
    at = f"/accounts/{account_id}"
    with Client(firm.url, firm.signed_in["token"]) as client:
        numbered = [
            client.made("GET", f"{at}/invoices/{row['id']}") for row in _all(client, f"{at}/invoices", status="all")
        ]
        balances = client.made("GET", f"{at}/balance")["items"]
        return Ours(
            sync=client.made("GET", f"{at}/quickbooks"),
            invoices=[one for one in numbered if one["number"]],
            payments=[one for one in _all(client, f"{at}/payments") if one["status"] == "cleared"],
            credits=_all(client, f"{at}/credits"),
            balance=next((one for one in balances if one["currency"] == CURRENCY), {"due": "0", "credit": "0"}),
        )


def _all(client: Client, path: str, **params: str) -> list[Row]:
    found: list[Row] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params={"limit": "50", **params, **cursor}).raise_for_status().json()
        found += page.get("items", page.get("rows"))
        if not page["next_cursor"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


def _customers(found: Findings, ours: Mapping[str, Ours], theirs: list[Row]) -> dict[str, Row]:
    """Give the one customer of each account; all others there are somebody's mistake."""
    by_id = {one["Id"]: one for one in theirs}
    linked: dict[str, Row] = {}
    for account_id, one in ours.items():
        customer = one.sync["customer"]
        if one.sync["status"] != "synced" or customer is None or customer["id"] not in by_id:
            found.faults.append(f"account {account_id} is {one.sync['status']}, customer {customer}")
        else:
            linked[account_id] = by_id[customer["id"]]
    used = Counter(one["Id"] for one in linked.values())
    found.faults += [f"customer {one} is {times} accounts" for one, times in used.items() if times > 1]
    found.faults += [f"customer {one} is nobody's" for one in by_id.keys() - used.keys()]
    found.counts["customers"] = len(used)
    return linked


def _account(found: Findings, ours: Ours, customer: Row, theirs: Mapping[str, list[Row]]) -> None:
    where = customer["DisplayName"]
    # What is left to pay is compared invoice by invoice, so payments must go where they do here.
    mine = {
        one["number"]: (0, 0) if one["status"] == "voided" else (_cents(one["total"]), _cents(one["remaining"]))
        for one in ours.invoices
    }
    voided = {one["number"] for one in ours.invoices if one["status"] == "voided"}
    told = Counter(one.get("DocNumber") for one in theirs["Invoice"])
    found.faults += [f"{where}: invoice {one} is there {times} times" for one, times in told.items() if times > 1]
    there = {one.get("DocNumber"): (_cents(one["TotalAmt"]), _cents(one["Balance"])) for one in theirs["Invoice"]}
    for number in voided - there.keys():
        del mine[number]  # voided before it went there, so that there is nothing to void
    found.same(f"{where}: invoices, total and left to pay", mine, there)
    payments = Counter((one["reference"], _cents(one["amount"])) for one in ours.payments)
    paid = [one for one in theirs["Payment"] if one["TotalAmt"]]  # those of nothing bring credit to invoices
    found.same(
        f"{where}: payments", payments, Counter((one.get("PaymentRefNum"), _cents(one["TotalAmt"])) for one in paid)
    )
    notes = [one for one in ours.credits if one["kind"] == "credit_note"]
    memos = Counter((one["note"], _cents(one["amount"])) for one in notes)
    found.same(
        f"{where}: credits",
        memos,
        Counter((one.get("PrivateNote"), _cents(one["TotalAmt"])) for one in theirs["CreditMemo"]),
    )
    refunded = sum(_cents(one["refunded"]) for one in ours.payments)
    found.same(f"{where}: refunds", refunded, sum(_cents(one["TotalAmt"]) for one in theirs["RefundReceipt"]))
    # Money given back is no part of what a customer owes in QuickBooks, as its payment stays whole there.
    owed = _cents(ours.balance["due"]) - _cents(ours.balance["credit"]) - refunded
    found.same(f"{where}: owed", owed, _cents(customer["Balance"]))
    found.counts.update({kind: len(rows) for kind, rows in theirs.items()})
    for kind, rows in theirs.items():
        found.sums[kind] += sum(_cents(one["TotalAmt"]) for one in rows)


def _told(rows: list[Row], name: str) -> Counter[tuple[str, int]]:
    return Counter((str(one.get(name)), _cents(one["TotalAmt"])) for one in rows)


def _limits(found: Findings, sim: Simulator) -> None:
    state = sim.state()
    found.same("limits that were exceeded", {}, state["limits"][sim.realm]["exceeded"])
    writes = state["companies"][sim.realm]["writes"]
    found.faults += [f"{times} writes under {one}" for one, times in writes.items() if times != 1]


def _cents(amount: object) -> int:
    return int((Decimal(str(amount)) * 100).to_integral_value())
