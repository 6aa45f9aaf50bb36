"""Decisions about chats: what a text may be, who may still change it, what kind of file a name tells of."""

import datetime as dt
import mimetypes
from collections.abc import Iterable
from uuid import UUID

from chassis.errors import wrong
from contracts.chats import EDITABLE_MINUTES

SNIPPET = 200  # characters of a message in a list
EDITABLE = dt.timedelta(minutes=EDITABLE_MINUTES)
PLAIN = "application/octet-stream"


def trimmed(field: str, text: str) -> str:
    """The text without blanks around it. Raises Invalid where nothing is left."""
    text = text.strip()
    if not text:
        raise wrong(field, "Must not be blank.")
    return text


def said(text: str, *, has_files: bool) -> str:
    """A message's text as it is kept. Raises Invalid where there is neither text nor a file."""
    text = text.strip()
    if not text and not has_files:
        raise wrong("text", "Write something, or attach a file.")
    return text


def unique(ids: Iterable[UUID]) -> list[UUID]:
    """Each id once, in the order of its first place."""
    return list(dict.fromkeys(ids))


def is_editable(sent_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether its author may still change a message."""
    return now - sent_at <= EDITABLE


def marks_own(read: int, top: int) -> bool:
    """Whether who has read up to `read` keeps up by writing: only if nothing before was left unread."""
    return read >= top


def media_type(name: str) -> str:
    """What a file's name says it is; nobody here opens it to see."""
    return mimetypes.guess_type(name)[0] or PLAIN
