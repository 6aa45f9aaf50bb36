"""Events are written with the change they report, in one transaction; the relay publishes them."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import column, insert, table, text
from sqlalchemy.orm import Session

from chassis import tracing
from chassis.context import Context, new_id
from chassis.wire import EVENTS, dump, load, to_json

OUTBOX = table(
    "outbox",
    *[column(name) for name in ("event_id", "firm_id", "type", "body", "context", "traceparent")],
)


def emit(session: Session, ctx: Context, event: Any) -> UUID:
    """Report what happened; it is published if and only if this transaction commits."""
    event_id = new_id()
    values = {
        "event_id": event_id,
        "firm_id": ctx.firm_id,
        "type": type(event).TYPE,
        "body": to_json(dump(event)).decode(),
        "context": to_json(ctx.to_wire()).decode(),
        "traceparent": tracing.traceparent(),  # so that what follows from the event joins the trace of this write
    }
    session.execute(insert(OUTBOX).values(values))  # a trigger wakes the relay at commit
    return event_id


def pending(session: Session) -> list[Any]:
    """The events of this firm that wait to be published, oldest first."""
    rows = session.execute(
        text(
            "SELECT type, body FROM outbox WHERE firm_id = nullif(current_setting('app.firm_id'), '')::uuid ORDER BY id"
        )
    )
    return [load(EVENTS[row.type], orjson.loads(row.body)) for row in rows]
