"""messages: the members' mailboxes, through which the firm's e-mail comes in and goes out."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range, Regexp

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import event, message
from contracts.common import Done, Email, Person

# `none` sends the password as it is, so it is for a server on the same machine alone.
Security = Literal["tls", "starttls", "none"]
# `waiting`: connected, not looked into yet; `refused`: the server does not take the password; `unreachable`: it does
# not answer, or not as a mail server does.
MailboxState = Literal["waiting", "ok", "refused", "unreachable"]
Host = Annotated[
    str, Length(max=253), Regexp(r"[0-9A-Za-z_.:-]+\Z", error="Must be a host name such as imap.example.com.")
]


class MailboxNotFound(NotFound):
    """There is no such mailbox, or it is not yours."""

    code = "mailbox_not_found"


class MailboxTaken(Conflict):
    """Another member has connected this mailbox; its mail is synced already."""

    code = "mailbox_taken"


class MailboxRefused(Conflict):
    """The mail server refuses or does not answer; `server` says which of the two, and the text why."""

    code = "mailbox_refused"


class NoMailbox(Conflict):
    """Connect a mailbox of yours first; e-mail is sent through it."""

    code = "no_mailbox"


@message
class MailServer:
    host: Host
    port: Annotated[int, Range(min=1, max=65535)]
    security: Security = "tls"


@message
class ConnectMailbox:
    """The caller's own; connected again by the same address, servers and password are replaced."""

    email: Email
    imap: MailServer
    smtp: MailServer
    user: Annotated[str, Length(min=1, max=254), Regexp(r"[^\x00-\x1f\x7f]+\Z", error="Must be one line.")]
    password: Annotated[str, Length(min=1, max=1000), Regexp(r"[^\x00\r\n]+\Z", error="Must be one line.")]


@message
class Mailbox:
    """`problem` says in words why the state is not ok; the password is never told.

    Not `is_active`: its member is deactivated, so it is neither read nor sent through (R-ROLE-3).
    """

    id: UUID
    member: Person
    email: str
    imap: MailServer
    smtp: MailServer
    user: str
    state: MailboxState
    problem: str
    is_active: bool
    synced_at: dt.datetime | None
    connected_at: dt.datetime


@message
class MailboxRef:
    mailbox_id: UUID


@message
class MailboxList:
    """One's own; owner and admins see all."""

    items: tuple[Mailbox, ...]


@event("messages.mailbox_changed", version=1, outward=True)
class MailboxChanged:
    """A mailbox was connected, disconnected, or is in another state; `mailbox` is how it is since."""

    mailbox: Mailbox
    is_disconnected: bool = False


class Mailboxes(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid, Forbidden or Unavailable."""

    NAME: ClassVar[str] = "messages"

    # Signs in to both servers first. MailboxTaken, MailboxRefused
    def connect_mailbox(self, ctx: Context, request: ConnectMailbox) -> Mailbox: ...
    def list_mailboxes(self, ctx: Context, request: Done) -> MailboxList: ...
    def sync_mailbox(self, ctx: Context, request: MailboxRef) -> Mailbox: ...  # as soon as may be; MailboxNotFound
    # What is filed stays. Also by owner and admins. MailboxNotFound
    def disconnect_mailbox(self, ctx: Context, request: MailboxRef) -> Done: ...
