"""How long after a write's answer the overview shows it, to a client that asks again and again."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson

from bench import http
from bench.load import ANSWER_SECONDS, Result

PATIENCE_SECONDS = 30.0  # after which a write is called lost


@dataclass(frozen=True)
class Write:
    """One write that adds a row to a section: the request that makes it, and the one that asks for the page.

    With `then` it takes a second request, made of the answer to the first.
    """

    section: str
    write: bytes
    view: bytes
    then: Callable[[bytes], bytes] | None = None


@dataclass
class Seen:
    """What came of some writes, by section: `times` from the write's answer to the first page with it, in s."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    views: int = 0  # asked in all until each write was seen
    bare_ms: float = 0.0  # the median of a bare request, asked in the same way

    @property
    def all(self) -> Result:
        """Every write, whatever its section."""
        return Result(times=[one for times in self.times.values() for one in times])

    @property
    def views_each(self) -> float:
        return self.views / max(1, len(self.all.times))


async def watch(address: str, writes: Iterable[Write], *, seconds: float, most: int) -> Seen:
    """Make the writes one after the other, each as soon as the one before is seen, over one connection.

    Ends after `seconds` or `most` writes. Raises TimeoutError for a write that never shows, ValueError for a refusal.
    """
    host, port = http.loopback(address)
    seen, until = Seen(), time.perf_counter() + seconds
    async with http.Connection(host, port) as connection:
        for one, _ in zip(writes, range(most), strict=False):
            if time.perf_counter() >= until:
                break
            before = _total(await _asked(connection, one.view), one.section)
            answer = await _asked(connection, one.write)
            if one.then is not None:
                await _asked(connection, one.then(answer))
            began = time.perf_counter()
            while True:
                seen.views += 1
                page = await _asked(connection, one.view)
                if _total(page, one.section) > before:
                    break
                if time.perf_counter() - began > PATIENCE_SECONDS:
                    raise TimeoutError(f"a write of {one.section} was not seen within {PATIENCE_SECONDS:g} s")
            seen.times[one.section].append(time.perf_counter() - began)
    return seen


async def _asked(connection: http.Connection, wanted: bytes) -> bytes:
    async with asyncio.timeout(ANSWER_SECONDS):
        answer = await connection.send(wanted)
    if answer.status >= 300:
        raise ValueError(f"answered {answer.status}: {answer.body[:500]!r}")
    return answer.body


def _total(page: bytes, section: str) -> int:
    """The count of a section; -1 while it is not there."""
    found = {one["name"]: one for one in orjson.loads(page)["sections"]}
    total = found[section]["total"]
    return -1 if total is None else int(total)
