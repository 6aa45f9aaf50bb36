"""messages, files in chats: kept first, then shown by the message that is sent with them."""

from typing import Annotated, ClassVar, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import message
from contracts.common import readable_line
from contracts.files import Content, Upload

UNSENT_HOURS = 24  # that an attachment waits for its message
FileName = Annotated[str, Length(min=1, max=255), readable_line]


class AttachmentNotFound(NotFound):
    """There is no such attachment on this account, or it is not yours to see."""

    code = "attachment_not_found"


class InternalAttachment(Conflict):
    """A file of an internal message is not saved among documents, where clients might see it."""

    code = "internal_attachment"


@message
class Attachment:
    """`size` in bytes. `media_type` goes by the name alone; the file is always to be saved, never shown."""

    id: UUID
    name: str
    media_type: str
    size: int


@message
class AddAttachment:
    """Keep a file for a message that its sender is about to send, within UNSENT_HOURS."""

    account_id: UUID
    upload: Upload
    name: FileName


@message
class AttachmentRef:
    account_id: UUID
    attachment_id: UUID


@message
class SavedAttachment:
    """The document that an attachment became; saved again, it is the same one."""

    account_id: UUID
    document_id: UUID
    name: str


class ChatFiles(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Before its message is sent, a file is there for nobody but who added it.
    """

    NAME: ClassVar[str] = "messages"

    def add_attachment(self, ctx: Context, request: AddAttachment) -> Attachment: ...
    def get_attachment(self, ctx: Context, request: AttachmentRef) -> Content: ...  # AttachmentNotFound
    # AttachmentNotFound, InternalAttachment; a copy among the account's documents, under the name of who sent it
    def save_attachment(self, ctx: Context, request: AttachmentRef) -> SavedAttachment: ...
