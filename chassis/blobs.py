"""A store of bytes by path, in a folder or in S3 as one setting says; what is large passes through in parts."""

import asyncio
import datetime as dt
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from chassis.config import Settings
from chassis.errors import Conflict, NotFound, Unavailable
from chassis.logs import log

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

PATH = re.compile(r"(?!\.)[\w.-]+(/(?!\.)[\w.-]+)*", re.ASCII)  # no step begins with a dot: none leads upwards
PART = 5 * 1024 * 1024  # bytes; the least that S3 takes as one of several parts
SENT = 1024 * 1024  # bytes; of one part on its way out to a slow reader, several of which are held in memory
PARTS_AT_ONCE = 4  # of one upload on their way to S3; each is held in memory
# A store that is gone is noticed within the deadline of a call; a large file may take as long as its reader needs.
RETRY: "RetryConfig" = {"max_retries": 2, "retry_timeout": dt.timedelta(seconds=4)}
CLIENT: "ClientConfig" = {"connect_timeout": "2s", "read_timeout": "10s", "timeout": "1h"}


class BlobNotFound(NotFound):
    """There are no bytes at this path."""

    code = "blob_not_found"


class BlobExists(Conflict):
    """There are bytes at this path already."""

    code = "blob_exists"


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes on their way out of the store."""

    size: int
    parts: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class AsyncBlob:
    """The same for asyncio."""

    size: int
    parts: AsyncIterator[bytes]


def _at_once(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    return function(*arguments, **options)


class _Opened:
    def __init__(self, settings: Settings) -> None:
        self._url = settings.blobs

    @cached_property
    def _store(self) -> "ObjectStore":
        """The store itself; its library is loaded at the first use and not by a process that never comes to it."""
        from obstore.store import from_url  # noqa: PLC0415

        if not self._url:
            raise Unavailable("This process was not told where files are kept: set DOSSIER_BLOBS.")
        if self._url.startswith("file:"):
            return from_url(self._url, mkdir=True, automatic_cleanup=True)
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
        client: ClientConfig = {**CLIENT, "allow_http": endpoint.startswith("http:")}
        return from_url(self._url, client_options=client, retry_config=RETRY)


class Blobs(_Opened):
    """For code that may block; `run(function, …)` is how it waits, in a service off its hub.

    Every call may raise Unavailable. A path is words of letters, digits, `_`, `-` and `.` with slashes between.
    """

    def __init__(self, settings: Settings, run: Callable[..., Any] = _at_once) -> None:
        super().__init__(settings)
        self._run = run

    def create(self, path: str, content: bytes) -> None:
        """Put bytes where there are none. Raises BlobExists."""
        with _translated(path) as store:
            self._run(store.put, self._store, path, content, mode="create", use_multipart=False)

    def put(self, path: str, parts: Iterable[bytes]) -> None:
        """Put all parts or, where `parts` raises, none; bytes that are there give way to them.

        `parts` is iterated by whatever thread `run` works in.
        """
        with _translated(path) as store:
            self._run(store.put, self._store, path, parts, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)

    def get(self, path: str) -> bytes:
        """All bytes, for what is known to be small. Raises BlobNotFound."""
        return b"".join(self.open(path).parts)

    def beginning(self, path: str, length: int) -> bytes:
        """The first bytes, as many as there are up to `length`. Raises BlobNotFound."""
        with _translated(path) as store:
            if not self._run(store.head, self._store, path)["size"]:
                return b""
            return bytes(self._run(store.get_range, self._store, path, start=0, length=length))

    def copy(self, source: str, target: str) -> None:
        """Put the same bytes at another path too, by the store itself; what is there gives way. Raises BlobNotFound."""
        with _translated(target), _translated(source) as store:
            self._run(store.copy, self._store, source, target)

    def open(self, path: str) -> Blob:
        """The bytes in parts, as they come. Raises BlobNotFound."""
        with _translated(path) as store:
            found = self._run(store.get, self._store, path)
            return Blob(found.meta["size"], self._parts(path, found.stream(PART)))

    def _parts(self, path: str, stream: Iterator[bytes]) -> Iterator[bytes]:
        with _translated(path):
            while (part := self._run(next, stream, None)) is not None:
                yield bytes(part)

    def size(self, path: str) -> int | None:
        """How many bytes there are; None where nothing is."""
        with suppress(BlobNotFound), _translated(path) as store:
            return int(self._run(store.head, self._store, path)["size"])
        return None

    def delete(self, *paths: str) -> None:
        """See to it that nothing is there."""
        for path in paths:
            with suppress(BlobNotFound), _translated(path) as store:
                self._run(store.delete, self._store, path)

    def older(self, folder: str, before: dt.datetime) -> list[str]:
        """The paths in a folder whose bytes were put there before an instant."""
        with _translated(folder) as store:
            return _older(self._run(lambda: store.list(self._store, folder).collect()), before)

    def sizes(self) -> dict[str, int]:
        """All paths there are, with their numbers of bytes."""
        with _translated("all") as store:
            listed = self._run(lambda: store.list(self._store).collect())
            return {entry["path"]: entry["size"] for entry in listed}


class AsyncBlobs(_Opened):
    """The same calls for asyncio."""

    async def put(self, path: str, parts: AsyncIterable[bytes]) -> None:
        with _translated(path) as store:
            await store.put_async(self._store, path, parts, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)

    async def open(self, path: str, within: tuple[int, int] | None = None) -> AsyncBlob:
        """The bytes in parts; only those `within` a first position and the one after the last, where that is given."""
        with _translated(path) as store:
            found = await store.get_async(self._store, path, options={"range": within} if within else None)
            return AsyncBlob(found.meta["size"], self._parts(path, found.stream(SENT)))

    @staticmethod
    async def _parts(path: str, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        with _translated(path):
            async for part in stream:
                yield bytes(part)

    async def size(self, path: str) -> int | None:
        with suppress(BlobNotFound), _translated(path) as store:
            return int((await store.head_async(self._store, path))["size"])
        return None

    async def delete(self, *paths: str) -> None:
        for path in paths:
            with suppress(BlobNotFound), _translated(path) as store:
                await store.delete_async(self._store, path)

    async def clear_staged(self, folder: str, before: dt.datetime) -> None:
        """Remove what processes that died left of files on their way into a folder store, which lists none of it.

        S3 keeps such parts apart; a rule of the bucket lets them expire.
        """
        if self._url.startswith("file:"):
            await asyncio.to_thread(_clear_staged, Path(unquote(urlsplit(self._url).path)) / folder, before)

    async def older(self, folder: str, before: dt.datetime) -> list[str]:
        with _translated(folder) as store:
            return _older(await store.list(self._store, folder).collect_async(), before)


def _clear_staged(folder: Path, before: dt.datetime) -> None:
    for path in folder.glob("*#*"):
        with suppress(FileNotFoundError):  # its process has ended it meanwhile
            if path.stat().st_mtime < before.timestamp():
                path.unlink()


def _older(listed: Iterable[Any], before: dt.datetime) -> list[str]:
    return [entry["path"] for entry in listed if entry["last_modified"] < before]


@contextmanager
def _translated(path: str) -> Iterator[Any]:
    """Gives the library. Raises BlobNotFound, BlobExists and Unavailable for what it raises, ValueError for no path."""
    import obstore  # noqa: PLC0415
    from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError  # noqa: PLC0415

    if not PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path of the store")
    try:
        yield obstore
    except (FileNotFoundError, NotFoundError) as exc:
        raise BlobNotFound(path=path) from exc
    except AlreadyExistsError as exc:
        raise BlobExists(path=path) from exc
    except (BaseError, OSError) as exc:
        log.warning("the store of files failed", path=path, error=str(exc).partition("\n")[0])
        raise Unavailable("The store of files does not answer at the moment; try again.") from exc
