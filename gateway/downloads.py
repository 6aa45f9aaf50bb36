"""A file as the answer: from the store, or as the owner wrote it; nothing is sent to who has it already."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chassis.blobs import AsyncBlobs, BlobNotFound
from chassis.wire import load
from contracts.files import Content
from gateway import problems

PARTIAL, NOT_MODIFIED = 206, 304
SMALL = 1024 * 1024  # bytes; read before the answer begins, so that a store that fails is told as such
# One range; of several, as of other units, the whole file is a right answer too (RFC 9110 §14.2).
RANGE = re.compile(r"bytes=\s*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))\s*", re.IGNORECASE)


class Downloads:
    def __init__(self, blobs: AsyncBlobs) -> None:
        self._blobs = blobs

    async def answer(self, request: Request, result: Any, again: Callable[[], Awaitable[Any]]) -> Response:
        """Send what `result`, a Content, names; `again` asks anew for a file that was replaced meanwhile."""
        try:
            return await self._answer(request, load(Content, result))
        except BlobNotFound:
            return await self._answer(request, load(Content, await again()))

    async def _answer(self, request: Request, content: Content) -> Response:
        headers = _headers(content)
        if _has_it(request.headers, headers["ETag"]):
            return Response(status_code=NOT_MODIFIED, headers=headers)
        headers["Content-Type"] = content.media_type
        if content.path is None:
            return Response((content.text or "").encode(), headers=headers)
        headers["Accept-Ranges"] = "bytes"
        if request.method == "HEAD":
            return Response(headers=headers | {"Content-Length": str(await self._size(content.path))})
        wanted = _range(request.headers, headers["ETag"])
        if wanted is None:
            return await self._whole(content.path, headers)
        return await self._part(content.path, headers, wanted)

    async def _whole(self, path: str, headers: dict[str, str]) -> Response:
        blob = await self._blobs.open(path)
        if blob.size <= SMALL:
            return Response(b"".join([part async for part in blob.parts]), headers=headers)
        return StreamingResponse(blob.parts, headers=headers | {"Content-Length": str(blob.size)})

    async def _part(self, path: str, headers: dict[str, str], wanted: re.Match[str]) -> Response:
        """The one range asked for (RFC 9110 §14). Raises NoSuchRange."""
        size = await self._size(path)
        first, last, suffix = (int(text) if text else None for text in wanted.groups())
        if first is None:
            first, last = max(0, size - (suffix or 0)), size - 1
        last = min(size - 1 if last is None else last, size - 1)
        if first > last:
            raise problems.NoSuchRange(size=size)
        headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
        blob = await self._blobs.open(path, (first, last + 1))
        return StreamingResponse(blob.parts, PARTIAL, headers)

    async def _size(self, path: str) -> int:
        size = await self._blobs.size(path)
        if size is None:
            raise BlobNotFound(path=path)
        return size


def _headers(content: Content) -> dict[str, str]:
    """What makes a browser ask each time, cheaply, and treat the file as nothing but what it is."""
    return {
        "ETag": f'"{content.etag}"',
        "Cache-Control": "private, no-cache",  # kept by its one reader, who asks each time whether they still may
        "Vary": "Authorization, Cookie",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": disposition(content.file_name),
    }


def disposition(file_name: str) -> str:
    """To be shown, or to be saved under a name (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(file_name, safe='')}" if file_name else "inline"


def _has_it(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match names the file (RFC 9110 §13.1.2)."""
    stated = headers.get("if-none-match", "")
    return stated.strip() == "*" or etag in {each.strip().removeprefix("W/") for each in stated.split(",")}


def _range(headers: Mapping[str, str], etag: str) -> re.Match[str] | None:
    """The range to send; None: the whole, also where If-Range names another file (RFC 9110 §13.1.5)."""
    if headers.get("if-range", etag).strip() != etag:
        return None
    found = RANGE.fullmatch(headers.get("range", ""))
    if found and found[1] and found[2] and int(found[2]) < int(found[1]):
        return None  # an invalid one is ignored (§14.1.1)
    return found
