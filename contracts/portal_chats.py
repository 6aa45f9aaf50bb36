"""messages, chats as clients have them: the threads in which a contact takes part, without what is internal."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.wire import message
from contracts.chat_files import AddAttachment, Attachment, AttachmentRef
from contracts.chats import Files, MessageRef, Subject, ThreadRef
from contracts.client_tasks import Author, ClientTask, ClientTaskRef
from contracts.common import Body, Cursor, Done, Limit, Person, Version
from contracts.files import Content


@message
class PortalSnippet:
    """The beginning of a message."""

    author: Author
    text: str
    sent_at: dt.datetime


@message
class PortalThread:
    """A thread as its participants see it: whatever is internal neither shows nor counts (R-CHT-4).

    `participants` none: all contacts of the account. `is_unread`: the caller has not read all of it. `attachments`
    counts files.
    """

    id: UUID
    account_id: UUID
    subject: str
    participants: tuple[Person, ...] | None
    is_archived: bool
    is_unread: bool
    started_by: Author
    started_at: dt.datetime
    responded_at: dt.datetime
    last_message: PortalSnippet | None
    attachments: int
    tasks: tuple[ClientTask, ...]


@message
class ListPortalThreads:
    """The caller's threads, unread ones first, then by the last response; `q` is part of a subject or a text."""

    account_id: UUID
    state: Literal["active", "archived", "all"] = "active"
    is_unread: bool | None = None
    q: Annotated[str, Length(min=1, max=200)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class PortalThreads:
    items: tuple[PortalThread, ...]
    total: int
    next_cursor: str | None = None


@message
class PortalMessage:
    """A message to the client or from them. A deleted one has no text and no files."""

    id: UUID
    thread_id: UUID
    author: Author
    text: str
    attachments: tuple[Attachment, ...]
    sent_at: dt.datetime
    edited_at: dt.datetime | None
    deleted_at: dt.datetime | None
    version: int


@message
class ListPortalMessages:
    """The newest first; each page goes further back."""

    account_id: UUID
    thread_id: UUID
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class PortalMessages:
    items: tuple[PortalMessage, ...]
    total: int
    next_cursor: str | None = None


@message
class StartPortalThread:
    """Write to the firm under a subject. Unless `is_for_all`, no other contact of the account takes part."""

    account_id: UUID
    subject: Subject
    text: Body = ""
    attachment_ids: Files = ()
    is_for_all: bool = False


@message
class SendPortalMessage:
    """Text, files or both."""

    account_id: UUID
    thread_id: UUID
    text: Body = ""
    attachment_ids: Files = ()


@message
class ChangePortalMessage:
    account_id: UUID
    thread_id: UUID
    message_id: UUID
    version: Version
    text: Body


class PortalChats(Protocol):
    """Every call is of a contact in the portal, takes (ctx, one message), returns one message, and may raise Forbidden.

    A thread in which the contact does not take part raises ThreadNotFound, an internal message MessageNotFound, as
    if they were not there. Errors are those of `contracts.chats`.
    """

    NAME: ClassVar[str] = "messages"

    def list_portal_threads(self, ctx: Context, request: ListPortalThreads) -> PortalThreads: ...
    def get_portal_thread(self, ctx: Context, request: ThreadRef) -> PortalThread: ...
    def start_portal_thread(self, ctx: Context, request: StartPortalThread) -> PortalThread: ...
    def read_portal_thread(self, ctx: Context, request: MessageRef) -> Done: ...
    def list_portal_messages(self, ctx: Context, request: ListPortalMessages) -> PortalMessages: ...
    def send_portal_message(self, ctx: Context, request: SendPortalMessage) -> PortalMessage: ...
    def change_portal_message(self, ctx: Context, request: ChangePortalMessage) -> PortalMessage: ...
    def delete_portal_message(self, ctx: Context, request: MessageRef) -> Done: ...
    def tick_portal_task(self, ctx: Context, request: ClientTaskRef) -> ClientTask: ...  # done already: as it is
    def add_portal_attachment(self, ctx: Context, request: AddAttachment) -> Attachment: ...
    def get_portal_attachment(self, ctx: Context, request: AttachmentRef) -> Content: ...
