"""What an invoice's status is on a day, whether credit covers it, and what it is called."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from chassis.errors import wrong
from contracts.invoices import Status

FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 1, 1)  # of what is posted, due or received
PAYABLE = ("unpaid", "partially_paid", "overdue")  # R-CRD-5
DUE = (*PAYABLE, "in_progress")  # R-INV-2: what the section shows
Coverage = Literal["full", "partial", "none"]


def overdue_on(due_on: dt.date, overdue_days: int) -> dt.date:
    """The first day on which it is overdue unless settled (R-INV-2)."""
    return due_on + dt.timedelta(days=overdue_days + 1)


def status(
    state: str, *, total: Decimal, paid: Decimal, clearing: Decimal, overdue_from: dt.date | None, today: dt.date
) -> Status:
    """R-INV-2; `in_progress` only where what is clearing covers all the rest, for else something is left to pay."""
    if state != "issued":
        return state  # type: ignore[return-value]
    if paid >= total:
        return "paid"
    if paid + clearing >= total:
        return "in_progress"
    if overdue_from is not None and today >= overdue_from:
        return "overdue"
    return "partially_paid" if paid else "unpaid"


def coverage(remaining: Decimal, credit: Decimal) -> Coverage:
    """R-CRD-5, of an eligible invoice."""
    if credit >= remaining:
        return "full"
    return "partial" if credit > 0 else "none"


def walk(remainders: Iterable[Decimal], credit: Decimal) -> list[Coverage]:
    """R-CRD-5: the coverage of each when they are paid one after the other."""
    found = []
    for remaining in remainders:
        found.append(coverage(remaining, credit))
        credit = max(Decimal(0), credit - remaining)
    return found


def counter_year(number_format: str, posted_on: dt.date) -> int:
    """The year whose numbers go on; 0 where they go on for ever."""
    return posted_on.year if "{year}" in number_format else 0


def number(number_format: str, digits: int, posted_on: dt.date, sequence: int) -> str:
    """What an invoice is called."""
    return number_format.replace("{year}", str(posted_on.year)).replace("{number}", str(sequence).zfill(digits))


def sensible(field: str, day: dt.date) -> dt.date:
    """The day. Raises Invalid for one that can only be a slip."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise wrong(field, f"Must be a day from {FIRST_DAY} to {LAST_DAY}.")
    return day
