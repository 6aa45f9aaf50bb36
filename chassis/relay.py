"""Publishes what the outbox holds: at least once, in order, gone from the outbox only when the broker has it."""

import datetime as dt
from typing import Any

import eventlet
import psycopg
from nameko.extensions import DependencyProvider
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chassis import topology
from chassis.bus import Bus
from chassis.confirms import Publication
from chassis.db import Pool
from chassis.errors import Unavailable
from chassis.logs import log
from chassis.metrics import EVENTS_PUBLISHED, OUTBOX_UNROUTABLE, OUTBOX_WAITING
from chassis.wire import EVENTS

BATCH = 200
POLL_SECONDS = 1.0  # the net under LISTEN/NOTIFY
HOLD_FOR = dt.timedelta(seconds=10)  # before an event that no queue wanted is tried again
PAUSE_SECONDS = 0.5  # after the database or the broker went away

NEXT = text(
    "SELECT id, event_id, type, body, context FROM outbox"
    " WHERE held_until IS NULL OR held_until < now() ORDER BY id LIMIT :batch"
)
HOLD = text("UPDATE outbox SET held_until = now() + :pause WHERE id = ANY(:ids)")
COUNTS = text("SELECT count(*) AS waiting, count(held_until) AS held FROM outbox")


class Relay(DependencyProvider):
    """One relay publishes per database; those of the service's other processes stand by (advisory lock)."""

    bus = Bus()
    pool = Pool()
    is_stopping = False
    thread: Any = None

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
                with psycopg.connect(self.pool.url, autocommit=True, connect_timeout=5) as listener:
                    listener.execute("LISTEN outbox")
                    self._publish_and_wait(listener)
            except (psycopg.OperationalError, DBAPIError, Unavailable) as exc:
                log.warning("relay pauses", error=str(exc))
                if not self.is_stopping:
                    eventlet.sleep(PAUSE_SECONDS)

    def _publish_and_wait(self, listener: Any) -> None:
        while not self.is_stopping:
            while self._publish_batch():
                pass
            for _ in listener.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass
        self._publish_batch()

    def _publish_batch(self) -> bool:
        """Publish up to BATCH events; whether there may be more."""
        with self.pool.transactions.engine.begin() as connection:
            if not _is_alone(connection):
                return False
            rows = connection.execute(NEXT, {"batch": BATCH}).all()
            if not rows:
                self._measure(connection)
                return False
            routed = self.bus.publish([self._publication(row) for row in rows])
            done = [row.id for row, was_routed in zip(rows, routed, strict=True) if was_routed]
            held = [row.id for row, was_routed in zip(rows, routed, strict=True) if not was_routed]
            connection.execute(text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": done})
            if held:
                log.error("events found no queue", types=sorted({row.type for row in rows if row.id in held}))
                connection.execute(HOLD, {"ids": held, "pause": HOLD_FOR})
                self._measure(connection)
            for row, was_routed in zip(rows, routed, strict=True):
                if was_routed:
                    EVENTS_PUBLISHED.labels(row.type).inc()
        return len(rows) == BATCH

    def _publication(self, row: Any) -> Publication:
        properties = {
            "content_type": "application/json",
            "delivery_mode": 2,
            "message_id": str(row.event_id),
            "type": row.type,
            "application_headers": {"nameko.context": row.context},
        }
        exchange = topology.events_exchange(self.bus.settings)
        mandatory = not getattr(EVENTS.get(row.type), "OUTWARD", False)
        return Publication(exchange, row.type, row.body.encode(), properties, mandatory=mandatory)

    def _measure(self, connection: Connection) -> None:
        counts = connection.execute(COUNTS).one()
        OUTBOX_WAITING.set(counts.waiting)
        OUTBOX_UNROUTABLE.set(counts.held)


def _is_alone(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(7311)")))
