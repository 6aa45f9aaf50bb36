"""`python -m bench.spans`: CPU time that the spans of one warm profile take, off, on and not kept, on and kept.

Four spans as there: the request, the gateway's call, its serving, the statement. Quick, and of one process alone;
`python -m bench.tracing` measures the whole.
"""

import subprocess
import sys
import time
from statistics import median

from chassis import tracing
from chassis.config import Settings
from deploy.local.services import ROOT

SQL = "SELECT * FROM recall_sections(%(firm)s, %(account)s, %(names)s, %(scopes)s)"
ROUNDS, REQUESTS = 5, 900  # no more spans than are held until they are sent
WAYS = {"off": None, "on, not kept": 0.0, "on, kept": 1.0}
COLLECTOR = """
import time
from tests.collector import Collector
with Collector() as collector:
    print(collector.url, flush=True)
    time.sleep(600)
"""


def request() -> None:
    with tracing.span("server", "GET", {tracing.REQUEST: "abcdefgh"}) as served:
        with tracing.span("client", "overview.get_profile") as asked:
            headers = {tracing.HEADER: asked.traceparent} if asked.traceparent else {}
            with tracing.opened(tracing.opening("server", "overview.get_profile", headers, "abcdefgh")):
                statement = tracing.statement(SQL)
                if statement is not None:
                    statement.end()
        served.name("GET /v1/accounts/{account_id}/overview", {"http.response.status_code": 200})
        tracing.trace_id()


def measure(url: str, share: float | None) -> float:
    """Microseconds of CPU time for a request, the sending of its spans included."""
    if share is not None:
        tracing.setup(Settings(otlp_endpoint=url, trace_share=share), "bench")
    began = time.process_time()
    for _ in range(REQUESTS):
        request()
    tracing.stop()
    return 1e6 * (time.process_time() - began) / REQUESTS


def main() -> int:
    collector = subprocess.Popen([sys.executable, "-c", COLLECTOR], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        url = collector.stdout.readline().strip() if collector.stdout else ""
        found: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(ROUNDS):
            for name, share in WAYS.items():
                found[name].append(measure(url, share))
    finally:
        collector.kill()
        collector.wait()
    for name, times in found.items():
        print(f"{name}: {median(times):.1f} µs, from {min(times):.1f} to {max(times):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
