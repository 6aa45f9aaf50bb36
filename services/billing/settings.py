"""The firm's settings of billing, or the defaults of one that never set them."""

from typing import Any

import orjson
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import dump, to_json
from contracts.money import DEFAULT_CURRENCY
from contracts.price_list import BillingChanged, BillingSettings
from services.billing import model

DEFAULTS = BillingSettings(
    currency=DEFAULT_CURRENCY,
    due_days=30,
    overdue_days=0,
    number_format="INV-{year}-{number}",
    number_digits=4,
    version=0,
)


def of_firm(session: Session, ctx: Context) -> BillingSettings:
    row = session.get(model.BillingSettings, ctx.firm)
    return DEFAULTS if row is None else told(row)


def told(row: model.BillingSettings) -> BillingSettings:
    return BillingSettings(
        currency=row.currency,
        due_days=row.due_days,
        overdue_days=row.overdue_days,
        number_format=row.number_format,
        number_digits=row.number_digits,
        version=row.version,
    )


def given(request: Any, *names: str) -> dict[str, Any]:
    """Those of the fields `names` that the caller did not leave out."""
    present = dump(request)
    return {name: present[name] for name in names if name in present}


def check_version(asked: int, current: Any) -> None:
    """Raise BillingChanged unless the caller saw what is there."""
    if asked != current.version:
        raise BillingChanged(current=orjson.loads(to_json(current)))
