"""A mail of the system as it goes over the wire: text and HTML, and what mail programs are to know about it."""

import datetime as dt
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from chassis.addresses import bare


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """From whom to whom; `unsubscribe_link` for mails of a type, which can be stopped (R-NOT-8)."""

    message_id: str
    sender_name: str
    sender: str
    recipient: str
    reply_to: str | None
    locale: str
    sent_at: dt.datetime
    unsubscribe_link: str | None


def written(envelope: Envelope, subject: str, text: str, html: str) -> bytes:
    """Give the message's bytes. Raises ValueError for an address that no mail can be sent to."""
    is_ascii = all(bare(one).isascii() for one in (envelope.sender, envelope.recipient, envelope.reply_to or "@"))
    message = EmailMessage(policy=SMTP.clone(max_line_length=120, utf8=not is_ascii))
    message["Date"] = format_datetime(envelope.sent_at)
    message["From"] = _address(envelope.sender, " ".join(envelope.sender_name.split()))
    message["To"] = _address(envelope.recipient)
    if envelope.reply_to:
        message["Reply-To"] = _address(envelope.reply_to)
    message["Subject"] = " ".join(subject.split())
    message["Message-ID"] = f"<{envelope.message_id}>"
    message["Content-Language"] = envelope.locale
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office notes stay away
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(html, subtype="html", charset="utf-8", cte="quoted-printable")
    return _unsubscribing(envelope.unsubscribe_link) + message.as_bytes()


def _unsubscribing(link: str | None) -> bytes:
    """Let mail programs offer to unsubscribe (RFC 8058); not left to the library, which encodes what is this long."""
    if link is None:
        return b""
    return f"List-Unsubscribe: <{link}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode("ascii")


def _address(email: str, name: str = "") -> Address:
    try:
        return Address(name, addr_spec=bare(email))
    except (ValueError, IndexError) as exc:  # the parser's own ways to refuse
        raise ValueError(f"{email} is no address that mail can be sent to.") from exc
