"""What tells a mail of ours from all others, in its Message-ID and in the address to which it comes back.

It names the firm, as every credential does (ADR 9), and nobody guesses it: whoever knows it was sent the mail. Small
letters and digits alone, as servers on the way may fold the rest.
"""

import re
import secrets
from base64 import b32decode, b32encode
from collections.abc import Iterable, Iterator
from uuid import UUID

SECRET = 10  # bytes: 80 bits, and who guessed right could only have mail to one address held back
FORM = re.compile(r"(?:.*\+)?(?P<firm>[a-z2-7]{26})(?P<secret>[a-z2-7]{16})@(?P<domain>[^@\s]+)", re.ASCII)
LONGEST = 64  # characters before the @ (RFC 5321)


def make(firm_id: UUID) -> str:
    """Give a reference to a mail of the firm."""
    return _text(firm_id.bytes) + _text(secrets.token_bytes(SECRET))


def message_id(reference: str, sender: str) -> str:
    """Give the Message-ID, without brackets."""
    return f"{reference}@{sender.rpartition('@')[2]}"


def return_address(identifier: str, sender: str) -> str:
    """Give the address to which a mail comes back; the sender's own where that leaves no room."""
    local, _, domain = sender.rpartition("@")
    tagged = f"{local}+{identifier.rpartition('@')[0]}"
    return f"{tagged}@{domain}" if len(tagged) <= LONGEST else sender


def found(addresses: Iterable[str]) -> Iterator[tuple[UUID, str]]:
    """Give the firm and the Message-ID of each address, or identifier, that holds a reference."""
    for address in addresses:
        form = FORM.fullmatch(address.lower())
        if form is not None:
            firm_id = UUID(bytes=b32decode(form["firm"].upper() + "======"))
            yield firm_id, f"{form['firm']}{form['secret']}@{form['domain']}"


def _text(content: bytes) -> str:
    return b32encode(content).decode().rstrip("=").lower()
