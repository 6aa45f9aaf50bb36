"""Passwords as argon2id hashes; takes tens of milliseconds of a core, so a service computes it off its hub."""

import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY = 19 * 1024  # KiB; OWASP's least for argon2id with two passes
PASSES = 2
LANES = 1
READABLE = "abcdefghijkmnpqrstuvwxyz23456789"  # without what looks alike: l and 1, o and 0
SALT = 16  # bytes
DIGEST = 32  # bytes

Compute = Callable[..., Any]  # `compute(function, *arguments)`: how the caller runs what computes for long

HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY, parallelism=LANES, hash_len=DIGEST, salt_len=SALT)


def _zeros(count: int) -> str:
    return b64encode(bytes(count)).decode().rstrip("=")


# Costs what any other costs to verify, and no password is known for it: what an unknown address is verified against.
NOBODY = f"$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}${_zeros(SALT)}${_zeros(DIGEST)}"


def hash_password(password: str) -> str:
    """The salted hash to keep; the same password gives another one each time."""
    return HASHER.hash(_normal(password))


def verify(known: str, password: str) -> bool:
    """Whether `known` is a hash of the password."""
    try:
        return HASHER.verify(known, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> bytes:
    """One form for what keyboards write differently (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password).encode()


def make_password() -> str:
    """A first password of 20 letters and digits (100 bits) in groups that can be read out."""
    return "-".join("".join(secrets.choice(READABLE) for _ in range(5)) for _ in range(4))
