"""What sessions with mail servers have in common: how they are limited, and what goes wrong, in our words."""

import imaplib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import unquote, urlsplit

CONNECT_SECONDS = 8.0
READ_SECONDS = 30.0  # of silence


class Refused(Exception):
    """The server takes neither user nor password."""


class Unreachable(Exception):
    """The server does not answer, not in time, or not as a mail server does."""


class Rejected(Exception):
    """The server will not send this e-mail; trying again is of no use."""


class Postponed(Exception):
    """The server will not send this e-mail at the moment."""


class OutcomeUnknown(Exception):
    """The server was given the message, and was gone before it said what became of it."""


class Server(Protocol):
    """Where a mail server is, and how the line to it is protected."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def security(self) -> Literal["tls", "starttls", "none"]: ...


@dataclass(frozen=True)
class Login:
    """No `user`: the server takes mail from whoever reaches it."""

    server: Server
    user: str
    password: str


@dataclass(frozen=True)
class Place:
    host: str
    port: int
    security: Literal["tls", "starttls", "none"]


PORTS = {"smtp": 587, "smtps": 465, "imap": 143, "imaps": 993}
NEAR = frozenset(("127.0.0.1", "::1", "localhost"))


def login_of(url: str) -> Login:
    """Read `smtp(s)://` or `imap(s)://user:password@host:port`; what is not on this machine is reached by TLS alone."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    begins_plain: Literal["starttls", "none"] = "none" if host in NEAR else "starttls"
    place = Place(host, parts.port or PORTS[parts.scheme], "tls" if parts.scheme.endswith("s") else begins_plain)
    return Login(place, unquote(parts.username or ""), unquote(parts.password or ""))


def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@contextmanager
def translated(server: Server, protocol: str) -> Iterator[None]:
    """Raises Unreachable, in words that tell nothing of what the server said, for it may be anybody's."""
    try:
        yield
    except ssl.SSLCertVerificationError as exc:
        raise Unreachable(f"The mail server's certificate is not valid for {server.host} ({protocol}).") from exc
    except ssl.SSLError as exc:
        raise Unreachable(f"{server.host} does not speak TLS on port {server.port} ({protocol}).") from exc
    except TimeoutError as exc:
        raise Unreachable(f"{server.host} does not answer in time on port {server.port} ({protocol}).") from exc
    except ConnectionRefusedError as exc:
        raise Unreachable(f"Nobody answers at {server.host} on port {server.port} ({protocol}).") from exc
    except socket.gaierror as exc:
        raise Unreachable(f"There is no host {server.host} ({protocol}).") from exc
    except (OSError, imaplib.IMAP4.error, smtplib.SMTPException, ValueError, LookupError, AttributeError) as exc:
        text = f"{server.host} does not answer on port {server.port} as a mail server does ({protocol})."
        raise Unreachable(text) from exc


@contextmanager
def ended_after(seconds: float, connection: Callable[[], Any]) -> Iterator[None]:
    """End the connection when time is up: a server that goes on sending a byte at a time never times out."""

    def end() -> None:
        found = connection()
        if found is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
