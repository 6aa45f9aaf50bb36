"""Mailboxes, read over IMAP."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar, cast

from chassis.mail.connection import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Login,
    Refused,
    Server,
    ended_after,
    tls,
    translated,
)

if TYPE_CHECKING:
    from imapclient import IMAPClient

HEADER_FIELDS = "BODY.PEEK[HEADER.FIELDS (FROM TO CC BCC MESSAGE-ID CONTENT-TYPE)]"
LARGEST = 50 * 1024 * 1024  # bytes of a message that are fetched; providers take at most 25 MB to 50 MB
SENT_FLAG = b"\\Sent"  # RFC 6154
Role = Literal["inbox", "sent"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Found:
    """One message of a folder, as far as its header says."""

    uid: int
    head: bytes
    size: int
    is_seen: bool
    is_answered: bool
    received_at: dt.datetime


@dataclass(frozen=True)
class Folder:
    role: Role
    name: str
    uidvalidity: int
    next_uid: int


def _asked(method: Callable[Concatenate["Imap", P], R]) -> Callable[Concatenate["Imap", P], R]:
    """Let a method raise Unreachable for whatever goes wrong between the servers."""

    @wraps(method)
    def ask(self: "Imap", *arguments: P.args, **named: P.kwargs) -> R:
        with translated(self._server, "IMAP"):
            return method(self, *arguments, **named)

    return cast("Callable[Concatenate[Imap, P], R]", ask)


class Imap:
    """A signed-in session, to read with: nothing in the mailbox changes but by `keep_sent` and `mark_read`.

    Every call raises Unreachable.
    """

    def __init__(self, client: "IMAPClient", server: Server) -> None:
        self._client = client
        self._server = server

    @_asked
    def folders(self) -> list[tuple[Role, str]]:
        """Give the inbox, and the folder of sent mail where there is one."""
        sent = self._client.find_special_folder(SENT_FLAG)
        return [("inbox", "INBOX"), *([("sent", sent)] if sent else [])]  # type: ignore[list-item]

    @_asked
    def open(self, role: Role, name: str) -> Folder:
        """Look into a folder, without a trace."""
        told = self._client.select_folder(name, readonly=True)
        return Folder(role, name, int(told[b"UIDVALIDITY"]), int(told.get(b"UIDNEXT") or 1))

    @_asked
    def since(self, uid: int) -> list[int]:
        """Give the UIDs from `uid` on, in order."""
        found = self._client.search(["UID", f"{uid}:*"])
        return sorted(one for one in found if one >= uid)  # `*` is the last message, however low its UID

    @_asked
    def exchanged_with(self, email: str) -> list[int]:
        """Give the UIDs of what is from or to an address; the server may give more."""
        any_of = ["OR", ["FROM", email], ["OR", ["TO", email], ["OR", ["CC", email], ["BCC", email]]]]
        return sorted(self._client.search(any_of, None if email.isascii() else "UTF-8"))

    @_asked
    def unread(self, name: str, limit: int) -> list[tuple[int, int]]:
        """Give UIDs and sizes of what is not marked as read in a folder, the oldest first, to be marked."""
        self._client.select_folder(name)
        uids = sorted(self._client.search(["UNSEEN", "UNDELETED"]))[:limit]
        told = self._client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
        return [(uid, int(told[uid].get(b"RFC822.SIZE", 0))) for uid in uids if uid in told]

    @_asked
    def mark_read(self, uid: int) -> None:
        self._client.add_flags([uid], [b"\\Seen"], silent=True)

    @_asked
    def heads(self, uids: Collection[int]) -> list[Found]:
        """Give what the headers say of who wrote to whom."""
        wanted = [HEADER_FIELDS, "RFC822.SIZE", "FLAGS", "INTERNALDATE"]
        told = self._client.fetch(list(uids), wanted) if uids else {}
        return [_found(uid, told[uid]) for uid in sorted(told) if uid in uids]

    @_asked
    def message(self, uid: int) -> bytes | None:
        """Give the message, at most LARGEST bytes of it; None where it is gone."""
        told = self._client.fetch([uid], [f"BODY.PEEK[]<0.{LARGEST}>"]).get(uid, {})
        bodies = [value for key, value in told.items() if key.startswith(b"BODY[]")]
        return bodies[0] if bodies and isinstance(bodies[0], bytes) else None

    @_asked
    def keep_sent(self, message_id: str, content: bytes) -> None:
        """Put a copy into the folder of sent mail, unless the server did so itself."""
        name = dict(self.folders()).get("sent")
        if name is None:
            return
        self._client.select_folder(name, readonly=True)
        if not self._client.search(["HEADER", "Message-ID", message_id]):
            self._client.append(name, content, flags=(b"\\Seen",))


def _found(uid: int, told: dict[bytes, Any]) -> Found:
    head = next((value for key, value in told.items() if key.startswith(b"BODY[HEADER")), b"")
    flags = told.get(b"FLAGS", ())
    received_at = told.get(b"INTERNALDATE") or dt.datetime.now(dt.UTC)
    if received_at.tzinfo is None:
        received_at = received_at.astimezone()  # the library tells the time of this machine
    return Found(
        uid=uid,
        head=head or b"",
        size=int(told.get(b"RFC822.SIZE", 0)),
        is_seen=b"\\Seen" in flags,
        is_answered=b"\\Answered" in flags,
        received_at=received_at.astimezone(dt.UTC),
    )


@contextmanager
def imap(login: Login, seconds: float) -> Iterator[Imap]:
    """Sign in for at most so many seconds. Raises Refused, Unreachable, both also from within."""
    from imapclient import IMAPClient, SocketTimeout, exceptions  # noqa: PLC0415 (mail alone costs its megabytes)

    server = login.server
    client: IMAPClient | None = None
    with ended_after(seconds, lambda: client.socket() if client else None):
        try:
            with translated(server, "IMAP"):
                client = IMAPClient(
                    server.host,
                    port=server.port,
                    ssl=server.security == "tls",
                    ssl_context=tls() if server.security == "tls" else None,
                    timeout=SocketTimeout(connect=min(CONNECT_SECONDS, seconds), read=min(READ_SECONDS, seconds)),
                )
                if server.security == "starttls":
                    client.starttls(tls())
                try:
                    client.login(login.user, login.password)
                except exceptions.LoginError as exc:
                    raise Refused("The mail server takes neither this user name nor this password (IMAP).") from exc
            yield Imap(client, server)
            with suppress(Exception):
                client.logout()
        finally:
            if client is not None:
                with suppress(Exception):
                    client.shutdown()
