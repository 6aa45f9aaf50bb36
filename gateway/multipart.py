"""A form with files (RFC 7578) on its way in: part by part, as it comes, never a whole file in memory."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import multipart
from starlette.requests import Request

from chassis.errors import Invalid
from gateway import problems

KIND = "multipart/form-data"
MOST_PARTS = 60  # more than any form of ours has
LONGEST_TEXT = 256 * 1024  # bytes of all that was typed into one form


@dataclass(frozen=True, slots=True)
class Part:
    """What one field of the form holds. `file_name` is none for a field that is no file; `content` is read once."""

    name: str
    file_name: str | None
    content: AsyncIterator[bytes]


class Form:
    """A form of files that is read while it comes, within `max_bytes` and `seconds` for all of it.

    `fields` are those that were typed, as far as they have come: they stand before the files in our forms.
    """

    def __init__(self, request: Request, max_bytes: int, seconds: float) -> None:
        """Raises WrongMediaType, TooLarge."""
        kind, options = multipart.parse_options_header(request.headers.get("content-type", ""))
        if kind != KIND or not options.get("boundary"):
            raise problems.WrongMediaType
        stated = request.headers.get("content-length", "0")
        if not stated.isdecimal() or int(stated) > max_bytes:
            raise problems.TooLarge(max_bytes=max_bytes)
        self.fields: dict[str, str] = {}
        self._request, self._boundary, self._max_bytes = request, options["boundary"], max_bytes
        self._ends_at = time.monotonic() + seconds
        self._typed = 0

    async def files(self) -> AsyncGenerator[Part]:
        """The files that were chosen, each to be read before the next one is asked for.

        Raises Invalid for what is no form, TooLarge, TooSlow.
        """
        events = self._events()
        async for event in events:
            if not isinstance(event, multipart.MultipartSegment):
                continue  # what nobody wanted of the file before
            if event.filename is None:
                await self._keep(event.name or "", events)
            elif event.filename:  # a field of files where none was chosen comes as one without a name
                yield Part(event.name or "", _base(event.filename), _content(events))

    async def _keep(self, name: str, events: AsyncIterator[object]) -> None:
        parts = []
        async for part in _content(events):
            self._typed += len(part)
            if self._typed > LONGEST_TEXT:
                raise problems.TooLarge(max_bytes=LONGEST_TEXT)
            parts.append(part)
        try:
            self.fields[name] = b"".join(parts).decode()
        except UnicodeDecodeError:
            raise Invalid from None

    async def _events(self) -> AsyncIterator[object]:
        """What the parser makes of the body: a segment's head, its bytes, None at its end."""
        parser = multipart.PushMultipartParser(self._boundary, max_segment_count=MOST_PARTS)
        try:
            async for part in self._body():
                for event in parser.parse(part):
                    yield event
            parser.close()
        except multipart.MultipartError as exc:
            raise Invalid(errors=[{"field": "", "message": f"This is no form: {exc}."}]) from exc

    async def _body(self) -> AsyncIterator[bytes]:
        size, parts = 0, self._request.stream()
        while True:
            try:
                part = await asyncio.wait_for(anext(parts, None), self._ends_at - time.monotonic())
            except TimeoutError:
                raise problems.TooSlow from None
            if part is None:
                return
            size += len(part)
            if size > self._max_bytes:
                raise problems.TooLarge(max_bytes=self._max_bytes)
            if part:
                yield part


async def _content(events: AsyncIterator[object]) -> AsyncIterator[bytes]:
    """The bytes of one segment."""
    async for event in events:
        if event is None:
            return
        if isinstance(event, (bytes, bytearray)):
            yield bytes(event)


def _base(name: str) -> str:
    """The last step of what a browser says: some tell the folders above."""
    return name.replace("\\", "/").rpartition("/")[2]
