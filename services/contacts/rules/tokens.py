"""The tokens in links of invitations: the firm is in them, so that it is known before any row is read."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from uuid import UUID

SECRET = 32  # bytes: 256 bits, beyond guessing, so a plain SHA-256 of the token is safe to keep


def make(firm_id: UUID) -> str:
    """Give a token of the firm, in the form of identity's: `dsr_i_<firm>_<secret>`."""
    firm = urlsafe_b64encode(firm_id.bytes).decode().rstrip("=")
    return f"dsr_i_{firm}_{secrets.token_urlsafe(SECRET)}"


def digest(token: str) -> bytes:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
