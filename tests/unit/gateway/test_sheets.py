"""A sheet as a CSV file: harmless, whole or visibly broken off, a page at a time (R-EXP-1, R-EXP-2)."""

import asyncio
import csv
import gzip
import io
import socket
import threading
import zlib
from dataclasses import replace

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from chassis.context import Actor, Context, new_id
from chassis.errors import Forbidden, Unavailable
from contracts.overview import AccountSheet
from gateway import sheets
from gateway.routes.exports import ROUTES
from gateway.sheets import Sheet, SheetResponse

ROUTE = next(route for route in ROUTES if route.csv == "accounts")
COLUMNS = [{"key": "name", "name": "Name", "is_number": False}, {"key": "jobs", "name": "Jobs", "is_number": True}]
CTX = Context(firm_id=new_id(), actor=Actor(kind="member", id=new_id(), role="admin"))


def now(ctx=CTX):
    """The context of a request that comes in at this moment."""
    return replace(ctx, deadline=Context().deadline)


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


class TestCells:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
    def test_text_that_begins_like_a_formula_is_made_text(self, start):
        cell = f'{start}cmd|" /C calc"!A0'

        assert read(sheets.written([[cell]], [False])) == [[f"'{cell}"]]

    @pytest.mark.parametrize("cell", ["-5", "-12.50", "+33 1 42 68", "=1"])
    def test_a_number_is_none_in_a_column_of_text(self, cell):
        assert read(sheets.written([[cell]], [False])) == [[f"'{cell}"]]

    @pytest.mark.parametrize(
        ("cell", "shown"),
        [
            ("-5", "-5"),
            ("-12.50", "-12.50"),
            ("7", "7"),
            ("", ""),
            ("-5+cmd", "'-5+cmd"),
            ("=5", "'=5"),
            ("-٣x", "'-٣x"),
        ],
    )
    def test_in_a_column_of_numbers_a_number_may_be_negative(self, cell, shown):
        assert read(sheets.written([[cell, "x"]], [True, False])) == [[shown, "x"]]

    @given(rows=st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
    def test_whatever_stands_in_a_cell_comes_back_and_begins_no_formula(self, rows):
        text = sheets.written(rows, [False, True])

        found = read(text)

        assert [[cell.removeprefix("'") for cell in row] for row in found] == [
            [cell.removeprefix("'") for cell in row] for row in rows
        ]
        assert all(
            not cell.startswith(sheets.FORMULA) or sheets.NUMBER.fullmatch(cell) for row in found for cell in row
        )
        assert text.count("\r\n") >= len(rows)

    @pytest.mark.parametrize(
        ("header", "is_taken"),
        [
            ("gzip", True), ("br, GZIP;q=0.5", True), ("gzip; q=0", False), ("gzip;q=0.0", False), ("br", False),
            ("", False), ("x-gzip", False), ("gzip;q=0.001", True),
        ],
    )  # fmt: skip
    def test_accept_encoding(self, header, is_taken):
        assert sheets.accepts_gzip(header) is is_taken


class Owner:
    """Answers as the owner of a sheet of so many pages would over the bus, and keeps the record."""

    def __init__(self, pages=3, fails_at=None):
        self.pages, self.fails_at = pages, fails_at
        self.asked, self.ended, self.keys = [], [], []
        self.started = None
        self.is_recording = True

    async def call(self, ctx, service, method, request):
        assert service == "overview"
        if method != "get_account_sheet":
            self.keys.append(ctx.key)
        if method == "start_export":
            self.started = (request.kind, request.filters)
            return {"id": str(new_id())}
        if method == "end_export":
            if not self.is_recording:
                raise Unavailable
            self.ended.append((request.rows, request.is_complete))
            return {}
        assert method == "get_account_sheet"
        assert ctx.remaining > 0
        assert request.columns == (("name", "jobs") if request.cursor else ())
        at = int(request.cursor or 0)
        if at == self.fails_at:
            raise Unavailable
        self.asked.append(at)
        following = str(at + 1) if at + 1 < self.pages else None
        return {"columns": COLUMNS, "rows": [[f"=Roy {at}", "-1"], [f"Anna {at}", "2"]], "next_cursor": following}


class Client:
    """What the server hands us: keeps what is sent, and may go away or stop taking."""

    def __init__(self, owner):
        self.owner = owner
        self.sent, self.asked_before = [], []
        self.is_gone = asyncio.Event()
        self.leaves_after = self.stalls_after = None

    async def receive(self):
        if not self.asked_before:
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.asked_before.append(len(self.owner.asked))
        self.sent.append(message)
        bodies = len(self.sent) - 1
        if bodies == self.leaves_after:
            self.is_gone.set()
        if bodies in (self.leaves_after, self.stalls_after):
            await asyncio.Event().wait()

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def is_ended(self):
        last = self.sent[-1]
        return last["type"] == "http.response.body" and not last.get("more_body", False)


def exported(owner, *, verb="GET", renewed=CTX, accepts="", change=lambda _: None):
    """Let a client export: how the file came."""

    async def renew():
        if isinstance(renewed, Exception):
            raise renewed
        return now(renewed)

    async def run():
        client = Client(owner)
        change(client)
        headers = [(b"accept-encoding", accepts.encode())]
        scope = {"type": "http", "method": verb, "path": "/", "query_string": b"", "headers": headers}
        sheet = Sheet(owner, ROUTE, AccountSheet(), renew)
        response = await sheets.answer(sheet, now(), Request(scope), {"state": "all"}, "accounts")
        await response(scope, client.receive, client.send)
        return client

    return asyncio.run(run())


class TestSending:
    def test_is_a_file_that_spreadsheets_understand(self):
        client = exported(Owner(pages=2))

        assert client.body.decode() == ("\ufeffName,Jobs\r\n'=Roy 0,-1\r\nAnna 0,2\r\n'=Roy 1,-1\r\nAnna 1,2\r\n")
        headers = dict(client.sent[0]["headers"])
        assert headers[b"content-type"] == b"text/csv; charset=utf-8"
        assert headers[b"content-disposition"] == b'attachment; filename="accounts.csv"'
        assert headers[b"cache-control"] == b"no-store"
        assert client.is_ended

    def test_each_page_is_sent_before_the_next_is_asked_for(self):
        """So the first bytes come at once, and no more than a page is held however long the file."""
        client = exported(Owner(pages=50))

        assert client.asked_before == [1, 1, *range(1, 51), 50]

    def test_is_recorded_before_it_leaves_and_when_it_ended(self):
        owner = Owner(pages=4)

        exported(owner)

        assert owner.started == ("accounts", {"state": "all"})
        assert owner.ended == [(8, True)]

    def test_a_key_that_the_caller_repeats_makes_two_records(self):
        """R-EXP-2: done once per Idempotency-Key, the second file would leave unrecorded."""
        owner = Owner()

        exported(owner)
        exported(owner)

        assert len(owner.keys) == len({*owner.keys, CTX.key}) - 1 == 4

    def test_packed_where_the_client_takes_it(self):
        plain, packed = exported(Owner()), exported(Owner(), accepts="gzip, br")

        assert dict(packed.sent[0]["headers"])[b"content-encoding"] == b"gzip"
        assert gzip.decompress(packed.body) == plain.body
        first = zlib.decompressobj(wbits=sheets.GZIP).decompress(packed.sent[1]["body"] + packed.sent[2]["body"])
        assert first.decode().endswith("Anna 0,2\r\n")

    def test_head_tells_the_headers_and_takes_nothing_out(self):
        owner = Owner()

        client = exported(owner, verb="HEAD")

        assert b"content-length" not in dict(client.sent[0]["headers"])
        assert (client.body, owner.started) == (b"", None)

    def test_what_is_wrong_with_the_first_page_is_told_as_ever(self):
        owner = Owner(fails_at=0)

        with pytest.raises(Unavailable):
            exported(owner)

        assert owner.started is None

    def test_a_record_that_cannot_be_ended_does_not_spoil_the_file(self):
        owner = Owner()
        owner.is_recording = False

        assert exported(owner).is_ended


class TestBreakingOff:
    def test_an_owner_away_in_the_middle(self):
        owner = Owner(pages=5, fails_at=3)

        client = exported(owner)

        assert not client.is_ended
        assert owner.ended == [(6, False)]

    def test_a_packed_file_shows_it_too(self):
        client = exported(Owner(pages=5, fails_at=3), accepts="gzip")

        with pytest.raises(EOFError):
            gzip.decompress(client.body)

    def test_a_client_that_goes_away_costs_no_further_page(self):
        owner = Owner(pages=1000)

        def leave(client):
            client.leaves_after = 3

        client = exported(owner, change=leave)

        assert not client.is_ended
        assert owner.asked == [0, 1]
        assert owner.ended == [(4, False)]

    def test_a_client_that_takes_nothing_is_not_waited_for(self, monkeypatch):
        monkeypatch.setattr(sheets, "STALLED_SECONDS", 0.05)
        owner = Owner(pages=1000)

        def stall(client):
            client.stalls_after = 2

        assert not exported(owner, change=stall).is_ended
        assert owner.ended == [(2, False)]

    @pytest.mark.parametrize(
        "renewed", [Forbidden(), replace(CTX, actor=replace(CTX.actor, role="employee", rights=frozenset()))]
    )
    def test_who_may_no_longer_or_sees_other_things_gets_no_further_page(self, renewed):
        owner = Owner()

        assert not exported(owner, renewed=renewed).is_ended
        assert owner.asked == [0]
        assert owner.ended == [(2, False)]

    def test_a_defect_of_ours_is_recorded_and_told_to_the_log(self):
        owner = Owner()
        owner.call_once = owner.call

        async def broken(ctx, service, method, request):
            if method == "get_account_sheet" and request.cursor:
                raise ZeroDivisionError
            return await owner.call_once(ctx, service, method, request)

        owner.call = broken

        with pytest.raises(ZeroDivisionError):
            exported(owner)
        assert owner.ended == [(2, False)]

    @pytest.mark.parametrize("accepts", ["identity", "gzip"])
    def test_a_client_over_http_takes_no_part_for_the_whole(self, accepts):
        """What the server makes of an answer that is begun and not ended: no last chunk."""

        async def application(scope, receive, send):
            sheet = Sheet(owner, ROUTE, AccountSheet(), renew)
            response = await sheets.answer(sheet, now(), Request(scope), {}, "accounts")
            assert isinstance(response, SheetResponse)
            await response(scope, receive, send)

        async def renew():
            return now()

        with serving(application) as url:
            owner = Owner(pages=5)
            whole = httpx.get(url, headers={"accept-encoding": accepts})
            owner = Owner(pages=5, fails_at=3)
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
                httpx.get(url, headers={"accept-encoding": accepts})

        assert whole.text.count("\r\n") == 11
        assert owner.ended == [(6, False)]


class serving:  # noqa: N801 (reads as the context manager that it is)
    """`with serving(application) as url`: on the server that `python -m gateway` runs."""

    def __init__(self, application):
        self._socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(application, http="httptools", lifespan="off", log_config=None)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def __enter__(self):
        self._thread.start()
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
