"""quickbooks: which customer of QuickBooks Online an account is, and how its sync stands (R-QB-10 to R-QB-15)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Regexp

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.common import Cursor, Limit, readable_line
from contracts.quickbooks_comparing import Comparing
from contracts.quickbooks_connection import Connecting, ConnectionInError, ConnectionState, QuickBooksCustomer
from contracts.quickbooks_documents import AnyKind, Documents
from contracts.quickbooks_errors import Group, QuickBooksProblem, Remedy
from contracts.quickbooks_ledger import Ledger
from contracts.quickbooks_webhooks import Webhooks

SyncStatus = Literal[
    "not_connected", "connection_expired", "not_eligible", "queued", "syncing", "synced", "out_of_date", "no_match",
    "several_matches", "failed", "skipped", "do_not_sync", "changed_in_quickbooks",
]  # fmt: skip
CustomerId = Annotated[str, Regexp(r"[0-9]{1,30}\Z", error="Must be the id of a customer in QuickBooks.")]


class AccountNotSynced(NotFound):
    """There is no such account, or it is not yours to see."""

    code = "quickbooks_account_not_found"


class CustomerNotFound(NotFound):
    """There is no such customer in QuickBooks, as far as its customers were read."""

    code = "quickbooks_customer_not_found"


class CustomerTaken(Conflict):
    """The customer is another account's, `account_ids`; link both with `is_shared` if they are one (R-QB-14)."""

    code = "quickbooks_customer_taken"


class NotPossible(Conflict):
    """This can't be done with the account as it stands; `state` is its sync status."""

    code = "quickbooks_not_possible"


@message
class AccountSync:
    """How the account stands with QuickBooks, from what is stored: reading it never asks QuickBooks (R-QB-23).

    Only owner and admins see more than the status: the others get no customer, problem, candidates or remedies.
    `since` is when it came to this status, `synced_at` when QuickBooks last agreed.
    """

    account_id: UUID
    status: SyncStatus
    label: str
    since: dt.datetime | None
    synced_at: dt.datetime | None
    customer: QuickBooksCustomer | None
    is_shared: bool
    problem: QuickBooksProblem | None
    candidates: tuple[QuickBooksCustomer, ...]
    remedies: tuple[Remedy, ...]


@message
class SyncRef:
    account_id: UUID


@message
class LinkCustomer:
    """`is_shared`: other accounts may be, or are, linked to this customer too (R-QB-14)."""

    account_id: UUID
    customer_id: CustomerId
    is_shared: bool = False


@message
class CreateCustomer:
    """`name` none: the account's, as QuickBooks takes it. It only names the customer, never the account."""

    account_id: UUID
    name: Annotated[str, Length(min=1, max=100), readable_line] | None = None


@message
class SyncStep:
    """A change of the status; `author` is who brought it about, `intuit_tid` the number of the request at Intuit."""

    at: dt.datetime
    status: SyncStatus
    author: str
    customer_id: str | None
    intuit_tid: str
    problem: QuickBooksProblem | None


@message
class ListSyncSteps:
    account_id: UUID
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class SyncSteps:
    """The latest first."""

    items: tuple[SyncStep, ...]
    next_cursor: str | None = None


@message
class ListSyncErrors:
    """`group` none: all."""

    group: Group | None = None
    cursor: Cursor | None = None
    limit: Limit = 25


@message
class DocumentInError:
    """A document or a service; `url` is where people see it in QuickBooks."""

    kind: AnyKind
    id: UUID
    name: str
    url: str | None


@message
class SyncError:
    """What waits for somebody's decision; `problem` none: the status says all. A service is of no account."""

    group: Group
    account_id: UUID | None
    account_name: str
    account_code: str
    document: DocumentInError | None
    status: SyncStatus
    since: dt.datetime
    problem: QuickBooksProblem | None
    remedies: tuple[Remedy, ...]


@message
class SyncErrors:
    """The latest first. `counts` are of all groups that have any (R-QB-20); `connection` is of none."""

    items: tuple[SyncError, ...]
    counts: dict[str, int]
    next_cursor: str | None = None
    connection: ConnectionInError | None = None


@event("quickbooks.connection_changed", version=1, outward=True)
class QuickBooksConnectionChanged:
    """The firm was connected or disconnected, the permission expired, or the queue rests: `problem` says why."""

    state: ConnectionState
    company_name: str
    problem: str
    paused_until: dt.datetime | None


@event("quickbooks.account_sync_changed", version=1, outward=True)
class AccountSyncChanged:
    """The account came to another status or customer; of two, the later `at` counts."""

    account_id: UUID
    status: SyncStatus
    customer_id: str | None
    problem: QuickBooksProblem | None
    at: dt.datetime


@event("quickbooks.attention_needed", version=1)
class AttentionNeeded:
    """Something waits for a decision of owner or admins, told once until it is solved or another (R-QB-20).

    `group` and `account_id` none: it is of the whole connection. `about_id` is the account, the document or the firm;
    `about` names a document, and is empty otherwise. `sentence` says what to do.
    """

    about_id: UUID
    about: str
    group: Group | None
    account_id: UUID | None
    account_name: str
    status: SyncStatus
    sentence: str
    problem: QuickBooksProblem | None
    at: dt.datetime


@event("quickbooks.attention_solved", version=1)
class AttentionSolved:
    """What waited for a decision does not any more: it was solved, or is gone."""

    about_ids: tuple[UUID, ...]


class QuickBooks(Connecting, Ledger, Webhooks, Documents, Comparing, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls about an account raise AccountNotSynced, those that change its link QuickBooksNotConnected.
    """

    NAME: ClassVar[str] = "quickbooks"

    def get_account_sync(self, ctx: Context, request: SyncRef) -> AccountSync: ...
    def list_sync_steps(self, ctx: Context, request: ListSyncSteps) -> SyncSteps: ...
    def list_sync_errors(self, ctx: Context, request: ListSyncErrors) -> SyncErrors: ...
    # Whatever the rule for all says; again after a failure, or to look whether it still is so in QuickBooks.
    def sync_account(self, ctx: Context, request: SyncRef) -> AccountSync: ...
    def skip_account(self, ctx: Context, request: SyncRef) -> AccountSync: ...  # a link stays known, unused
    def link_customer(self, ctx: Context, request: LinkCustomer) -> AccountSync: ...  # CustomerNotFound, CustomerTaken
    def create_customer(self, ctx: Context, request: CreateCustomer) -> AccountSync: ...  # NotPossible
    # Under as much of the account's name as QuickBooks takes, after it was too long; ours stays. NotPossible
    def shorten_customer(self, ctx: Context, request: SyncRef) -> AccountSync: ...
    def reactivate_customer(self, ctx: Context, request: SyncRef) -> AccountSync: ...  # NotPossible
