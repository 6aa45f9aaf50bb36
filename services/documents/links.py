"""Tokens of e-mailed signing links: the firm is in the token, so that it is known before any row is read."""

import datetime as dt
import hashlib
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from chassis.context import Actor, Context
from contracts.signing import SigningLinkNotFound

LIFE = dt.timedelta(days=7)  # R-SGN-4
SECRET = 32  # bytes: 256 bits, beyond guessing, so a plain SHA-256 of the token is safe to keep
FORM = re.compile(r"dsl_(?P<firm>[A-Za-z0-9_-]{22})_[A-Za-z0-9_-]{43}")

C = TypeVar("C", bound=Context)


def make(firm_id: UUID) -> str:
    """A new token of the firm: `dsl_<firm>_<secret>`."""
    firm = urlsafe_b64encode(firm_id.bytes).decode().rstrip("=")
    return f"dsl_{firm}_{secrets.token_urlsafe(SECRET)}"


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def within(ctx: C, token: str) -> C:
    """The context of whoever holds the token, in its firm. Raises SigningLinkNotFound for what can't be one."""
    form = FORM.fullmatch(token)
    if form is None:
        raise SigningLinkNotFound
    firm_id = UUID(bytes=urlsafe_b64decode(form["firm"] + "=="))
    return replace(ctx, firm_id=firm_id, actor=Actor(kind="signer"))
