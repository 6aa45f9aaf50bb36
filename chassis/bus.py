"""One AMQP connection per process: it serves requests, waits for replies, takes events and publishes them."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import eventlet
from amqp.exceptions import AMQPError
from eventlet.event import Event
from kombu.connection import Connection
from nameko.extensions import SharedExtension

from chassis import topology
from chassis.config import Settings
from chassis.confirms import ConfirmedChannel, Publication, send
from chassis.errors import Unavailable
from chassis.logs import log
from chassis.metrics import BROKER_CONNECTED

HEARTBEAT_SECONDS = 10  # without one nobody notices a half-open connection
LONGEST_PAUSE = 1.0  # s between attempts to connect
CONNECT_SECONDS = 2.0  # how long a call waits for a connection before it says that there is none
LOST = (OSError, AMQPError)


class Bus(SharedExtension):
    """Shared by all entrypoints and dependencies of a container."""

    settings: Settings

    def __init__(self) -> None:
        self.calls: dict[str, Any] = {}  # the entrypoint of each method that is served
        self.on_request: Callable[[Any], None] | None = None
        self.on_event: Callable[[Any], None] | None = None
        self.event_bindings: set[str] = set()
        self.key = ""  # of the connection's reply queue
        self.is_draining = False  # nothing new is taken; what is at work goes on
        self.is_stopping = False
        self._connection: Any = None
        self._waiting: dict[str, Event] = {}
        self._confirmed: Any = None
        self._connected = Event()
        self._thread: Any = None
        self._tags: list[tuple[Any, str]] = []

    def setup(self) -> None:
        self.settings = self.container.config["settings"]
        self.rpc_exchange = topology.rpc_exchange(self.settings)

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._run, identifier="bus")

    @property
    def is_connected(self) -> bool:
        return bool(self._connected.ready())

    def _run(self) -> None:
        pause = 0.1
        while not self.is_stopping:
            try:
                self._connect()
                pause = 0.1
                self._drain()
            except LOST as exc:
                if not self.is_stopping:
                    log.warning("broker connection lost", error=str(exc) or type(exc).__name__, retry_seconds=pause)
            finally:
                self._lose()
            if not self.is_stopping:
                eventlet.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _connect(self) -> None:
        settings, service = self.settings, self.container.service_name
        kombu = Connection(settings.amqp_uri, heartbeat=HEARTBEAT_SECONDS, connect_timeout=5)
        self._connection = connection = kombu.transport.establish_connection()
        channel = connection.channel()
        topology.declare_exchanges(channel, settings)
        self._sending = connection.channel()
        self._sending.auto_decode = False
        self._sending.events["basic_return"].add(self._on_returned_request)
        self._confirmed = ConfirmedChannel(connection.channel())
        self.key = uuid.uuid4().hex
        replies = topology.declare_replies(channel, settings, service, self.key)
        self._tags = []
        self._consume(replies, self._on_reply, prefetch=0)
        if self.event_bindings and not self.is_draining:
            queue = topology.declare_events(channel, settings, service, self.event_bindings)
            self._consume(queue, self.on_event, prefetch=settings.event_workers)
        if self.on_request is not None and not self.is_draining:
            queue = topology.declare_requests(channel, settings, service)
            self._consume(queue, self.on_request, prefetch=settings.rpc_workers)
        self._connected.send(None)
        BROKER_CONNECTED.set(1)
        log.info("connected to the broker")

    def _consume(self, queue: str, callback: Any, prefetch: int) -> None:
        channel = self._connection.channel()
        channel.auto_decode = False  # bodies are bytes for orjson
        if prefetch:
            channel.basic_qos(0, prefetch, False)
        tag = channel.basic_consume(queue, callback=callback, no_ack=not prefetch)
        if prefetch:
            self._tags.append((channel, tag))

    def _drain(self) -> None:
        beat = time.monotonic()
        while not self.is_stopping:
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=1)
            if time.monotonic() - beat >= 1:
                self._connection.heartbeat_tick()
                beat = time.monotonic()

    def _lose(self) -> None:
        """Everyone who waits for something of this connection hears at once that it is gone."""
        connection, self._connection = self._connection, None
        self._connected = Event()
        BROKER_CONNECTED.set(0)
        if connection is not None:
            with suppress(*LOST):  # it may be gone already
                connection.collect()
        gone = Unavailable("The connection to the message broker was lost; whether the work was done is not known.")
        waiting, self._waiting = self._waiting, {}
        for waiter in waiting.values():
            waiter.send_exception(gone)
        if self._confirmed is not None:
            self._confirmed.lose(gone)

    def wait_connected(self, seconds: float) -> None:
        """Raises Unavailable when there is no connection within that time."""
        if not self._connected.ready():
            self._connected.wait(timeout=min(seconds, CONNECT_SECONDS))
        if not self._connected.ready():
            raise Unavailable("The message broker does not answer at the moment; try again.")

    def ask(self, key: str, body: bytes, headers: dict[str, Any], seconds: float) -> bytes | None:
        """Send a request and wait for its reply; None when none came in time. Raises Unavailable."""
        self.wait_connected(seconds)
        correlation_id = uuid.uuid4().hex
        waiter = self._waiting[correlation_id] = Event()
        properties = {
            "content_type": "application/json",
            "delivery_mode": 1,
            "reply_to": self.key,
            "correlation_id": correlation_id,
            "expiration": str(max(1, int(seconds * 1000))),
            "application_headers": headers,
        }
        try:
            send(self._sending, Publication(self.rpc_exchange, key, body, properties, mandatory=True))
            return waiter.wait(timeout=seconds)  # type: ignore[no-any-return]
        except LOST as exc:
            raise Unavailable("The connection to the message broker was lost.") from exc
        finally:
            self._waiting.pop(correlation_id, None)

    def answer(self, request: Any, body: bytes) -> None:
        """Reply to a request, then acknowledge it; a lost connection leaves both to the redelivered request."""
        reply_to = request.properties.get("reply_to")
        try:
            if reply_to and self._connection is not None:
                properties = {"content_type": "application/json", "delivery_mode": 1}
                properties["correlation_id"] = request.properties.get("correlation_id", "")
                send(self._sending, Publication(self.rpc_exchange, reply_to, body, properties))
            self.acknowledge(request)
        except LOST as exc:
            log.warning("reply was not sent", error=str(exc))

    def acknowledge(self, message: Any) -> None:
        """Tell the broker that a message is done with; over a lost connection it comes again, and is known then."""
        if message.channel.connection is None:
            return  # the broker has taken it back already
        try:
            message.channel.basic_ack(message.delivery_tag)
        except LOST as exc:
            log.warning("a message was not acknowledged", error=str(exc))

    def publish(self, publications: list[Publication]) -> list[bool]:
        """Publish events with confirms; True for each that found a queue. Raises Unavailable."""
        self.wait_connected(CONNECT_SECONDS)
        try:
            confirmed: ConfirmedChannel = self._confirmed
            return confirmed.publish(publications)
        except LOST as exc:
            raise Unavailable("The connection to the message broker was lost.") from exc

    def _on_reply(self, message: Any) -> None:
        waiter = self._waiting.pop(message.properties.get("correlation_id"), None)
        if waiter is not None:
            waiter.send(message.body)

    def _on_returned_request(self, _exc: Any, _exchange: str, key: str, message: Any) -> None:
        waiter = self._waiting.pop(message.properties.get("correlation_id"), None)
        if waiter is not None:
            service = key.partition(".")[0]
            waiter.send_exception(Unavailable(f"The {service} service is not running at the moment.", service=service))

    def stop_consuming(self) -> None:
        """Take no more requests or events; those at work go on and may still use the connection."""
        self.is_draining = True
        tags, self._tags = self._tags, []
        for channel, tag in tags:
            if channel.connection is not None:
                try:
                    channel.basic_cancel(tag, nowait=True)
                except LOST as exc:
                    log.warning("consumer was not cancelled", error=str(exc))

    def stop(self) -> None:
        self.is_stopping = True
        if self._thread is not None:
            self._thread.wait()
