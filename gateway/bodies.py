"""Reads the body of a request, as far as it is neither too large nor too slow."""

import asyncio

from starlette.requests import Request

from gateway import problems

MAX_BODY = 1024 * 1024  # bytes
BODY_SECONDS = 30.0  # for all of it; longer than a megabyte takes on a slow line


async def read(request: Request) -> bytes:
    """The body, as far as it is not too large: counted, whatever its Content-Length says. Raises TooLarge, TooSlow."""
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated) > MAX_BODY:
        raise problems.TooLarge(max_bytes=MAX_BODY)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY:
                    raise problems.TooLarge(max_bytes=MAX_BODY)
                parts.append(part)
    except TimeoutError:
        raise problems.TooSlow from None
    return b"".join(parts)
