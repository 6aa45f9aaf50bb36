"""messages: e-mail exchanged with clients, filed in their accounts; answers for the section `emails`."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.common import Cursor, Limit, Line, readable
from contracts.common import Email as EmailAddress
from contracts.files import Content

Direction = Literal["received", "sent"]
# R-EML-2. Of received mail: unread, read, answered. Of sent: queued (not yet sent), sent, delivered (the recipient's
# server says so), bounced, failed (the own server refuses it, or nobody knows whether it was sent: `problem` says).
EmailStatus = Literal["unread", "read", "answered", "queued", "sent", "delivered", "bounced", "failed"]
Accounts = Annotated[tuple[UUID, ...], Length(min=1, max=20)]
Recipients = Annotated[tuple[EmailAddress, ...], Length(max=50)]


class EmailNotFound(NotFound):
    """There is no such e-mail here, or it is not yours to see."""

    code = "email_not_found"


class EmailFiled(Conflict):
    """Somebody has filed this e-mail meanwhile; `account_ids` are those of its accounts that you see."""

    code = "email_filed"


class NotSendable(Conflict):
    """Only an e-mail that failed can be sent again."""

    code = "email_not_sendable"


class StillSynced(Conflict):
    """EMAIL SYNC is on for this address, so what is purged would come back; turn it off first."""

    code = "still_synced"


@message
class Participant:
    name: str
    email: str


@message
class Attachment:
    """`number` counts from 1."""

    number: int
    file_name: str
    media_type: str
    size: int  # bytes


@message
class Email:
    """One e-mail, filed in an account.

    `text` is what the writer wrote, as plain text; `is_cut` where there is more than we keep of it. `problem` says
    why a sent one is not sent or did not arrive.
    """

    id: UUID
    account_id: UUID
    thread_id: UUID
    direction: Direction
    sender: Participant
    to: tuple[Participant, ...]
    cc: tuple[Participant, ...]
    subject: str
    text: str
    is_cut: bool
    sent_at: dt.datetime
    status: EmailStatus
    problem: str
    attachments: tuple[Attachment, ...]


@message
class EmailRef:
    account_id: UUID
    email_id: UUID


@message
class EmailThread:
    """The e-mails of one exchange that are filed in this account, oldest first; at most the 200 latest."""

    thread_id: UUID
    items: tuple[Email, ...]


@message
class AttachmentRef:
    account_id: UUID
    email_id: UUID
    number: Annotated[int, Range(min=1, max=1000)]


@message
class SendEmail:
    """Through a mailbox of the caller's. At least one recipient's EMAIL SYNC must be on for the account (R-EML-3).

    `answers` is the e-mail of this account that is answered; without a subject it gets that one's. `mailbox_id`
    none: the one that got it, else the caller's first.
    """

    account_id: UUID
    to: Annotated[tuple[EmailAddress, ...], Length(min=1, max=50)]
    cc: Recipients = ()
    subject: Line = ""
    text: Annotated[str, Length(min=1, max=100_000), readable]
    answers: UUID | None = None
    mailbox_id: UUID | None = None


@message
class MarkEmail:
    """Of a received one, for the whole firm (R-EML-2)."""

    account_id: UUID
    email_id: UUID
    is_read: bool = True


@message
class RefileEmail:
    """`account_ids`: all accounts in which it shall be, of those that the caller sees; in the others it stays."""

    account_id: UUID
    email_id: UUID
    account_ids: Accounts


@message
class FileEmail:
    """Choose among the accounts that the people of the e-mail belong to; later ones of its thread follow (R-SYN-5)."""

    email_id: UUID
    account_ids: Accounts


@message
class FiledEmail:
    email_id: UUID
    account_ids: tuple[UUID, ...]


@message
class Candidate:
    id: UUID
    code: str
    name: str


@message
class UnfiledEmail:
    """An e-mail that may belong to several accounts; `candidates` are those that the caller sees."""

    id: UUID
    direction: Direction
    sender: Participant
    to: tuple[Participant, ...]
    cc: tuple[Participant, ...]
    subject: str
    text: str
    sent_at: dt.datetime
    attachments: tuple[Attachment, ...]
    candidates: tuple[Candidate, ...]


@message
class UnfiledRef:
    email_id: UUID


@message
class ListUnfiled:
    """Latest first; those of the caller's own mailboxes, owner and admins see all."""

    cursor: Cursor | None = None
    limit: Limit = 25


@message
class UnfiledPage:
    items: tuple[UnfiledEmail, ...]
    total: int
    next_cursor: str | None = None


@message
class EmailOptions:
    """`saves_attachments`: attachments that clients send from then on become documents (R-SYN-2)."""

    account_id: UUID
    saves_attachments: bool


@message
class EmailOptionsRef:
    account_id: UUID


@message
class PurgeEmails:
    """All e-mail exchanged with this address, of this account; it stays where other accounts have it too (R-SYN-4)."""

    account_id: UUID
    email: EmailAddress


@message
class Purged:
    count: int


@message
class KeepEmail:
    """A message as it goes over the wire (RFC 5322) that came by no mailbox, such as one of an archive."""

    raw: Annotated[str, Length(min=1, max=1_000_000)]
    received_at: dt.datetime
    is_seen: bool = False


@message
class KeptEmail:
    email_id: UUID | None  # none: it is known already


@event("messages.emails_changed", version=1)
class EmailsChanged:
    """E-mails came into an account or left it, or stand otherwise (read, answered, delivered); it says no more."""

    SECTIONS: ClassVar = ("emails",)
    account_id: UUID
    change: Literal["filed", "changed", "unfiled", "purged"]
    email_ids: tuple[UUID, ...]


@event("messages.email_sync_changed", version=1)
class EmailSyncChanged:
    """The account has an address whose e-mail is filed in it, or has none any more (R-EML-4)."""

    SECTIONS: ClassVar = ("emails",)
    account_id: UUID
    is_synced: bool


class Emails(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable.

    Calls about one e-mail raise EmailNotFound. The section `emails` is one row per thread, its latest e-mail; it is
    narrowed down by `direction`, `status`, `address`, and `q`, a part of the subject or of a correspondent.
    """

    NAME: ClassVar[str] = "messages"

    def get_email(self, ctx: Context, request: EmailRef) -> Email: ...
    def get_email_thread(self, ctx: Context, request: EmailRef) -> EmailThread: ...
    def get_email_attachment(self, ctx: Context, request: AttachmentRef) -> Content: ...
    def send_email(self, ctx: Context, request: SendEmail) -> Email: ...  # NoMailbox, MailboxNotFound
    def send_again(self, ctx: Context, request: EmailRef) -> Email: ...  # NotSendable
    def mark_email(self, ctx: Context, request: MarkEmail) -> Email: ...
    def refile_email(self, ctx: Context, request: RefileEmail) -> FiledEmail: ...
    def get_email_options(self, ctx: Context, request: EmailOptionsRef) -> EmailOptions: ...
    def set_email_options(self, ctx: Context, request: EmailOptions) -> EmailOptions: ...
    def purge_emails(self, ctx: Context, request: PurgeEmails) -> Purged: ...  # owner, admins; StillSynced

    def list_unfiled(self, ctx: Context, request: ListUnfiled) -> UnfiledPage: ...
    def get_unfiled(self, ctx: Context, request: UnfiledRef) -> UnfiledEmail: ...
    def file_email(self, ctx: Context, request: FileEmail) -> FiledEmail: ...  # EmailFiled

    # As the system; no route leads here. Invalid where nobody's EMAIL SYNC is on, Forbidden to all others.
    def keep_email(self, ctx: Context, request: KeepEmail) -> KeptEmail: ...
