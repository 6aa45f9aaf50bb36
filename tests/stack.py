"""The whole system for tests: our processes on a namespace of their own, to be stopped, killed and started again."""

import base64
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

import psycopg

from chassis.migrate import drop_database
from deploy.local import ports
from deploy.local.children import Child, reachable, system
from deploy.local.problem import tail
from deploy.local.servers import BROKER, DATABASE, Servers
from deploy.local.services import ROOT, service_names

READY = 120.0  # s; every service imports at once on a small machine
MIGRATED = 120.0  # s

T = TypeVar("T")


def until(condition: Callable[[], T], timeout: float = 30.0, every: float = 0.05) -> T:
    """Ask `condition` again and again until it answers with something true, and return that."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{getattr(condition, '__name__', condition)!s} was not true within {timeout:g} s")
        time.sleep(every)


def namespace() -> str:
    """Make a prefix for databases, exchanges and queues that nobody else has."""
    return f"t{secrets.token_hex(5)}"


def settings(servers: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Give the environment of a process under test: these servers, this namespace, nobody's own databases or files."""
    theirs = {"AMQP_URI", "DATABASE_URL", *(f"{name.upper()}_DATABASE_URL" for name in service_names())}
    inherited = {key: value for key, value in os.environ.items() if key not in theirs}
    blobs = Path(tempfile.gettempdir()) / f"dossier-{prefix}"  # made by whoever first keeps a file
    key = base64.urlsafe_b64encode(hashlib.sha256(prefix.encode()).digest()).decode()  # the same at each start
    ours = {"DOSSIER_NAMESPACE": prefix, "DOSSIER_BLOBS": blobs.as_uri(), "DOSSIER_SECRET_KEY": key}
    nobody = "http://127.0.0.1:9"  # no test asks Intuit itself
    ours |= {"DOSSIER_QUICKBOOKS_URL": nobody, "DOSSIER_QUICKBOOKS_DISCOVERY_URL": nobody}
    plenty = {f"DOSSIER_LIMIT_{whose}": "10000000" for whose in ("ADDRESS", "MEMBER", "PROGRAM", "CLIENT", "FIRM")}
    return {**inherited, **servers, **ours, **plenty}


def migrate(environment: Mapping[str, str], *names: str) -> None:
    """Create and migrate the databases of the services `names`, of all when none is named."""
    command = [sys.executable, "-m", "chassis.migrate", *names]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=MIGRATED, check=False
    )
    assert done.returncode == 0, f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}"


def drop_databases(url: str, prefix: str) -> None:
    """Drop the databases of one namespace, whoever still uses them."""
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        for (name,) in connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{prefix}_"]
        ).fetchall():
            drop_database(urlsplit(url)._replace(path=f"/{name}").geturl())


class Stack:
    """Every service and the gateway as child processes on `servers`, in a namespace of their own.

    `servers` can be killed and started too: `stack.broker`, `stack.database`, when they are private ones.
    """

    RUNNER = "chassis.run"  # the module that runs a service

    def __init__(self, servers: Servers, logs: Path, extra: Mapping[str, str] | None = None) -> None:
        self.servers = servers
        self.namespace = namespace()
        self.blobs = logs / "blobs"
        self.env = settings(servers.environment, self.namespace) | {"DOSSIER_BLOBS": self.blobs.as_uri()}
        self.env |= extra or {}
        self._logs = logs
        port = ports.free_ports(1)[0]
        self.url = reachable(ports.HOST, port)
        self.env |= {"DOSSIER_HOST": ports.HOST, "DOSSIER_PORT": str(port)}
        self._children = {child.name: child for child in system(self.env, logs, ports.HOST, port)}
        for child in self._children.values():
            child.command = [self.RUNNER if word == "chassis.run" else word for word in child.command]

    def __enter__(self) -> Self:
        try:
            migrate(self.env)
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def names(self) -> list[str]:
        """Every process, the gateway last."""
        return list(self._children)

    @property
    def broker(self):
        """RabbitMQ, to start(), stop() and kill(); only where it is ours."""
        server = self.servers[BROKER].server
        assert server is not None, "RabbitMQ is somebody else's"
        return server

    @property
    def database(self):
        """PostgreSQL, to start(), stop() and kill(); only where it is ours."""
        server = self.servers[DATABASE].server
        assert server is not None, "PostgreSQL is somebody else's"
        return server

    def start(self, *names: str) -> None:
        """Start these processes, all when none is named, and wait until each is ready."""
        children = [self._children[name] for name in names or self.names]
        for child in children:
            child.start()
        self.wait_until_ready(*[child.name for child in children])

    def wait_until_ready(self, *names: str, timeout: float = READY) -> None:
        for name in names or self.names:
            child = self._children[name]
            try:
                until(lambda child=child: child.is_ready() or not child.is_running, timeout)
            except TimeoutError:
                raise AssertionError(f"{name} was not ready within {timeout:g} s{tail(child.log, 40)}") from None
            assert child.is_running, f"{name} ended with status {child.exit_status}{tail(child.log, 40)}"

    def stop(self, *names: str) -> None:
        """Stop these processes gracefully, all when none is named."""
        children = [self._children[name] for name in names or reversed(self.names)]
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop()

    def told(self, name: str, **settings: str) -> AbstractContextManager[None]:
        """Let one process run with other settings for a while."""
        return self._changed("environment", {name: self._children[name].environment | settings})

    def late(self, *names: str) -> AbstractContextManager[None]:
        """Let these processes publish each event a moment late for a while."""
        runs = {name: self._children[name].command for name in names}
        late = {name: ["tests.late" if word == self.RUNNER else word for word in run] for name, run in runs.items()}
        return self._changed("command", late)

    @contextmanager
    def _changed(self, attribute: str, values: Mapping[str, object]) -> Iterator[None]:
        known = {name: getattr(self._children[name], attribute) for name in values}
        try:
            self._restart(attribute, values)
            yield
        finally:
            self._restart(attribute, known)

    def _restart(self, attribute: str, values: Mapping[str, object]) -> None:
        self.stop(*values)
        for name, value in values.items():
            setattr(self._children[name], attribute, value)
        self.start(*values)

    def kill(self, name: str) -> None:
        """SIGKILL one process."""
        self._children[name].kill()

    def child(self, name: str) -> Child:
        return self._children[name]

    def ops_url(self, name: str) -> str:
        """Where /healthz, /readyz and /metrics of a process are served, without a slash at the end."""
        return self._children[name].address

    def logs(self, name: str) -> str:
        """Everything a process has written, over all its starts."""
        log = self._children[name].log
        return log.read_text(errors="replace") if log.is_file() else ""

    def database_of(self, service: str) -> str:
        """The URL of a service's database."""
        server, _, _ = self.env["DATABASE_URL"].rpartition("/")
        return f"{server}/{self.namespace}_{service}"

    def query(self, service: str, statement: str, *values: object) -> list[tuple]:
        """The rows of a statement on a service's database, for what HTTP does not tell."""
        with psycopg.connect(self.database_of(service)) as connection:
            return connection.execute(statement, values).fetchall()

    def has_told_all(self, service: str) -> bool:
        """Whether the broker has every event of a service."""
        return self.query(service, "SELECT count(*) FROM outbox") == [(0,)]

    def run(self, module: str, *arguments: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run `python -m module` beside the system, with its settings."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout, check=False
        )

    def close(self) -> None:
        self.stop()
        for found in self.servers.found:
            if found.name == DATABASE:
                try:
                    drop_databases(found.url, self.namespace)
                except psycopg.OperationalError:
                    return  # a test left it dead; a private server's data goes with its folder
