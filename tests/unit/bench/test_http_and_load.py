"""The load driver: bounded, on this machine only, and it counts what really came back."""

import asyncio
import contextlib
from itertools import repeat

import pytest

from bench import http
from bench.load import Result, main, report, run


@contextlib.asynccontextmanager
async def server(answer):
    """A server that gives each request `answer(request)`, and how many connections and requests it has had."""
    seen = {"connections": 0, "requests": []}

    async def serve(reader, writer):
        seen["connections"] += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0)
                body = await reader.readexactly(length)
                seen["requests"].append(head + body)
                writer.write(answer(head))
                if answer is hanging_up:
                    break
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", seen
    finally:
        listening.close()


def hanging_up(_):
    return b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"


def ok(_):
    return b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"


def load(answer, wanted, **bounds):
    async def drive():
        async with server(answer) as (address, seen):
            return await run(address, wanted, **bounds), seen

    return asyncio.run(drive())


def test_every_request_is_sent_once_over_few_connections():
    result, seen = load(ok, [http.request(f"/{n}") for n in range(50)], connections=4, seconds=20)

    assert result.requests == 50
    assert sorted(seen["requests"]) == sorted(http.request(f"/{n}") for n in range(50))
    assert seen["connections"] == 4
    assert result.statuses == {200: 50}
    assert result.received == 250


def test_it_ends_after_its_seconds_though_there_is_more_to_ask():
    result, _ = load(ok, repeat(http.request("/")), connections=2, seconds=0.3)

    assert result.requests > 0
    assert 0.2 < result.seconds < 5


def test_it_ends_after_its_number_of_requests():
    result, _ = load(ok, repeat(http.request("/")), connections=3, seconds=60, most=20)

    assert result.requests == 20


def test_refusals_are_counted_apart():
    result, _ = load(
        lambda head: ok(head) if b"/good" in head else b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        [http.request("/good"), http.request("/bad"), http.request("/good")],
        connections=1,
        seconds=20,
    )

    assert result.statuses == {200: 2, 404: 1}


def test_a_body_goes_along_with_its_length():
    wanted = http.request("/tasks", method="POST", headers={"Content-Type": "application/json"}, body=b'{"title": "x"}')

    _, seen = load(ok, [wanted], connections=1, seconds=20)

    assert seen["requests"] == [wanted]
    assert b"Content-Length: 14\r\n" in wanted


def test_a_server_that_hangs_up_ends_the_run():
    with pytest.raises(ExceptionGroup):
        load(hanging_up, [http.request("/")], connections=1, seconds=5)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com:80",
        "http://192.0.2.7:8000",
        "https://127.0.0.1:8000",
        "http://127.0.0.1",
        "http://0.0.0.0:80",
    ],
)
def test_only_this_machine_is_loaded(address, capsys):
    with pytest.raises(ValueError, match="only this machine"):
        http.loopback(address)

    assert main([address, "/v1/me"]) == 2
    assert "only this machine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("http://localhost:80", ("127.0.0.1", 80)),
        ("http://[::1]:8000", ("::1", 8000)),
    ],
)
def test_loopback_comes_in_several_spellings(address, found):
    assert http.loopback(address) == found


def test_percentiles_and_cpu_are_per_request():
    result = Result(seconds=2.0, times=[n / 1000 for n in range(1, 101)], cpu_ms={"gateway": 50.0, "PostgreSQL": 150.0})

    assert (result.percentile(0.5), result.percentile(0.99)) == (51.0, 100.0)
    assert result.cpu_each == 2.0
    assert result.per_second == 50.0
    assert report(result).splitlines()[1].split() == ["1.500", "ms", "CPU", "per", "request", "PostgreSQL"]
