"""Publishes what the outbox holds: at least once, in order, gone from the outbox only when the broker has it."""

import datetime as dt
import time
from typing import Any

import eventlet
import psycopg
from nameko.extensions import DependencyProvider
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chassis import topology, tracing
from chassis.bus import Bus
from chassis.confirms import Publication
from chassis.db import Pool
from chassis.errors import Unavailable
from chassis.logs import log
from chassis.metrics import EVENTS_PUBLISHED, OUTBOX_OLDEST, OUTBOX_UNROUTABLE, OUTBOX_WAITING
from chassis.wire import EVENTS

BATCH = 200
POLL_SECONDS = 1.0  # the net under LISTEN/NOTIFY
HOLD_FOR = dt.timedelta(seconds=10)  # before an event that no queue wanted is tried again
PAUSE_SECONDS = 0.5  # after the database or the broker went away

MEASURE_SECONDS = 2.0  # at least, between two looks at how much waits

NEXT = text(
    "SELECT id, event_id, type, body, context, traceparent,"
    " extract(epoch FROM clock_timestamp() - created_at)::float AS waited"
    " FROM outbox WHERE held_until IS NULL OR held_until < now() ORDER BY id LIMIT :batch"
)
# What the broker has is kept for a while: who lost it with the broker, or is restored to an earlier state, can have it
# again (ADR 23).
KEEP = text(
    "WITH gone AS (DELETE FROM outbox WHERE id = ANY(:ids) RETURNING id, event_id, firm_id, type, body, context)"
    " INSERT INTO published (id, event_id, firm_id, type, body, context) SELECT * FROM gone"
)
HOLD = text("UPDATE outbox SET held_until = now() + :pause WHERE id = ANY(:ids)")
WAITING = """
SELECT count(*), count(held_until), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float
FROM (SELECT held_until, created_at FROM outbox ORDER BY id LIMIT 10000) first
"""


class Relay(DependencyProvider):
    """One relay publishes per database; those of the service's other processes stand by (advisory lock)."""

    bus = Bus()
    pool = Pool()
    is_stopping = False
    thread: Any = None
    measured = float("-inf")

    def get_dependency(self, worker_ctx: Any) -> Bus:  # noqa: ARG002
        return self.bus

    def start(self) -> None:
        self.thread = self.container.spawn_managed_thread(self._run, identifier="relay")

    def stop(self) -> None:
        self.is_stopping = True
        if self.thread is not None:
            self.thread.wait()

    def _run(self) -> None:
        while not self.is_stopping:
            try:
                with psycopg.connect(self.pool.listen_url, autocommit=True, connect_timeout=5) as listener:
                    listener.execute("LISTEN outbox")
                    self._publish_and_wait(listener)
            except (psycopg.OperationalError, DBAPIError, Unavailable) as exc:
                log.warning("relay pauses", error=str(exc))
                if not self.is_stopping:
                    eventlet.sleep(PAUSE_SECONDS)

    def _publish_and_wait(self, listener: Any) -> None:
        self._measure(listener)
        while not self.is_stopping:
            while self._publish_batch(listener):
                pass
            self._measure(listener)
            for _ in listener.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass
        self._publish_batch(listener)

    def _publish_batch(self, listener: Any) -> bool:
        """Publish up to BATCH events; whether there may be more."""
        with self.pool.transactions.engine.begin() as connection:
            if not _is_alone(connection):
                return False
            rows = connection.execute(NEXT, {"batch": BATCH}).all()
            if not rows:
                return False
            self._measure(listener)
            spans = [_span(row) for row in rows]
            routed = self.bus.publish([self._publication(*one) for one in zip(rows, spans, strict=True)])
            done = [row.id for row, was_routed in zip(rows, routed, strict=True) if was_routed]
            held = [row.id for row, was_routed in zip(rows, routed, strict=True) if not was_routed]
            connection.execute(KEEP, {"ids": done})
            if held:
                log.error("events found no queue", types=sorted({row.type for row in rows if row.id in held}))
                connection.execute(HOLD, {"ids": held, "pause": HOLD_FOR})
            for row, span, was_routed in zip(rows, spans, routed, strict=True):
                if was_routed:
                    EVENTS_PUBLISHED.labels(row.type).inc()
                    span.end()
        return len(rows) == BATCH

    def _publication(self, row: Any, span: tracing.Span) -> Publication:
        trace = {tracing.HEADER: span.traceparent} if span.traceparent else {}
        properties = {
            "content_type": "application/json",
            "delivery_mode": 2,
            "message_id": str(row.event_id),
            "type": row.type,
            "application_headers": {"nameko.context": row.context, **trace},
        }
        exchange = topology.events_exchange(self.bus.settings)
        mandatory = not getattr(EVENTS.get(row.type), "OUTWARD", False)
        return Publication(exchange, row.type, row.body.encode(), properties, mandatory=mandatory)

    def _measure(self, listener: Any) -> None:
        """Look at how much waits, over the listener's own connection: also where the broker is gone, or we stand by."""
        if time.monotonic() < self.measured + MEASURE_SECONDS:
            return
        self.measured = time.monotonic()
        waiting, held, oldest = listener.execute(WAITING).fetchone()
        OUTBOX_WAITING.set(waiting)
        OUTBOX_UNROUTABLE.set(held)
        OUTBOX_OLDEST.set(oldest)


def _span(row: Any) -> tracing.Span:
    """The way of an event from its writing to the broker, in the trace of the write, if that is traced."""
    if not row.traceparent:
        return tracing.NO_SPAN
    return tracing.span("producer", f"send {row.type}", parent=row.traceparent, ago=row.waited)


def _is_alone(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(7311)")))
