"""What clients are billed and have paid: most owe something or nothing, some are late, a few have credit."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from contracts.billing import Billing
from contracts.invoices import CreateInvoice, Invoice, IssueInvoice, LineEntry
from contracts.payments import AddCredit, Method, PayInvoice, RecordPayment
from contracts.price_list import CreateService
from deploy.sample.calls import Caller
from deploy.sample.clients import SEED, Client

SERVICES = {  # name: price, tax rate, unit
    "Annual tax return": ("450", "20", "return"),
    "Monthly bookkeeping": ("180", "20", "month"),
    "Payroll": ("35", "20", "payslip"),
    "Year-end accounts": ("1250", "20", "year"),
    "Advice": ("120", "20", "hour"),
    "Registration of a company": ("690", "0", ""),
}
METHODS: tuple[Method, ...] = ("transfer", "check", "card_terminal", "cash")
# How many invoices clients have, how many clients in a hundred are so; then the same of what became of each.
COUNTS = ((0, 1, 2, 3, 8), (15, 30, 30, 20, 5))
FATES = (("paid", "part", "unpaid", "clearing", "draft", "excess"), (40, 12, 30, 6, 6, 6))
CREDITED = 0.12  # share of clients who have a credit note


async def make_price_list(caller: Caller) -> dict[str, UUID]:
    """Put the services that the firm bills into its price list."""
    made = {}
    for name, (price, rate, unit) in SERVICES.items():
        request = CreateService(name=name, price=Decimal(price), tax_rate=Decimal(rate), unit=unit)
        service = await caller.ask(Billing, "create_service", request, as_="owner", key=f"service/{name}")
        made[name] = service.id
    return made


@dataclass(frozen=True)
class Bill:
    """One invoice and what becomes of it; `lines` are services with their quantities, `share` is in percent."""

    posted_on: dt.date
    lines: tuple[tuple[str, int], ...]
    fate: str
    share: int
    method: Method


def planned(client: Client, today: dt.date) -> tuple[list[Bill], int]:
    """Give the bills of a client, the oldest first, and the credit given; the same every time, but for the dates."""
    random = Random(f"{SEED}/bills/{client.key}")  # noqa: S311 (sample data)
    count = random.choices(*COUNTS)[0]
    ages = sorted((random.randint(1, 200) for _ in range(count)), reverse=True)
    bills = [_bill(random, today - dt.timedelta(days=age)) for age in ages]
    return bills, random.choice((40, 100, 250)) if random.random() < CREDITED else 0


def is_billed(client: Client, today: dt.date) -> bool:
    """Whether the client gets an invoice that is more than a draft."""
    return any(bill.fate != "draft" for bill in planned(client, today)[0])


def _bill(random: Random, posted_on: dt.date) -> Bill:
    names = random.sample(sorted(SERVICES), random.choice((1, 1, 2)))
    lines = tuple((name, random.choice((1, 1, 2, 4))) for name in names)
    return Bill(posted_on, lines, random.choices(*FATES)[0], random.choice((25, 50, 60)), random.choice(METHODS))


@dataclass(frozen=True)
class Bills:
    """The bills of one client, the oldest first."""

    caller: Caller
    account_id: UUID
    client: Client
    today: dt.date
    services: Mapping[str, UUID]

    async def do(self) -> None:
        bills, credit = planned(self.client, self.today)
        for number, bill in enumerate(bills):
            await self._make(bill, f"bill/{number}")
        if credit:
            note = AddCredit(account_id=self.account_id, amount=Decimal(credit), note="Goodwill for a late reply")
            await self._ask("add_credit", note, "credit")

    async def _make(self, bill: Bill, key: str) -> None:
        lines = tuple(
            LineEntry(service_id=self.services[name], quantity=Decimal(quantity)) for name, quantity in bill.lines
        )
        draft = await self._ask("create_invoice", CreateInvoice(account_id=self.account_id, lines=lines), key)
        if bill.fate == "draft":
            return
        where = {"account_id": self.account_id, "invoice_id": draft.id, "version": draft.version}
        invoice = await self._ask("issue_invoice", IssueInvoice(**where, posted_on=bill.posted_on), f"{key}/issue")
        paid = {
            "paid": invoice.total,
            "clearing": invoice.total,
            "excess": invoice.total + 50,
            "part": (invoice.total * bill.share / 100).quantize(Decimal("0.01")),
        }
        if bill.fate in paid:
            method: Method = "bank_debit" if bill.fate == "clearing" else bill.method
            await self._ask("record_payment", self._payment(invoice, paid[bill.fate], method), f"{key}/pay")

    def _payment(self, invoice: Invoice, amount: Decimal, method: Method) -> RecordPayment:
        posted_on = invoice.posted_on or self.today
        return RecordPayment(
            account_id=self.account_id,
            amount=amount,
            method=method,
            received_on=min(posted_on + dt.timedelta(days=18), self.today),
            reference=f"{invoice.number}",
            is_pending=method == "bank_debit",
            invoices=(PayInvoice(invoice_id=invoice.id),),
        )

    async def _ask(self, method: str, request: Any, key: str) -> Any:
        return await self.caller.ask(Billing, method, request, as_="owner", key=f"{self.client.key}/{key}")
