"""`python -m bench.load http://127.0.0.1:8000 PATH…`: closed-loop load, bounded in number and time, loopback only."""

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from bench import http
from bench.cpu import Parts, name_of, spent
from deploy.local.home import Home
from deploy.local.leash import children

MOST_CONNECTIONS = 256
MOST_SECONDS = 600.0
MOST_REQUESTS = 1_000_000
ANSWER_SECONDS = 30.0  # after which an answer is no answer


@dataclass
class Result:
    """What came of one run; `seconds` is its wall time, `cpu_ms` by part, for all requests together."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # s, of each answered request
    statuses: Counter[int] = field(default_factory=Counter)
    received: int = 0  # bytes of bodies
    cpu_ms: dict[str, float] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return len(self.times)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def cpu_each(self) -> float:
        """CPU ms per request of all parts together."""
        return sum(self.cpu_ms.values()) / self.requests if self.requests else 0.0

    def percentile(self, share: float) -> float:
        """The time in ms within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def run(
    address: str, wanted: Iterable[bytes], *, connections: int, seconds: float, most: int = MOST_REQUESTS
) -> Result:
    """Send the requests over `connections` at once, each waiting for its answer before it sends the next.

    It ends with the last request, after `seconds`, or after `most` requests, whichever comes first.
    """
    host, port = http.loopback(address)
    source = islice(wanted, min(most, MOST_REQUESTS))
    result = Result()
    began = time.perf_counter()
    until = began + min(seconds, MOST_SECONDS)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(connections, MOST_CONNECTIONS)):
            group.create_task(_keep_asking(host, port, source, until, result))
    result.seconds = time.perf_counter() - began
    return result


async def _keep_asking(host: str, port: int, source: Iterator[bytes], until: float, result: Result) -> None:
    async with http.Connection(host, port) as connection:
        for wanted in source:
            began = time.perf_counter()
            if began >= until:
                return
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await connection.send(wanted)
            result.times.append(time.perf_counter() - began)
            result.statuses[answer.status] += 1
            result.received += len(answer.body)


def measured(parts: Parts, address: str, wanted: Iterable[bytes], **bounds: Any) -> Result:
    """The same with the CPU time of `parts` meanwhile."""
    before = parts.seconds()
    result = asyncio.run(run(address, wanted, **bounds))
    result.cpu_ms = spent(before, parts.seconds())
    return result


def report(result: Result) -> str:
    """What a person wants to know, the wall times last: they say more of the machine than of us."""
    lines = [f"{result.requests} requests, answered {dict(result.statuses)}, {result.per_second:.0f}/s"]
    for name, ms in sorted(result.cpu_ms.items(), key=lambda part: -part[1]):
        lines.append(f"  {ms / max(result.requests, 1):7.3f} ms CPU per request  {name}")
    lines.append(f"  {result.cpu_each:7.3f} ms CPU per request  in all")
    shares = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    lines.append("  " + ", ".join(f"{name} {result.percentile(share):.1f} ms" for share, name in shares))
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("address", help="http://127.0.0.1:PORT")
    parser.add_argument("paths", nargs="+", help="paths, asked for in turn")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--body", default="", help="JSON to send")
    parser.add_argument("--token", default=os.environ.get("DOSSIER_TOKEN", ""), help="API token (or DOSSIER_TOKEN)")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--requests", type=int, default=MOST_REQUESTS)
    parser.add_argument("--pid", type=int, action="append", help="processes to weigh; none: the running system")
    asked = parser.parse_args(arguments)
    headers = {"Authorization": f"Bearer {asked.token}"} if asked.token else {}
    if asked.body:
        headers["Content-Type"] = "application/json"
    wanted = [
        http.request(path, method=asked.method, headers=headers, body=asked.body.encode()) for path in asked.paths
    ]
    parts = Parts({name_of(pid): pid for pid in asked.pid or running_system()})
    bounds = {"connections": asked.connections, "seconds": asked.seconds, "most": asked.requests}
    try:
        http.loopback(asked.address)
        print(report(measured(parts, asked.address, cycle(wanted), **bounds)))
    except ValueError as fault:
        print(fault, file=sys.stderr)
        return 2
    except ExceptionGroup as faults:
        print(f"The server hung up, or is not there: {faults.exceptions[0]!r}", file=sys.stderr)
        return 1
    return 0


def running_system() -> set[int]:
    """The processes of `make run`, private servers included; empty when it does not run from this folder."""
    home = Home()
    return children(int((home.folder / "lock").read_text().split()[-1])) if home.is_taken() else set()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
