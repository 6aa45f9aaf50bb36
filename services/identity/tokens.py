"""Session and API tokens: the firm is in the token, so that it is known before any row is read."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.errors import Unauthenticated

Kind = Literal["s", "t"]  # a session, an API token
SECRET = 32  # bytes: 256 bits, beyond guessing, so a plain SHA-256 of the token is safe to keep
FORM = re.compile(r"dsr_(?P<kind>[st])_(?P<firm>[A-Za-z0-9_-]{22})_[A-Za-z0-9_-]{43}")


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


def parse(token: str) -> Parsed:
    """Read a token. Raises Unauthenticated for what can't be one."""
    form = FORM.fullmatch(token)
    if form is None:
        raise Unauthenticated
    kind: Kind = "s" if form["kind"] == "s" else "t"
    return Parsed(kind, UUID(bytes=urlsafe_b64decode(form["firm"] + "==")), digest(token))


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
