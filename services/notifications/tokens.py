"""Tokens of unsubscribe links: the firm is in the token, so that it is known before any row is read (ADR 9)."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from uuid import UUID

from chassis.context import Actor, Context
from contracts.preferences import UnsubscriptionNotFound

SECRET = 32  # bytes: 256 bits, beyond guessing, so a plain SHA-256 of the token is safe to keep
FORM = re.compile(r"dsu_(?P<firm>[A-Za-z0-9_-]{22})_[A-Za-z0-9_-]{43}")


def make(firm_id: UUID) -> str:
    """Give a token of the firm: `dsu_<firm>_<secret>`."""
    firm = urlsafe_b64encode(firm_id.bytes).decode().rstrip("=")
    return f"dsu_{firm}_{secrets.token_urlsafe(SECRET)}"


def digest(token: str) -> bytes:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def within(ctx: Context, token: str) -> Context:
    """Give the context of whoever holds the token, in its firm. Raises UnsubscriptionNotFound for what can't be one."""
    form = FORM.fullmatch(token)
    if form is None:
        raise UnsubscriptionNotFound
    firm_id = UUID(bytes=urlsafe_b64decode(form["firm"] + "=="))
    return replace(ctx, firm_id=firm_id, actor=Actor(kind="reader"))
