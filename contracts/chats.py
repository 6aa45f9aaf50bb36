"""messages, chats: threads between the firm and an account's contacts."""

import datetime as dt
from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, Forbidden, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.chat_files import Attachment
from contracts.client_tasks import MOST_TASKS, Author, ClientTask, Side, TaskTitle
from contracts.common import Body, Cursor, Done, Limit, Person, Version, readable_line
from contracts.sections import SectionSource

EDITABLE_MINUTES = 15  # long enough for a slip of the pen, too short to rewrite what was answered
Subject = Annotated[str, Length(min=1, max=255), readable_line]
Members = Annotated[tuple[UUID, ...], Length(max=50)]
Participants = Annotated[tuple[UUID, ...], Length(min=1, max=50)]
Files = Annotated[tuple[UUID, ...], Length(max=20)]


class ThreadNotFound(NotFound):
    """There is no such thread on this account, or it is not yours to see."""

    code = "thread_not_found"


class MessageNotFound(NotFound):
    """There is no such message in this thread, or it is not yours to see."""

    code = "message_not_found"


class ThreadChangedMeanwhile(Conflict):
    """Someone else changed the thread first; `current` is what is there now."""

    code = "thread_changed"


class MessageChangedMeanwhile(Conflict):
    """The message was changed from elsewhere first; `current` is what is there now."""

    code = "message_changed"


class TooLateToChange(Conflict):
    """A message can be changed and deleted for fifteen minutes after it was sent."""

    code = "too_late_to_change"


class NotTheAuthor(Forbidden):
    """Only who wrote a message changes or deletes it."""

    code = "not_the_author"


@message
class Reader:
    """How far somebody has read; `has_read_all`: every message that is theirs to see."""

    side: Side
    id: UUID
    name: str
    read_at: dt.datetime
    has_read_all: bool


@message
class Message:
    """`is_internal`: for the firm alone; it never reaches a client (R-CHT-4). A deleted one has no text and no files.

    `position` counts the thread's messages from 1, internal and deleted ones included.
    """

    id: UUID
    thread_id: UUID
    position: int
    author: Author
    text: str
    is_internal: bool
    attachments: tuple[Attachment, ...]
    mentions: tuple[Person, ...]
    sent_at: dt.datetime
    edited_at: dt.datetime | None
    deleted_at: dt.datetime | None
    version: int


@message
class Thread:
    """`participants`: contacts of the account who take part; none named: all of them do.

    `is_unread`: no member of the firm has read up to the client's latest message (R-CHT-2); what the firm itself
    writes leaves a thread read. `responded_at`: when the latest message that is not internal was sent.
    """

    id: UUID
    account_id: UUID
    subject: str
    participants: tuple[Person, ...] | None
    assignee: Person | None
    is_archived: bool
    is_unread: bool
    started_by: Author
    responded_at: dt.datetime
    tasks: tuple[ClientTask, ...]
    readers: tuple[Reader, ...]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class StartThread:
    """Begin a thread with its first message to the client. `participant_ids` none: all contacts of the account."""

    account_id: UUID
    subject: Subject
    text: Body = ""
    participant_ids: Participants | None = None
    assignee_id: UUID | None = None
    mention_ids: Members = ()
    attachment_ids: Files = ()
    tasks: Annotated[tuple[TaskTitle, ...], Length(max=MOST_TASKS)] = ()


@message
class ThreadRef:
    account_id: UUID
    thread_id: UUID


@message
class ChangeThread:
    """Left out: stays as it is. `participant_ids` null: all contacts of the account."""

    account_id: UUID
    thread_id: UUID
    version: Version
    subject: Subject | Unset = UNSET
    participant_ids: Participants | None | Unset = UNSET
    assignee_id: UUID | None | Unset = UNSET
    is_archived: bool | Unset = UNSET


@message
class ListMessages:
    """The newest first; each page goes further back."""

    account_id: UUID
    thread_id: UUID
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class Messages:
    items: tuple[Message, ...]
    total: int
    next_cursor: str | None = None


@message
class SendMessage:
    """Text, files or both. `is_internal`: for the firm alone, for good (R-CHT-4)."""

    account_id: UUID
    thread_id: UUID
    text: Body = ""
    is_internal: bool = False
    mention_ids: Members = ()
    attachment_ids: Files = ()


@message
class ChangeMessage:
    account_id: UUID
    thread_id: UUID
    message_id: UUID
    version: Version
    text: Body | Unset = UNSET
    mention_ids: Members | Unset = UNSET


@message
class MessageRef:
    """One message; for `read_thread` the last one that was read."""

    account_id: UUID
    thread_id: UUID
    message_id: UUID


@event("messages.thread_changed", version=1)
class ThreadChanged:
    """A thread was started or changed; `is_started` tells which."""

    SECTIONS: ClassVar = ("chats",)
    account_id: UUID
    thread: Thread
    is_started: bool = False


@event("messages.message_sent", version=1)
class MessageSent:
    """`message.is_internal` ones are for members of the firm: never forward them to a client (R-CHT-4).

    `participant_ids` none: every contact of the account takes part.
    """

    SECTIONS: ClassVar = ("chats",)
    account_id: UUID
    subject: str
    assignee_id: UUID | None
    participant_ids: tuple[UUID, ...] | None
    message: Message


@event("messages.message_changed", version=1)
class MessageChanged:
    """A message was edited or deleted by its author; `message.is_internal` counts as in MessageSent."""

    SECTIONS: ClassVar = ("chats",)
    account_id: UUID
    message: Message


@event("messages.message_read", version=1)
class MessageRead:
    """Somebody has read a thread up to this message."""

    SECTIONS: ClassVar = ("chats",)
    account_id: UUID
    thread_id: UUID
    message_id: UUID
    reader: Reader


@event("messages.names_changed", version=1)
class NamesChanged:
    """A member or a contact whom rows of many accounts show was renamed."""

    SECTIONS: ClassVar = ("chats",)
    account_id: UUID | None = None


class Chats(SectionSource, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    A client uses `contracts.portal_chats`. Each call on a thread raises ThreadNotFound.
    """

    NAME: ClassVar[str] = "messages"

    def start_thread(self, ctx: Context, request: StartThread) -> Thread: ...
    def get_thread(self, ctx: Context, request: ThreadRef) -> Thread: ...
    def change_thread(self, ctx: Context, request: ChangeThread) -> Thread: ...  # ThreadChangedMeanwhile
    def read_thread(self, ctx: Context, request: MessageRef) -> Done: ...  # MessageNotFound; never backwards
    def list_messages(self, ctx: Context, request: ListMessages) -> Messages: ...
    def send_message(self, ctx: Context, request: SendMessage) -> Message: ...

    # Each of these raises MessageNotFound, NotTheAuthor, TooLateToChange.
    def change_message(self, ctx: Context, request: ChangeMessage) -> Message: ...  # MessageChangedMeanwhile
    def delete_message(self, ctx: Context, request: MessageRef) -> Done: ...
