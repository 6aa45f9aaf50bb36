"""One run: a firm is made, connected, synced while all goes wrong, and compared with the other side at the end."""

import asyncio
import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench.cpu import Parts
from bench.quickbooks import plan
from bench.quickbooks.audit import Findings, audit
from bench.quickbooks.making import Making
from bench.quickbooks.troubles import SECOND, SERVICE, Counts, Troubles, beside, connect, listen
from chassis.config import load_settings
from chassis.wire import load
from contracts.identity import Member
from deploy.local.children import Child
from deploy.local.servers import Servers
from deploy.sample.calls import Caller
from gateway.bus import Bus
from tests.firms import Firm
from tests.quickbooks.launching import Simulator, simulator
from tests.stack import Stack, migrate, until

# Who takes part; others would only hear of it, and cost time that says nothing of QuickBooks.
NEEDED = ("identity", "accounts", "contacts", "billing", SERVICE, "overview", "gateway")
LOOK = 1.0  # s between looks at how far it is


@dataclass(frozen=True)
class Size:
    """`between`: seconds from one kill to the next; `patience`: s for the whole sync.

    `throttles`: refused twice for a limit that was not reached, after which all rests for a minute. `is_told`: by
    webhooks, of all that changes at the other side, what we write included.
    """

    accounts: int
    documents: int
    between: tuple[float, float]
    patience: float
    throttles: bool = True
    is_told: bool = True


@dataclass
class Story:
    """What came of a run; seconds are of the wall, but for those of `cpu`."""

    seed: int
    size: Size
    findings: Findings = field(default_factory=Findings)
    counts: Counts = field(default_factory=Counts)
    made: int = 0
    making_seconds: float = 0.0
    syncing_seconds: float = 0.0
    auditing_seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)  # the simulator's own account of it
    later: int = 0  # changes that were made while it was synced
    faults: list[str] = field(default_factory=list)


@dataclass
class System:
    stack: Stack
    sim: Simulator
    second: Child


@contextmanager
def system(servers: Servers, logs: Path) -> Iterator[System]:
    """The services that take part, two processes of the one that is tried, and a simulator at the documented limits."""
    with simulator() as sim:
        where = {"DOSSIER_QUICKBOOKS_URL": sim.url, "DOSSIER_QUICKBOOKS_DISCOVERY_URL": sim.discovery}
        stack = Stack(servers, logs, where)
        second = beside(stack, logs)
        try:
            migrate(stack.env, *(name for name in NEEDED if name != "gateway"))
            stack.start(*NEEDED)
            second.start()
            yield System(stack, sim, second)
        finally:
            second.kill()
            stack.close()


def run(found: System, size: Size, seed: int, say: Callable[[str], None], hurry: Callable[[Firm], None]) -> Story:
    """Make, sync, compare. `hurry` is called again and again meanwhile. Raises TimeoutError where it does not end."""
    chance = random.Random(seed)
    story = Story(seed, size)
    accounts = plan.accounts(seed, size.accounts, size.documents)
    firm = Firm(found.stack.url, found.stack.env)
    began = time.monotonic()
    ids = asyncio.run(_with_making(found, firm, lambda making: _made(making, accounts, story, say)))
    for account in accounts:
        if account.customer is not None:
            found.sim.create("Customer", DisplayName=account.customer)
    story.making_seconds = time.monotonic() - began
    say(f"made {len(ids)} accounts with {story.made} documents in {story.making_seconds:.0f} s")
    found.sim.control("reset_limits")
    with _weighed(found, story):
        _sync(found, firm, story, accounts, ids, chance, say, hurry)
    say(f"synced in {story.syncing_seconds:.0f} s; now both sides are compared")
    began = time.monotonic()
    story.findings = audit(firm, found.sim, ids.values())
    story.auditing_seconds = time.monotonic() - began
    story.state = found.sim.state()
    firm.owner.close()
    return story


def _sync(
    found: System,
    firm: Firm,
    story: Story,
    accounts: list[plan.Account],
    ids: dict[int, UUID],
    chance: random.Random,
    say: Callable[[str], None],
    hurry: Callable[[Firm], None],
) -> None:
    """Connect, let everything go wrong, and wait until nothing is left to do."""
    began = time.monotonic()
    progress = Progress(found.sim, len(ids), story.made)
    connect(firm)
    if story.size.is_told:
        listen(firm, found.sim)
    office = threading.Thread(target=_office, args=(found, firm, accounts, ids, story), daemon=True)
    children = [found.stack.child(SERVICE), found.second]
    with Troubles(
        firm, found.sim, children, chance, story.size.between, say, lambda: progress.share, story.size.throttles
    ) as troubles:
        office.start()
        told = began
        while not _is_idle(found, firm, office):
            progress.look()
            hurry(firm)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say(f"{told - began:5.0f} s  {progress}, {troubles.counts.kills} kills")
            passed = time.monotonic() - began
            if troubles.faults:
                raise RuntimeError(f"troubles ended after {passed:.0f} s: {progress}") from troubles.faults[0]
            if passed > story.size.patience:
                raise TimeoutError(f"after {passed:.0f} s: {progress}")
            time.sleep(LOOK)
        story.counts = troubles.counts
    story.syncing_seconds = time.monotonic() - began
    # Whoever was killed last had work, and the last webhooks are on their way.
    until(
        lambda: not found.sim.state()["webhooks"]["waiting"] and _is_idle(found, firm, office),
        timeout=story.size.patience,
    )


def _is_idle(found: System, firm: Firm, office: threading.Thread) -> bool:
    """Whether every change is known to the service and nothing waits there for its turn; two looks must agree."""
    if office.is_alive() or not all(found.stack.has_told_all(name) for name in ("accounts", "billing")):
        return False
    for _ in range(2):
        answer = firm.owner.get("/quickbooks")
        if not answer.is_success:
            return False
        known = answer.json()
        if known["state"] != "connected" or known["waiting"] or known["waiting_documents"] or _at_work(found, firm):
            return False
        time.sleep(LOOK / 2)
    return True


def _at_work(found: System, firm: Firm) -> bool:
    """Whether jobs are due, which HTTP does not tell of all kinds."""
    with psycopg.connect(found.stack.database_of(SERVICE)) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
        soon = "due_at IS NULL OR due_at < now() + interval '5 minutes' OR taken_until > now()"
        regular = "subject = 'changes'"  # comes again for ever
        row = connection.execute(f"SELECT EXISTS (SELECT 1 FROM job WHERE NOT {regular} AND ({soon}))").fetchone()  # noqa: S608
    return bool(row and row[0])


def _office(found: System, firm: Firm, accounts: list[plan.Account], ids: dict[int, UUID], story: Story) -> None:
    """The firm works on meanwhile: has customers made, takes payments, voids, corrects."""

    async def act(making: Making) -> None:
        making.account_ids |= ids
        await making.create_customers([one for one in accounts if one.customer is None])
        await making.change(accounts, lambda: setattr(story, "later", story.later + 1))

    try:
        asyncio.run(_with_making(found, firm, act))
    except Exception as fault:  # noqa: BLE001 (told with the findings)
        story.faults.append(f"the office could not go on: {fault!r}")


async def _made(making: Making, accounts: list[plan.Account], story: Story, say: Callable[[str], None]) -> None:
    await making.furnish()
    step, done = max(1, len(accounts) // 10), 0

    def count() -> None:
        nonlocal done
        done += 1
        if done % step == 0:
            say(f"{done} of {len(accounts)} accounts made")

    await making.make(accounts, count)
    story.made = making.done


async def _with_making(found: System, firm: Firm, act: Callable[[Making], Any]) -> dict[int, UUID]:
    owner = load(Member, firm.signed_in["member"])
    async with Bus(load_settings(found.stack.env), name="run") as bus:
        making = Making(Caller(bus, UUID(firm.id), {"owner": owner}), dt.datetime.now(dt.UTC).date())
        await act(making)
    return making.account_ids


@dataclass
class Progress:
    """How much has arrived at the other side."""

    sim: Simulator
    accounts: int
    documents: int
    customers: int = 0
    arrived: int = 0
    requests: int = 0

    def look(self) -> None:
        state = self.sim.state()
        counts = state["companies"][self.sim.realm]["counts"]
        self.customers = counts.get("Customer", 0)
        self.arrived = sum(counts.get(kind, 0) for kind in ("Invoice", "Payment", "CreditMemo", "RefundReceipt"))
        self.requests = state["limits"][self.sim.realm]["requests"]

    @property
    def share(self) -> float:
        return (self.customers + self.arrived) / (self.accounts + self.documents)

    def __str__(self) -> str:
        return (
            f"{self.customers} of {self.accounts} customers, {self.arrived} of about {self.documents} documents,"
            f" {self.requests} requests"
        )


@contextmanager
def _weighed(found: System, story: Story) -> Iterator[None]:
    """Add up the CPU time of who takes part, killed processes too: looked at often enough to miss little."""
    over = threading.Event()
    seen: dict[tuple[str, int], float] = {}
    first: dict[tuple[str, int], float] = {}

    def look(*, is_begun: bool = True) -> None:
        children = {name: found.stack.child(name).pid for name in NEEDED} | {SECOND: found.second.pid}
        pids = {name: pid for name, pid in children.items() if pid} | {"simulator": found.sim.process.pid}
        for name, seconds in Parts(pids).seconds().items():
            key = (name, pids[name])
            first.setdefault(key, 0.0 if is_begun else seconds)
            seen[key] = max(seen.get(key, 0.0), seconds)

    def watch() -> None:
        look(is_begun=False)
        while not over.wait(LOOK / 2):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for (name, pid), seconds in seen.items():
            own = SERVICE if name == SECOND else name
            story.cpu[own] = story.cpu.get(own, 0.0) + seconds - first[name, pid]
