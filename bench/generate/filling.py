"""Firms filled: chunks made by every core, written to five databases at once, each in one transaction."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from bench.generate.accounts import YEARS, Chunk
from bench.generate.copying import Load, encoded, loading
from bench.generate.firm import Firm, new_firm, rows
from bench.generate.tables import COLUMNS
from chassis.config import Settings

CHUNK = 1000  # accounts made at once; what is in memory at any moment is a few of these
BULK = 5000  # accounts from which building the indexes anew is cheaper than keeping them
LEAST, MOST = 1, 1_000_000
LINES = 5  # of progress for each firm
WORKERS = os.cpu_count() or 1
PREFIXES = [*map(chr, range(ord("A"), ord("Z") + 1))]

Payloads = Mapping[tuple[str, str], bytes]


def generate(settings: Settings, accounts: int, firms: int = 1, say: Callable[[str], None] = print) -> list[Firm]:
    """Make firms with this many accounts each; the services may run, but wait meanwhile."""
    if not LEAST <= accounts <= MOST:
        raise ValueError(f"from {LEAST} to {MOST} accounts, not {accounts}")
    made = []
    with ExitStack() as cleanup:
        # Workers start afresh, before any connection is open here: none is shared by accident.
        fresh = multiprocessing.get_context("spawn")
        workers = cleanup.enter_context(ProcessPoolExecutor(WORKERS, mp_context=fresh))
        loads = {
            service: cleanup.enter_context(
                loading(settings.database_for(service), columns, is_bulk=accounts * firms >= BULK)
            )
            for service, columns in COLUMNS.items()
        }
        for number in range(1, 1 + firms):
            born_at = (datetime.now(UTC) - timedelta(days=365 * YEARS)).isoformat()
            firm = new_firm(number, f"bench {number}", born_at)
            _fill(workers, loads, firm, accounts, say)
            made.append(firm)
        say("building the indexes")
    return made


def _fill(
    workers: ProcessPoolExecutor, loads: Mapping[str, Load], firm: Firm, accounts: int, say: Callable[[str], None]
) -> None:
    whole = rows(firm)
    whole["accounts", "account_code_counter"] = [(firm.own, prefix, accounts) for prefix in PREFIXES]
    _copy(loads, {table: encoded(found) for table, found in whole.items()})
    starts = range(0, accounts, CHUNK)
    jobs = [(firm, start, min(CHUNK, accounts - start), accounts) for start in starts]
    for done, payloads in enumerate(_few_ahead(workers, jobs), 1):
        _copy(loads, payloads)
        if done * LINES // len(jobs) > (done - 1) * LINES // len(jobs):
            say(f"{firm.name}: {min(done * CHUNK, accounts)} of {accounts} accounts")


def _few_ahead(workers: ProcessPoolExecutor, jobs: list[tuple[Firm, int, int, int]]) -> Iterator[Payloads]:
    """Chunks in order, made by all cores, never more than a few waiting to be written."""
    ahead = 2 * WORKERS
    waiting = [workers.submit(chunk, *job) for job in jobs[:ahead]]
    for number in range(len(jobs)):
        payloads = waiting.pop(0).result()
        if number + ahead < len(jobs):
            waiting.append(workers.submit(chunk, *jobs[number + ahead]))
        yield payloads


def chunk(firm: Firm, start: int, count: int, total: int) -> Payloads:
    """The rows of some accounts, ready to be written."""
    return {table: encoded(found) for table, found in Chunk(firm, start, count, total).make().items()}


def _copy(loads: Mapping[str, Load], payloads: Payloads) -> None:
    for service, columns in COLUMNS.items():
        for table in columns:
            if (service, table) in payloads:
                loads[service].copy(table, payloads[service, table])
