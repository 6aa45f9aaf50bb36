"""A file as the answer: from the store, or as the owner wrote it; nothing is sent to who has it already."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chassis.blobs import AsyncBlobs, BlobNotFound
from chassis.wire import load
from contracts.files import Content

NOT_MODIFIED = 304
SMALL = 1024 * 1024  # bytes; read before the answer begins, so that a store that fails is told as such


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
        blob = await self._blobs.open(content.path)
        if blob.size <= SMALL:
            return Response(b"".join([part async for part in blob.parts]), headers=headers)
        headers["Content-Length"] = str(blob.size)
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(blob.parts, headers=headers)


def _headers(content: Content) -> dict[str, str]:
    """What makes a browser ask each time, cheaply, and treat the file as nothing but what it is."""
    return {
        "ETag": f'"{content.etag}"',
        "Cache-Control": "private, no-cache",  # kept by its one reader, who asks each time whether they still may
        "Vary": "Authorization, Cookie",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": _disposition(content.file_name),
    }


def _disposition(file_name: str) -> str:
    """To be shown, or to be saved under a name (RFC 6266)."""
    return f"attachment; filename*=UTF-8''{quote(file_name, safe='')}" if file_name else "inline"


def _has_it(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match names the file (RFC 9110 §13.1.2)."""
    stated = headers.get("if-none-match", "")
    return stated.strip() == "*" or etag in {each.strip().removeprefix("W/") for each in stated.split(",")}
