"""notifications: which types an address wants of an account, and links to unsubscribe (R-NOT-2, R-NOT-8)."""

from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow.validate import Length, Regexp

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.notifications import Locale, NotificationType

Types = Annotated[tuple[NotificationType, ...], Length(max=9)]
Token = Annotated[str, Length(max=200), Regexp(r"[\w-]+\Z", error="Must be the token of a link.")]


class NotifyIsOff(Conflict):
    """Types are chosen while NOTIFY is on for the address (R-NOT-2); switch it on first."""

    code = "notify_is_off"


class UnsubscriptionNotFound(NotFound):
    """This link belongs to no mail of ours."""

    code = "unsubscription_not_found"


@message
class PreferencesRef:
    account_id: UUID
    contact_id: UUID
    address_id: UUID


@message
class Preferences:
    """What an address is told of one account: these types, and nothing while NOTIFY is off (R-NOT-1 to R-NOT-4)."""

    account_id: UUID
    contact_id: UUID
    address_id: UUID
    email: str
    is_notified: bool
    types: tuple[NotificationType, ...]


@message
class SetPreferences:
    """`types` are all that are wanted; none of the others is told."""

    account_id: UUID
    contact_id: UUID
    address_id: UUID
    types: Types


@message
class OwnPreferencesRef:
    account_id: UUID


@message
class OwnPreferences:
    """Of each address of the caller's on the account."""

    items: tuple[Preferences, ...]


@message
class SetOwnPreferences:
    account_id: UUID
    address_id: UUID
    types: Types


@message
class UnsubscribeToken:
    token: Token


@message
class Unsubscription:
    """What the link of one mail is about: one type, for one address on one account (R-NOT-8).

    `account_name` is empty where the mail named none (R-NOT-6).
    """

    firm_name: str
    account_name: str
    email: str
    type: NotificationType
    is_on: bool
    locale: Locale


@event("notifications.preferences_changed", version=1, outward=True)
class PreferencesChanged:
    """`by_link`: by the unsubscribe link of a mail (R-NOT-8)."""

    account_id: UUID
    contact_id: UUID
    address_id: UUID
    types: tuple[NotificationType, ...]
    by_link: bool


class PreferenceCalls(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable."""

    NAME: ClassVar[str] = "notifications"

    # Of the firm's people; contacts.LinkNotFound, switches.AddressNotFound.
    def get_preferences(self, ctx: Context, request: PreferencesRef) -> Preferences: ...
    def set_preferences(self, ctx: Context, request: SetPreferences) -> Preferences: ...  # NotifyIsOff

    # Of the account's people in the portal.
    def get_own_preferences(self, ctx: Context, request: OwnPreferencesRef) -> OwnPreferences: ...
    # switches.AddressNotFound, NotifyIsOff
    def set_own_preferences(self, ctx: Context, request: SetOwnPreferences) -> Preferences: ...

    # Of whoever holds the link of a mail; UnsubscriptionNotFound.
    def get_unsubscription(self, ctx: Context, request: UnsubscribeToken) -> Unsubscription: ...
    def unsubscribe(self, ctx: Context, request: UnsubscribeToken) -> Unsubscription: ...
    def resubscribe(self, ctx: Context, request: UnsubscribeToken) -> Unsubscription: ...
