"""What can be asked of a message before it is taken apart, whoever wrote it."""

import re

BOUNDARIES = 5_000  # lines like those between parts; more are meant to keep us busy
NESTED = 200  # parts that hold parts
IDENTIFIER = re.compile(r"<([^<>\s]{1,900})>")


def is_harmless(raw: bytes) -> bool:
    """Whether a message has no more parts than can be taken apart in time."""
    nested = sum(1 for _ in re.finditer(rb"(?i)multipart/|message/rfc822", raw))
    return raw.count(b"\n--") <= BOUNDARIES and nested <= NESTED
