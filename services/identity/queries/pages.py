"""Pages of what happened, newest first."""

import datetime as dt
from uuid import UUID

from chassis.cursor import decode
from chassis.errors import wrong


def after(cursor: str) -> tuple[dt.datetime, UUID]:
    """The instant and id of the last row of the page before. Raises Invalid."""
    at, row_id = decode(cursor, 2)
    try:
        return dt.datetime.fromisoformat(at), UUID(row_id)
    except (TypeError, ValueError, AttributeError) as exc:
        raise wrong("cursor", "Take the cursor from `next_cursor` of the page before, unchanged.") from exc
