"""What the lists of an account have in common: who asks about what, on which day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Uuid, bindparam

from chassis.errors import wrong

FIRM = bindparam("firm_id", type_=Uuid)
ACCOUNT = bindparam("account_id", type_=Uuid)
TODAY = bindparam("today", type_=Date)
LAST_DAY = dt.date.max  # stands for no date, which comes after all others


@dataclass(frozen=True)
class Asked:
    """Rows of which account, on which day; what is the caller's alone is asked for by `caller_id`."""

    firm_id: UUID
    account_id: UUID
    today: dt.date
    caller_id: UUID | None = None

    def parameters(self) -> dict[str, Any]:
        return {"firm_id": self.firm_id, "account_id": self.account_id, "today": self.today}


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Rows whose column has the text in it, letter case aside; what is typed is literal (R-SRC-5)."""
    return column.icontains(text, autoescape=True)


def one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    """The value. Raises Invalid for one that a filter does not have."""
    if value not in known:
        raise wrong(f"filters.{name}", f"Must be one of {', '.join(known)}.")
    return value
