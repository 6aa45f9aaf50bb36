"""One run: people write, everything fails, and at the end all must be there, once."""

import contextlib
import json
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amqp.exceptions import AMQPError
from kombu.connection import Connection

from bench.faults.check import check
from bench.faults.faults import KEPT, POISON, PROCESSES, Fault, of_servers
from bench.faults.world import World
from bench.faults.writing import Ledger, Refused, Writer
from chassis import dead, topology
from chassis.config import load_settings
from deploy.local.services import ROOT
from tests.firms import Client, Firm
from tests.stack import until

WRITERS = 6
HOMES = 8
AGREE = 240.0  # s after the last fault within which all has to agree
UPGRADE = (0.1, 0.7)  # of the run: new code beside the old from … to; the databases are migrated at its beginning


@dataclass(frozen=True)
class Size:
    """`calm`: s between two faults of each of both kinds, from … to."""

    seconds: float
    of_processes: tuple[float, float] = (1.0, 4.0)
    of_servers: tuple[float, float] = (2.0, 8.0)


@dataclass
class Story:
    """What came of it; `happened` has the second, name and words of each fault."""

    seed: int
    size: Size
    happened: list[tuple[float, str, str]] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    faults: list[str] = field(default_factory=list)  # what was found wrong
    agreed: float = 0.0  # s from the last fault until all agreed
    rows: Counter[str] = field(default_factory=Counter)
    set_aside: int = 0


@dataclass
class _Stage:
    """Everybody who acts: threads that write until `written`, and two that break things until `quiet`.

    Each of the two releases `still` once it has undone its last, and stays until all is `over`.
    """

    world: World
    story: Story
    say: Callable[[str], None]
    written: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    quiet: threading.Event = field(default_factory=threading.Event)
    still: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    began: float = field(default_factory=time.monotonic)

    def write(self, writer: Writer, chance: random.Random) -> None:
        while not self.written.is_set():
            try:
                writer.write(chance)
            except (Refused, TimeoutError) as fault:
                self.story.faults.append(str(fault))
            self.written.wait(chance.uniform(0, 0.5))

    def trouble(self, faults: Sequence[Fault], between: tuple[float, float], chance: random.Random) -> None:
        weights = [fault.weight for fault in faults]
        while not self.quiet.wait(chance.uniform(*between)):
            (fault,) = chance.choices(faults, weights)
            words = fault.act(self.world, chance)
            at = time.monotonic() - self.began
            self.story.happened.append((at, fault.name, words))
            self.say(f"{at:5.0f} s  {fault.name} {words}")
        self.still.release()
        self.over.wait()  # whom a thread has started ends with it

    def thread(self, act: Callable[..., None], *arguments: Any) -> threading.Thread:
        """One that tells what ends it before its time."""

        def kept() -> None:
            try:
                act(*arguments)
            except BaseException as fault:  # noqa: BLE001 (told with what was found)
                self.story.faults.append(f"the run itself: {fault!r}")
                self.say(self.story.faults[-1])
                self.still.release()

        thread = threading.Thread(target=kept, daemon=True)
        thread.start()
        return thread


def run(world: World, size: Size, seed: int, say: Callable[[str], None], ledger_path: Path) -> Story:
    """Write and break for as long as `size` says; then mend all and compare."""
    story = Story(seed, size)
    firm = Firm(world.hosts[0].url, world.env)
    writers = _writers(firm, world, story.ledger)
    stage = _Stage(world, story, say)
    with _keeping(world):
        writing = [
            stage.thread(stage.write, writer, random.Random(f"{seed}-{number}"))
            for number, writer in enumerate(writers)
        ]
        stage.thread(stage.trouble, PROCESSES, size.of_processes, random.Random(f"{seed}-processes"))
        stage.thread(stage.trouble, of_servers(world), size.of_servers, random.Random(f"{seed}-servers"))
        _upgrade(world, size, stage.began, say)
        stage.quiet.set()
        stage.still.acquire()
        stage.still.acquire()
        last = time.monotonic()
        _mend(world, say)
        stage.written.set()
        for thread in writing:
            thread.join()
    story.ledger.save(ledger_path)
    say(f"{story.ledger.count} writes acknowledged; now all is compared")
    _agree(firm, story, ledger_path, say)
    story.agreed = time.monotonic() - last
    story.faults += _set_aside(world, story)
    stage.over.set()
    firm.owner.close()
    return story


def _writers(firm: Firm, world: World, ledger: Ledger) -> list[Writer]:
    """Those of the firm, who share some accounts and have one each to themselves."""
    homes = [firm.account(f"Home {number}")["id"] for number in range(HOMES)]
    clients = {home: _portal(firm, home) for home in homes}
    urls = [host.url for host in world.hosts]
    made = []
    for number in range(WRITERS):
        own = firm.account(f"Own {number}")["id"]
        ledger.accounts[own] = f"Own {number}"
        made.append(Writer(firm, urls, ledger, homes, own, clients))
    return made


def _portal(firm: Firm, home: str) -> Client:
    """The account's contact, signed in to the portal."""
    linked = firm.owner.made("GET", f"/accounts/{home}/contacts")
    return firm.portal({"id": home}, linked["items"][0]["contact"]["addresses"][0]["email"])


def _upgrade(world: World, size: Size, began: float, say: Callable[[str], None]) -> None:
    """Wait for the end of the run, and bring the new code in meanwhile, as a rollout would."""
    first, last = (began + share * size.seconds for share in UPGRADE)
    if world.old is not None:
        time.sleep(max(0.0, first - time.monotonic()))
        until(lambda: _migrated(world, say), timeout=120)
        world.is_migrated = True
        say("the databases are migrated; new code runs beside the old")
        time.sleep(max(0.0, last - time.monotonic()))
        world.is_upgraded = True
        for child in world.children:
            if world.runs[child] != ROOT:
                child.stop()
                world.start(child)
        say("new code alone")
    time.sleep(max(0.0, began + size.seconds - time.monotonic()))


def _migrated(world: World, say: Callable[[str], None]) -> bool:
    """Migrate; not while the database server is down, and then again."""
    try:
        world.migrate(ROOT)
    except RuntimeError as problem:
        say(str(problem).splitlines()[-1])
        return False
    return True


def _mend(world: World, say: Callable[[str], None]) -> None:
    """Nothing fails any more: all servers and processes are there."""
    for server in (world.database, world.broker):
        server.start()
    for child in world.children:
        if not child.is_running:
            world.start(child)
    world.wait_until_ready()
    say("all is mended")


def _agree(firm: Firm, story: Story, ledger_path: Path, say: Callable[[str], None]) -> None:
    """Compare until nothing differs, or for as long as changes may be under way; the last findings count."""
    ledger = json.loads(ledger_path.read_text(encoding="utf-8"))
    deadline = time.monotonic() + AGREE
    while True:
        found = check(firm.owner, ledger)
        if not found or time.monotonic() > deadline:
            break
        say(f"{len(found)} differences as yet, the first: {found[0]}")
        time.sleep(1)
    story.faults += found
    for kind, by_account in ledger["items"].items():
        story.rows[kind] = sum(len(ids) for ids in by_account.values())
    story.rows["accounts"] = len(ledger["accounts"]) - WRITERS
    story.rows["contacts linked"] = sum(len(names) for names in ledger["links"].values())
    story.rows["contacts let in"] = len(ledger["let_in"])


def _set_aside(world: World, story: Story) -> list[str]:
    """Each service gave up on all that nobody can read, and on nothing else; `dead.letters` says why on some twice."""
    config = load_settings(world.env)
    unreadable = {(body, properties.get("type")) for body, properties in POISON}
    faults = []
    for name in world.listening:
        letters = Counter((bytes(one.body or b""), one.properties.get("type")) for one in dead.letters(config, name))
        story.set_aside += letters.total()
        faults += [f"{name} set aside what can be read: {one}" for one in letters.keys() - unreadable]
        faults += [
            f"{name} set aside {one} {letters[one]} times, and was sent it {world.poison[name]} times"
            for one in unreadable
            if letters[one] < world.poison[name]
        ]
    return faults


@contextlib.contextmanager
def _keeping(world: World) -> Any:
    """Keep some of the events that are told, so that they can be told again."""
    over = threading.Event()
    config = load_settings(world.env)
    queue = f"{config.namespace}.faults.{secrets.token_hex(4)}"

    def take(message: Any) -> None:
        if len(world.kept) < KEPT:
            world.kept.append(message)
        else:
            world.kept[random.randrange(KEPT)] = message

    def listen() -> None:
        while not over.wait(0.2):
            with (
                contextlib.suppress(OSError, AMQPError),
                Connection(config.amqp_uri, connect_timeout=5) as connection,
            ):
                channel = connection.channel()
                channel.queue_declare(queue, exclusive=True, auto_delete=True)
                channel.queue_bind(queue, topology.events_exchange(config), "#")
                channel.basic_consume(queue, no_ack=True, callback=take)
                while not over.is_set():
                    with contextlib.suppress(TimeoutError):
                        connection.drain_events(timeout=0.5)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()
