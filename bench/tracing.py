"""`python -m bench.tracing`: what traces cost a warm profile, off and on, of one system, in turns.

Writes the section of docs/observability.md between its markers, and docs/pictures/trace.svg: what a change led to.
"""

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from statistics import median

import httpx

from bench import http, load
from bench.cpu import Parts, spent
from bench.generate.filling import generate
from bench.load import Result
from bench.system import System, private_servers, settled
from bench.waterfall import drawn
from chassis.config import load_settings
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.run import Asked, stoppable
from deploy.local.services import ROOT
from tests.collector import Collector
from tests.stack import Stack, migrate

PICTURE = ROOT / "docs" / "pictures" / "trace.svg"
PAGE = ROOT / "docs" / "observability.md"
BEGIN, END = "<!-- tracing:begin -->", "<!-- tracing:end -->"
ACCOUNTS, ROUNDS, REQUESTS = 200, 3, 300
WAYS = {"off": None, "on, none kept": "0", "on, one in ten": "0.1", "on, all": "1"}


def measure(system: System) -> float:
    """CPU ms of the gateway and the overview for one warm profile, what is handed to the collector included."""
    wanted = [
        http.request(f"/v1/accounts/{account}/overview", headers={"Authorization": f"Bearer {system.firm.token}"})
        for account in system.warm
    ]
    settled(system.parts)
    before = ours(system).seconds()
    result: Result = asyncio.run(load.run(system.stack.url, cycle(wanted), connections=4, seconds=60.0, most=REQUESTS))
    settled(system.parts)  # spans go out within a second
    if set(result.statuses) != {200}:
        raise CannotStart(f"Answers were {dict(result.statuses)}.")
    return sum(spent(before, ours(system).seconds()).values()) / result.requests


def picture(system: System, collector: Collector) -> None:
    """Rename a client, and draw what followed."""
    account, request_id = system.firm.account(1), "drawn-request"
    headers = {"Authorization": f"Bearer {system.firm.token}", "X-Request-Id": request_id}
    at = f"{system.stack.url}/v1/accounts/{account}"
    with httpx.Client(headers=headers, timeout=30) as client:
        version = client.get(at, headers={"X-Request-Id": "before-the-drawn"}).json()["version"]
        client.patch(at, json={"version": version, "name": "Drawn and Quartered"}).raise_for_status()
    settled(system.parts)
    PICTURE.write_text(drawn(collector.of_request(request_id)))


def ours(system: System) -> Parts:
    return Parts({name: system.parts.roots[name] for name in ("gateway", "overview")})


def main() -> int:
    progress = Progress()
    costs: dict[str, list[float]] = {name: [] for name in WAYS}
    with (
        tempfile.TemporaryDirectory(prefix="dossier-tracing-") as folder,
        private_servers(progress) as servers,
        Collector() as collector,
        ExitStack() as cleanup,
    ):
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_TRACES_SAMPLER_ARG": "0"}
        stack = Stack(servers, Path(folder), traced)  # who is asked traces what its caller does
        cleanup.callback(stack.close)
        migrate(stack.env)
        (firm,) = generate(load_settings(stack.env), ACCOUNTS, say=progress.line)
        system = System(stack, firm, ACCOUNTS)
        stack.start()
        for number in range(ROUNDS):
            for name, share in WAYS.items():
                for each in ("overview", "gateway"):
                    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": "" if share is None else collector.url}
                    stack.child(each).environment.update(told | {"OTEL_TRACES_SAMPLER_ARG": share or ""})
                    stack.stop(each)
                    stack.start(each)
                measure(system)  # warms it
                costs[name].append(measure(system))
                progress.line(f"round {number + 1}, {name}: {costs[name][-1]:.2f} ms")
        picture(system, collector)
    rows = [
        f"| {name} | {median(found):.2f} | {median(found) / median(costs['off']):.2f} |"
        for name, found in costs.items()
    ]
    lines = ["| traces | CPU ms of gateway and overview for a warm profile | ratio |", "|---|---|---|", *rows]
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    with stoppable():
        try:
            sys.exit(main())
        except (CannotStart, Asked) as problem:
            print(problem, file=sys.stderr)
            sys.exit(1)
