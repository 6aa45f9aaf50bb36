"""notifications, notices: what members of the firm are told of, in the API and by mail, and which of it they want."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import NotFound
from chassis.wire import event, message
from contracts.common import Cursor, Done, Limit

# The first nine are for who follows the account, what clients do (R-LOG-9); the others for whom they concern.
NoticeKind = Literal[
    "client_activated", "document_uploaded", "chat_message", "client_task_done", "approval_answered",
    "signature_answered", "organizer_submitted", "proposal_signed", "payment_received",
    "mentioned", "task_assigned", "access_requested", "proposals_not_sent", "quickbooks_attention",
]  # fmt: skip


class NoticeNotFound(NotFound):
    """There is no such notice of yours, or it is about what is out of your sight."""

    code = "notice_not_found"


@message
class Notice:
    """One thing that one member is told of. `account_name` is as the account is called by now.

    `about_id` is the document, thread, task and so on. `facts` by kind, those with ? may be missing:
    - client_activated: contact, email
    - document_uploaded: contact, names
    - chat_message: author, subject, excerpt, is_reply
    - client_task_done: contact, task
    - approval_answered: contact, document, is_approved, comment?
    - signature_answered: contact, document, is_signed, is_complete, reason?
    - organizer_submitted: contact, organizer
    - proposal_signed: contact?, proposal
    - payment_received: amount (`amount`, `currency`), paid_on
    - mentioned: author, excerpt
    - task_assigned: task, author?, due_on?
    - access_requested: member
    - proposals_not_sent: proposal, accounts
    - quickbooks_attention: problem? (a case of contracts/quickbooks_errors.py or a status; missing where they differ),
      names (of what waits), count (of it), open (of it by now), is_solved
    """

    id: UUID
    kind: NoticeKind
    account_id: UUID | None
    account_name: str | None
    about_id: UUID | None
    facts: dict[str, Any]
    happened_at: dt.datetime
    read_at: dt.datetime | None


@message
class ListNotices:
    """The caller's own, the newest first; `is_unread` narrows them down, `account_id` to those of one account."""

    is_unread: bool | None = None
    account_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class Notices:
    """`unread` counts all of the caller's, whatever they asked for."""

    items: tuple[Notice, ...]
    unread: int
    next_cursor: str | None = None


@message
class NoticeRef:
    notice_id: UUID


@message
class ReadNotices:
    """All up to the newest one that the caller saw, so that none which came since counts as read.

    With `account_id` only those of that account.
    """

    up_to: UUID
    account_id: UUID | None = None


@message
class UnreadNotices:
    unread: int


@message
class NoticeChoice:
    """Where a member is told of one kind: in the list, by mail, both, or with neither not at all (R-FOL-2)."""

    kind: NoticeKind
    is_listed: bool
    is_mailed: bool


@message
class NoticeChoices:
    """Every kind, in one order; a member who chose nothing has each listed, and mails of some."""

    items: tuple[NoticeChoice, ...]


@message
class ChooseNotices:
    """Kinds left out stay as they are; of one named twice the last counts."""

    items: Annotated[tuple[NoticeChoice, ...], Length(min=1, max=50)]


@event("notifications.notice_made", version=1, outward=True)
class NoticeMade:
    """A member was told of something, in their list."""

    member_id: UUID
    account_id: UUID | None
    notice: Notice


class StaffNotices(Protocol):
    """Every call is of a member about their own notices, takes (ctx, one message), returns one message.

    It raises Forbidden to everybody else. Nothing is told of an account that the member can't open (R-ACC-1), nor of
    what takes a right that they do not hold, also where they lost it after the notice was made.
    """

    NAME: ClassVar[str] = "notifications"

    def list_notices(self, ctx: Context, request: ListNotices) -> Notices: ...
    def get_unread_notices(self, ctx: Context, request: Done) -> UnreadNotices: ...
    def read_notice(self, ctx: Context, request: NoticeRef) -> Notice: ...  # NoticeNotFound; read already: as it is
    def read_notices(self, ctx: Context, request: ReadNotices) -> UnreadNotices: ...
    def get_notice_choices(self, ctx: Context, request: Done) -> NoticeChoices: ...
    def choose_notices(self, ctx: Context, request: ChooseNotices) -> NoticeChoices: ...
