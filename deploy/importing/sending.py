"""Sends rows to `accounts` over the bus, in messages that may be repeated."""

import asyncio
import time
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import wire
from chassis.context import Context, new_id
from chassis.errors import Unavailable
from contracts.accounts import ImportedRow, ImportedRows, ImportRow, ImportRows
from contracts.common import Done
from contracts.custom_fields import CustomFields
from deploy.importing import lanes
from gateway.bus import Bus
from services.accounts.client_lists.columns import Fields
from services.accounts.client_lists.problem import Unreadable

BATCH = 100  # rows of one message
BATCH_SECONDS = 120.0  # for one; a row takes a few calls between services
PATIENCE_SECONDS = 60.0  # for a part of the system that is away: a restart takes less
FIRST_PAUSE, LAST_PAUSE = 0.5, 8.0  # s


async def choose_firm(bus: Bus, wanted: str | None) -> UUID:
    """The firm to load into: the one named, or the only one. Raises Unreadable, Unavailable."""
    reply = await _persist(bus, Context(door="import"), "identity", "list_firms", Done(), seconds=5.0)
    return pick({UUID(str(each["id"])): str(each["name"]) for each in reply["items"]}, wanted)


async def custom_fields(bus: Bus, firm_id: UUID) -> Fields:
    """The firm's own fields, from their owners. Raises Unavailable."""
    ctx = Context(firm_id=firm_id, door="import")
    found = []
    for owner in ("account", "contact"):
        reply = await _persist(bus, ctx, f"{owner}s", f"list_{owner}_fields", Done(), seconds=5.0)
        found.append(tuple(use.field for use in wire.load(CustomFields, reply).items))
    return Fields(*found)


def pick(firms: dict[UUID, str], wanted: str | None) -> UUID:
    """The firm that `wanted`, a name or an id, means among these; unsaid, the only one. Raises Unreadable."""
    if wanted is None:
        if len(firms) == 1:
            return next(iter(firms))
        if not firms:
            raise Unreadable("There is no firm to load the list into yet: create one first.")
        raise Unreadable(f"Say which firm with --firm: {_listed(firms)}.")
    meant = " ".join(wanted.split()).casefold()
    same = [firm_id for firm_id, name in firms.items() if meant in (str(firm_id), name.casefold())]
    if len(same) != 1:
        count = "No firm is" if not same else f"{len(same)} firms are"
        raise Unreadable(f"{count} called “{wanted}”. There are: {_listed(firms)}. An id tells them apart.")
    return same[0]


def _listed(firms: dict[UUID, str]) -> str:
    return ", ".join(f"“{name}” ({firm_id})" for firm_id, name in firms.items()) or "none"


async def send(bus: Bus, firm_id: UUID, rows: list[ImportRow]) -> list[ImportedRow]:
    """Load rows in their order as the firm's system; what was loaded before an interruption is not loaded twice."""
    done: list[ImportedRow] = []
    for start in range(0, len(rows), BATCH):
        ctx = Context(firm_id=firm_id, door="import", key=f"import/{new_id()}")
        request = ImportRows(rows=tuple(rows[start : start + BATCH]))
        reply = await _persist(bus, ctx, "accounts", "import_rows", request, seconds=BATCH_SECONDS)
        done += wire.load(ImportedRows, reply).rows
    return done


async def send_window(bus: Bus, firm_id: UUID, window: list[ImportRow]) -> list[ImportedRow]:
    """Load a window's lanes at the same time; the outcomes in the order of the file."""
    jobs = [send(bus, firm_id, lane) for lane in lanes.lanes(window)]
    done = await asyncio.gather(*jobs)
    return sorted((row for lane in done for row in lane), key=lambda row: row.line)


async def _persist(bus: Bus, ctx: Context, service: str, call: str, request: Any, *, seconds: float) -> Any:
    """Call again with the same key while a part of the system is away. Raises Unavailable when it stays away.

    How long is counted from the first failure, which itself may have taken all of `seconds`.
    """
    until, pause = None, FIRST_PAUSE
    while True:
        try:
            fresh = replace(ctx, deadline=time.monotonic() + seconds)
            return await bus.call(fresh, service, call, request, seconds=seconds)
        except Unavailable:
            now = time.monotonic()
            until = until or now + PATIENCE_SECONDS
            if now + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, LAST_PAUSE)
