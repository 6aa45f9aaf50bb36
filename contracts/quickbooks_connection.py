"""quickbooks: the firm's own company in QuickBooks Online, connected by its owner (R-QB-1 to R-QB-6)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow import ValidationError
from marshmallow.validate import Length, Regexp

from chassis.context import Context
from chassis.errors import Conflict
from chassis.wire import UNSET, Unset, message
from contracts.common import Done, Person, Version
from contracts.quickbooks_errors import QuickBooksProblem, Remedy
from contracts.quickbooks_ledger import LedgerChoices, LedgerId

# `unset`: the firm's Intuit app is not known yet. `expired`: QuickBooks refuses our tokens, so the owner reconnects.
ConnectionState = Literal["unset", "disconnected", "connected", "expired"]
WhichAccounts = Literal["billed", "all"]  # only those with invoices or payments (R-QB-2), or every one
WORD = Regexp(r"[\x21-\x7e]+\Z", error="Must be as Intuit shows it: letters, digits and signs without spaces.")
Key = Annotated[str, Length(min=1, max=500), WORD]
CompanyId = Annotated[str, Regexp(r"[0-9]{1,30}\Z", error="Must be the number that Intuit sent as realmId.")]


def _redirect(value: str) -> None:
    near = ("http://localhost:", "http://localhost/", "http://127.0.0.1:", "http://127.0.0.1/")
    if not value.startswith(("https://", *near)) or not value.isascii() or not value.isprintable() or "#" in value:
        text = "Must begin with https:// (http:// only on this machine), as it is registered with Intuit."
        raise ValidationError(text)


RedirectUrl = Annotated[str, Length(max=500), _redirect]


class QuickBooksNotSet(Conflict):
    """Enter the client id, the client secret and the redirect address of your Intuit app in the settings first."""

    code = "quickbooks_not_set"


class QuickBooksNotConnected(Conflict):
    """The firm is not connected to QuickBooks; `state` says how it stands. The owner connects it."""

    code = "quickbooks_not_connected"


class QuickBooksSettingsChanged(Conflict):
    """Someone else changed the settings first; `current` is what is there now."""

    code = "quickbooks_settings_changed"


class ConnectingExpired(Conflict):
    """This way back from Intuit was used already, is too old, or was begun by somebody else: begin again."""

    code = "quickbooks_connecting_expired"


class OtherCompany(Conflict):
    """It is another company than the one connected before: `former` and `found`. Confirm with `resets_links`.

    Then all links to the former company's customers are forgotten; nothing changes in QuickBooks.
    """

    code = "quickbooks_other_company"


class ConnectingRefused(Conflict):
    """Intuit did not let us in; `said` are its words. Check the app's keys and redirect address, and begin again."""

    code = "quickbooks_connecting_refused"


class NothingRests(Conflict):
    """Nothing rests that could go on at once. After too many requests we go on by ourselves within two minutes."""

    code = "quickbooks_nothing_rests"


@message
class QuickBooksConnection:
    """How the firm stands with QuickBooks; secrets are never told.

    `problem` says why the queue rests until `paused_until`, or why the connection expired. `waiting` counts the
    accounts, `waiting_documents` the documents and services that wait for their turn. `customers_read_at`: when the
    names of customers were last read.
    """

    state: ConnectionState
    client_id: str
    has_secret: bool
    redirect_url: str
    which_accounts: WhichAccounts
    start_on: dt.date | None
    company_id: str | None
    company_name: str
    connected_by: Person | None
    connected_at: dt.datetime | None
    expired_at: dt.datetime | None
    reconnect_by: dt.datetime | None  # unless it is used, the permission ends then
    problem: str
    paused_until: dt.datetime | None
    customers_read_at: dt.datetime | None
    ledger: LedgerChoices
    waiting: int
    version: int
    waiting_documents: int = 0


@message
class ConnectionInError:
    """The whole connection rests: until the owner connects again, or by itself until `resumes_at`."""

    state: ConnectionState
    since: dt.datetime | None
    resumes_at: dt.datetime | None
    problem: QuickBooksProblem
    remedies: tuple[Remedy, ...]


@message
class ChangeQuickBooksSettings:
    """The keys of the firm's own Intuit app (owner alone, R-QB-5), and what is synced.

    Documents before `start_on` are not synced; none: all are. An account of the ledger that is none is the usual one.
    """

    version: Version
    client_id: Key | Unset = UNSET
    client_secret: Key | Unset = UNSET
    redirect_url: RedirectUrl | Unset = UNSET
    which_accounts: WhichAccounts | Unset = UNSET
    start_on: dt.date | None | Unset = UNSET
    income_ledger_id: LedgerId | None | Unset = UNSET
    deposit_ledger_id: LedgerId | None | Unset = UNSET
    refund_ledger_id: LedgerId | None | Unset = UNSET
    fee_ledger_id: LedgerId | None | Unset = UNSET


@message
class ConnectingStarted:
    """Where the owner's browser goes next; it comes back to the redirect address before `expires_at`."""

    authorization_url: str
    expires_at: dt.datetime


@message
class FinishConnecting:
    """What Intuit added to the redirect address: `code`, `state` and `realmId`."""

    code: Annotated[str, Length(min=1, max=1000), WORD]
    state: Annotated[str, Length(min=1, max=200), WORD]
    realm_id: CompanyId
    resets_links: bool = False


@message
class QuickBooksCustomer:
    """A customer as QuickBooks last told us; `account_ids` are the accounts linked to it."""

    id: str
    name: str
    is_active: bool
    url: str
    account_ids: tuple[UUID, ...] = ()


@message
class FindCustomers:
    """Part of the name, without regard to case; the first fifty by name. Of names read before, so it is quick."""

    q: Annotated[str, Length(max=255)] = ""


@message
class QuickBooksCustomers:
    """`total` counts all that match."""

    items: tuple[QuickBooksCustomer, ...]
    total: int


class Connecting(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Owner and admins; `connect`, `callback`, `disconnect` and the app's keys are the owner's alone (R-QB-1).
    """

    NAME: ClassVar[str] = "quickbooks"

    def get_connection(self, ctx: Context, request: Done) -> QuickBooksConnection: ...
    # QuickBooksSettingsChanged
    def change_quickbooks_settings(self, ctx: Context, request: ChangeQuickBooksSettings) -> QuickBooksConnection: ...
    def start_connecting(self, ctx: Context, request: Done) -> ConnectingStarted: ...  # QuickBooksNotSet
    # ConnectingExpired, OtherCompany, ConnectingRefused
    def finish_connecting(self, ctx: Context, request: FinishConnecting) -> QuickBooksConnection: ...
    # Links and history stay, nothing is deleted in QuickBooks (R-QB-6).
    def disconnect_quickbooks(self, ctx: Context, request: Done) -> QuickBooksConnection: ...
    # Goes on at once with what rests since the subscription had ended, as it was renewed. NothingRests
    def resume_quickbooks(self, ctx: Context, request: Done) -> QuickBooksConnection: ...
    def list_quickbooks_customers(self, ctx: Context, request: FindCustomers) -> QuickBooksCustomers: ...
