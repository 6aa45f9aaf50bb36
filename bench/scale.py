"""`python -m bench.scale`: what requests cost as clients and firms grow, and what more processes bring.

Writes the tables of docs/scaling.md. Systems of all sizes are served side by side and asked in turn, so that whatever
else the machine does hits all alike.
"""

import argparse
import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httpx

from bench.cases import MIXED_CASE, SEARCH_CASE, WARM_CASE, Case, cases_of
from bench.cpu import Parts, spent
from bench.generate.filling import MOST
from bench.load import Result, run
from bench.profile_table import CONNECTIONS, Unmeasurable, measured, warm_up
from bench.report import write
from bench.system import Firms, System, private_servers, settled, systems
from deploy.local import ports
from deploy.local.children import GATEWAY, Child, system
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.run import Asked, stoppable
from deploy.local.services import ROOT
from tests.stack import until

PAGE = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- scale:begin -->", "<!-- scale:end -->"
SIZES, FIRMS = (1_000, 30_000, 1_000_000), 5_000
SHARE = 10  # the first of many firms has one account in so many
ROWS = 500  # of an imported client list
IMPORTED = 600.0  # s
SETS = (1, 2, 4)  # processes of every service, and gateways
WARM_SECONDS = 2.0  # in which further processes import, plan and connect
PROFILE_RATIO, SEARCH_MS = 1.2, 50.0  # what we want to reach, never what passes a test
KEPT_CASES = (WARM_CASE, "cold profile", SEARCH_CASE, "create a task", MIXED_CASE)  # asked of more processes, too


@dataclass(frozen=True)
class Imported:
    """A client list of ROWS clients brought in: CPU ms and wall seconds of all of it."""

    cpu_ms: float
    seconds: float


@dataclass(frozen=True)
class Found:
    sizes: Sequence[Firms]
    results: Sequence[Sequence[list[Result]]]  # by case and system, each with its rounds
    names: Sequence[str]  # of the cases
    imports: Sequence[Imported]
    sets: dict[int, dict[str, list[Result]]]  # by number of processes and case
    disk: Sequence[float]  # GB of the databases of each system


def firms_of(accounts: int, firms: int) -> Firms:
    """One firm with a tenth of the accounts, the largest there may be, and the others with equal shares of the rest."""
    if firms == 1 or accounts < SHARE * firms:
        return [accounts]
    first = accounts // SHARE
    each, more = divmod(accounts - first, firms - 1)
    return [first, *(each + (number < more) for number in range(firms - 1))]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="accounts of each system")
    parser.add_argument("--firms", type=int, default=FIRMS, help="that share those of the largest")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each case in each round")
    parser.add_argument("--print", action="store_true", help="print the tables, leave the page as it is")
    asked = parser.parse_args(arguments)
    accounts = sorted(min(max(1, size), MOST) for size in asked.sizes)
    sizes: list[Firms] = [[size] for size in accounts[:-1]] + [firms_of(accounts[-1], asked.firms)]
    began, busy = time.monotonic(), os.getloadavg()[0]
    progress = Progress()
    try:
        with stoppable():
            found = measure(sizes, asked.rounds, asked.seconds, progress)
    except (CannotStart, Unmeasurable, Asked) as problem:
        print(str(problem) or "Stopped.", file=sys.stderr)
        return 1
    command = " ".join(["python -m bench.scale", *arguments])
    said = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} in one run by `{command}` ({time.monotonic() - began:.0f} s):"
        f" {asked.rounds} rounds of {asked.seconds:g} s for each row, in turn, {CONNECTIONS} connections,"
        f" {os.cpu_count()} cores, a load of {busy:.1f} before."
    )
    text = "\n".join([said, "", *by_size(found), "", *by_processes(found)])
    print(text)
    if not asked.print:
        write(PAGE, text, BEGIN, END)
        progress.line(f"written to {PAGE.relative_to(ROOT)}")
    return 0


def measure(sizes: Sequence[Firms], rounds: int, seconds: float, progress: Progress) -> Found:
    with (
        tempfile.TemporaryDirectory(prefix="dossier-scale-") as folder,
        private_servers(progress) as servers,
        systems(servers, sizes, Path(folder), progress) as made,
    ):
        disk = [gigabytes(one) for one in made]
        rows = list(zip(*map(cases_of, made), strict=True))
        for row in rows:
            warm_up(list(row))
        results: list[list[list[Result]]] = [[[] for _ in made] for _ in rows]
        for number in range(1, 1 + rounds):
            with progress.step(f"Round {number} of {rounds}"):
                for row, kept in zip(rows, results, strict=True):
                    for case, rounds_of_it in zip(row, kept, strict=True):
                        rounds_of_it.append(measured(case, seconds))
        imports = []
        for one in made:
            with progress.step(f"Importing {ROWS} clients into {one.accounts} of the firm"):
                imports.append(imported(one))
        for one in made[:-1]:
            one.stack.stop()
        largest, sets = made[-1], {}
        cases = [row[-1] for row in rows if row[-1].name in KEPT_CASES]
        for number in SETS:
            with progress.step(f"{number} of each process"), more(largest, number - 1, Path(folder)) as others:
                sets[number] = asked_of_all(largest, others, cases, rounds, seconds)
        return Found(sizes, results, [row[0].name for row in rows], imports, sets, disk)


def gigabytes(one: System) -> float:
    """What its databases take on disk."""
    statement = "SELECT sum(pg_database_size(oid)) FROM pg_database WHERE starts_with(datname, %s)"
    ((size,),) = one.stack.query("overview", statement, f"{one.stack.namespace}_")
    return float(size) / 1e9


def imported(one: System) -> Imported:
    """Bring a client list in, and wait until all of it can be searched."""
    rows = [f"Imported {n} Ltd,Ines{n},Import{n},ines{n}.{os.urandom(4).hex()}@example.com" for n in range(ROWS)]
    content = "\n".join(["Account name,First name,Last name,Email", *rows])
    headers = {"Authorization": f"Bearer {one.firm.token}"}
    with httpx.Client(base_url=f"{one.stack.url}/v1", headers=headers, timeout=30) as client:
        total = client.get("/accounts").json()["total"]
        settled(one.parts)
        before, began = one.parts.seconds(), time.monotonic()
        made = client.post("/imports", content=content, headers={"Content-Type": "text/csv"}).raise_for_status().json()
        client.post(f"/imports/{made['id']}/start").raise_for_status()
        until(lambda: client.get(f"/imports/{made['id']}").json()["state"] == "ended", IMPORTED, every=0.5)
        until(lambda: client.get("/accounts").json()["total"] == total + ROWS, IMPORTED, every=0.5)
        took = time.monotonic() - began
        settled(one.parts)
        return Imported(sum(spent(before, one.parts.seconds()).values()), took)


@contextmanager
def more(largest: System, number: int, logs: Path) -> Iterator[list[list[Child]]]:
    """So many further processes of every service, and gateways, beside those that run."""
    with ExitStack() as cleanup:
        sets = []
        for place in range(number):
            port = ports.free_ports(1)[0]
            children = system(largest.stack.env, logs / f"more {place}", ports.HOST, port)
            for child in children:
                cleanup.callback(child.stop)
                child.start()
            sets.append(children)
        for child in [child for children in sets for child in children]:
            until(child.is_ready, 120)
        yield sets


def asked_of_all(
    largest: System, others: list[list[Child]], kept: list[Case], rounds: int, seconds: float
) -> dict[str, list[Result]]:
    """The cases, each asked of all gateways at once by the same connections as of one."""
    parts = Parts(
        {f"{child.name} {place}": child.pid or 0 for place, children in enumerate(others) for child in children}
        | dict(largest.parts.roots)
    )
    urls = [largest.stack.url, *(child.address for children in others for child in children if child.name == GATEWAY)]
    found: dict[str, list[Result]] = {case.name: [] for case in kept}
    for case in kept:
        asyncio.run(_spread(case, urls, WARM_SECONDS))
        for _ in range(rounds):
            settled(parts)
            before = parts.seconds()
            results = asyncio.run(_spread(case, urls, seconds))
            if case.has_echo:
                settled(parts)
            result = timed(results)
            result.seconds = max(one.seconds for one in results)
            result.statuses.update(status for one in results for status in one.statuses.elements())
            result.cpu_ms = spent(before, parts.seconds())
            if any(status >= 300 for status in result.statuses) or not result.requests:
                raise Unmeasurable(f"{case.name} was answered {dict(result.statuses)}")
            found[case.name].append(result)
    return found


async def _spread(case: Case, urls: list[str], seconds: float) -> list[Result]:
    each = math.ceil(CONNECTIONS / len(urls))
    source = iter(case.requests)
    return await asyncio.gather(*(run(url, source, connections=each, seconds=seconds) for url in urls))


def cost(rounds: list[Result]) -> float:
    """CPU ms per request, the median of the rounds."""
    return median(one.cpu_each for one in rounds)


def timed(rounds: list[Result]) -> Result:
    """The times of all rounds, as of one."""
    return Result(times=[time for one in rounds for time in one.times])


def by_size(found: Found) -> list[str]:
    """CPU ms per request at each size, and how often the smallest fits into the largest."""
    heads = [f"{sum(firms):,}" for firms in found.sizes]
    firms = [f"{len(one):,}" for one in found.sizes]
    asked = [f"{one[0]:,}" for one in found.sizes]
    lines = [
        f"| CPU ms per request, at … accounts | {' | '.join(heads)} | last ÷ first | p50, p99 ms at {heads[-1]} |",
        f"|---{'|---' * len(heads)}|---|---|",
        f"| *firms* | {' | '.join(firms)} | | |",
        f"| *accounts of the firm that asks* | {' | '.join(asked)} | | |",
        f"| *databases, GB* | {' | '.join(f'{size:.2f}' for size in found.disk)} | | |",
    ]
    for name, row in zip(found.names, found.results, strict=True):
        costs = [cost(rounds) for rounds in row]
        last = timed(row[-1])
        waits = f"{last.percentile(0.5):.1f}, {last.percentile(0.99):.1f}"
        shown = " | ".join(f"{cost:.2f}" for cost in costs)
        lines.append(f"| {name} | {shown} | {costs[-1] / costs[0]:.2f} × | {waits} |")
    costs = [one.cpu_ms / ROWS for one in found.imports]
    rates = ", ".join(f"{ROWS / one.seconds:.0f}" for one in found.imports)
    shown = " | ".join(f"{cost:.1f}" for cost in costs)
    lines.append(f"| import, each of {ROWS} rows, until all can be found | {shown} | {costs[-1] / costs[0]:.2f} × | |")
    warm = found.results[found.names.index(WARM_CASE)]
    p99 = timed(found.results[found.names.index(SEARCH_CASE)][-1]).percentile(0.99)
    ratio = cost(warm[-1]) / cost(warm[0])
    return [
        *lines,
        "",
        f"Rows imported in a second, at each size: {rates}.",
        "",
        "| to reach | here |",
        "|---|---|",
        f"| a warm profile costs at most {PROFILE_RATIO} × of the smallest | {ratio:.2f} × |",
        f"| search: p99 under {SEARCH_MS:g} ms | {p99:.1f} ms |",
    ]


def by_processes(found: Found) -> list[str]:
    """Requests in a second and CPU ms of each, with so many processes of every service."""
    heads = " | ".join(f"{number} of each" for number in found.sets)
    lines = [f"| requests/s (CPU ms of each) | {heads} |", f"|---{'|---' * len(found.sets)}|"]
    for name in KEPT_CASES:
        cells = []
        for results in found.sets.values():
            rate = median(one.per_second for one in results[name])
            cells.append(f"{rate:,.0f} ({cost(results[name]):.2f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
