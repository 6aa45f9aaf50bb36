"""Everything the bench runs: private servers, a small and a large system on them, and the limits beside these."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cpu import Parts
from bench.generate.filling import generate
from bench.generate.firm import Firm
from bench.generate.source import WARM
from chassis.config import load_settings
from chassis.context import Actor
from deploy.local import packages, ports, postgres, rabbitmq
from deploy.local.children import answers, reachable
from deploy.local.problem import CannotStart, tail
from deploy.local.processes import tied
from deploy.local.progress import Progress
from deploy.local.servers import BROKER, DATABASE, FOLDERS, PRIVATE, Found, Servers, Way
from deploy.local.services import ROOT
from services.overview.sections import configured
from tests.stack import Stack, migrate, until

READY = 60.0  # s

Firms = Sequence[int]  # how many accounts each has


@dataclass(frozen=True)
class System:
    """One whole stack, and its first firm, of `accounts`, which is the one that is asked about."""

    stack: Stack
    firm: Firm
    accounts: int

    @property
    def warm(self) -> list[str]:
        return [self.firm.account(number) for number in range(WARM)]

    @property
    def parts(self) -> Parts:
        """Our processes, and the servers they share with the other system, which rests."""
        ours = {name: self.stack.child(name).pid for name in self.stack.names}
        return Parts({name: pid for name, pid in ours.items() if pid} | server_parts(self.stack.servers))


@dataclass(frozen=True)
class Limits:
    """The bare processes; at rest but while they are measured."""

    url: str
    parts: Parts


@contextmanager
def private_servers(progress: Progress) -> Iterator[Servers]:
    """RabbitMQ and PostgreSQL as processes of ours, so that their CPU time can be told; gone at the end."""
    if rabbitmq.server_script() is None or postgres.binaries() is None:
        need = packages.command([BROKER, DATABASE])
        raise CannotStart(f"The bench weighs servers of its own, from installed binaries. Install them: {need}")
    folder = Path(tempfile.mkdtemp(prefix="dossier-bench-"))
    folder.chmod(0o711)  # the servers' own users pass through it
    servers = Servers()
    try:
        for name in (DATABASE, BROKER):
            server = PRIVATE[name](folder / FOLDERS[name], durable=True)  # type: ignore[abstract]
            servers.found.append(Found(name, Way.PRIVATE, "the bench weighs its own", {}, server))
            with progress.step(f"Starting {name}"):
                server.start()
        yield servers
    finally:
        servers.close()
        shutil.rmtree(folder, ignore_errors=True)


def server_parts(servers: Servers) -> dict[str, int]:
    pids = {found.name: getattr(found.server, "pid", None) for found in servers.found}
    return {name: pid for name, pid in pids.items() if pid}


@contextmanager
def systems(servers: Servers, sizes: Iterable[Firms], logs: Path, progress: Progress) -> Iterator[list[System]]:
    """A system for each of `sizes`, generated and served."""
    with ExitStack() as cleanup:
        made = []
        for firms in sizes:
            whole = sum(firms)
            stack = Stack(servers, logs / f"{whole}")
            cleanup.callback(stack.close)
            with progress.step(f"Migrating the databases for {whole} accounts"):
                migrate(stack.env)
            with progress.step(f"Generating {whole} accounts"):
                first, *_ = generate(load_settings(stack.env), *firms, say=progress.line)
            made.append(System(stack, first, firms[0]))
        with progress.step("Starting the services and gateways"):
            for system in made:
                system.stack.start()
        yield made


@contextmanager
def limits(system: System, logs: Path) -> Iterator[Limits]:
    """The bare processes, reading what the system remembers."""
    view = json.dumps(_view(system))
    environment = {**os.environ, **system.stack.env, "BENCH_VIEW": view}
    port = ports.free_ports(1)[0]
    with ExitStack() as cleanup, (logs / "limits.log").open("ab") as log:
        pids = {}
        for name, command in (
            ("bare callee", ["bench.limits.callee"]),
            ("bare ASGI", ["bench.limits.serve", str(port)]),
        ):
            process = subprocess.Popen(
                tied([sys.executable, "-m", *command]), cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            cleanup.callback(_end, process)
            pids[name] = process.pid
        url = reachable(ports.HOST, port)
        try:
            until(lambda: answers(url, "/chain"), READY)
        except TimeoutError:
            raise CannotStart(f"The bare processes did not start.{tail(logs / 'limits.log')}") from None
        yield Limits(url, Parts(pids | server_parts(system.stack.servers)))


def _view(system: System) -> dict[str, object]:
    owner = Actor(kind="member", role="owner")
    wanted = configured().wanted(owner, None)
    return {
        "url": load_settings(system.stack.env).database_for("overview"),
        "firm": str(system.firm.id),
        "names": [one.name for one in wanted],
        "scopes": [one.scope for one in wanted],
        "accounts": system.warm,
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def settled(parts: Parts, most: float = 10.0) -> float:
    """Wait until these processes do next to nothing any more; how long that took, in s."""
    began, calm = time.monotonic(), 0
    last = sum(parts.seconds().values())
    while calm < 2 and time.monotonic() - began < most:
        time.sleep(0.25)
        used = sum(parts.seconds().values())
        calm = calm + 1 if used - last < 0.025 else 0  # a tenth of a core
        last = used
    return time.monotonic() - began
