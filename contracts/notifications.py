"""notifications: who is told what by mail, and what became of every mail (R-NOT-*)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Cursor, Done, Email, Limit, Version

# What of R-NOT-3 a mail is about; security mails, such as invitations and resets, are of no type (R-NOT-7).
NotificationType = Literal[
    "documents", "signatures", "approvals", "messages", "proposals", "organizers", "invoices", "requests",
    "transactions",
]  # fmt: skip
Locale = Literal["en", "fr"]
# `sending`: at the mail server's door; `unknown`: the server was gone while it took the mail (ADR 14), a person may
# send it again; `delivered` and `bounced` are what reports said later.
MailState = Literal["waiting", "sending", "sent", "delivered", "bounced", "failed", "unknown", "not_sent"]
# Why a mail was not sent, the first that holds. `withdrawn`: what it was to tell was taken back first, such as an
# invitation whose LOGIN was switched off (R-LOG-5) or whose address changed (R-LOG-4); `notify_off` is R-NOT-1,
# `type_off` R-NOT-2, `suppressed` R-NOT-7, `not_theirs`: what it is about is not for them to see.
Reason = Literal["account_archived", "unlinked", "withdrawn", "notify_off", "type_off", "suppressed", "not_theirs"]


class MailNotFound(NotFound):
    """There is no such mail on this account."""

    code = "mail_not_found"


class SettingsChangedMeanwhile(Conflict):
    """Someone else changed the settings first; `current` is what is there now."""

    code = "notification_settings_changed"


class NotRepeatable(Conflict):
    """Only a mail that failed, bounced or went into the unknown can be sent again; `state` says how it is."""

    code = "not_repeatable"


@message
class NotificationSettings:
    """How the firm's mails look: the language for whoever has none of their own, and where answers go (R-NOT-6)."""

    firm_name: str
    locale: Locale
    reply_to: str | None
    bcc: str | None
    version: int


@message
class ChangeNotificationSettings:
    version: Version
    locale: Locale | Unset = UNSET
    reply_to: Email | None | Unset = UNSET
    bcc: Email | None | Unset = UNSET


@message
class Mail:
    """A mail to one address, or the fact that it was not sent and the one `reason`. `detail` is what a server said."""

    id: UUID
    account_id: UUID | None
    contact_id: UUID | None
    email: str
    kind: str
    type: NotificationType | None
    subject: str
    state: MailState
    reason: Reason | None
    detail: str
    created_at: dt.datetime
    sent_at: dt.datetime | None


@message
class ListMails:
    """Of one account, the newest first; `email` compared by R-EM-5."""

    account_id: UUID
    email: Annotated[str, Length(max=254)] | None = None
    state: MailState | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class Mails:
    items: tuple[Mail, ...]
    next_cursor: str | None = None


@message
class SendMailAgain:
    """`despite_suppression`: a security mail, on purpose, to an address that gets none (R-NOT-7)."""

    account_id: UUID
    mail_id: UUID
    despite_suppression: bool = False


@event("notifications.mail_changed", version=1, outward=True)
class MailChanged:
    """A mail was sent, not sent, bounced, …; `mail` is how it is since."""

    account_id: UUID | None
    mail: Mail


class Notifications(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable."""

    NAME: ClassVar[str] = "notifications"

    def get_notification_settings(self, ctx: Context, request: Done) -> NotificationSettings: ...
    def change_notification_settings(
        self, ctx: Context, request: ChangeNotificationSettings
    ) -> NotificationSettings: ...  # Forbidden, SettingsChangedMeanwhile
    def list_mails(self, ctx: Context, request: ListMails) -> Mails: ...
    # MailNotFound, NotRepeatable, switches.AddressBlocked
    def send_mail_again(self, ctx: Context, request: SendMailAgain) -> Mail: ...
