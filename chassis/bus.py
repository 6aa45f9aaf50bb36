"""One AMQP connection per process: it serves requests, waits for replies, takes events and publishes them."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import eventlet
from amqp import spec
from amqp.basic_message import Message
from amqp.exceptions import AMQPError
from eventlet.event import Event
from eventlet.semaphore import Semaphore
from kombu.connection import Connection
from nameko.extensions import SharedExtension

from chassis import topology
from chassis.config import Settings
from chassis.errors import Unavailable
from chassis.logs import log

HEARTBEAT_SECONDS = 10  # without one nobody notices a half-open connection
LONGEST_PAUSE = 1.0  # s between attempts to connect
CONNECT_SECONDS = 2.0  # how long a call waits for a connection before it says that there is none
CONFIRM_SECONDS = 10.0
LOST = (OSError, AMQPError)


class Publication(NamedTuple):
    """An event on its way to the broker; `mandatory` ones come back when no queue wants them."""

    exchange: str
    key: str
    body: bytes
    properties: dict[str, Any]
    mandatory: bool = False


class Confirm:
    """What became of one publication."""

    def __init__(self) -> None:
        self.event = Event()
        self.was_returned = False


class Bus(SharedExtension):
    """Shared by all entrypoints and dependencies of a container."""

    settings: Settings

    def __init__(self) -> None:
        self.calls: dict[str, Any] = {}  # the entrypoint of each method that is served
        self.on_request: Callable[[Any], None] | None = None
        self.on_event: Callable[[Any], None] | None = None
        self.event_bindings: set[str] = set()
        self.key = uuid.uuid4().hex  # of the reply queue
        self.is_draining = False  # nothing new is taken; what is at work goes on
        self.is_stopping = False
        self._connection: Any = None
        self._waiting: dict[str, Event] = {}
        self._confirms: dict[int, Confirm] = {}
        self._returned: dict[str, Confirm] = {}
        self._published = 0
        self._publishing = Semaphore()
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
        self._confirming = connection.channel()
        self._confirming.events["basic_return"].add(self._on_returned_event)
        self._confirming.events["basic_ack"].add(self._on_ack)
        self._confirming.events["basic_nack"].add(self._on_nack)
        self._confirming.confirm_select()
        self._published = 0
        replies = topology.declare_replies(channel, settings, service, self.key)
        self._tags = []
        self._consume(replies, self._on_reply, prefetch=0)
        if self.event_bindings:
            queue = topology.declare_events(channel, settings, service, self.event_bindings)
            self._consume(queue, self.on_event, prefetch=settings.event_workers)
        if self.on_request is not None:
            queue = topology.declare_requests(channel, settings, service)
            self._consume(queue, self.on_request, prefetch=settings.rpc_workers)
        self._connected.send(None)
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
        if connection is not None:
            with suppress(*LOST):  # it may be gone already
                connection.collect()
        gone = Unavailable("The connection to the message broker was lost; whether the work was done is not known.")
        for waiter in self._waiting.values():
            waiter.send_exception(gone)
        for confirm in self._confirms.values():
            confirm.event.send_exception(gone)
        self._waiting, self._confirms, self._returned = {}, {}, {}

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
            self._send(self._sending, self.rpc_exchange, key, body, properties, mandatory=True)
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
                self._send(self._sending, self.rpc_exchange, reply_to, body, properties)
            self.acknowledge(request)
        except LOST as exc:
            log.warning("reply was not sent", error=str(exc))

    def acknowledge(self, message: Any) -> None:
        if message.channel.connection is not None:  # else the broker has taken it back already
            message.channel.basic_ack(message.delivery_tag)

    def publish(self, publications: list[Publication]) -> list[bool]:
        """Publish and wait for the broker's confirms; True for each that found a queue. Raises Unavailable."""
        self.wait_connected(CONNECT_SECONDS)
        confirms = []
        try:
            for publication in publications:
                confirm = Confirm()
                with self._publishing:  # the broker counts publications; so do we, in the same order
                    self._published += 1
                    self._confirms[self._published] = confirm
                    self._returned[publication.properties["message_id"]] = confirm
                    self._send(self._confirming, *publication[:4], mandatory=publication.mandatory)
                confirms.append(confirm)
            for confirm in confirms:
                if not confirm.event.wait(timeout=CONFIRM_SECONDS):
                    raise Unavailable("The message broker did not confirm an event.")
        except LOST as exc:
            raise Unavailable("The connection to the message broker was lost.") from exc
        finally:
            for publication in publications:
                self._returned.pop(publication.properties["message_id"], None)
        return [not confirm.was_returned for confirm in confirms]

    def _send(
        self,
        channel: Any,
        exchange: str,
        key: str,
        body: bytes,
        properties: dict[str, Any],
        *,
        mandatory: bool = False,
    ) -> None:
        # `basic_publish` would drain incoming frames first and compete with the greenlet that does.
        arguments = (0, exchange, key, mandatory, False)
        channel.send_method(spec.Basic.Publish, "Bssbb", arguments, Message(body, **properties))

    def _on_reply(self, message: Any) -> None:
        waiter = self._waiting.pop(message.properties.get("correlation_id"), None)
        if waiter is not None:
            waiter.send(message.body)

    def _on_returned_request(self, _exc: Any, _exchange: str, key: str, message: Any) -> None:
        waiter = self._waiting.pop(message.properties.get("correlation_id"), None)
        if waiter is not None:
            service = key.partition(".")[0]
            waiter.send_exception(Unavailable(f"The {service} service is not running at the moment.", service=service))

    def _on_returned_event(self, _exc: Any, _exchange: str, _key: str, message: Any) -> None:
        confirm = self._returned.get(message.properties.get("message_id"))
        if confirm is not None:
            confirm.was_returned = True

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 (py-amqp's call)
        for one in [known for known in self._confirms if known <= tag] if multiple else [tag]:
            confirm = self._confirms.pop(one, None)
            if confirm is not None:
                confirm.event.send(True)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001
        for one in [known for known in self._confirms if known <= tag] if multiple else [tag]:
            confirm = self._confirms.pop(one, None)
            if confirm is not None:
                confirm.event.send_exception(Unavailable("The message broker refused an event."))

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
