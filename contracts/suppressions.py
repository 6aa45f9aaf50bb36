"""notifications: addresses that get no mail of the firm: it bounces, or they complained (R-LOG-8, R-NOT-7)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import NotFound
from chassis.wire import event, message
from contracts.common import Cursor, Done, Email, Limit, Line

Cause = Literal["bounce", "complaint", "by_hand"]


class SuppressionNotFound(NotFound):
    """This address gets mail: nothing keeps it from it."""

    code = "suppression_not_found"


@message
class Suppression:
    """`detail` is what the mail server, or whoever added it, said."""

    email: str
    cause: Cause
    detail: str
    suppressed_at: dt.datetime


@message
class ListSuppressions:
    """The latest first; `q` is a part of the address."""

    q: Annotated[str, Length(max=254)] | None = None
    cause: Cause | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class SuppressionList:
    items: tuple[Suppression, ...]
    next_cursor: str | None = None


@message
class SuppressAddress:
    """Of an address that is suppressed already, the first cause stands."""

    email: Email
    cause: Cause = "by_hand"
    detail: Line = ""


@message
class SuppressionRef:
    email: Email


@event("notifications.address_suppressed", version=1)
class AddressSuppressed:
    """Mail to this address does not arrive, or whoever has it complained: it gets none until released (R-LOG-8)."""

    email: str
    reason: Line


@event("notifications.address_released", version=1)
class AddressReleased:
    """The address gets mail again."""

    email: str


class SuppressionCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable."""

    NAME: ClassVar[str] = "notifications"

    def list_suppressions(self, ctx: Context, request: ListSuppressions) -> SuppressionList: ...
    def suppress_address(self, ctx: Context, request: SuppressAddress) -> Suppression: ...
    def release_address(self, ctx: Context, request: SuppressionRef) -> Done: ...  # SuppressionNotFound
