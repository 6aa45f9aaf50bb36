"""Calls to the services from asyncio: the wire format of `chassis.rpc` over one connection that mends itself."""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import Callable
from typing import Any, Self

import orjson
from aiormq.channel import Channel
from aiormq.exceptions import AMQPError
from pamqp.commands import Basic

from chassis import tracing
from chassis.config import Settings
from chassis.context import DEFAULT_SECONDS, RETURN_MARGIN, Context
from chassis.errors import AppError, DeadlineExceeded, Unavailable, from_reply
from chassis.logs import log
from chassis.metrics import BROKER_CONNECTED, RPC_CALLS, RPC_UNANSWERED
from chassis.wire import dump, to_json
from gateway.channel import Connection, Message, publish

CONNECT_SECONDS = 5.0  # to log in to a broker that answers at all
CLOSE_SECONDS = 2.0  # to say goodbye to a broker that may not listen any more
PATIENCE_SECONDS = 2.0  # that a call waits for the connection to come back; a restart of the broker takes longer
FIRST_DELAY, LAST_DELAY = 0.1, 1.0  # s between two attempts to connect
BEFORE_RESULT, AFTER_RESULT = b'{"result":', b',"error":null}'  # as chassis.rpc writes a reply that tells of no error
CONNECTION_FAULTS = (AMQPError, OSError, EOFError, RuntimeError)  # what aiormq raises; TimeoutError is an OSError

OnEvent = Callable[[str, bytes], None]


class Bus:
    """`async with Bus(settings) as bus: await bus.call(ctx, "accounts", "get_account", request)`."""

    def __init__(self, settings: Settings, name: str = "gateway") -> None:
        self._uri = settings.amqp_uri
        self._rpc = f"{settings.namespace}.rpc"
        self.events = f"{settings.namespace}.events"  # the exchange
        self._reply_queues = f"{settings.namespace}.reply.{name}"
        self._reply_to = ""  # the queue of the connection there is
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._subscriptions: list[tuple[str, tuple[str, ...], OnEvent, Callable[[], None]]] = []
        self._channel: Channel | None = None
        self._connected = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})

    @property
    def is_connected(self) -> bool:
        return self._channel is not None

    def subscribe(
        self, patterns: tuple[str, ...], on_event: OnEvent, on_gap: Callable[[], None], exchange: str = ""
    ) -> None:
        """Call `on_event(type, body)` for each event, or message of another exchange, from the next connection on.

        Events published while there is no connection are lost to us: `on_gap` is called after each reconnection.
        """
        self._subscriptions.append((exchange or self.events, patterns, on_event, on_gap))

    def tell(self, exchange: str, key: str, body: bytes) -> None:
        """Send a message to who listens at this moment; nothing is sent while there is no connection."""
        if self._channel is not None:
            publish(self._channel, exchange, key, Basic.Properties(delivery_mode=1), body)

    async def call(
        self, ctx: Context, service: str, method: str, request: Any, *, seconds: float = DEFAULT_SECONDS
    ) -> Any:
        """Ask a service, within `seconds` and the deadline of `ctx`, and give the result as plain JSON.

        Raises the service's own errors; Unavailable when it is not running or the connection is lost meanwhile;
        DeadlineExceeded when the answer is late. Both name the `service` where it is the one that is silent.
        """
        return _result(await self._reply(ctx, service, method, request, seconds))

    async def call_for_json(
        self, ctx: Context, service: str, method: str, request: Any, *, seconds: float = DEFAULT_SECONDS
    ) -> bytes:
        """The same, but the result is the JSON it came as: what goes out as it came in is not read on its way."""
        reply = await self._reply(ctx, service, method, request, seconds)
        if reply.startswith(BEFORE_RESULT) and reply.endswith(AFTER_RESULT):
            return reply[len(BEFORE_RESULT) : -len(AFTER_RESULT)]
        return to_json(_result(reply))

    async def _reply(self, ctx: Context, service: str, method: str, request: Any, seconds: float) -> bytes:
        with tracing.span("client", f"{service}.{method}") as span:
            return await self._asked(ctx, service, method, request, seconds, span.traceparent)

    async def _asked(
        self, ctx: Context, service: str, method: str, request: Any, seconds: float, traceparent: str
    ) -> bytes:
        deadline = min(ctx.deadline - RETURN_MARGIN, time.monotonic() + seconds)  # as in Context.within
        channel = self._channel or await self._wait_for_channel(deadline - time.monotonic())
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise DeadlineExceeded
        RPC_CALLS.labels(service, method).inc()
        number = str(next(self._numbers))
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[bytes] = loop.create_future()
        self._waiting[number] = waiting
        envelope = self._envelope(ctx, number, remaining, traceparent)
        alarm = loop.call_later(remaining + RETURN_MARGIN, _too_late, waiting, service)
        try:
            publish(channel, self._rpc, f"{service}.{method}", envelope, _body(request))
            return await waiting
        except Unavailable as unanswered:
            RPC_UNANSWERED.labels(service, method, _reason(unanswered)).inc()
            raise
        finally:
            alarm.cancel()
            del self._waiting[number]

    def _envelope(self, ctx: Context, number: str, remaining: float, traceparent: str) -> Basic.Properties:
        milliseconds = int(remaining * 1000)
        headers: dict[str, Any] = {
            "nameko.context": to_json(ctx.to_wire()).decode(),
            "nameko.remaining_ms": milliseconds,
        }
        if traceparent:
            headers[tracing.HEADER] = traceparent
        return Basic.Properties(
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            delivery_mode=1,
            correlation_id=number,
            reply_to=self._reply_to,
            expiration=str(milliseconds),
        )

    def _take_reply(self, message: Message) -> None:
        waiting = self._waiting.get(message.properties.correlation_id or "")
        if waiting is None or waiting.done():
            return  # its caller has given up
        if message.is_returned:
            service = message.routing_key.partition(".")[0]
            absent = Unavailable(f"The {service} service is not running at the moment; try again.", service=service)
            waiting.set_exception(absent)
            return
        waiting.set_result(message.body)

    async def _wait_for_channel(self, seconds: float) -> Channel:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, PATIENCE_SECONDS)):
                await self._connected.wait()
        if self._channel is None:
            raise Unavailable("The message broker does not answer at the moment; try again.")
        return self._channel

    async def _keep_connected(self) -> None:
        delay = FIRST_DELAY
        while True:
            try:
                await self._hold_connection()
                delay = FIRST_DELAY
            except CONNECTION_FAULTS as fault:
                log.warning("no connection to the broker", error=str(fault) or type(fault).__name__)
                delay = min(delay * 2, LAST_DELAY)
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
                log.warning("the connection to the broker was lost while it was made")  # aiormq cancels its waiters
            await asyncio.sleep(delay)

    async def _hold_connection(self) -> None:
        """Connect, serve, and come back when the connection is gone."""
        connection = await Connection.open(self._uri, CONNECT_SECONDS)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                channels = [
                    await self._open_calls(connection),
                    *[await self._open_events(connection, *subscription) for subscription in self._subscriptions],
                ]
            self._channel = channels[0]
            self._connected.set()
            BROKER_CONNECTED.set(1)
            log.info("connected to the broker")
            await asyncio.wait(
                {connection.closing, *(channel.closing for channel in channels)}, return_when=asyncio.FIRST_COMPLETED
            )
            log.warning("the connection to the broker is lost")
        finally:
            self._forget_connection()
            await connection.close(timeout=CLOSE_SECONDS)

    async def _open_calls(self, connection: Connection) -> Channel:
        channel = await connection.messages(self._take_reply)
        self._reply_to = f"{self._reply_queues}.{uuid.uuid4().hex}"
        await channel.exchange_declare(self._rpc, exchange_type="topic", durable=True)
        await channel.queue_declare(self._reply_to, exclusive=True, auto_delete=True)
        await channel.queue_bind(self._reply_to, self._rpc, self._reply_to)
        await _consume(channel, self._reply_to)
        return channel

    async def _open_events(
        self,
        connection: Connection,
        exchange: str,
        patterns: tuple[str, ...],
        on_event: OnEvent,
        on_gap: Callable[[], None],
    ) -> Channel:
        channel = await connection.messages(lambda message: on_event(message.routing_key, message.body))
        await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
        queue = (await channel.queue_declare("", exclusive=True, auto_delete=True)).queue or ""
        for pattern in patterns:
            await channel.queue_bind(queue, exchange, pattern)
        await _consume(channel, queue)
        on_gap()
        return channel

    def _forget_connection(self) -> None:
        self._channel = None
        self._connected.clear()
        BROKER_CONNECTED.set(0)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(
                    Unavailable("The connection was lost before the answer came; repeat with the same key.")
                )


async def _consume(channel: Channel, queue: str) -> None:
    """Take every message of the queue; the broker taking the queue away ends the channel, to start anew."""
    channel.on_consumer_cancel_callbacks.add(lambda _: channel.close())
    await channel.basic_consume(queue, _assembled_already, no_ack=True)


async def _assembled_already(_: object) -> None:
    """Deliveries go where `Connection.messages` was told; aiormq wants a callback nevertheless."""


def _reason(unanswered: Unavailable) -> str:
    if isinstance(unanswered, DeadlineExceeded):
        return "late"
    return "absent" if unanswered.data else "lost"


def _too_late(waiting: asyncio.Future[Any], service: str) -> None:
    if not waiting.done():
        waiting.set_exception(
            DeadlineExceeded(
                f"The {service} service did not answer in time; repeat with the same key.", service=service
            )
        )


def _result(reply: bytes) -> Any:
    try:
        document = orjson.loads(reply)
        result, error = document["result"], document["error"]
    except (ValueError, LookupError, TypeError):
        log.exception("a reply is not in the wire format")
        raise AppError("A service gave an answer that is none; the request's id finds it in the logs.") from None
    if error is not None:
        raise from_reply(error)
    return result


def _body(request: Any) -> bytes:
    return to_json({"args": [dump(request)], "kwargs": {}})
