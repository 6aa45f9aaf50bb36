"""A sheet as a CSV file (RFC 4180), sent page by page while it is still being made (R-EXP-1, R-EXP-2).

What is held is one page. Whatever goes wrong after the first one breaks the connection off before the file's end, so
that a client never takes a part for the whole.
"""

import asyncio
import csv
import io
import re
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.context import Context
from chassis.errors import AppError, Forbidden
from chassis.logs import log
from contracts.overview import EndExport, Overview, StartExport
from gateway.bus import Bus
from gateway.route import Route

MEDIA_TYPE = "text/csv"
MARK = "\ufeff"  # without it Excel takes UTF-8 for the code page of the machine
STALLED_SECONDS = 60.0  # that a client may take for one page before we hang up
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), full-width forms included.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
GZIP = 16 + zlib.MAX_WBITS

Renew = Callable[[], Awaitable[Context]]


class Sheet:
    """One export under way: its pages from the first one on, and its record."""

    def __init__(self, bus: Bus, route: Route, request: Any, renew: Renew) -> None:
        self._bus, self._route, self._request, self._renew = bus, route, request, renew
        self._export_id = UUID(int=0)
        self._first: dict[str, Any] = {}
        self._ctx = Context()
        self.rows = 0

    async def begin(self, ctx: Context) -> None:
        """Ask for the first page. Raises what its owner raises."""
        self._ctx = ctx
        self._first = await self._bus.call(ctx, self._route.service, self._route.method, self._request)

    async def record(self, filters: Mapping[str, Any]) -> None:
        """Record that the file is about to leave, before any of it does.

        Under a key of its own: an Idempotency-Key that the caller repeats must not make two files one export.
        """
        request = StartExport(kind=self._route.csv or "accounts", filters=dict(filters))
        ctx = replace(self._ctx, key=Context().key)
        record = await self._bus.call(ctx, Overview.NAME, Overview.start_export.__name__, request)
        self._export_id = UUID(record["id"])

    async def parts(self) -> AsyncGenerator[str, None]:
        """The text of the file, a page at a time; the next one is asked for when this one is taken."""
        page = self._first
        columns = page["columns"]
        following = replace(self._request, columns=tuple(column["key"] for column in columns))
        numbers = [column["is_number"] for column in columns]
        yield MARK + written([[column["name"] for column in columns]], [False] * len(columns))
        while True:
            self.rows += len(page["rows"])
            yield written(page["rows"], numbers)
            if page["next_cursor"] is None:
                return
            following = replace(following, cursor=page["next_cursor"])
            page = await self._bus.call(await self._still(), self._route.service, self._route.method, following)

    async def _still(self) -> Context:
        """The caller's context anew: who is signed out meanwhile, or may see other things, gets no further page."""
        ctx = await self._renew()
        if ctx.actor != self._ctx.actor:
            raise Forbidden
        return ctx

    async def end(self, *, is_complete: bool) -> None:
        """Record how it ended; where that can't be done the record says that it did not."""
        said = {"kind": self._route.csv, "rows": self.rows, "is_complete": is_complete}
        log.info("export ended", **said, correlation_id=self._ctx.correlation_id)
        request = EndExport(export_id=self._export_id, rows=self.rows, is_complete=is_complete)
        fresh = Context()  # the deadline of the request is long past
        ctx = replace(self._ctx, deadline=fresh.deadline, now=fresh.now, key=fresh.key)
        try:
            await self._bus.call(ctx, Overview.NAME, Overview.end_export.__name__, request)
        except AppError as error:
            log.warning("the end of an export was not recorded", error=str(error), **said)


class SheetResponse(StreamingResponse):
    """Sends a sheet and sees to it that it ends as a whole or not at all."""

    def __init__(self, sheet: Sheet, headers: Mapping[str, str], *, is_gzip: bool) -> None:
        super().__init__(iter(()), headers=dict(headers), media_type=MEDIA_TYPE)
        self._sheet = sheet
        self._packer = zlib.compressobj(wbits=GZIP) if is_gzip else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (an application)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending, leaving = asyncio.create_task(self._send_all(send)), asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()  # nothing, where it is done
            (outcome,) = await asyncio.gather(sending, return_exceptions=True)
            await self._sheet.end(is_complete=outcome is None)
        if outcome is None:
            await send({"type": "http.response.body", "body": self._last()})
        elif not isinstance(outcome, (AppError, TimeoutError, asyncio.CancelledError, OSError)):
            raise outcome
        else:
            # An answer that is begun and not ended: the server closes the connection without the last chunk.
            log.warning("export broken off", error=str(outcome) or type(outcome).__name__)

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._sheet.parts()) as parts:
            async for part in parts:
                body = self._packed(part.encode())
                async with asyncio.timeout(STALLED_SECONDS):
                    await send({"type": "http.response.body", "body": body, "more_body": True})

    def _packed(self, part: bytes) -> bytes:
        if self._packer is None:
            return part
        return self._packer.compress(part) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def _last(self) -> bytes:
        return b"" if self._packer is None else self._packer.flush()


async def answer(sheet: Sheet, ctx: Context, request: Request, filters: Mapping[str, Any], name: str) -> Response:
    """Answer with a sheet from its first page on. Raises what that page raises; HEAD takes nothing out."""
    await sheet.begin(ctx)
    is_gzip = accepts_gzip(request.headers.get("accept-encoding", ""))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if is_gzip else {}),
    }
    if request.method == "HEAD":
        empty = Response(headers=headers, media_type=MEDIA_TYPE)
        del empty.headers["Content-Length"]  # the file's is not known
        return empty
    await sheet.record(filters)
    return SheetResponse(sheet, headers, is_gzip=is_gzip)


def written(rows: Iterable[Iterable[str]], numbers: list[bool]) -> str:
    """Rows as CSV; no cell of it is a formula, and only a cell of a column of numbers may begin like one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow(
            [
                cell if is_number and NUMBER.fullmatch(cell) else _harmless(cell)
                for cell, is_number in zip(row, numbers, strict=True)
            ]
        )
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def accepts_gzip(header: str) -> bool:
    """Whether `Accept-Encoding` names gzip, and not with a weight of zero."""
    for offer in header.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


async def _left(receive: Receive) -> None:
    """Comes back when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
