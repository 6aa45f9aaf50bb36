"""quickbooks: which accounts of the firm's ledger take what, and the lists that are read from QuickBooks on request."""

from typing import Annotated, ClassVar, Literal, Protocol

from marshmallow.validate import Regexp

from chassis.context import Context
from chassis.wire import message
from contracts.common import Done

# What an account of the ledger is for: income of services, deposits of payments, refunds, processing fees (R-QB-2).
LedgerKind = Literal["income", "deposit", "refund", "fee"]
LedgerId = Annotated[str, Regexp(r"[0-9]{1,30}\Z", error="Must be the id of an account of the ledger in QuickBooks.")]


@message
class LedgerAccount:
    """An account of the ledger as QuickBooks last told us; `type` and `subtype` are its words."""

    id: str
    name: str
    type: str
    subtype: str
    is_active: bool


@message
class LedgerChoice:
    """`is_chosen`: a person chose it, else it is the usual one. None where neither is known."""

    account: LedgerAccount | None
    is_chosen: bool


@message
class LedgerChoices:
    """Which account of the ledger takes what (R-QB-2).

    Unless chosen: income to "Uncategorized Income", else what begins with "Sales"; deposits to "Undeposited Funds";
    refunds from the first bank account; fees to "Bank Charges".
    """

    income: LedgerChoice
    deposit: LedgerChoice
    refund: LedgerChoice
    fee: LedgerChoice


@message
class ListLedgerAccounts:
    """`kind`: only active accounts that may take it; none: all."""

    kind: LedgerKind | None = None


@message
class LedgerAccounts:
    """By name."""

    items: tuple[LedgerAccount, ...]


@message
class Tracked:
    """A class or a location of QuickBooks, which sort the firm's income there; active ones alone are told."""

    id: str
    name: str


@message
class TrackedList:
    """By name."""

    items: tuple[Tracked, ...]


class Ledger(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Owner and admins. All but the first ask QuickBooks itself and raise QuickBooksNotConnected.
    """

    NAME: ClassVar[str] = "quickbooks"

    def list_ledger_accounts(self, ctx: Context, request: ListLedgerAccounts) -> LedgerAccounts: ...
    def read_ledger_accounts(self, ctx: Context, request: Done) -> LedgerAccounts: ...  # anew, all of them
    def list_classes(self, ctx: Context, request: Done) -> TrackedList: ...  # R-QB-3
    def list_locations(self, ctx: Context, request: Done) -> TrackedList: ...  # R-QB-3
