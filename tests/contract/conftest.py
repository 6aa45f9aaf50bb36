"""Two toys as real processes on a namespace of their own, and the gateway's client to call them with."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.config import Settings, load_settings
from chassis.context import Actor, Context, new_id
from deploy.local import ports
from deploy.local.servers import Servers
from gateway.bus import Bus
from tests.contract.toy.contract import Say
from tests.stack import drop_databases, migrate, namespace, until
from tests.stack import settings as environment

MODULES = {"toy": "tests.contract.toy.service", "echo": "tests.contract.echo.service"}


class Toys:
    """The toys' processes, to be killed and started again."""

    def __init__(self, servers: Servers, logs: Path) -> None:
        self.prefix = namespace()
        self.env = environment(servers.environment, self.prefix) | {"DOSSIER_RETRY_SECONDS": "0.2,0.4"}
        self.settings: Settings = load_settings(self.env)
        self.logs = logs
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports = dict(zip(MODULES, ports.free_ports(len(MODULES)), strict=True))

    def start(self, name: str) -> None:
        env = self.env | {"DOSSIER_OPS_PORT": str(self.ports[name])}
        with (self.logs / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-W", "ignore", "-m", "chassis.run", MODULES[name]]
            self.processes[name] = subprocess.Popen(command, env=env, stderr=log)
        until(lambda: self.is_ready(name), timeout=60)

    def is_ready(self, name: str) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[name]}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def metrics(self, name: str) -> str:
        return httpx.get(f"http://127.0.0.1:{self.ports[name]}/metrics").text

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self, name: str) -> int:
        self.processes[name].terminate()
        return self.processes[name].wait(timeout=20)


@pytest.fixture(scope="module")
def toys(servers: Servers, folder: Path) -> Iterator[Toys]:
    logs = folder / "toys"
    logs.mkdir(exist_ok=True)
    running = Toys(servers, logs)
    migrate(running.env, *MODULES.values())
    for name in MODULES:
        running.start(name)
    yield running
    for process in running.processes.values():
        process.kill()
        process.wait()
    drop_databases(running.env["DATABASE_URL"], running.prefix)


@pytest.fixture
def ctx() -> Context:
    """A caller whose own deadline outlasts the test; each call has its usual one."""
    actor = Actor(kind="member", id=new_id(), role="owner", name="Olga Owner")
    return Context(firm_id=new_id(), actor=actor, deadline=time.monotonic() + 600)


@pytest.fixture(scope="module")
def bus(toys: Toys) -> Iterator[tuple[Bus, asyncio.AbstractEventLoop]]:
    """The gateway's client, connected once, on an event loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    client = Bus(toys.settings, name="test")
    asyncio.run_coroutine_threadsafe(client.__aenter__(), loop).result()
    until(lambda: client.is_connected)
    yield client, loop
    asyncio.run_coroutine_threadsafe(client.__aexit__(None, None, None), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def ask(bus: tuple[Bus, asyncio.AbstractEventLoop]) -> Callable[..., Any]:
    """`ask(ctx, "toy", "say", word="hi")` through the gateway's client."""
    client, loop = bus

    def call(ctx: Context, service: str, method: str, **request: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(client.call(ctx, service, method, Say(**request)), loop).result()

    return call
