"""The system under faults: servers on small disks, two hosts, old and new code, and what happened to whom."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.faults.hosts import Disk, Host, Wire, cannot, here, wired
from chassis import topology
from chassis.config import load_settings
from deploy.local.children import GATEWAY, Child
from deploy.local.postgres import Postgres
from deploy.local.private import PrivateServer
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.services import ROOT
from tests.stack import namespace, settings, until

MEGABYTES = {"postgres": 2048, "rabbitmq": 1024}
READY = 180.0  # s; all processes of two hosts begin at once
RETRIES = "0.5,1,2,5"  # s between tries of an event; in a short run there is no time for minutes


@dataclass
class World:
    """`old` is the folder of the code that ran before, None where the run has new code alone."""

    broker: PrivateServer
    database: PrivateServer
    hosts: list[Host]
    wire: Wire | None
    disks: dict[str, Disk]
    env: dict[str, str]
    old: Path | None
    say: Callable[[str], None]
    is_migrated: bool = False  # whether new code may run: a rollout migrates before
    is_upgraded: bool = False  # whether whoever starts takes the new code
    runs: dict[Child, Path] = field(default_factory=dict)  # which code a process runs
    poison: Counter[str] = field(default_factory=Counter)  # how often each got all that nobody can read
    kept: list[Any] = field(default_factory=list)  # events that were told, to be told again

    @property
    def children(self) -> list[Child]:
        return [child for host in self.hosts for child in host.children.values()]

    @cached_property
    def listening(self) -> list[str]:
        """The services with a queue of events."""
        config = load_settings(self.env)
        return [name for name in self.services if topology.service_class(name).bindings(config)]

    @property
    def services(self) -> list[str]:
        return [name for name in self.hosts[0].children if name != GATEWAY]

    def start(self, child: Child, code: Path = ROOT) -> None:
        child.cwd = code
        self.runs[child] = code
        child.start()

    def migrate(self, code: Path) -> None:
        """Bring the databases to what this code wants; whoever runs goes on meanwhile."""
        command = [sys.executable, "-m", "chassis.migrate"]
        done = subprocess.run(command, cwd=code, env=self.env, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")

    def wait_until_ready(self) -> None:
        for child in self.children:
            until(child.is_ready, READY)


def _code_of(ref: str, folder: Path) -> Path:
    """The code as it was at a commit, unpacked."""
    folder.mkdir()
    archive = subprocess.run(["git", "archive", ref], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


@contextlib.contextmanager
def world(ref: str | None, say: Callable[[str], None]) -> Iterator[World]:
    """Everything started with the code of `ref`, or else of here; gone at the end but for the logs."""
    folder = Path(tempfile.mkdtemp(prefix="dossier-faults-"))
    folder.chmod(0o711)
    say(f"logs in {folder}")
    why = cannot()
    with contextlib.ExitStack() as cleanup:
        disks = {}
        for name, size in MEGABYTES.items() if os.geteuid() == 0 else ():
            disks[name] = Disk(folder / name, size)
            disks[name].mount()
            cleanup.callback(disks[name].unmount)
        database, broker = Postgres(folder / "postgres" / "server"), RabbitMQ(folder / "rabbitmq" / "server")
        for server in (database, broker):
            cleanup.callback(server.close)
            server.start()
        servers = {"AMQP_URI": broker.url, "DATABASE_URL": database.url}
        env = settings(servers, namespace())
        env |= {"DOSSIER_BLOBS": (folder / "blobs").as_uri(), "DOSSIER_RETRY_SECONDS": RETRIES}
        hosts = [here(env, folder)]
        wire = None
        if why is None:
            wire = cleanup.enter_context(wired(env, folder))
            hosts.append(wire.host())
        else:
            say(f"no second host: {why}")
        old = _code_of(ref, folder / "old") if ref else None
        made = World(broker, database, hosts, wire, disks, env, old, say)
        for child in made.children:
            cleanup.callback(child.kill)
        made.migrate(old or ROOT)
        _ = made.listening  # asked for while nothing else is at work: it imports every service
        for child in made.children:
            made.start(child, old or ROOT)
        made.wait_until_ready()
        yield made
    for name in ("blobs", "old", *MEGABYTES):
        shutil.rmtree(folder / name, ignore_errors=True)
