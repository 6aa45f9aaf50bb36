"""Find RabbitMQ and PostgreSQL, in the order that touches nobody's server by guessing.

1. what the environment names; 2. containers, if a Docker engine answers; 3. private processes from installed
binaries; 4. the same after installing Debian's packages. Each of the two servers is looked for by itself, so that a
machine with one of them gets the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

from deploy.local import containers, logins, packages, postgres, rabbitmq
from deploy.local.private import Server
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.services import service_names

BROKER, DATABASE = "RabbitMQ", "PostgreSQL"
FOLDERS = {BROKER: "rabbitmq", DATABASE: "postgres"}
PRIVATE = {BROKER: rabbitmq.RabbitMQ, DATABASE: postgres.Postgres}
CONTAINER = {BROKER: containers.RabbitMQContainer, DATABASE: containers.PostgresContainer}


class Way(StrEnum):
    ENVIRONMENT = "named by the environment"
    DOCKER = "in a container"
    PRIVATE = "a private process"
    INSTALLED = "a private process, installed now"


@dataclass(frozen=True)
class Found:
    """One server, how we came to it, and why not by an earlier way."""

    name: str
    way: Way
    why: str
    settings: Mapping[str, str]  # of the environment, when it named the server
    server: Server | None  # ours to start and stop; None: somebody else's

    @property
    def url(self) -> str:
        if self.server is not None:
            return self.server.url
        return self.settings.get("AMQP_URI") or self.settings.get("DATABASE_URL", "")

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which every process of ours reaches this server."""
        if self.server is None:
            return dict(self.settings)
        name = "AMQP_URI" if self.name == BROKER else "DATABASE_URL"
        return {**self.settings, name: self.server.url}

    def __str__(self) -> str:
        urls = self.environment.values()
        return f"{self.name}: {self.way} ({self.why}): {', '.join(logins.without_password(url) for url in urls)}"


@dataclass
class Servers:
    """The servers of one run; as a context manager it closes those that are ours."""

    found: list[Found] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {key: value for found in self.found for key, value in found.environment.items()}

    def __getitem__(self, name: str) -> Found:
        return next(found for found in self.found if found.name == name)

    def close(self) -> None:
        """Stop what we started, the last one first."""
        for found in reversed(self.found):
            if found.server is not None:
                found.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find(
    folder: Path,
    environ: Mapping[str, str],
    progress: Progress,
    *,
    names: Sequence[str] = (DATABASE, BROKER),
    durable: bool = True,
) -> Servers:
    """Find or start the servers `names`, each answered by a login; raise CannotStart with what to do otherwise.

    Private data and logs live in `folder`. `durable` off is for tests: faster, and containers keep no data.
    """
    servers = Servers()
    try:
        missing = []
        for name in names:
            found = _named(name, environ) or _in_docker(name, folder, progress, environ, durable=durable)
            found = found or _private(name, folder, environ, durable=durable)
            if found is None:
                missing.append(name)
            else:
                servers.found.append(found)
        servers.found += _installed(missing, folder, progress, environ, durable=durable)
        ours = [(found, found.server) for found in servers.found if found.server is not None]
        for _, server in ours:
            server.launch()
        for found, server in ours:
            with progress.step(f"Starting {found.name}"):
                server.wait()
    except BaseException:
        servers.close()
        raise
    return servers


def _named(name: str, environ: Mapping[str, str]) -> Found | None:
    settings = _settings(name, environ)
    if name == BROKER:
        if not settings:
            return None
        logins.checked_broker("AMQP_URI", settings["AMQP_URI"])
        return Found(name, Way.ENVIRONMENT, "AMQP_URI is set", settings, None)
    for key, url in settings.items():
        logins.checked_database(key, url)
    if "DATABASE_URL" in settings:
        return Found(name, Way.ENVIRONMENT, "DATABASE_URL is set", settings, None)
    if len(settings) == len(service_names()):
        return Found(name, Way.ENVIRONMENT, "every service's own DATABASE_URL is set", settings, None)
    return None  # a private one serves the services that are not named


def _settings(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    if name == BROKER:
        keys = ["AMQP_URI"]
    else:
        keys = ["DATABASE_URL", *(f"{service.upper()}_DATABASE_URL" for service in service_names())]
    return {key: environ[key] for key in keys if environ.get(key)}


def _in_docker(
    name: str, folder: Path, progress: Progress, environ: Mapping[str, str], *, durable: bool
) -> Found | None:
    if _engine_fault() is not None:
        return None
    server = CONTAINER[name](folder / FOLDERS[name], durable=durable)
    try:
        with progress.step(f"Starting a container for {name} (its image is fetched the first time)"):
            server.launch()
    except Exception as fault:  # noqa: BLE001 - an engine without the image, or the right to it, is as good as none
        progress.line(f"Docker answers but cannot run {server.IMAGE} ({type(fault).__name__}); trying the next way")
        return None
    why = f"{_unset(name)}; a Docker engine answers"
    return Found(name, Way.DOCKER, why, _settings(name, environ), server)


def _private(name: str, folder: Path, environ: Mapping[str, str], *, durable: bool) -> Found | None:
    binaries = rabbitmq.server_script() if name == BROKER else postgres.binaries()
    if binaries is None:
        return None
    why = f"{_unset(name)}; {_engine_fault() or 'Docker could not run it'}; {binaries} is installed"
    server = PRIVATE[name](folder / FOLDERS[name], durable=durable)
    return Found(name, Way.PRIVATE, why, _settings(name, environ), server)


def _installed(
    names: list[str], folder: Path, progress: Progress, environ: Mapping[str, str], *, durable: bool
) -> list[Found]:
    if not names:
        return []
    with progress.step(f"Installing {' and '.join(names)} ({packages.command(names)})"):
        packages.install(names)
    servers = []
    for name in names:
        found = _private(name, folder, environ, durable=durable)
        if found is None:
            raise CannotStart(f"{name} was installed, but its binaries are not where Debian puts them.")
        why = f"{_unset(name)}; {_engine_fault() or 'Docker could not run it'}; it was not installed"
        servers.append(Found(name, Way.INSTALLED, why, found.settings, found.server))
    return servers


def _unset(name: str) -> str:
    return "AMQP_URI is not set" if name == BROKER else "DATABASE_URL is not set"


@cache
def _engine_fault() -> str | None:
    return containers.engine_fault()
