"""`python -m bench`: measure what a request costs, beside its limits, and write the table of docs/performance.md."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

from bench import report
from bench.cases import BASE, Case, limit_cases, system_cases, turns_of, whole, writes
from bench.cpu import spent
from bench.generate.filling import MOST
from bench.load import Result, run
from bench.system import System, limits, private_servers, settled, systems
from bench.visible import Seen, watch
from bench.whole import NotWhole, check
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.run import Asked, stoppable
from deploy.local.services import ROOT

PAGE = ROOT / "docs" / "performance.md"
CONNECTIONS = 8
LAP_SECONDS = 60.0
SEEN_WRITES = 1000  # at most; the hundredth part of it is what a p99 rests on


class Unmeasurable(Exception):
    """The answers were not the ones whose cost we want to know."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--small", type=int, default=20_000, help="accounts of the small system")
    parser.add_argument("--large", type=int, default=200_000, help="accounts of the large one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each case in each round")
    parser.add_argument("--print", action="store_true", help="print the table, leave the page as it is")
    asked = parser.parse_args(arguments)
    sizes = [min(max(1, size), MOST) for size in (asked.small, asked.large)]
    began, busy = time.monotonic(), os.getloadavg()[0]
    progress = Progress()
    try:
        with stoppable():
            found = measure(sizes, asked.rounds, asked.seconds, progress)
    except (CannotStart, NotWhole, Asked) as problem:
        print(str(problem) or "Stopped.", file=sys.stderr)
        return 1
    facts = report.Facts(
        command=" ".join(["make bench", *([f"ARGS='{' '.join(arguments)}'"] if arguments else [])]),
        rounds=asked.rounds,
        seconds=asked.seconds,
        connections=CONNECTIONS,
        cores=os.cpu_count() or 1,
        load=busy,
        took=time.monotonic() - began,
        python=platform.python_version(),
    )
    text = report.table(found, facts)
    print(text)
    if not asked.print:
        report.write(PAGE, text)
        progress.line(f"written to {PAGE.relative_to(ROOT)}")
    return 0


def measure(sizes: list[int], rounds: int, seconds: float, progress: Progress) -> report.Measured:
    """Run everything once, the cases in turn, round after round, so that a busy moment hits all alike."""
    with tempfile.TemporaryDirectory(prefix="dossier-bench-logs-") as folder, private_servers(progress) as servers:
        logs = Path(folder)
        with systems(servers, [[size] for size in sizes], logs, progress) as (small, large):
            settled(large.parts)
            resting = large.parts.resident()
            warm_up(system_cases(small, large)[:1])  # the limits read what this makes the system remember
            with limits(large, logs) as bare:
                cases = [*limit_cases(bare), *system_cases(small, large)]
                warm_up(cases)
                asyncio.run(check(large.stack.url, whole(large)))
                results = in_turn(cases, rounds, seconds, progress)
                base = next(case for case in cases if case.name == BASE)
                with progress.step("Watching writes until they show"):
                    seen = seen_writes(large, base, rounds * seconds * 2)
            settled(large.parts)
            versions = report.versions(servers)
            return report.Measured(results, resting, large.parts.resident(), (small, large), versions, seen)


def seen_writes(system: System, bare: Case, seconds: float) -> Seen:
    """How long writes take to show, and a bare request in the same way: one connection, one at a time."""
    asked = asyncio.run(run(bare.address, bare.requests, connections=1, seconds=min(seconds, 2.0)))
    found = asyncio.run(watch(system.stack.url, cycle(turns_of(writes(system))), seconds=seconds, most=SEEN_WRITES))
    found.bare_ms = asked.percentile(0.5)
    return found


def in_turn(cases: list[Case], rounds: int, seconds: float, progress: Progress) -> dict[str, list[Result]]:
    """Measure the cases round after round; one that is answered with an error is told of and left out."""
    results: dict[str, list[Result]] = {case.name: [] for case in cases}
    for number in range(1, 1 + rounds):
        with progress.step(f"Round {number} of {rounds}"):
            for case in [case for case in cases if case.name in results]:
                try:
                    results[case.name].append(measured(case, seconds))
                except (Unmeasurable, ExceptionGroup) as fault:
                    progress.line(f"{case.name} is left out: {fault!r}")
                    del results[case.name]
    return results


def warm_up(cases: list[Case]) -> None:
    """Let every process import, compile and prepare what it will need."""
    for case in cases:
        _lap(case)
        asyncio.run(run(case.address, case.requests, connections=CONNECTIONS, seconds=0.5))


def _lap(case: Case) -> None:
    asyncio.run(run(case.address, case.lap, connections=1, seconds=LAP_SECONDS))


def measured(case: Case, seconds: float) -> Result:
    """One case of one round."""
    _lap(case)
    before = case.parts.seconds()
    result = asyncio.run(run(case.address, case.requests, connections=CONNECTIONS, seconds=seconds))
    if case.has_echo:
        settled(case.parts)
    result.cpu_ms = spent(before, case.parts.seconds())
    refused = {status: times for status, times in result.statuses.items() if status >= 300}
    if refused or not result.requests:
        raise Unmeasurable(f"answered {dict(result.statuses)}, so what it costs says nothing")
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
