"""Sends rows to `accounts` over the bus, in batches that may be repeated."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import UUID

from chassis import wire
from chassis.context import Context, new_id
from chassis.errors import Unavailable
from contracts.accounts import ImportedRow, ImportedRows, ImportRow, ImportRows
from contracts.common import Done
from deploy.importing.problem import Unreadable
from gateway.bus import Bus

BATCH = 100  # rows of one message
BATCH_SECONDS = 120.0  # for one; a row takes a few calls between services
PATIENCE_SECONDS = 60.0  # for a part of the system that is away: a restart takes less
FIRST_PAUSE, LAST_PAUSE = 0.5, 8.0  # s


async def choose_firm(bus: Bus, wanted: str | None) -> UUID:
    """The firm to load into: the one named, or the only one. Raises Unreadable, Unavailable."""
    reply = await _persist(bus, Context(door="import"), "identity", "list_firms", Done(), seconds=5.0)
    firms = {UUID(str(each["id"])): str(each["name"]) for each in reply["items"]}
    if wanted is None:
        if len(firms) == 1:
            return next(iter(firms))
        if not firms:
            raise Unreadable("There is no firm to load the list into yet: create one first.")
        raise Unreadable(f"Say which firm with --firm: {_listed(firms)}.")
    same = [firm_id for firm_id, name in firms.items() if wanted.strip().casefold() in (str(firm_id), name.casefold())]
    if len(same) != 1:
        count = "No firm is" if not same else f"{len(same)} firms are"
        raise Unreadable(f"{count} called “{wanted}”. There are: {_listed(firms)}. An id tells them apart.")
    return same[0]


def _listed(firms: dict[UUID, str]) -> str:
    return ", ".join(f"“{name}” ({firm_id})" for firm_id, name in firms.items()) or "none"


def batches(rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
    """The rows in lists of at most BATCH, in their order: a row may belong to the account of one before it."""
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch


async def send(bus: Bus, firm_id: UUID, batch: list[ImportRow]) -> list[ImportedRow]:
    """Load one batch as the firm's system; what was loaded before an interruption is not loaded twice."""
    ctx = Context(firm_id=firm_id, door="import", key=f"import/{new_id()}")
    request = ImportRows(rows=tuple(batch))
    reply = await _persist(bus, ctx, "accounts", "import_rows", request, seconds=BATCH_SECONDS)
    return list(wire.load(ImportedRows, reply).rows)


async def _persist(bus: Bus, ctx: Context, service: str, call: str, request: Any, *, seconds: float) -> Any:
    """Call again with the same key while a part of the system is away. Raises Unavailable when it stays away."""
    until, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
    while True:
        began = time.monotonic()
        try:
            fresh = replace(ctx, deadline=began + seconds)
            return await bus.call(fresh, service, call, request, seconds=seconds)
        except Unavailable:
            if time.monotonic() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, LAST_PAUSE)
