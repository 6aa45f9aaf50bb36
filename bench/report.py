"""The table of docs/performance.md, between its markers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from math import nan
from pathlib import Path
from statistics import median

import amqp
import psycopg
from kombu.utils.url import parse_url

from bench.cases import BASE, LIMIT_CASES, WARM_CASE, search_case_name
from bench.load import Result
from bench.system import System
from bench.visible import Seen
from deploy.local.servers import BROKER, DATABASE, Servers

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
LIBRARIES = ("nameko", "eventlet", "kombu", "amqp", "aiormq", "starlette", "uvicorn", "sqlalchemy", "psycopg", "orjson")
WARM_RATIO, WARM_MS, SEARCH_RATIO, REST_MB = 2.5, 5.0, 1.3, 90.0  # what we want to reach, never what passes a test
FEW = 0.5  # of the cores at work before we begin: more, and the machine is called busy


@dataclass(frozen=True)
class Measured:
    results: Mapping[str, list[Result]]
    resting: Mapping[str, float]  # MB of each process before the first request
    after: Mapping[str, float]  # and at rest after all
    systems: tuple[System, System]
    versions: Mapping[str, str]
    seen: Seen | None = None

    def cpu(self, name: str) -> float:
        """CPU ms per request, the median of the rounds; not a number for what could not be measured."""
        results = self.results.get(name)
        return median(result.cpu_each for result in results) if results else nan


@dataclass(frozen=True)
class Facts:
    command: str
    rounds: int
    seconds: float
    connections: int
    cores: int
    load: float
    took: float
    python: str


def versions(servers: Servers) -> dict[str, str]:
    """What was measured, servers included."""
    found = {name: version(name) for name in LIBRARIES}
    with psycopg.connect(servers[DATABASE].url, connect_timeout=5) as connection:
        row = connection.execute("SHOW server_version").fetchone()
        found["PostgreSQL"] = str(row[0]).split()[0] if row else "?"
    told = parse_url(servers[BROKER].url)
    where = f"{told['hostname']}:{told['port']}"
    with amqp.Connection(where, userid=told["userid"], password=told["password"], connect_timeout=5) as broker:
        found["RabbitMQ"] = str(broker.server_properties.get("version", "?"))
    return found


def table(found: Measured, facts: Facts) -> str:
    """Everything between the markers."""
    base = found.cpu(BASE)
    said = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} in one run by `{facts.command}` ({facts.took:.0f} s):"
        f" {facts.rounds} rounds of {facts.seconds:g} s for each row, in turn, {facts.connections} connections,"
        f" {facts.cores} cores{_busy(facts)}."
    )
    lines = [
        said,
        "",
        "| request | CPU ms | from … to | × base | of it | requests/s |",
        "|---|---|---|---|---|---|",
        *(_row(name, found, base) for name in found.results),
        "",
        *_targets(found, base),
        "",
        *(_seen(found.seen) if found.seen and found.seen.times else []),
        "| process at rest | RSS MB at first | after the run |",
        "|---|---|---|",
        *(f"| {name} | {mb:.0f} | {found.after[name]:.0f} |" for name, mb in found.resting.items() if _is_ours(name)),
        "",
        f"CPython {facts.python}, " + ", ".join(f"{name} {number}" for name, number in found.versions.items()) + ".",
    ]
    return "\n".join(lines)


def write(page: Path, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Put the text between the page's markers."""
    before, begins, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        raise ValueError(f"{page} has no {begin} and {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def _busy(facts: Facts) -> str:
    if facts.load <= FEW * facts.cores:
        return f", otherwise quiet (load {facts.load:.1f})"
    return f"; **the machine was busy** (load {facts.load:.1f}): compare rows, the CPU ms are too high"


def _row(name: str, found: Measured, base: float) -> str:
    results = found.results[name]
    each = [result.cpu_each for result in results]
    rate = median(result.per_second for result in results)
    shown = f"*{name}*" if name in LIMIT_CASES else name
    spread = f"{min(each):.2f} … {max(each):.2f}"
    return f"| {shown} | {median(each):.2f} | {spread} | {median(each) / base:.1f} | {_shares(results)} | {rate:,.0f} |"


def _shares(results: list[Result]) -> str:
    """Where the CPU time goes, in ms per request, the largest parts first."""
    parts = {name: median(result.cpu_ms[name] / result.requests for result in results) for name in results[0].cpu_ms}
    largest = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {ms:.2f}" for name, ms in largest if ms >= 0.02)


def _targets(found: Measured, base: float) -> list[str]:
    small, large = map(search_case_name, found.systems)
    warm, ratio = found.cpu(WARM_CASE), found.cpu(large) / found.cpu(small)
    worst = max((mb, name) for name, mb in found.resting.items() if _is_ours(name))
    return [
        "| to reach | here |",
        "|---|---|",
        f"| warm profile ≤ {WARM_RATIO} × ({BASE}) | {warm / base:.2f} × |",
        f"| warm profile ≤ {WARM_MS:g} ms CPU | {warm:.2f} ms |",
        f"| search: {found.systems[1].accounts:,} ≤ {SEARCH_RATIO} × {found.systems[0].accounts:,} | {ratio:.2f} × |",
        f"| a process rests under {REST_MB:g} MB | at most {worst[0]:.0f} MB ({worst[1]}) |",
    ]


def _seen(seen: Seen) -> list[str]:
    """From the answer of a write to the first page that shows it."""
    parts = {section: Result(times=times) for section, times in seen.times.items()} | {"all": seen.all}
    rows = [
        f"| {section} | {len(result.times)} | {result.percentile(0.5):.1f} | {result.percentile(0.99):.1f}"
        f" | {result.percentile(0.5) / seen.bare_ms:.1f} | {result.percentile(0.99) / seen.bare_ms:.1f} |"
        for section, result in parts.items()
    ]
    said = f"one client, {seen.views_each:.1f} views for each; bare: {BASE}, {seen.bare_ms:.2f} ms"
    return [
        f"From a write's answer to the first page that shows it ({said}):",
        "",
        "| section | writes | median ms | p99 ms | × bare | p99 × bare |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _is_ours(name: str) -> bool:
    return name not in {BROKER, DATABASE}
