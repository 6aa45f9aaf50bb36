"""`python -m bench.limits.serve PORT`: bare ASGI on uvicorn, set as the gateway's: /http, /sql, /rpc, /chain."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

import uvicorn
from pamqp.commands import Basic

from bench.limits.callee import ECHO, VIEW
from bench.limits.warm import WarmView
from gateway.channel import Connection, Message, publish

CONNECT_SECONDS = 5.0


class Caller:
    """One raw RPC at a time and many at once, by the gateway's own bare channel."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._numbers = count(1)

    async def connect(self) -> None:
        connection = await Connection.open(os.environ["AMQP_URI"], CONNECT_SECONDS)
        self._channel = await connection.messages(self._take)
        self._queue = (await self._channel.queue_declare("", exclusive=True)).queue or ""
        await self._channel.basic_consume(self._queue, _nothing, no_ack=True)

    async def ask(self, queue: str) -> bytes:
        number = str(next(self._numbers))
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        publish(self._channel, "", queue, Basic.Properties(correlation_id=number, reply_to=self._queue), b"{}")
        answer: bytes = await waiting
        return answer

    def _take(self, message: Message) -> None:
        waiting = self._waiting.pop(message.properties.correlation_id or "")
        waiting.set_result(message.body)


async def _nothing(_: object) -> None:
    """Aiormq's way of taking deliveries; ours come by `_take`."""


class Limits:
    def __init__(self) -> None:
        self._caller, self._view = Caller(), WarmView()
        self._answers: dict[str, Callable[[], Awaitable[bytes]]] = {
            "/http": self._fixed,
            "/sql": self._sql,
            "/rpc": partial(self._caller.ask, ECHO),
            "/chain": partial(self._caller.ask, VIEW),
        }
        self._body = self._view.answer()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await self._caller.connect()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = await self._answers[scope["path"]]()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _fixed(self) -> bytes:
        return self._body

    async def _sql(self) -> bytes:
        """Blocks the loop while PostgreSQL answers: nothing costs less CPU."""
        return self._view.answer()


def main(port: int) -> None:
    uvicorn.run(
        Limits(),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
