"""quickbooks: how invoices, payments, credits, refunds, and the services on them stand with QuickBooks (R-QB-13)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Regexp

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.common import Cursor, Done, Limit, readable_line
from contracts.quickbooks_errors import QuickBooksProblem, Remedy

# `credit` is a credit note, `application` credit that goes to an invoice. Of services each is one for all accounts.
DocumentKind = Literal["invoice", "credit", "payment", "application", "refund"]
AnyKind = Literal["service", "invoice", "credit", "payment", "application", "refund"]
DocumentStatus = Literal[
    "queued", "syncing", "synced", "out_of_date", "failed", "skipped", "do_not_sync", "changed_in_quickbooks"
]
# Why a document waits, by itself: until its account is synced, a document or service that it names is, it falls in the
# time that is synced, the ledger accounts are chosen. `currency`: the company keeps its books in another.
Waiting = Literal["account", "document", "service", "start", "currency"]
EntityId = Annotated[str, Regexp(r"[0-9]{1,30}\Z", error="Must be an id in QuickBooks.")]
Number = Annotated[str, Length(min=1, max=21), readable_line]  # as long as QuickBooks takes it


class DocumentNotKnown(NotFound):
    """There is no such document on this account as far as is known here, or it is not yours to see."""

    code = "quickbooks_document_not_found"


class DocumentNotReady(Conflict):
    """Its account is not synced, so it can't be either (R-QB-13); `state` is the account's sync status."""

    code = "quickbooks_document_not_ready"


class ServiceNotKnown(NotFound):
    """There is no such service as far as is known here."""

    code = "quickbooks_service_not_found"


class ItemNotKnown(NotFound):
    """There is no such active product or service in QuickBooks, as far as they were read."""

    code = "quickbooks_item_not_found"


class EntityTaken(Conflict):
    """That one in QuickBooks is another document's already, `document_id`."""

    code = "quickbooks_entity_taken"


@message
class DocumentSync:
    """How a document stands, from what is stored (R-QB-23). `name` is its number, or what is written about it.

    Only owner and admins see more than the status and since when. `waits_for` says why it waits, where it does.
    """

    kind: DocumentKind
    id: UUID
    account_id: UUID
    name: str
    on: dt.date | None
    status: DocumentStatus
    label: str
    since: dt.datetime | None
    synced_at: dt.datetime | None
    waits_for: Waiting | None
    quickbooks_id: str | None
    url: str | None
    problem: QuickBooksProblem | None
    remedies: tuple[Remedy, ...]


@message
class ListDocumentSyncs:
    """The latest first; `kind` none: all that the caller may see; `ids`: these alone."""

    account_id: UUID
    kind: DocumentKind | None = None
    ids: Annotated[tuple[UUID, ...], Length(max=50)] = ()
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class DocumentSyncs:
    items: tuple[DocumentSync, ...]
    next_cursor: str | None = None


@message
class DocumentRef:
    account_id: UUID
    kind: DocumentKind
    document_id: UUID


@message
class LinkDocument:
    """The document is that one in QuickBooks, which is brought to what is written here.

    `deletes_former`: the one that it was until then is deleted there, for it was the same twice.
    """

    account_id: UUID
    kind: DocumentKind
    document_id: UUID
    quickbooks_id: EntityId
    deletes_former: bool = False


@message
class RenumberDocument:
    """Its number in QuickBooks alone, where the one it has is another's; ours stays."""

    account_id: UUID
    kind: Literal["invoice", "credit", "refund"]
    document_id: UUID
    number: Number


@message
class ListDocumentSteps:
    account_id: UUID
    kind: DocumentKind
    document_id: UUID
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class DocumentStep:
    """A change of the status; `author` is who brought it about, `intuit_tid` the number of the request at Intuit."""

    at: dt.datetime
    status: DocumentStatus
    author: str
    quickbooks_id: str | None
    intuit_tid: str
    problem: QuickBooksProblem | None


@message
class DocumentSteps:
    """The latest first."""

    items: tuple[DocumentStep, ...]
    next_cursor: str | None = None


@message
class ServiceSync:
    """Which product or service of QuickBooks a service of the price list is; lines without one, and taxes, have rows.

    `is_chosen`: a person chose it, or it was found by its name; then nothing of it is changed in QuickBooks.
    """

    service_id: UUID
    name: str
    status: DocumentStatus
    label: str
    item_id: str | None
    item_name: str | None
    is_chosen: bool
    problem: QuickBooksProblem | None
    remedies: tuple[Remedy, ...]


@message
class ServiceSyncs:
    """By name; those that a document named, or that a person chose something for."""

    items: tuple[ServiceSync, ...]


@message
class MapService:
    """`item_id` none: have one made of the service's name, or take the one that has it."""

    service_id: UUID
    item_id: EntityId | None = None


@message
class QuickBooksItem:
    id: str
    name: str


@message
class FindItems:
    """Part of the name, without regard to case; the first fifty by name. Of names read before, so it is quick."""

    q: Annotated[str, Length(max=100)] = ""


@message
class QuickBooksItems:
    """`total` counts all that match."""

    items: tuple[QuickBooksItem, ...]
    total: int


@event("quickbooks.document_sync_changed", version=1, outward=True)
class DocumentSyncChanged:
    """The document, or the service (then without an account), came to another status than waiting for its turn.

    Of two, the later `at` counts.
    """

    account_id: UUID | None
    kind: AnyKind
    document_id: UUID
    status: DocumentStatus
    quickbooks_id: str | None
    problem: QuickBooksProblem | None
    at: dt.datetime


class Documents(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Owner and admins; the list is for all who may see the documents. Calls about one document raise DocumentNotKnown.
    """

    NAME: ClassVar[str] = "quickbooks"

    def list_document_syncs(self, ctx: Context, request: ListDocumentSyncs) -> DocumentSyncs: ...
    def list_document_steps(self, ctx: Context, request: ListDocumentSteps) -> DocumentSteps: ...
    # Whatever the day says; again after a failure; what is gone in QuickBooks is made anew. DocumentNotReady
    def sync_document(self, ctx: Context, request: DocumentRef) -> DocumentSync: ...
    # Nothing is pushed; what is there stays, but for refunds of a payment, which go (R-QB-13).
    def skip_document(self, ctx: Context, request: DocumentRef) -> DocumentSync: ...
    def link_document(self, ctx: Context, request: LinkDocument) -> DocumentSync: ...  # DocumentNotReady, EntityTaken
    def renumber_document(self, ctx: Context, request: RenumberDocument) -> DocumentSync: ...  # DocumentNotReady
    def list_service_syncs(self, ctx: Context, request: Done) -> ServiceSyncs: ...
    def map_service(self, ctx: Context, request: MapService) -> ServiceSync: ...  # ServiceNotKnown, ItemNotKnown
    def list_quickbooks_items(self, ctx: Context, request: FindItems) -> QuickBooksItems: ...
