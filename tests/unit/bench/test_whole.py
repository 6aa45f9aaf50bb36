"""A profile that lacks something is not measured."""

import asyncio
import contextlib
import json

import pytest

from bench import http
from bench.whole import NotWhole, check, faults
from contracts.overview import SECTIONS


def section(name, **changes):
    return {"name": name, "state": "fresh", "rows": [{}]} | changes


def page(*changed):
    """A whole profile, but for these sections."""
    sections = {name: section(name) for name in SECTIONS} | {one["name"]: one for one in changed}
    return json.dumps({"sections": list(sections.values())}).encode()


@contextlib.asynccontextmanager
async def serving(body, status=200):
    async def serve(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 %d OK\r\ncontent-length: %d\r\n\r\n" % (status, len(body)) + body)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


def checked(body, status=200):
    async def run():
        async with serving(body, status) as address:
            await check(address, [http.request("/overview")] * 2)

    asyncio.run(run())


def test_a_whole_profile_lacks_nothing():
    checked(page())

    assert faults(page()) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"rows": []}, "chats has no rows"), ({"state": "stale"}, "chats is stale")],
)
def test_a_section_that_is_old_or_empty_is_told(changes, fault):
    assert faults(page(section("chats", **changes))) == [fault]


def test_a_section_that_is_missing_is_told():
    alone = json.dumps({"sections": [section("notes")]}).encode()

    assert faults(alone) == [f"{name} is missing" for name in SECTIONS if name != "notes"]


@pytest.mark.parametrize(("body", "status"), [(b'{"sections": []}', 200), (page(), 503)])
def test_what_is_not_whole_stops_the_bench(body, status):
    with pytest.raises(NotWhole):
        checked(body, status)
