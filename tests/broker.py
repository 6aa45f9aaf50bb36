"""What tests do to a broker: users with permissions of their own, and a line to it that can be cut."""

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Self
from urllib.parse import quote, urlsplit

import pytest

from deploy.local import ports
from deploy.local.containers import ContainerServer
from deploy.local.place import run_as
from deploy.local.rabbitmq import RabbitMQ, server_script
from deploy.local.servers import BROKER, Servers


def control(servers: Servers, *command: str) -> None:
    """Run rabbitmqctl on a broker that is ours; skips the test where it is somebody else's."""
    server: Any = servers[BROKER].server
    if isinstance(server, RabbitMQ):
        script = server_script()
        assert script is not None
        line = [str(script.parent / "rabbitmqctl"), "--quiet", *command]
        done = run_as(server.user, line, env=server._environment(), cwd=server.folder)
        assert done.returncode == 0, f"{' '.join(line)}: {done.stdout}{done.stderr}"
    elif isinstance(server, ContainerServer):
        code, output = server._container.exec(["rabbitmqctl", "--quiet", *command])
        assert code == 0, f"{command}: {output}"
    else:
        pytest.skip("AMQP_URI names a broker whose users are not ours to make")


@contextlib.contextmanager
def user(
    servers: Servers, *, configure: str, write: str, read: str, topics: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A user with these permissions alone, as the URI they log in with; `topics`: routing keys by exchange."""
    name, password = f"user_{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    control(servers, "add_user", name, password)
    try:
        control(servers, "set_permissions", "-p", "/", name, configure, write, read)
        for exchange, keys in (topics or {}).items():
            control(servers, "set_topic_permissions", "-p", "/", name, exchange, keys, ".*")
        where = urlsplit(servers[BROKER].url)
        yield f"amqp://{name}:{quote(password)}@{where.hostname}:{where.port}/"
    finally:
        control(servers, "delete_user", name)


class Line:
    """`with Line(uri) as line`: `line.uri` leads to the same broker until `line.cut()`, and again after it."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._target = (parts.hostname, parts.port)
        self._port = ports.free_ports(1)[0]
        self.uri = parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{ports.HOST}:{self._port}").geturl()
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._carry, ports.HOST, self._port))
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)  # it counts its connections in the loop's own thread
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection, without a goodbye at either end."""

        async def reset() -> None:
            for writer in self._writers:
                writer.transport.abort()
            await asyncio.sleep(0)

        self._run(reset())

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self.connections += 1
        self._writers |= {writer, back}
        await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._writers -= {writer, back}


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
