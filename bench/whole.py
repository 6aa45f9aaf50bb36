"""What is measured is the whole profile: every section there, from its owner, with rows."""

import asyncio
from collections.abc import Iterable

import orjson

from bench import http
from bench.load import ANSWER_SECONDS
from contracts.overview import SECTIONS


class NotWhole(Exception):
    """A profile lacks something, so that what it costs says little."""


async def check(address: str, views: Iterable[bytes]) -> None:
    """Ask for each view once. Raises NotWhole for a section that is missing, not fresh or without rows."""
    host, port = http.loopback(address)
    async with http.Connection(host, port) as connection, asyncio.timeout(ANSWER_SECONDS):
        for view in views:
            answer = await connection.send(view)
            if answer.status >= 300:
                raise NotWhole(f"a profile was answered with {answer.status}: {answer.body[:200]!r}")
            lacking = faults(answer.body)
            if lacking:
                raise NotWhole(f"the profile is not whole: {', '.join(lacking)}")


def faults(page: bytes) -> list[str]:
    """What a page lacks, section by section."""
    found = {one["name"]: one for one in orjson.loads(page)["sections"]}
    lacking = [f"{name} is missing" for name in SECTIONS if name not in found]
    lacking += [f"{name} is {one['state']}" for name, one in found.items() if one["state"] != "fresh"]
    return lacking + [f"{name} has no rows" for name, one in found.items() if not one["rows"]]
