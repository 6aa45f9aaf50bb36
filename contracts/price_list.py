"""billing's settings: the price list of services, the firm's currency, how invoices are numbered and when overdue."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow import ValidationError
from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, message
from contracts.common import Done, Line, Name, Version, readable, readable_line
from contracts.money import MOST, Currency

PLACES = re.compile(r"\{[^}]*\}?|\}")


def _number_format(value: str) -> None:
    places = PLACES.findall(value)
    if places.count("{number}") != 1 or set(places) - {"{number}", "{year}"}:
        message = "Must contain {number} once, and may contain {year}, e.g. INV-{year}-{number}."
        raise ValidationError(message)
    if "{year}{number}" in value or "{number}{year}" in value:
        message = "Put a sign between {year} and {number}, so that no two invoices look alike."
        raise ValidationError(message)


Price = Annotated[Decimal, Range(min=Decimal(0), max=MOST)]  # of one unit without tax, up to four decimals
Percent = Annotated[Decimal, Range(min=Decimal(0), max=Decimal(100))]  # up to three decimals
Text = Annotated[str, Length(max=2000), readable]
NumberFormat = Annotated[str, Length(min=8, max=60), readable_line, _number_format]


class BilledServiceNotFound(NotFound):
    """There is no such service in the firm's price list."""

    code = "billed_service_not_found"


class BillingChanged(Conflict):
    """Someone else changed it first; `current` is what is there now."""

    code = "billing_changed"


class BilledServiceTaken(Conflict):
    """An active service of this name is in the price list already."""

    code = "billed_service_taken"


@message
class BilledService:
    """One line of the firm's price list; `price` is in the firm's currency, without tax."""

    id: UUID
    name: str
    description: str
    price: Decimal
    tax_rate: Decimal
    unit: str
    is_active: bool
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class BilledServices:
    items: tuple[BilledService, ...]


@message
class ListServices:
    """Active services by name; all with `is_active` null. At most 500."""

    is_active: bool | None = True


@message
class CreateService:
    name: Name
    description: Text = ""
    price: Price
    tax_rate: Percent = Decimal(0)
    unit: Line = ""  # hour, return, month; empty: a piece


@message
class ChangeService:
    """Invoices keep what they were written with. One that is not `is_active` can't be put on a new line."""

    service_id: UUID
    version: Version
    name: Name | Unset = UNSET
    description: Text | Unset = UNSET
    price: Price | Unset = UNSET
    tax_rate: Percent | Unset = UNSET
    unit: Line | Unset = UNSET
    is_active: bool | Unset = UNSET


@message
class BillingSettings:
    """`overdue_days`: days past its due date after which an invoice is overdue; 0: from the day after (R-INV-2).

    `due_days`: from posting to due where an invoice does not say. With `{year}` in the format numbers begin anew each
    year of posting; `{number}` has at least `number_digits` digits. Version 0: never set, these are the defaults.
    """

    currency: str
    due_days: int
    overdue_days: int
    number_format: str
    number_digits: int
    version: int


@message
class ChangeBillingSettings:
    """Invoices that are numbered keep their number, those that are written their currency."""

    version: Annotated[int, Range(min=0)]
    currency: Currency | Unset = UNSET
    due_days: Annotated[int, Range(min=0, max=365)] | Unset = UNSET
    overdue_days: Annotated[int, Range(min=0, max=365)] | Unset = UNSET
    number_format: NumberFormat | Unset = UNSET
    number_digits: Annotated[int, Range(min=1, max=9)] | Unset = UNSET


class PriceList(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    NAME: ClassVar[str] = "billing"

    def list_services(self, ctx: Context, request: ListServices) -> BilledServices: ...
    def create_service(self, ctx: Context, request: CreateService) -> BilledService: ...  # BilledServiceTaken
    # BilledServiceNotFound, BilledServiceTaken, BillingChanged
    def change_service(self, ctx: Context, request: ChangeService) -> BilledService: ...
    def get_billing_settings(self, ctx: Context, request: Done) -> BillingSettings: ...
    def change_billing_settings(
        self, ctx: Context, request: ChangeBillingSettings
    ) -> BillingSettings: ...  # BillingChanged
