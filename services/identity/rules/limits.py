"""How often somebody may try to sign in, and how long a session lives."""

import datetime as dt
import hashlib
import ipaddress
import math
from collections.abc import Sequence
from uuid import UUID

WINDOW = dt.timedelta(minutes=15)
PER_EMAIL = 10  # failures within the window; a person mistypes a few times
PER_ADDRESS = 50  # failures within the window; a whole office shares an address
PER_MEMBER = 10  # wrong current passwords within the window when changing one's own

PER_RESET = 5  # asked for within the window for one address; each is a mail to somebody

RESET_LIFE = dt.timedelta(hours=24)  # of a link to a new password
SESSION_IDLE = dt.timedelta(hours=12)
SESSION_LIFE = dt.timedelta(days=30)
SEEN_EVERY = dt.timedelta(minutes=1)  # how exactly the last use is known; a write per request would cost more than that
IPV6_HOME = 64  # bits of an IPv6 address that name a household; the rest are the caller's to choose


def email_key(folded: str) -> bytes:
    """What failures of one folded e-mail address are counted under."""
    return hashlib.sha256(f"email:{folded}".encode()).digest()


def portal_key(folded: str) -> bytes:
    """What failures of one folded address at the door of the portal are counted under."""
    return hashlib.sha256(f"portal:{folded}".encode()).digest()


def reset_key(folded: str) -> bytes:
    """What links to a new password asked for one folded address are counted under."""
    return hashlib.sha256(f"reset:{folded}".encode()).digest()


def member_key(member_id: UUID) -> bytes:
    """What wrong current passwords of one member are counted under."""
    return hashlib.sha256(f"member:{member_id}".encode()).digest()


def address_key(address: str) -> bytes:
    """What failures of one caller are counted under: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        known = ipaddress.ip_address(address.strip())
    except ValueError:
        where = address.strip()
    else:
        known = getattr(known, "ipv4_mapped", None) or known
        bits = IPV6_HOME if known.version == 6 else known.max_prefixlen  # noqa: PLR2004 (the version of IP)
        where = str(ipaddress.ip_network((known, bits), strict=False))
    return hashlib.sha256(f"address:{where}".encode()).digest()


def retry_after(failures: Sequence[dt.datetime], limit: int, now: dt.datetime) -> int | None:
    """Whole seconds until fewer than `limit` of the failures (newest first) are in the window; None when they are."""
    if len(failures) < limit:
        return None
    wait = failures[limit - 1] + WINDOW - now
    return max(1, math.ceil(wait.total_seconds())) if wait > dt.timedelta() else None


def session_ends(last_seen_at: dt.datetime, expires_at: dt.datetime) -> dt.datetime:
    """When a session ends unless it is used before."""
    return min(last_seen_at + SESSION_IDLE, expires_at)


def day_ends(day: dt.date) -> dt.datetime:
    """The instant at which a token valid through this day, in UTC, runs out."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
