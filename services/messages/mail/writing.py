"""E-mail of ours, as it goes over the wire."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from chassis.addresses import bare, fold


@dataclass(frozen=True)
class Letter:
    """What shall be sent; `references` are the identifiers of its thread, the answered one last."""

    message_id: str
    sender_name: str
    sender: str
    to: Sequence[str]
    cc: Sequence[str]
    subject: str
    text: str
    sent_at: dt.datetime
    references: Sequence[str] = ()


def identifier(email_id: UUID, sender: str) -> str:
    """Give the Message-ID of an e-mail of ours: the same each time it is tried."""
    return f"{email_id}@{fold(sender).rpartition('@')[2]}"


def written(letter: Letter) -> bytes:
    """Give the message's bytes, the same each time."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=120, utf8=not _is_ascii(letter)))
    message["Date"] = format_datetime(letter.sent_at)
    message["From"] = Address(letter.sender_name, addr_spec=bare(letter.sender))
    message["To"] = [Address(addr_spec=bare(one)) for one in letter.to]
    if letter.cc:
        message["Cc"] = [Address(addr_spec=bare(one)) for one in letter.cc]
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.message_id}>"
    if letter.references:
        message["In-Reply-To"] = f"<{letter.references[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in letter.references)
    message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
    return message.as_bytes()


def answering(subject: str) -> str:
    """Give the subject of an answer."""
    return subject if subject[:3].casefold() == "re:" else f"Re: {subject}"[:255]


def _is_ascii(letter: Letter) -> bool:
    return all(bare(one).isascii() for one in (letter.sender, *letter.to, *letter.cc))
