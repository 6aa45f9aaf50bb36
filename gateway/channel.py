"""A channel of aiormq that hands each message over as it arrives, the ones no queue wanted included."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import aiormq
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

# A lost connection is one line of ours, not a traceback of theirs.
logging.getLogger("aiormq.connection").setLevel(logging.CRITICAL)

HEARTBEAT = 10  # s; a half-open connection is noticed by nothing else


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery, or with `is_returned` one of our own that no queue wanted."""

    routing_key: str
    properties: Basic.Properties
    body: bytes
    is_returned: bool


Take = Callable[[Message], None]


class _Assembler(asyncio.Queue[Any]):
    """Puts content frames together where they arrive; every other frame waits for aiormq as usual.

    aiormq starts a task for each delivery, and drops what is returned on a channel without publisher confirms.
    A caller of RPC wants neither.
    """

    def __init__(self, take: Take) -> None:
        super().__init__()
        self._take = take
        self._start: Basic.Deliver | Basic.Return | None = None
        self._header: ContentHeader | None = None
        self._parts: list[bytes] = []
        self._missing = 0

    async def put(self, item: tuple[int, Any]) -> None:
        frame = item[1]
        if isinstance(frame, (Basic.Deliver, Basic.Return)):
            self._start = frame
        elif isinstance(frame, ContentHeader) and self._start:
            self._header, self._missing = frame, frame.body_size
        elif isinstance(frame, ContentBody) and self._header:
            self._parts.append(frame.value)
            self._missing -= len(frame.value)
        else:
            await super().put(item)
        if self._header and self._missing <= 0:
            self._hand_over(self._start, self._header)

    def _hand_over(self, start: Any, header: ContentHeader) -> None:
        body, self._parts = b"".join(self._parts), []
        self._start = self._header = None
        self._take(Message(start.routing_key, header.properties, body, isinstance(start, Basic.Return)))


class Connection(aiormq.Connection):
    """A connection to the broker whose writes never wait: what is asked of it is bounded by the requests held."""

    @classmethod
    async def open(cls, uri: str, seconds: float) -> Self:
        """Log in to the broker, or raise what the network and aiormq raise, within `seconds`."""
        made = cls(uri)
        made.heartbeat_timeout = HEARTBEAT
        made.write_queue = asyncio.Queue()
        async with asyncio.timeout(seconds):
            await made.connect()
        return made

    async def messages(self, take: Take) -> "Channel":
        """Open a channel without confirms; all its messages go to `take`, in their order."""
        number = max(self.channels, default=0) + 1
        channel = Channel(self, number, publisher_confirms=False)
        channel.frames = _Assembler(take)
        self.channels[number] = channel
        await channel.open()
        return channel


def publish(channel: Channel, exchange: str, routing_key: str, properties: Basic.Properties, body: bytes) -> None:
    """Write a message, to be returned when no queue wants it; it does not wait."""
    size = channel.max_content_size
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    frames: list[Any] = [ContentHeader(body_size=len(body), properties=properties), *map(ContentBody, parts)]
    rest = (marshal(frame, channel.number) for frame in frames)
    payload = b"".join((_opening(channel.number, exchange, routing_key), *rest))
    channel.write_queue.put_nowait(ChannelFrame(payload=payload, should_close=False))


@lru_cache(maxsize=1000)
def _opening(number: int, exchange: str, routing_key: str) -> bytes:
    """The first frame of a message, which is the same for every call of one method."""
    return marshal(Basic.Publish(exchange=exchange, routing_key=routing_key, mandatory=True), number)
