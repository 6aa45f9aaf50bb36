"""What changed about something, who changed it, when, and through which door: every owner tells it in one shape."""

import datetime as dt
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.wire import message
from contracts.common import Cursor, Limit, Person

Door = Literal["page", "api", "import", "client", "system"]
ChangeId = Annotated[int, Range(min=1)]
# What kind of thing changed: `account`, `team`, `follower`, `tag`, `custom_field`, `link`, `address`, …
What = Annotated[str, Length(min=1, max=60)]


@message
class ChangedField:
    """One field from what to what; ids of members, tags and the like stay ids."""

    name: str
    was: Any
    is_now: Any


@message
class ChangedBy:
    """A `member`, a `portal` user, or the `system`, with the name of that day."""

    kind: str
    id: UUID | None
    name: str


@message
class Change:
    """`subject` says whom or what beside the thing itself: the member who joined the team, the field, the contact.

    `address` is the e-mail address that it concerns, where it concerns one.
    """

    id: ChangeId
    at: dt.datetime
    by: ChangedBy
    door: Door
    what: str
    action: Literal["added", "changed", "removed"]
    subject: Person | None
    fields: tuple[ChangedField, ...]
    address: str = ""


@message
class ListChanges:
    """Of one account or contact, newest first; `what` and `subject_id` narrow it down, e.g. to one custom field."""

    about_id: UUID
    what: What | None = None
    subject_id: UUID | None = None
    before: ChangeId | None = None
    limit: Limit = 50


@message
class Changes:
    items: tuple[Change, ...]
    has_more: bool


@message
class ListHistory:
    """The same of one account, from all who know something of it (R-CF-6)."""

    account_id: UUID
    what: What | None = None
    subject_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class ContactHistory:
    """The same of one contact."""

    contact_id: UUID
    what: What | None = None
    subject_id: UUID | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class History:
    items: tuple[Change, ...]
    next_cursor: str | None = None


class Historian(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    What the caller does not see has no history for them: the owner's own error of not finding it.
    """

    def list_changes(self, ctx: Context, request: ListChanges) -> Changes: ...
