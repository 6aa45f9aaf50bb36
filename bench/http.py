"""The smallest HTTP/1.1 client that will do: one kept connection, one request at a time, loopback only."""

import asyncio
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

LONGEST_HEAD = 64 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes


def loopback(address: str) -> tuple[str, int]:
    """Host and port of a URL; raises ValueError unless it is on this machine's loopback."""
    parts = urlsplit(address)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    try:
        is_ours = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_ours = False
    if parts.scheme != "http" or not is_ours or parts.port is None:
        raise ValueError(f"{address} is not of the form http://127.0.0.1:PORT: only this machine may be loaded")
    return host, parts.port


def request(path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """A whole request as bytes, made beforehand so that the driver costs little."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


class Connection:
    """`async with Connection(host, port) as connection: await connection.send(request(...))`."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=LONGEST_HEAD)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def send(self, wanted: bytes) -> Response:
        """Send one request and read its whole answer."""
        self._writer.write(wanted)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = _length(head)
        return Response(status, await self._reader.readexactly(length) if length else b"")


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        if name.lower() == b"transfer-encoding":
            raise ValueError("answers in chunks are not read here")
    return 0
