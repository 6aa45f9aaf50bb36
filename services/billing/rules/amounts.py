"""What lines are worth: exact decimals, rounded half up once per line, and once per tax rate."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from chassis.errors import wrong
from contracts.invoices import InvoiceLine, Tax
from contracts.money import MOST, unit

EXACT = Context(prec=80)  # quantity x price x percent has up to 31 digits, more than the default keeps
HUNDRED = Decimal(100)


class Sums(NamedTuple):
    subtotal: Decimal
    taxes: tuple[Tax, ...]
    total: Decimal


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole units of its currency, half a unit up."""
    return amount.quantize(unit(currency), rounding=ROUND_HALF_UP, context=EXACT)


def digits(field: str, value: Decimal, places: int) -> Decimal:
    """The value as it is kept. Raises Invalid for more digits after the point than `places`."""
    kept = value.quantize(Decimal(1).scaleb(-places), context=EXACT) + 0  # + 0: minus zero is zero
    if kept != value:
        raise wrong(field, f"Must have at most {places} digits after the point.")
    return plain(kept)


def plain(value: Decimal) -> Decimal:
    """The value without zeros at its end: 2 rather than 2.0000."""
    short = value.normalize(EXACT)
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1), context=EXACT)  # type: ignore[operator]


def net(field: str, quantity: Decimal, price: Decimal, discount: Decimal, currency: str) -> Decimal:
    """Quantity x price less the discount in percent. Raises Invalid for more than an amount may be."""
    gross = EXACT.multiply(quantity, price)
    amount = rounded(EXACT.divide(EXACT.multiply(gross, HUNDRED - discount), HUNDRED), currency)
    if amount > MOST:
        raise wrong(field, f"A line may be worth at most {MOST:f}.")
    return amount


def sums(lines: Iterable[InvoiceLine], currency: str) -> Sums:
    """The sum of the lines, the tax on all of each rate, and both together; rates in descending order."""
    bases: dict[Decimal, Decimal] = {}
    zero = Decimal(0).quantize(unit(currency))
    for line in lines:
        bases[line.tax_rate] = bases.get(line.tax_rate, zero) + line.net
    taxes = tuple(
        Tax(rate=rate, base=base, tax=rounded(EXACT.divide(EXACT.multiply(base, rate), HUNDRED), currency))
        for rate, base in sorted(bases.items(), reverse=True)
        if rate
    )
    subtotal = sum(bases.values(), zero)
    return Sums(subtotal, taxes, subtotal + sum((tax.tax for tax in taxes), zero))
