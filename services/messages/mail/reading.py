"""What an e-mail says, whoever wrote it: every part of it may be missing, wrong, or made to harm."""

import codecs
import datetime as dt
import hashlib
import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any

from chassis.addresses import fold
from chassis.mail.parts import IDENTIFIER, is_harmless
from services.messages.mail.plain import LONGEST, text_of, tidy

HEADERS = 256 * 1024  # bytes of a header that are read; a long one has ten thousand
HEADER = 20_000  # characters of one field; some hundred recipients
ADDRESSES = 500  # of one field
REFERENCES = 50  # the latest; longer threads hang together by these
TEXT = 100_000  # characters of text that are kept for reading; the message itself is kept whole
FILES = 200
LIKE_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")
BUSY_CODECS = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"))


@dataclass(frozen=True)
class Address:
    name: str
    email: str

    @property
    def folded(self) -> str:
        return fold(self.email)


@dataclass(frozen=True)
class Envelope:
    """The header, as far as it matters. `message_id` is empty where there is none."""

    message_id: str
    references: tuple[str, ...]  # the oldest first, the answered one last
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    sent_at: dt.datetime
    is_report: bool

    @property
    def people(self) -> tuple[Address, ...]:
        return tuple(one for one in (self.sender, *self.to, *self.cc, *self.bcc) if one.email)


@dataclass(frozen=True)
class File:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Read:
    envelope: Envelope
    text: str
    is_cut: bool
    files: tuple[File, ...]


def envelope(raw: bytes, received_at: dt.datetime) -> Envelope:
    """Read the header of a message, or a header alone; `received_at` stands in for a date that can't be."""
    head = message_from_bytes(_head(raw))
    found = IDENTIFIER.findall(_field(head, "References")) + IDENTIFIER.findall(_field(head, "In-Reply-To"))[:1]
    identifiers = IDENTIFIER.findall(_field(head, "Message-ID"))
    kind = _field(head, "Content-Type").lower()
    return Envelope(
        message_id=identifiers[0] if identifiers else "",
        references=tuple(dict.fromkeys(reversed(found[-REFERENCES:])))[::-1],
        sender=next(iter(_people(head, "From")), Address("", "")),
        to=_people(head, "To"),
        cc=_people(head, "Cc"),
        bcc=_people(head, "Bcc"),
        subject=_line(_decoded(_field(head, "Subject")))[:255],
        sent_at=_date(_field(head, "Date"), received_at),
        is_report="multipart/report" in kind and "delivery-status" in kind,
    )


def read(raw: bytes, received_at: dt.datetime) -> Read:
    """Read a message: its header, its words as plain text, its files; of one that can't be taken apart, the header."""
    head = envelope(raw, received_at)
    if not is_harmless(raw):
        return Read(head, "", is_cut=True, files=())
    try:
        return _taken_apart(head, list(_leaves(message_from_bytes(raw))))
    except Exception:  # noqa: BLE001 (anybody may send anything, and the library raises anything: the mailbox goes on)
        return Read(head, "", is_cut=True, files=())


def _taken_apart(head: Envelope, parts: Sequence[Message]) -> Read:
    words = [part for part in parts if _is_words(part)]
    files = [part for part in parts if part not in words and not _is_picture_of_text(part)]
    plain = [_text(part) for part in words if part.get_content_subtype() != "html"]
    text = tidy("\n\n".join(plain))
    if not text:
        text = "\n\n".join(text_of(_text(part)) for part in words if part.get_content_subtype() == "html")
    kept = tuple(_file(part, number) for number, part in enumerate(files[:FILES], 1))
    return Read(head, text[:TEXT], is_cut=len(text) > TEXT or len(files) > FILES, files=kept)


def identity(raw: bytes) -> str:
    """Make the identifier of a message that has none: the same for each copy, whatever way it came."""
    head = message_from_bytes(_head(raw))
    body = raw.partition(b"\r\n\r\n")[2] or raw.partition(b"\n\n")[2]
    said = [_field(head, name) for name in ("From", "To", "Cc", "Date", "Subject")]
    written = "\n".join(said).encode("utf-8", "surrogateescape") + b"\n" + body.replace(b"\r\n", b"\n")
    return f"{hashlib.sha256(written).hexdigest()}@missing.invalid"


def _head(raw: bytes) -> bytes:
    end = re.search(rb"\r?\n\r?\n", raw[:HEADERS])
    return raw[: end.end() if end else HEADERS]


def _field(head: Any, name: str) -> str:
    """The field, unfolded; the first where there are several."""
    value = head.get(name)
    if value is None:
        return ""
    return re.sub(r"\r?\n[ \t]*", " ", str(value))[:HEADER].replace("\x00", "")


def _decoded(text: str) -> str:
    """Text of which parts are encoded (RFC 2047), by the charset they claim where that can be."""
    try:
        pieces = decode_header(text)
    except (MessageError, ValueError):
        return text
    return "".join(piece if isinstance(piece, str) else decoded(piece, charset) for piece, charset in pieces)


def decoded(content: bytes, charset: str | None) -> str:
    """Decode by the charset that is claimed, else by the likeliest one; never fails."""
    for name in (charset or "", "utf-8", "cp1252"):
        try:
            codec = codecs.lookup(name)
            if codec.name not in BUSY_CODECS:
                return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def _line(text: str) -> str:
    """One line that can be kept: no control characters, no halves of surrogate pairs, no changes of direction."""
    return " ".join("".join(c if c.isprintable() and not "\ud800" <= c <= "\udfff" else " " for c in text).split())


def _people(head: Any, name: str) -> tuple[Address, ...]:
    fields = [re.sub(r"\r?\n[ \t]*", " ", str(value))[:HEADER] for value in (head.get_all(name) or [])[:5]]
    found = []
    try:
        pairs = getaddresses(fields)
    except RecursionError:  # comments in comments, of which no sender has more than one
        pairs = [("", email) for email in LIKE_ADDRESS.findall(" ".join(fields))]
    for typed, email in pairs[:ADDRESSES]:
        address = _line(email)
        if "@" in address and len(address) <= 254:  # noqa: PLR2004 (RFC 5321)
            found.append(Address(_line(_decoded(typed))[:200], address))
    return tuple(found)


def _date(text: str, received_at: dt.datetime) -> dt.datetime:
    try:
        sent_at = parsedate_to_datetime(text)
        sent_at = (sent_at if sent_at.tzinfo else sent_at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return received_at
    is_plausible = dt.datetime(1990, 1, 1, tzinfo=dt.UTC) <= sent_at <= received_at + dt.timedelta(days=1)
    return sent_at if is_plausible else received_at


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that hold no parts; a message within the message is one, as it came."""
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for inner in part.get_payload():
            if isinstance(inner, Message):
                yield from _leaves(inner)
    else:
        yield part


def _is_words(part: Message) -> bool:
    is_text = part.get_content_maintype() == "text" and part.get_content_subtype() in ("plain", "html")
    return is_text and part.get_content_disposition() != "attachment" and not part.get_filename()


def _is_picture_of_text(part: Message) -> bool:
    """Whether the text shows it in its place, such as a logo below a signature."""
    is_shown = part.get_content_disposition() != "attachment" and "Content-ID" in part
    return is_shown and part.get_content_maintype() == "image"


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_param("charset")
    # Each byte may become several characters of entities; what is more than LONGEST is not read anyway.
    return decoded(content[: LONGEST * 2], charset if isinstance(charset, str) else None)


def _file(part: Message, number: int) -> File:
    kind = re.sub(r"[^a-z0-9.+/-]", "", part.get_content_type().lower())[:100] or "application/octet-stream"
    if part.is_multipart():
        inner = part.get_payload()
        content = b"".join(one.as_bytes() for one in inner if isinstance(one, Message))
    else:
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
    return File(_file_name(part, kind, number), kind, content)


def _file_name(part: Message, kind: str, number: int) -> str:
    try:
        typed = _line(_decoded(str(part.get_filename() or "")))
    except (MessageError, ValueError, LookupError):
        typed = ""
    name = PurePosixPath(typed.replace("\\", "/")).name.strip(". ")
    if not name:
        ending = ".eml" if kind == "message/rfc822" else mimetypes.guess_extension(kind) or ""
        name = f"attachment-{number}{ending}"
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= 200 else f"{stem[:180]}{dot}{ending[:15]}"  # noqa: PLR2004 (what file systems take)
