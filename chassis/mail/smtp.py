"""E-mail handed to a mail server over SMTP."""

import smtplib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self

from chassis.mail.connection import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Login,
    OutcomeUnknown,
    Postponed,
    Refused,
    Rejected,
    Unreachable,
    ended_after,
    tls,
    translated,
)

OURS = "dossier.invalid"  # what we call ourselves to servers that we hand mail to, after signing in


@contextmanager
def smtp(login: Login, seconds: float) -> Iterator[smtplib.SMTP]:
    """Sign in for at most so many seconds. Raises Refused, Unreachable."""
    client: smtplib.SMTP | None = None
    with ended_after(seconds, lambda: client.sock if client else None):
        client = signed_in(login, seconds)
        try:
            yield client
        finally:
            leave(client)


def signed_in(login: Login, seconds: float) -> smtplib.SMTP:
    """Open a session, in at most so many seconds. Raises Refused, Unreachable."""
    server = login.server
    client: smtplib.SMTP | None = None
    with ended_after(seconds, lambda: client.sock if client else None):
        try:
            with translated(server, "SMTP"):
                timeout = min(CONNECT_SECONDS, seconds)
                if server.security == "tls":
                    client = smtplib.SMTP_SSL(server.host, server.port, OURS, timeout=timeout, context=tls())
                else:
                    client = smtplib.SMTP(server.host, server.port, OURS, timeout=timeout)
                if client.sock is not None:
                    client.sock.settimeout(min(READ_SECONDS, seconds))
                if server.security == "starttls":
                    client.starttls(context=tls())
                try:
                    if login.user:
                        client.login(login.user, login.password)
                    else:
                        client.ehlo_or_helo_if_needed()
                except smtplib.SMTPAuthenticationError as exc:
                    raise Refused("The mail server takes neither this user name nor this password (SMTP).") from exc
        except BaseException:
            if client is not None:
                leave(client)
            raise
    return client


def leave(client: smtplib.SMTP) -> None:
    with suppress(Exception):
        client.quit()
    with suppress(Exception):
        client.close()


def hand_over(
    client: smtplib.SMTP,
    sender: str,
    recipients: Sequence[str],
    content: bytes,
    about_to: Callable[[], None],
    copies: Sequence[str] = (),
) -> None:
    """Send one message to all of its recipients or to none; to `copies` as far as the server takes them.

    `about_to` is called when nothing was sent yet and the next step leaves it unknown, should it fail. Raises
    Rejected, Postponed, Unreachable, OutcomeUnknown.
    """
    options = ["SMTPUTF8", "BODY=8BITMIME"] if not all(one.isascii() for one in (sender, *recipients)) else []
    copies = [one for one in copies if options or one.isascii()]
    if options and not client.has_extn("smtputf8"):
        raise Rejected("The mail server sends to addresses of plain letters alone (no SMTPUTF8).")
    told = ["NOTIFY=SUCCESS,FAILURE"] if client.has_extn("dsn") else []
    try:
        _expect(client.mail(sender, options), sender)
        for recipient in recipients:
            _expect(client.rcpt(recipient, told), recipient)
        for copy in copies:
            client.rcpt(copy, ["NOTIFY=NEVER"] if told else [])
    except (OSError, smtplib.SMTPServerDisconnected) as exc:
        raise Unreachable("The mail server broke off before it took the message.") from exc
    about_to()
    try:
        _expect(client.data(content), "the message")
    except smtplib.SMTPDataError as exc:
        _expect((exc.smtp_code, exc.smtp_error), "the message")
    except (OSError, smtplib.SMTPException) as exc:
        raise OutcomeUnknown from exc


class Line:
    """A way to one mail server for a run of mails: opened when it is needed, again where the server broke off."""

    def __init__(self, login: Login, seconds: float) -> None:
        self._login, self._seconds = login, seconds  # for one mail
        self._client: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def hand_over(
        self,
        sender: str,
        recipients: Sequence[str],
        content: bytes,
        about_to: Callable[[], None],
        copies: Sequence[str] = (),
    ) -> None:
        """Do as the function does, and sign in at need. Raises Refused besides."""
        is_used = self._client is not None
        try:
            self._once(sender, recipients, content, about_to, copies)
        except Unreachable:
            if not is_used:
                raise
            self._once(
                sender, recipients, content, about_to, copies
            )  # servers end a line that was idle, or used enough

    def _once(self, *message: Any) -> None:
        try:
            client = self._client = self._client or signed_in(self._login, self._seconds)
            with ended_after(self._seconds, lambda: client.sock):
                hand_over(client, *message)
        except (Rejected, Postponed):
            self._begin_again()
            raise
        except BaseException:
            self._hang_up()
            raise

    def _begin_again(self) -> None:
        try:
            if self._client is not None and self._client.rset()[0] == 250:  # noqa: PLR2004 (RFC 5321: done)
                return
        except (OSError, smtplib.SMTPException):
            pass
        self._hang_up()

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            leave(client)


def _expect(answer: tuple[int, Any], what: str) -> None:
    code, said = answer
    if code // 100 == 2:  # noqa: PLR2004 (RFC 5321: 2xx done, 4xx for the moment, 5xx for good)
        return
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    words = " ".join("".join(one if one.isprintable() else " " for one in words).split())[:200]
    text = f"The mail server refuses {what}: {code} {words}"
    raise (Rejected if code // 100 == 5 else Postponed)(text)  # noqa: PLR2004
