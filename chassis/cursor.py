"""Opaque cursors: where a page ended, told to the caller and taken back unchanged."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from chassis.errors import wrong
from chassis.wire import to_json


def encode(*values: Any) -> str:
    """The sort key of a page's last row as one word."""
    return urlsafe_b64encode(to_json(values)).decode().rstrip("=")


def decode(cursor: str, count: int) -> list[Any]:
    """The `count` plain JSON values `encode` was given. Raises Invalid for what it did not make."""
    try:
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
    if not isinstance(values, list) or len(values) != count or any("\x00" in v for v in values if isinstance(v, str)):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return values


def wholes(cursor: str, count: int) -> list[int | None]:
    """The same where every value is a whole number from 0 on, or none. Raises Invalid."""
    values = decode(cursor, count)
    if not all(value is None or (type(value) is int and value >= 0) for value in values):
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.")
    return values
