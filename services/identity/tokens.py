"""Tokens of sessions, programs and links: the firm is in each, so that it is known before any row is read."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID

from chassis.errors import Unauthenticated

# A member's session, an API token; a portal user's session, a link to a new password, a link of an invitation.
Kind = Literal["s", "t", "p", "r", "i"]
SECRET = 32  # bytes: 256 bits, beyond guessing, so a plain SHA-256 of the token is safe to keep
FORM = re.compile(r"dsr_(?P<kind>[stpri])_(?P<firm>[A-Za-z0-9_-]{22})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a token says by itself; `digest` finds its row."""

    kind: Kind
    firm_id: UUID
    digest: bytes


def make(kind: Kind, firm_id: UUID) -> str:
    """A new token of the firm: `dsr_<kind>_<firm>_<secret>`."""
    firm = urlsafe_b64encode(firm_id.bytes).decode().rstrip("=")
    return f"dsr_{kind}_{firm}_{secrets.token_urlsafe(SECRET)}"


def parse(token: str, kinds: str = "st") -> Parsed:
    """Read a token of one of these kinds. Raises Unauthenticated for what can't be one."""
    form = FORM.fullmatch(token)
    if form is None or form["kind"] not in kinds:
        raise Unauthenticated
    firm_id = UUID(bytes=urlsafe_b64decode(form["firm"] + "=="))
    return Parsed(cast("Kind", form["kind"]), firm_id, digest(token))


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
