"""What clients owe and were offered: invoices, credit and proposals, as rows of the billing service."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import orjson

from bench.generate.firm import Firm, Rows
from bench.generate.source import PLENTY, STEP, Account, as_json
from chassis.wire import to_json
from contracts.invoices import InvoiceLine
from contracts.proposal_content import OfferedLine, Package
from deploy.sample.words import words
from services.billing.lines import kept
from services.billing.rules import amounts
from services.billing.rules import invoices as rules
from services.billing.settings import DEFAULTS

CURRENCY = DEFAULTS.currency
PRICE, TAX = Decimal(180), Decimal(19)
YEARS = 5  # of numbers, from the year in which the firm began
GIVEN = 10_000_000  # numbers of a year behind which those of invoices made by hand begin
CREDIT = Decimal("100.00")


class Billing:
    """All invoices of a full account are unpaid, and all proposals wait for a signature."""

    def __init__(self, firm: Firm, random: Random) -> None:
        self._firm, self._random = firm, random
        self._services = words()["work"]["services"]
        self._invoices = [_priced(service) for service in self._services]
        self._by = ("member", firm.owner, "Bench Owner")

    @staticmethod
    def of_firm(firm: Firm) -> Rows:
        """Give the numbers that are gone."""
        began = dt.datetime.fromisoformat(firm.born_at).year
        counters: list[tuple[Any, ...]] = [(firm.own, began + number, GIVEN) for number in range(YEARS)]
        return {("billing", "number_counter"): counters}

    def add(self, rows: Rows, account: Account) -> Iterator[tuple[str, int]]:
        """Add a full account's invoices, credit and proposals, and give how often each section changed."""
        if not account.is_full:
            return
        own, due = self._firm.own, Decimal(0)
        for place in range(PLENTY):
            due += self._invoice(rows, account, place)
            self._proposal(rows, account, place)
        at, credit = account.made.isoformat(), str(CREDIT)
        entry = self._firm.made(f"credit {account.id}")
        rows["billing", "ledger"].append((own, account.id, 1 + PLENTY))
        rows["billing", "balance"].append((own, account.id, CURRENCY, credit, "0", str(due), "0"))
        rows["billing", "credit_entry"].append(
            (own, entry, account.id, *self._by, CURRENCY, "prepayment", credit, credit, at[:10], "", at)
        )
        yield from (("invoices", 1 + PLENTY), ("proposals", PLENTY))

    def _invoice(self, rows: Rows, account: Account, place: int) -> Decimal:
        at = account.made + place * STEP
        lines, taxes, subtotal, total = self._random.choice(self._invoices)
        posted, sequence = at.date(), PLENTY * account.number + place + 1
        number = rules.number(DEFAULTS.number_format, DEFAULTS.number_digits, posted, sequence)
        due_on = posted + dt.timedelta(days=DEFAULTS.due_days)
        key, made = self._firm.made(f"invoice {account.id} {place}"), at.isoformat()
        rows["billing", "invoice"].append(
            (
                self._firm.own, key, account.id, *self._by, "issued", number, posted.year, sequence, CURRENCY,
                posted.isoformat(), due_on.isoformat(), lines, taxes, str(subtotal), str(total), "0", "0", "", made, "",
                2, made, made,
            )
        )  # fmt: skip
        return total

    def _proposal(self, rows: Rows, account: Account, place: int) -> None:
        own, key = self._firm.own, self._firm.made(f"proposal {account.id} {place}")
        at, service = (account.made + place * STEP).isoformat(), self._random.choice(self._services)
        kind = self._random.choice(("proposal", "engagement_letter"))
        terms = as_json([{"title": "What we do", "text": f"{service}, once in the year."}])
        packages = _packages(self._firm.made(f"package {key}"), service)
        rows["billing", "proposal"].append(
            (
                own, key, account.id, *self._by, kind, f"{service} {at[:4]}", "", terms, packages, "all", CURRENCY,
                "client_choice", "manual", "later", False, "pending", at, 2, at, at,
            )
        )  # fmt: skip
        contact, name, email = account.first
        rows["billing", "proposal_signer"].append((own, key, contact, account.id, 0, name, email, False))


def _priced(service: str) -> tuple[str, str, Decimal, Decimal]:
    """An invoice of one line: its lines and taxes as they are kept, its subtotal and total."""
    line = _line(service)
    sums = amounts.sums([line], CURRENCY)
    taxes = as_json([kept(tax) for tax in sums.taxes])
    return as_json([kept(line)]), taxes, sums.subtotal, sums.total


def _packages(key: str, service: str) -> str:
    line = OfferedLine(service=service, unit_price=PRICE, tax_rate=TAX)
    price = amounts.sums([_line(service)], CURRENCY).total
    package = Package(id=UUID(key), name="Basic", description="", lines=(line,), once=price, monthly=Decimal(0))
    return as_json([orjson.loads(to_json(package))])


def _line(service: str) -> InvoiceLine:
    return InvoiceLine(
        service_id=None,
        name=service,
        description="",
        quantity=Decimal(1),
        unit="",
        unit_price=PRICE,
        discount=Decimal(0),
        tax_rate=TAX,
        net=amounts.rounded(PRICE, CURRENCY),
    )
