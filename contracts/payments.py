"""billing's payments and the account's credit: money that came, where it went, what is left (R-CRD-1 to R-CRD-7)."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, message
from contracts.common import Cursor, Done, Limit, Line, Version
from contracts.invoices import Application, Author, Invoice
from contracts.money import Amount, Currency
from contracts.price_list import Text

Method = Literal["cash", "check", "transfer", "card_terminal", "bank_debit", "other"]
PaymentStatus = Literal["pending", "cleared", "failed", "deleted"]
Rest = Literal["excess", "prepayment", "deposit"]  # what a payment's rest is called as credit (R-CRD-1)
CreditKind = Literal[
    "credit_note", "prepayment", "deposit", "excess",  # what makes credit
    "detached",  # a payment was taken off an invoice
    "applied", "returned",  # went to an invoice, came back from it
    "refunded", "reversed", "expired",  # given back in money; its payment was deleted; ended by the firm
]  # fmt: skip


class PaymentNotFound(NotFound):
    """There is no such payment on this account, or it is not yours to see."""

    code = "payment_not_found"


class ApplicationNotFound(NotFound):
    """Nothing of that id is applied to an invoice of this account."""

    code = "application_not_found"


class CreditNotEnough(Conflict):
    """There is less credit than that; `available` is what there is, in `currency` (R-CRD-6)."""

    code = "credit_not_enough"


class MoreThanDue(Conflict):
    """That is more than is left to pay on the invoice; `remaining` is what is (R-CRD-5)."""

    code = "more_than_due"


class PaymentNotPending(Conflict):
    """The payment has cleared, failed or been deleted already; `state` is what it is."""

    code = "payment_not_pending"


class PaymentNotCleared(Conflict):
    """This can be done to a payment that has cleared only; `state` is what it is."""

    code = "payment_not_cleared"


class PaymentRefunded(Conflict):
    """Money of this payment was given back, so it can't be deleted."""

    code = "payment_refunded"


class RefundTooMuch(Conflict):
    """Less than that can be given back of this payment; `refundable` says how much."""

    code = "refund_too_much"


@message
class PayInvoice:
    """`amount` none: as much as is left to pay and to give."""

    invoice_id: UUID
    amount: Amount | None = None


Parts = Annotated[tuple[PayInvoice, ...], Length(max=50)]


@message
class Payment:
    """`amount` = `applied` to invoices + in `credit` + `refunded`, once it has cleared."""

    id: UUID
    account_id: UUID
    amount: Decimal
    currency: str
    method: Method
    status: PaymentStatus
    received_on: dt.date
    cleared_on: dt.date | None
    reference: str
    note: str
    applied: Decimal
    credit: Decimal
    refunded: Decimal
    applications: tuple[Application, ...]
    author: Author
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class RecordPayment:
    """Money received outside of the portal. What no invoice takes becomes credit, called `rest`.

    `is_pending`: it has not cleared yet (a bank debit); what it pays is in progress until it is settled, and `credits`
    that go along with it are reserved until then. Invoices must be of its currency; none: the firm's.
    """

    account_id: UUID
    amount: Amount
    currency: Currency | None = None
    method: Method
    received_on: dt.date
    reference: Line = ""
    note: Text = ""
    is_pending: bool = False
    invoices: Parts = ()
    credits: Parts = ()
    rest: Rest = "excess"


@message
class ChangePayment:
    """What is written about it. To correct an amount, delete the payment and record another."""

    account_id: UUID
    payment_id: UUID
    version: Version
    method: Method | Unset = UNSET
    received_on: dt.date | Unset = UNSET
    reference: Line | Unset = UNSET
    note: Text | Unset = UNSET


@message
class PaymentRef:
    account_id: UUID
    payment_id: UUID


@message
class SettlePayment:
    """`on` none: today."""

    account_id: UUID
    payment_id: UUID
    version: Version
    outcome: Literal["cleared", "failed"]
    on: dt.date | None = None


@message
class RefundPayment:
    """To `money`: what of it is credit first, then what it pays, the latest first. To `credit`: what it pays."""

    account_id: UUID
    payment_id: UUID
    version: Version
    amount: Amount
    to: Literal["money", "credit"] = "money"
    note: Text = ""


@message
class ApplicationRef:
    account_id: UUID
    application_id: UUID


@message
class AddCredit:
    """A credit note; money that came is a payment, whose rest becomes credit by itself."""

    account_id: UUID
    amount: Amount
    currency: Currency | None = None  # none: the firm's
    note: Text = ""


@message
class ExpireCredit:
    account_id: UUID
    amount: Amount
    currency: Currency | None = None
    note: Text = ""


@message
class ApplyCredit:
    """`amount` none: all that is available, up to what is left to pay (R-CRD-3)."""

    account_id: UUID
    invoice_id: UUID
    amount: Amount | None = None


@message
class CreditEntry:
    """One movement of the credit, with its sign, and what there was after it."""

    id: UUID
    account_id: UUID
    kind: CreditKind
    amount: Decimal
    currency: str
    balance: Decimal
    entered_on: dt.date
    invoice_id: UUID | None
    payment_id: UUID | None
    note: str
    author: Author
    created_at: dt.datetime


@message
class Balance:
    """Of one currency (U-22): `due` is left to pay on issued invoices, `clearing` is on its way to them.

    `credit` is available: without what is `reserved` (R-CRD-6). `net_due` = due - credit, at least 0 (R-CRD-4).
    """

    currency: str
    due: Decimal
    clearing: Decimal
    credit: Decimal
    reserved: Decimal
    net_due: Decimal


@message
class Balances:
    """By currency; one that never was is not there. `version` only grows."""

    account_id: UUID
    items: tuple[Balance, ...]
    version: int


@message
class AccountRef:
    account_id: UUID


@message
class ListPayments:
    """The latest first. `filters`: `status`, `method`, `from`, `to` (days received, both included), `q` (reference)."""

    account_id: UUID
    filters: dict[str, str] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class PaymentPage:
    items: tuple[Payment, ...]
    total: int
    next_cursor: str | None = None


@message
class ListCredits:
    """The latest first. `filters`: `kind`, `currency`, `from`, `to` (days entered, both included)."""

    account_id: UUID
    filters: dict[str, str] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class CreditPage:
    items: tuple[CreditEntry, ...]
    total: int
    next_cursor: str | None = None


class Payments(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Calls about one payment raise PaymentNotFound, changes price_list.BillingChanged. What pays an invoice may raise
    invoices.InvoiceNotFound, invoices.InvoiceNotIssued, MoreThanDue, what takes credit CreditNotEnough.
    """

    NAME: ClassVar[str] = "billing"

    def record_payment(self, ctx: Context, request: RecordPayment) -> Payment: ...
    def get_payment(self, ctx: Context, request: PaymentRef) -> Payment: ...
    def change_payment(self, ctx: Context, request: ChangePayment) -> Payment: ...
    def delete_payment(self, ctx: Context, request: PaymentRef) -> Done: ...  # PaymentNotCleared, PaymentRefunded
    def settle_payment(self, ctx: Context, request: SettlePayment) -> Payment: ...  # PaymentNotPending
    def refund_payment(self, ctx: Context, request: RefundPayment) -> Payment: ...  # PaymentNotCleared, RefundTooMuch
    def list_payments(self, ctx: Context, request: ListPayments) -> PaymentPage: ...
    # ApplicationNotFound, PaymentNotCleared
    def detach_application(self, ctx: Context, request: ApplicationRef) -> Invoice: ...
    def add_credit(self, ctx: Context, request: AddCredit) -> Balances: ...
    def expire_credit(self, ctx: Context, request: ExpireCredit) -> Balances: ...
    def apply_credit(self, ctx: Context, request: ApplyCredit) -> Invoice: ...
    def list_credits(self, ctx: Context, request: ListCredits) -> CreditPage: ...
    def get_balances(self, ctx: Context, request: AccountRef) -> Balances: ...
    def get_own_balances(self, ctx: Context, request: AccountRef) -> Balances: ...  # of a portal user
    def apply_own_credit(self, ctx: Context, request: ApplyCredit) -> Invoice: ...  # by a portal user (R-CRD-2)
