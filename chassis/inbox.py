"""Takes the events a service subscribed to: each applied once, retried with growing delay, then set aside."""

import time
import traceback
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import eventlet
import orjson
from nameko.extensions import Entrypoint
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis import context, topology, tracing
from chassis.bus import Bus
from chassis.confirms import Publication
from chassis.context import Context, made_at
from chassis.db import is_gone
from chassis.errors import AppError, Unavailable
from chassis.logs import log
from chassis.metrics import EVENTS_AGE, EVENTS_APPLIED

LONGEST_PAUSE = 2.0  # s between looks whether the database is back
BUSY_TRIES = 5  # for an event that meets a lock or a conflict, before it waits in a retry queue
KEPT_BYTES = 4000  # of a traceback, in the header of a dead letter


class Delivery(NamedTuple):
    """One event as it came: still JSON, with the id that makes it be applied once."""

    event_id: UUID
    type: str
    document: dict[str, Any]


class Consume(Entrypoint):
    """Hands each event of the service's queue to the method `(self, ctx, delivery)` it decorates."""

    bus = Bus()

    def setup(self) -> None:
        self.settings = self.container.config["settings"]
        self.bus.event_bindings = self.container.service_cls.bindings(self.settings)
        self.bus.on_event = self._on_event

    def stop(self) -> None:
        self.bus.stop_consuming()

    def _on_event(self, message: Any) -> None:
        try:
            headers = message.properties["application_headers"]
            event_id = UUID(message.properties["message_id"])
            ctx = context.from_wire(orjson.loads(headers["nameko.context"]))
            delivery = Delivery(event_id, message.properties["type"], orjson.loads(message.body))
        except (LookupError, ValueError, TypeError, AttributeError) as exc:
            self.container.spawn_managed_thread(partial(self._bury, message, exc), identifier="dead letter")
            return
        done = partial(self._done, message)
        opening = tracing.opening("consumer", f"process {delivery.type}", headers, ctx.correlation_id)
        self.container.spawn_worker(self, (ctx, delivery), {}, context_data=opening, handle_result=done)

    def _done(self, message: Any, _worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        kind = message.properties["type"]
        if exc_info is None:
            self.bus.acknowledge(message)
            EVENTS_APPLIED.labels(kind, "applied" if result else "known").inc()
            EVENTS_AGE.observe(max(0.0, time.time() - made_at(UUID(message.properties["message_id"]))))
        elif isinstance(exc_info[1], Stopping):
            pass  # not acknowledged: the broker gives it to another process, or to this one after its restart
        else:
            self._later(message, exc_info[1])
        return result, None

    def _later(self, message: Any, exc: BaseException) -> None:
        """Let it wait in the next retry queue; after the last one set it aside."""
        attempt = message.properties["application_headers"].get("x-attempt", 0)
        permanent = isinstance(exc, AppError) and not isinstance(exc, Unavailable) and exc.code != "internal"
        if permanent or attempt >= len(self.settings.retry_seconds):
            self._bury(message, exc)
            return
        seconds = self.settings.retry_seconds[attempt]
        queue = topology.retry_queue(self.settings, self.container.service_name, seconds)
        log.warning("event failed", type=message.properties["type"], error=str(exc), retry_seconds=seconds)
        EVENTS_APPLIED.labels(message.properties["type"], "retried").inc()
        self._move(message, queue, {"x-attempt": attempt + 1})

    def _bury(self, message: Any, exc: BaseException) -> None:
        kind = message.properties.get("type", "unknown")
        trace = "".join(traceback.format_exception(exc))[-KEPT_BYTES:]
        log.error("event set aside", type=kind, error=str(exc))
        EVENTS_APPLIED.labels(kind, "dead").inc()
        queue = topology.dead_queue(self.settings, self.container.service_name)
        self._move(message, queue, {"x-error": str(exc)[:KEPT_BYTES], "x-traceback": trace})

    def _move(self, message: Any, queue: str, headers: dict[str, Any]) -> None:
        properties = dict(message.properties)
        properties["application_headers"] = {**properties.get("application_headers", {}), **headers}
        properties["delivery_mode"] = 2
        properties.setdefault("message_id", f"unreadable-{message.delivery_tag}")
        body = message.body or b""  # of an empty message py-amqp makes a str, and cannot write what it has read
        try:
            self.bus.publish([Publication("", queue, body, properties, mandatory=True)])
        except Unavailable as exc:
            log.warning("event stays where it is", error=str(exc))  # not acknowledged: it comes again
        else:
            self.bus.acknowledge(message)


class Stopping(Exception):
    """The process ends while an event waits for its database."""


def is_first(session: Session, event_id: UUID, handler: str) -> bool:
    """Whether this handler sees this event for the first time; remembered with the handler's own effects."""
    statement = "INSERT INTO inbox (event_id, handler) VALUES (:event_id, :handler) ON CONFLICT DO NOTHING"
    result: Any = session.execute(text(statement), {"event_id": event_id, "handler": handler})
    return bool(result.rowcount)


def persist(bus: Bus, ctx: Context, apply: Any) -> bool:
    """Call `apply(ctx)`; wait in place while the database is gone, so that an outage uses up no attempt."""
    pause, busy = 0.1, 0
    while True:
        try:
            return bool(apply(ctx))
        except Unavailable as exc:
            if exc.__cause__ is None or not is_gone(exc.__cause__):
                busy += 1
                if busy >= BUSY_TRIES:
                    raise
            if bus.is_draining:
                raise Stopping from exc
            eventlet.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
