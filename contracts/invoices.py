"""billing's invoices: written as drafts, numbered when issued, settled by payments and credit (R-INV-1 to R-INV-5)."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, message
from contracts.common import Body, Cursor, Done, Limit, Line, Version
from contracts.money import Currency
from contracts.price_list import Percent, Price, Text

# R-INV-2. `in_progress`: payments that have not cleared yet cover all that is left to pay.
Status = Literal["draft", "scheduled", "unpaid", "partially_paid", "overdue", "in_progress", "paid", "voided"]
Quantity = Annotated[Decimal, Range(min=Decimal(0), max=Decimal(1_000_000), min_inclusive=False)]  # four decimals


class InvoiceNotFound(NotFound):
    """There is no such invoice on this account, or it is not yours to see."""

    code = "invoice_not_found"


class InvoiceSettled(Conflict):
    """Something is paid or being paid on this invoice: it can't be edited, deleted or voided (R-INV-3)."""

    code = "invoice_settled"


class InvoiceNotDraft(Conflict):
    """This can be done to a draft only; `state` is what the invoice is."""

    code = "invoice_not_draft"


class InvoiceNotIssued(Conflict):
    """This can be done to an issued invoice only; `state` is what the invoice is."""

    code = "invoice_not_issued"


class NumberTaken(Conflict):
    """The next number is that of another invoice already: change the firm's number format."""

    code = "invoice_number_taken"


@message
class Author:
    """Who did it, by the name they had: a `member`, a `portal` user (a contact) or the `system`."""

    kind: str
    id: UUID | None
    name: str


@message
class LineEntry:
    """A line as it is written. With `service_id`, what is left out is taken from the price list.

    `discount` is in percent of the line.
    """

    service_id: UUID | None = None
    name: Line = ""
    description: Text = ""
    quantity: Quantity = Decimal(1)
    unit: Line | None = None
    unit_price: Price | None = None
    discount: Percent = Decimal(0)
    tax_rate: Percent | None = None


Lines = Annotated[tuple[LineEntry, ...], Length(max=200)]


@message
class InvoiceLine:
    """`net` is quantity x unit price less the discount, rounded half up to the currency's unit, without tax."""

    service_id: UUID | None
    name: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    net: Decimal


@message
class Tax:
    """Of all lines of one rate: `tax` is `base` x rate, rounded half up once."""

    rate: Decimal
    base: Decimal
    tax: Decimal


@message
class Application:
    """Part of a payment, or of the account's credit, that goes to an invoice.

    While `is_pending` the money has not come: credit is reserved by the payment in progress `payment_id`.
    `currency` is the invoice's; senders of former versions leave it out.
    """

    id: UUID
    invoice_id: UUID
    payment_id: UUID | None
    is_credit: bool
    is_pending: bool
    amount: Decimal
    applied_on: dt.date
    currency: str = ""


@message
class Invoice:
    """`remaining` = total - paid - clearing (R-CRD-5). From `overdue_on` on it is overdue unless settled.

    Without a number it is a draft or scheduled. `posted_on` is when it was or will be issued.
    """

    id: UUID
    account_id: UUID
    number: str | None
    status: Status
    currency: str
    posted_on: dt.date | None
    due_on: dt.date | None
    overdue_on: dt.date | None
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[Tax, ...]
    subtotal: Decimal
    total: Decimal
    paid: Decimal
    clearing: Decimal
    remaining: Decimal
    memo: str  # the client reads it too
    applications: tuple[Application, ...]
    last_paid_on: dt.date | None
    author: Author
    issued_at: dt.datetime | None
    voided_at: dt.datetime | None
    void_reason: str
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class CreateInvoice:
    """A draft; `currency` none: the firm's."""

    account_id: UUID
    lines: Lines = ()
    currency: Currency | None = None
    due_on: dt.date | None = None  # none: the firm's days after posting
    memo: Body = ""


@message
class ChangeInvoice:
    """`lines` are all that are to be, in order. An issued one keeps its number and currency."""

    account_id: UUID
    invoice_id: UUID
    version: Version
    lines: Lines | Unset = UNSET
    currency: Currency | Unset = UNSET
    due_on: dt.date | None | Unset = UNSET
    memo: Body | Unset = UNSET


@message
class InvoiceRef:
    account_id: UUID
    invoice_id: UUID


@message
class IssueInvoice:
    """`posted_on` none or today or before: issued at once; a later day: scheduled for it."""

    account_id: UUID
    invoice_id: UUID
    version: Version
    posted_on: dt.date | None = None


@message
class UnscheduleInvoice:
    account_id: UUID
    invoice_id: UUID
    version: Version


@message
class VoidInvoice:
    account_id: UUID
    invoice_id: UUID
    version: Version
    reason: Line = ""


@message
class ListOwnInvoices:
    """Issued invoices of the account in the portal, the latest first."""

    account_id: UUID
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class OwnInvoice:
    """An invoice as the client sees it in a list; the whole is `get_own_invoice`."""

    id: UUID
    number: str
    status: Status
    currency: str
    posted_on: dt.date
    due_on: dt.date
    total: Decimal
    paid: Decimal
    clearing: Decimal
    remaining: Decimal


@message
class OwnInvoices:
    items: tuple[OwnInvoice, ...]
    total: int
    next_cursor: str | None = None


class Invoices(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Calls about one invoice raise InvoiceNotFound, changes price_list.BillingChanged. Those of one's `own` are for
    portal users of the account alone, who never see drafts, scheduled and voided ones.
    """

    NAME: ClassVar[str] = "billing"

    def create_invoice(self, ctx: Context, request: CreateInvoice) -> Invoice: ...
    def get_invoice(self, ctx: Context, request: InvoiceRef) -> Invoice: ...
    def change_invoice(self, ctx: Context, request: ChangeInvoice) -> Invoice: ...  # InvoiceSettled
    def delete_invoice(self, ctx: Context, request: InvoiceRef) -> Done: ...  # InvoiceNotDraft
    def issue_invoice(self, ctx: Context, request: IssueInvoice) -> Invoice: ...  # InvoiceNotDraft, NumberTaken
    def unschedule_invoice(self, ctx: Context, request: UnscheduleInvoice) -> Invoice: ...  # InvoiceNotDraft
    def void_invoice(self, ctx: Context, request: VoidInvoice) -> Invoice: ...  # InvoiceSettled, InvoiceNotIssued
    def list_own_invoices(self, ctx: Context, request: ListOwnInvoices) -> OwnInvoices: ...
    def get_own_invoice(self, ctx: Context, request: InvoiceRef) -> Invoice: ...
