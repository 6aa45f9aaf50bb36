"""What mail servers report of mail that we sent: deliveries (RFC 3464) and complaints (RFC 5965)."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses
from typing import Literal

from chassis.addresses import fold
from chassis.mail.parts import IDENTIFIER, is_harmless

LARGEST = 2 * 1024 * 1024  # bytes; a report returns at most the mail's header, or a mail of ordinary size
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
ADDRESSES = 20
# Of RFC 5965, those by which somebody says that they don't want the mail; `not-spam` says the contrary.
COMPLAINTS = frozenset(("abuse", "fraud", "opt-out", "opt-out-list"))
Outcome = Literal["delivered", "bounced", "delayed", "complaint"]


@dataclass(frozen=True)
class Report:
    """`message_id` is that of the mail which is reported, empty where the report does not say; `words` say why.

    `sent_to` are the addresses to which the report came, `recipients` whom it is about, both folded.
    `is_permanent`: the server's status is 5.x.x, so that other mail to that address will not arrive either.
    """

    message_id: str
    outcome: Outcome
    words: str
    is_permanent: bool = False
    sent_to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()


def report(raw: bytes) -> Report | None:
    """Read a report on a mail; None where it is none."""
    if not is_harmless(raw):
        return None
    try:
        parts = list(message_from_bytes(raw[:LARGEST]).walk())
    except (MessageError, RecursionError, ValueError):
        return None
    message_id, sent_to = _original(parts), tuple(_sent_to(parts[0]))
    complaints = [block for part in parts if _is(part, "message/feedback-report") for block in _blocks(part)]
    if complaints:
        return _complaint(complaints[0], message_id, sent_to)
    recipients = [block for part in parts if _is(part, "message/delivery-status") for block in _blocks(part)]
    by_action: dict[str, list[Message]] = {}
    for one in recipients:
        by_action.setdefault(_field(one, "Action").lower(), []).append(one)
    for outcome, actions in _OUTCOMES:
        about = [one for action in actions for one in by_action.get(action, [])]
        if about:
            words = "" if outcome == "delivered" else "; ".join(_why(one) for one in about[:5])[:500]
            is_permanent = outcome == "bounced" and any(_field(one, "Status").startswith("5") for one in about)
            return Report(message_id, outcome, words, is_permanent, sent_to, tuple(_about(about)))
    return None


# One recipient whom a mail did not reach is news, whatever is said of others.
_OUTCOMES: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    ("bounced", ("failed",)),
    ("delivered", ("delivered", "relayed", "expanded")),
    ("delayed", ("delayed",)),
)


def _complaint(block: Message, message_id: str, sent_to: tuple[str, ...]) -> Report | None:
    if _field(block, "Feedback-Type").lower() not in COMPLAINTS:
        return None
    recipients = tuple(fold(one.strip(" <>")) for one in block.get_all("Original-Rcpt-To", [])[:ADDRESSES])
    return Report(message_id, "complaint", _printable(_field(block, "User-Agent"))[:200], True, sent_to, recipients)


def _is(part: Message, kind: str) -> bool:
    return part.get_content_type() == kind


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a part: parsed as messages where the parser knows its type, else read here."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [one for one in payload if isinstance(one, Message)]
    content = part.get_payload(decode=True)
    return [message_from_bytes(content.lstrip())] if isinstance(content, bytes) else []


def _original(parts: list[Message]) -> str:
    """The identifier of the mail that came back, whole or its header."""
    for part in parts[1:]:
        text = ""
        if _is(part, "text/rfc822-headers"):
            content = part.get_payload(decode=True)
            text = str(message_from_bytes(content).get("Message-ID", "")) if isinstance(content, bytes) else ""
        elif _is(part, "message/rfc822"):
            text = "".join(str(inner.get("Message-ID", "")) for inner in _blocks(part))
        found = IDENTIFIER.findall(text)
        if found:
            return str(found[0])
    return ""


def _sent_to(head: Message) -> Iterator[str]:
    said = [str(one) for name in ADDRESSED for one in head.get_all(name, [])[:ADDRESSES]]
    for _, address in getaddresses(said)[:ADDRESSES]:
        if "@" in address:
            yield fold(address)


def _about(recipients: list[Message]) -> Iterator[str]:
    for one in recipients[:ADDRESSES]:
        for name in ("Original-Recipient", "Final-Recipient"):
            address = _field(one, name).rpartition(";")[2].strip(" <>")
            if address:
                yield fold(address)


def _field(block: Message, name: str) -> str:
    return str(block.get(name, "")).strip()


def _why(recipient: Message) -> str:
    whom = _field(recipient, "Final-Recipient").rpartition(";")[2].strip()
    why = _field(recipient, "Diagnostic-Code").partition(";")[2].strip() or _field(recipient, "Status")
    return _printable(f"{whom}: {why}")


def _printable(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
