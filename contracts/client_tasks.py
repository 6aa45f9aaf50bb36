"""messages, client tasks: what a client is asked to do, as a checklist in a chat."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Done, Version, readable_line

MOST_TASKS = 100  # in one thread
Side = Literal["firm", "client"]
TaskTitle = Annotated[str, Length(min=1, max=255), readable_line]


class ClientTaskNotFound(NotFound):
    """There is no such client task in this thread."""

    code = "client_task_not_found"


class ClientTaskChangedMeanwhile(Conflict):
    """Someone else changed the client task first; `current` is what is there now."""

    code = "client_task_changed"


@message
class Author:
    """Who wrote, read, ticked or started something, under the name of that time."""

    side: Side
    id: UUID
    name: str


@message
class ClientTask:
    """An item of the checklist for the client; `done_by` somebody of either side."""

    id: UUID
    thread_id: UUID
    title: str
    done_at: dt.datetime | None
    done_by: Author | None
    version: int


@message
class AddClientTask:
    account_id: UUID
    thread_id: UUID
    title: TaskTitle


@message
class ChangeClientTask:
    account_id: UUID
    thread_id: UUID
    task_id: UUID
    version: Version
    title: TaskTitle | Unset = UNSET
    is_done: bool | Unset = UNSET


@message
class ClientTaskRef:
    account_id: UUID
    thread_id: UUID
    task_id: UUID


@event("messages.client_task_changed", version=1)
class ClientTaskChanged:
    """How a client task is after the change, or was before it was removed."""

    SECTIONS: ClassVar = ("chats",)
    account_id: UUID
    change: Literal["added", "ticked", "unticked", "renamed", "removed"]
    task: ClientTask


class ClientTasks(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Each raises ThreadNotFound of `contracts.chats`. A client ticks by `contracts.portal_chats`.
    """

    NAME: ClassVar[str] = "messages"

    def add_client_task(self, ctx: Context, request: AddClientTask) -> ClientTask: ...
    # ClientTaskNotFound, ClientTaskChangedMeanwhile
    def change_client_task(self, ctx: Context, request: ChangeClientTask) -> ClientTask: ...
    def remove_client_task(self, ctx: Context, request: ClientTaskRef) -> Done: ...  # ClientTaskNotFound
