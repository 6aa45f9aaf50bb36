"""A raw body on its way into the store of files, where the owner of the call takes it up by its name."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from chassis.blobs import AsyncBlobs
from chassis.errors import AppError, Unavailable
from chassis.logs import log
from contracts.files import INCOMING, UPLOADS_KEPT_SECONDS
from gateway import problems
from gateway.route import Upload

SWEEP_SECONDS = 600


def new_path() -> str:
    """A name that nobody can guess, for an upload that is yet to come."""
    return f"{INCOMING}/{secrets.token_hex(16)}"


def check(upload: Upload, headers: Mapping[str, str]) -> None:
    """Refuse a body by what is said about it, before it is read. Raises WrongMediaType, TooLarge."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not upload.takes(kind) or headers.get("content-encoding", "identity") != "identity":
        kinds = ", ".join(upload.kinds)
        raise problems.WrongMediaType(f"Send the file itself as the body, as one of {kinds}.")
    stated = headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated) > upload.max_bytes:
        raise problems.TooLarge(max_bytes=upload.max_bytes)


class Uploads:
    """`async with uploads:` clears away what was left by gateways that died."""

    def __init__(self, blobs: AsyncBlobs) -> None:
        self._blobs = blobs
        self._sweeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._sweeper = asyncio.create_task(self._keep_sweeping())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait({self._sweeper})

    @asynccontextmanager
    async def kept(self, body: AsyncIterator[bytes], upload: Upload, path: str) -> AsyncIterator[dict[str, Any]]:
        """Keep what comes at `path` as long as the caller needs it, and give its measures as fields of the request.

        Raises TooLarge, TooSlow, Unavailable.
        """
        measures = _Measures()
        await self._blobs.put(path, _counted(body, upload, measures))
        try:
            yield measures.fields(upload)
        finally:
            try:
                await self._blobs.delete(path)
            except Unavailable as problem:
                log.warning("an upload stays until the sweep", path=path, error=str(problem))

    async def sweep(self) -> int:
        """Remove uploads whose sender cannot want them any more, and say how many there were."""
        before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=UPLOADS_KEPT_SECONDS)
        await self._blobs.clear_staged(INCOMING, before)
        old = await self._blobs.older(INCOMING, before)
        await self._blobs.delete(*old)
        return len(old)

    async def _keep_sweeping(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with contextlib.suppress(AppError):  # a store that is gone is logged where it is missed
                await self.sweep()


class _Measures:
    def __init__(self) -> None:
        self.size = 0
        self._digest = hashlib.sha256()

    def add(self, part: bytes) -> None:
        self.size += len(part)
        self._digest.update(part)

    def fields(self, upload: Upload) -> dict[str, Any]:
        return dict(zip(upload.measured or (), (self.size, self._digest.hexdigest()), strict=False))


async def _counted(parts: AsyncIterator[bytes], upload: Upload, measures: _Measures) -> AsyncIterator[bytes]:
    """The file as it comes, as far as it is neither too large nor too slow, whatever its headers say."""
    ends_at = time.monotonic() + upload.seconds
    while True:
        try:
            # Not one timeout around all of it: each part is asked for by a task of the store's.
            part = await asyncio.wait_for(anext(parts, None), ends_at - time.monotonic())
        except TimeoutError:
            raise problems.TooSlow from None
        if part is None:
            return
        measures.add(part)
        if measures.size > upload.max_bytes:
            raise problems.TooLarge(max_bytes=upload.max_bytes)
        if part:
            yield part
