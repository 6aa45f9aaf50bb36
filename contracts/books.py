"""billing: what the firm's books are kept from: documents page by page, and whole by their ids (R-QB-3)."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.wire import message
from contracts.common import Cursor
from contracts.invoices import Application, Author, Invoice
from contracts.payments import CreditEntry, Payment
from contracts.price_list import BilledService

BookKind = Literal["invoice", "payment", "credit", "application", "refund"]
Ids = Annotated[tuple[UUID, ...], Length(max=200)]


@message
class Refund:
    """Money of a payment that was given back; it never changes."""

    id: UUID
    account_id: UUID
    payment_id: UUID
    amount: Decimal
    currency: str
    given_on: dt.date
    note: str
    author: Author
    created_at: dt.datetime


@message
class BookEntry:
    """A document that belongs into the books.

    An issued or voided invoice, a payment that has cleared, a credit note, credit that goes to the invoice `parent_id`,
    a refund of the payment `parent_id`. Of those that may change `version` only grows; of the others it is 1.
    """

    kind: BookKind
    id: UUID
    account_id: UUID
    parent_id: UUID | None
    name: str
    on: dt.date
    version: int
    is_voided: bool


@message
class ListBooks:
    """In no order that means anything, each once."""

    cursor: Cursor | None = None
    limit: Annotated[int, Range(min=1, max=500)] = 200


@message
class BookPage:
    items: tuple[BookEntry, ...]
    next_cursor: str | None = None


@message
class ReadBooks:
    """Ids of what is to be read; `credit_of` are accounts. What is not there, or was deleted, is left out."""

    invoices: Ids = ()
    payments: Ids = ()
    credits: Ids = ()
    refunds: Ids = ()
    services: Ids = ()
    credit_of: Ids = ()


@message
class CreditSource:
    """A credit note, or what no invoice took of a payment that has cleared (R-CRD-1)."""

    kind: Literal["credit", "payment"]
    id: UUID
    currency: str
    amount: Decimal


@message
class Expired:
    """Credit that the firm ended, of all together."""

    currency: str
    amount: Decimal


@message
class AccountCredit:
    """From where the account's credit came and where it went, the earliest first.

    The sources are worth at least what is applied and expired together.
    """

    account_id: UUID
    sources: tuple[CreditSource, ...]
    applications: tuple[Application, ...]
    expired: tuple[Expired, ...]


@message
class Books:
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    credits: tuple[CreditEntry, ...]
    refunds: tuple[Refund, ...]
    services: tuple[BilledService, ...]
    credit: tuple[AccountCredit, ...]


class BookKeeping(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    For the system alone: all others get Forbidden.
    """

    NAME: ClassVar[str] = "billing"

    def list_books(self, ctx: Context, request: ListBooks) -> BookPage: ...
    def read_books(self, ctx: Context, request: ReadBooks) -> Books: ...
