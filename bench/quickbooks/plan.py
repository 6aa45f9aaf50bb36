"""What the firm of the run has: accounts with invoices, payments, credit and refunds, the same for one seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

SERVICES = ("Annual tax return", "Bookkeeping", "Payroll", "Year-end accounts", "Advice", "Registration")
# What becomes of an invoice, and how often in a hundred times.
FATES = (("paid", "part", "two parts", "unpaid", "excess", "voided"), (44, 16, 10, 18, 8, 4))
FAMILIES = ("Moreau", "Whitfield", "Ó Briain", "d'Estrées", "Núñez", "Müller", "Kowalczyk", "李", "Åström", "Бойко")
TRADES = ("Bakery", "Joinery", "Optics", "Haulage", "Vineyard", "Print & Sign", "Dairy", "Masonry")


@dataclass(frozen=True)
class Line:
    """`service` is the place of one of SERVICES; none: a line of its own."""

    service: int | None
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal


@dataclass(frozen=True)
class Invoice:
    lines: tuple[Line, ...]
    fate: str
    share: Decimal  # of the total, of a payment in part
    age: int  # days since it was issued

    @property
    def documents(self) -> int:
        """How many documents it and its payments are."""
        return {"unpaid": 1, "voided": 1, "two parts": 3}.get(self.fate, 2)


@dataclass(frozen=True)
class Account:
    """`customer` is what it is called in QuickBooks already; none: one is to be made. `change`: what happens later."""

    number: int
    name: str
    customer: str | None
    invoices: tuple[Invoice, ...]
    credit: Decimal | None = None
    applies_credit: bool = False
    refund: Decimal | None = None  # share of the first payment that is given back
    changes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def documents(self) -> int:
        paid = any(one.fate not in {"unpaid", "voided"} for one in self.invoices)
        beside = (self.credit is not None) + (self.refund is not None and paid)
        return sum(one.documents for one in self.invoices) + beside


def accounts(seed: int, count: int, documents: int) -> list[Account]:
    """Make so many accounts with about so many documents."""
    random = Random(seed)
    each = documents / count
    return [_account(random, number, each) for number in range(count)]


def _account(random: Random, number: int, each: float) -> Account:
    name = f"{random.choice(FAMILIES)} {random.choice(TRADES)} {number:04d}"
    invoices, made = [], 0.0
    while made < 1 or made + 1 < each + random.uniform(-1, 1):
        invoices.append(_invoice(random))
        made += invoices[-1].documents
    return Account(
        number=number,
        name=name,
        customer=_called(random, name) if number % 2 else None,
        invoices=tuple(invoices),
        credit=Decimal(random.randrange(500, 20_000)) / 100 if random.random() < 0.14 else None,
        applies_credit=random.random() < 0.6,
        refund=Decimal(random.choice((10, 35, 100))) / 100 if random.random() < 0.08 else None,
        changes=tuple(_changes(random)),
    )


def _called(random: Random, name: str) -> str:
    """The same name for us, as somebody else would type it (R-QB-15)."""
    return random.choice((name, name.upper(), name.lower(), name.replace(" ", "  ", 1)))


def _invoice(random: Random) -> Invoice:
    lines = tuple(_line(random) for _ in range(random.choice((1, 1, 2, 3))))
    (fate,) = random.choices(*FATES)
    return Invoice(lines, fate, Decimal(random.randrange(10, 90)) / 100, random.randrange(1, 200))


def _line(random: Random) -> Line:
    """Odd quantities, discounts and taxes, so that every kind of rounding comes up."""
    return Line(
        service=random.choice((None, *range(len(SERVICES)), *range(len(SERVICES)))),
        quantity=random.choice((Decimal(1), Decimal(1), Decimal(3), Decimal("1.25"), Decimal("0.3333"))),
        unit_price=Decimal(random.randrange(1_000, 90_000)) / 100,
        discount=random.choice((Decimal(0), Decimal(0), Decimal(5), Decimal("12.5"))),
        tax_rate=random.choice((Decimal(0), Decimal(20), Decimal("5.5"))),
    )


def _changes(random: Random) -> Iterator[str]:
    """What is done to the account's documents while they are on their way."""
    for what, share in (("pay", 0.04), ("void", 0.03), ("unpay", 0.03), ("reword", 0.04), ("refund", 0.02)):
        if random.random() < share:
            yield what
