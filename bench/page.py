"""`python -m bench.page`: what a reader waits for and what a page loads, by Chromium's own clocks.

Writes the section of docs/performance.md between its markers.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page

from bench import report
from bench.generate.firm import PASSWORD
from bench.system import System, private_servers, settled, systems
from deploy import camera
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.run import Asked, stoppable
from deploy.local.services import ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- page:begin -->", "<!-- page:end -->"
ACCOUNTS = 3000
VISITS, WRITES = 20, 20
KB = 1000
FIRST_MS, SHIFT, LOADED_KB = 300, 0.01, 100  # what we want to reach, never what passes a test
WAIT_MS = 20_000
COLUMNS = (
    "page",
    "HTML there, ms",
    "first paint, ms",
    "95 of 100",
    "largest paint, ms",
    "layout shift",
    "script and style, kB",
    "sent, kB",
)
# Runs before the page's own scripts, outside its policy; what moved because its reader did something is no fault.
OBSERVER = """
window.seen = {shift: 0, largest: 0, moved: []};
new PerformanceObserver((list) => list.getEntries().forEach((one) => {
  if (one.hadRecentInput) return;
  seen.shift += one.value;
  seen.moved.push(...one.sources.map((source) => source.node?.id || source.node?.className || source.node?.nodeName));
})).observe({type: "layout-shift", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((one) => { seen.largest = one.startTime; }))
  .observe({type: "largest-contentful-paint", buffered: true});
"""
PAINTS = """() => ({
  first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  largest: seen.largest, shift: seen.shift, moved: seen.moved,
  html: performance.getEntriesByType("navigation")[0].responseEnd,
})"""
LOADED = """() => performance.getEntriesByType("resource")
  .filter((one) => ["script", "link", "css"].includes(one.initiatorType) && /\\.(css|js)(\\?|$)/.test(one.name))
  .map((one) => ({sent: one.encodedBodySize, whole: one.decodedBodySize, name: one.name}))"""
# One clock for both: from the answer of a write to the first frame in which a card shows it.
SHOWN = """async ([path, title]) => {
  const answer = await fetch(path, {method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({title, priority: "high"})});
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  const began = performance.now();
  const isThere = () => document.querySelector("main").textContent.includes(title);
  while (!isThere()) {
    if (performance.now() - began > 20000) throw new Error("was not shown within 20 s");
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - began;
}"""


@dataclass(frozen=True)
class View:
    """`path` may name `{account}`."""

    name: str
    path: str


VIEWS = (
    View("Overview", "/clients/{account}"),
    View("Info", "/clients/{account}/info"),
    View("client list", "/clients"),
)


@dataclass
class Visits:
    """Of one page; times in ms, sizes in bytes."""

    first: list[float] = field(default_factory=list)
    largest: list[float] = field(default_factory=list)
    html: list[float] = field(default_factory=list)
    shift: list[float] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)
    sent: int = 0
    whole: int = 0


@dataclass(frozen=True)
class Measured:
    visits: dict[str, Visits]
    shown: list[float]  # ms
    browser: str


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--visits", type=int, default=VISITS, help="of each page, after the first")
    parser.add_argument("--print", action="store_true", help="print the section, leave the page as it is")
    asked = parser.parse_args(arguments)
    began, busy = time.monotonic(), os.getloadavg()[0]
    progress = Progress()
    try:
        with stoppable():
            found = measure(asked.visits, progress)
    except (CannotStart, Asked) as problem:
        print(str(problem) or "Stopped.", file=sys.stderr)
        return 1
    text = section(found, asked.visits, busy, time.monotonic() - began)
    print(text)
    if not asked.print:
        report.write(PAGE, text, BEGIN, END)
        progress.line(f"written to {PAGE.relative_to(ROOT)}")
    return 0


def measure(visits: int, progress: Progress) -> Measured:
    with (
        tempfile.TemporaryDirectory(prefix="dossier-bench-logs-") as folder,
        private_servers(progress) as servers,
        systems(servers, [[ACCOUNTS]], Path(folder), progress) as (system,),
        camera.opened() as browser,
    ):
        settled(system.parts)
        with progress.step("Opening pages"):
            found = {view.name: _visits(browser, system, view, visits) for view in VIEWS}
        with progress.step("Watching writes until a card shows them"):
            shown = _shown(browser, system)
        return Measured(found, shown, f"Chromium {browser.version}")


def _visits(browser: Browser, system: System, view: View, number: int) -> Visits:
    """Open a page again and again: files from the browser's own store, accounts that the system remembers."""
    found = Visits()
    paths = [view.path.format(account=account) for account in system.warm[:number]]
    with _reader(browser, system) as context:
        page = context.new_page()
        page.goto(paths[0])
        loaded = page.evaluate(LOADED)
        found.sent, found.whole = (sum(one[size] for one in loaded) for size in ("sent", "whole"))
        for path in paths[1:]:  # let the services compose and remember
            page.goto(path)
        for place in range(number):
            page.goto("about:blank")
            page.goto(paths[place % len(paths)])
            _at_rest(page)
            seen = page.evaluate(PAINTS)
            for name in ("first", "largest", "html", "shift"):
                getattr(found, name).append(seen[name])
            found.moved |= {str(one) for one in seen["moved"]}
    return found


def _shown(browser: Browser, system: System) -> list[float]:
    account = system.warm[0]
    with _reader(browser, system) as context:
        page = context.new_page()
        page.goto(f"/clients/{account}")
        _at_rest(page)
        return [
            page.evaluate(SHOWN, [f"/v1/accounts/{account}/tasks", f"Call about receipt {number}"])
            for number in range(WRITES)
        ]


@contextmanager
def _reader(browser: Browser, system: System) -> Iterator[BrowserContext]:
    """The firm's owner, signed in, at a screen of usual size, with an empty store of files."""
    context = browser.new_context(base_url=system.stack.url, viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(OBSERVER)
    fields = {"email": system.firm.owner_email, "password": PASSWORD}
    answer = context.request.post("/v1/auth/login", data=fields)
    if not answer.ok:
        raise CannotStart(f"The owner could not sign in: {answer.status} {answer.text()[:200]}")
    try:
        yield context
    finally:
        context.close()


def _at_rest(page: Page) -> None:
    """Wait until nothing more is loaded, drawn or swapped in."""
    page.wait_for_load_state("load")
    page.wait_for_function("() => !document.querySelector('[aria-busy=true], .htmx-request')")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def section(found: Measured, visits: int, busy: float, took: float) -> str:
    """Everything between the markers."""
    worst = max(found.visits.values(), key=lambda one: median(one.first))
    heaviest = max(found.visits.values(), key=lambda one: one.whole)
    shift = max(max(one.shift) for one in found.visits.values())
    cores = os.cpu_count() or 1
    machine = "**the machine was busy**" if busy > report.FEW * cores else "otherwise quiet"
    said = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m bench.page` ({took:.0f} s) in {found.browser}, which"
        f" shares {cores} cores with the system; {machine} (load {busy:.1f}). {visits} visits of each page."
    )
    weight = f"{heaviest.whole / KB:.1f} kB ({heaviest.sent / KB:.1f} kB sent)"
    after = f"after {median(found.shown):.0f} ms, {_late(found.shown):.0f} ms in 95 of 100"
    return "\n".join(
        [
            said,
            "",
            f"| {' | '.join(COLUMNS)} |",
            f"|{'---|' * len(COLUMNS)}",
            *(_row(name, one) for name, one in found.visits.items()),
            "",
            "| to reach | here |",
            "|---|---|",
            f"| first paint of a warm page under {FIRST_MS} ms | {median(worst.first):.0f} ms |",
            f"| script and style together under {LOADED_KB} kB | {weight} |",
            f"| nothing moves: layout shift under {SHIFT} | {shift:.4f} |",
            f"| a write shows in its card | {after} |",
        ]
    )


def _row(name: str, one: Visits) -> str:
    return (
        f"| {name} | {median(one.html):.0f} | {median(one.first):.0f} | {_late(one.first):.0f} |"
        f" {median(one.largest):.0f} | {max(one.shift):.4f} | {one.whole / KB:.1f} | {one.sent / KB:.1f} |"
    )


def _late(times: Sequence[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
