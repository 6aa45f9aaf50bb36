"""Firms filled: chunks made by every core, written to all databases at once, each in one transaction."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from bench.generate.accounts import Chunk
from bench.generate.copying import Load, encoded, loading
from bench.generate.firm import Firm, new_firm
from bench.generate.source import YEARS
from bench.generate.sources import firm_rows
from bench.generate.tables import COLUMNS
from chassis.config import Settings

CHUNK = 1000  # accounts made at once; what is in memory at any moment is a few of these
BULK = 5000  # accounts from which building the indexes anew is cheaper than keeping them
LEAST, MOST = 1, 1_000_000
LINES = 5  # of progress
WORKERS = os.cpu_count() or 1
PREFIXES = [*map(chr, range(ord("A"), ord("Z") + 1))]

Payloads = Mapping[tuple[str, str], bytes]


class Job(NamedTuple):
    """Some accounts of a firm, to be made: `start` to `start + count` of `total`."""

    firm: Firm
    start: int
    count: int
    total: int


def generate(settings: Settings, *sizes: int, say: Callable[[str], None] = print) -> list[Firm]:
    """Make a firm with so many accounts for each of `sizes`; the services may run, but wait meanwhile.

    The bench looks at accounts of the first.
    """
    everything = sum(sizes)
    if min(sizes) < LEAST or everything > MOST:
        raise ValueError(f"from {LEAST} to {MOST} accounts, not {everything}")
    born_at = (datetime.now(UTC) - timedelta(days=365 * YEARS)).isoformat()
    firms = [new_firm(number, f"bench {number}", born_at) for number in range(1, 1 + len(sizes))]
    with ExitStack() as cleanup:
        # Workers start afresh, before any connection is open here: none is shared by accident.
        fresh = multiprocessing.get_context("spawn")
        workers = cleanup.enter_context(ProcessPoolExecutor(WORKERS, mp_context=fresh))
        loads = {
            service: cleanup.enter_context(loading(settings.database_for(service), columns, is_bulk=everything >= BULK))
            for service, columns in COLUMNS.items()
        }
        made = 0
        for job, payloads in _few_ahead(workers, _jobs(firms, sizes)):
            if job.start == 0:
                _copy(loads, _rows_of(job.firm, job.total))
            _copy(loads, payloads)
            before, made = made, made + job.count
            if made * LINES // everything > before * LINES // everything:
                say(f"{made} of {everything} accounts")
        say("building the indexes")
    return firms


def _jobs(firms: list[Firm], sizes: tuple[int, ...]) -> Iterator[Job]:
    for firm, total in zip(firms, sizes, strict=True):
        for start in range(0, total, CHUNK):
            yield Job(firm, start, min(CHUNK, total - start), total)


def _rows_of(firm: Firm, accounts: int) -> Payloads:
    """What is kept of the firm itself."""
    whole = firm_rows(firm)
    whole["accounts", "account_code_counter"] = [(firm.own, prefix, accounts) for prefix in PREFIXES]
    return {table: encoded(found) for table, found in whole.items()}


def _few_ahead(workers: ProcessPoolExecutor, jobs: Iterator[Job]) -> Iterator[tuple[Job, Payloads]]:
    """Chunks in order, made by all cores, never more than a few waiting to be written."""
    waiting = deque((job, workers.submit(chunk, job)) for job in islice(jobs, 2 * WORKERS))
    while waiting:
        job, made = waiting.popleft()
        payloads = made.result()
        waiting.extend((following, workers.submit(chunk, following)) for following in islice(jobs, 1))
        yield job, payloads


def chunk(job: Job) -> Payloads:
    """The rows of some accounts, ready to be written."""
    return {table: encoded(found) for table, found in Chunk(*job).make().items()}


def _copy(loads: Mapping[str, Load], payloads: Payloads) -> None:
    for service, columns in COLUMNS.items():
        for table in columns:
            if (service, table) in payloads:
                loads[service].copy(table, payloads[service, table])
