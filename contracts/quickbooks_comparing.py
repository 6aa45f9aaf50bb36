"""quickbooks: a document as both sides have it, side by side, and what to do where it is there twice (R-QB-20)."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar, Protocol
from uuid import UUID

from chassis.context import Context
from chassis.errors import Conflict
from chassis.wire import message
from contracts.quickbooks_documents import DocumentKind, DocumentRef, DocumentSync


class DocumentNotLinked(Conflict):
    """The document is none of QuickBooks', so there is nothing to unlink."""

    code = "quickbooks_document_not_linked"


@message
class BookLine:
    """Something billed, or the invoice that something goes to."""

    text: str
    amount: Decimal


@message
class BookSide:
    """A document as one side has it.

    `left` is what is left to pay of an invoice, of a payment or credit what no invoice took. `document_id`: one of
    ours, of the same kind, that is linked to it.
    """

    quickbooks_id: str | None
    document_id: UUID | None
    number: str
    on: dt.date | None
    due_on: dt.date | None
    customer: str
    total: Decimal
    left: Decimal | None
    lines: tuple[BookLine, ...]
    note: str
    url: str | None


@message
class PaidInvoice:
    """An invoice that a payment goes to: its total and what is left to pay, here and there; none: not there."""

    invoice_id: UUID
    number: str
    amount: Decimal  # that goes to it here
    total: Decimal
    left: Decimal
    total_there: Decimal | None
    left_there: Decimal | None


@message
class Comparison:
    """`there` is what the document is linked to; `alike` are others that may be the same, ten at most.

    These have its number, or are of its customer, day and total, or pay the same invoices. `pays` is of payments.
    """

    document: DocumentSync
    currency: str  # of the company
    here: BookSide | None
    there: BookSide | None
    alike: tuple[BookSide, ...]
    pays: tuple[PaidInvoice, ...]


@message
class UnlinkDocument:
    """`deletes`: it is deleted in QuickBooks, too; else it stays there as one of its own."""

    account_id: UUID
    kind: DocumentKind
    document_id: UUID
    deletes: bool = False


class Comparing(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Owner and admins. All raise DocumentNotKnown.
    """

    NAME: ClassVar[str] = "quickbooks"

    # Asks QuickBooks at that moment. QuickBooksNotConnected
    def get_comparison(self, ctx: Context, request: DocumentRef) -> Comparison: ...
    # The document is none of QuickBooks' any more, and is not pushed until somebody syncs it. DocumentNotLinked
    def unlink_document(self, ctx: Context, request: UnlinkDocument) -> DocumentSync: ...
