"""RabbitMQ and PostgreSQL in containers, where a Docker engine answers; their data in named volumes."""

import contextlib
import hashlib
import os
import secrets
import time
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from deploy.local import logins, ports
from deploy.local.postgres import ADMIN, ROLE
from deploy.local.problem import CannotStart
from deploy.local.rabbitmq import USER

START_TIMEOUT = 120  # s, after the image is there
POLL = 0.2  # s
ENGINE_TIMEOUT = 2  # s


def engine_fault() -> str | None:
    """Ask the Docker engine; None when one answers, else why not in a few words."""
    try:
        with contextlib.closing(_engine(timeout=ENGINE_TIMEOUT)) as client:
            client.ping()
    except Exception as fault:  # noqa: BLE001 - whatever goes wrong, there is no engine to use
        return f"no Docker engine answers ({type(fault).__name__})"
    return None


class ContainerServer:
    """A server in a container whose port on this machine stays the same over stop, kill and start."""

    NAME: ClassVar[str]
    IMAGE: ClassVar[str]
    PORT: ClassVar[int]
    DATA: ClassVar[str]

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self._volume = volume_name(folder)
        self._password_file = folder / "password"
        self._container: Any = None
        self._address = ""
        self._password = self._remembered_password() if durable else secrets.token_urlsafe(24)

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _fault(self) -> str | None: ...

    @abstractmethod
    def _configure(self, container: Any) -> None: ...

    def launch(self) -> None:
        if self._container is not None:
            self._container.get_wrapped_container().start()
            return
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - as below

        container = DockerContainer(self.IMAGE)
        port = ports.free_ports(1)[0]
        # A port of our choice, as one of the engine's would change with each start; on loopback where that is ours.
        is_here = container.get_docker_client().host() in {"localhost", ports.HOST}
        published: Any = (ports.HOST, port) if is_here else port
        container.ports[f"{self.PORT}/tcp"] = published
        if self.durable:
            container.with_volume_mapping(self._volume, self.DATA, "rw")
        self._configure(container)
        self._container = container.start()
        # Kept, as a container that was killed can't be asked.
        self._address = f"{container.get_container_host_ip()}:{container.get_exposed_port(self.PORT)}"

    def wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        fault = self._fault()
        while fault is not None:
            if time.monotonic() > deadline:
                _, errors = self._container.get_logs()
                end = errors.decode(errors="replace").strip().splitlines()[-15:]
                raise CannotStart("\n  | ".join([f"{self.NAME} did not start in its container: {fault}.", *end]))
            time.sleep(POLL)
            fault = self._fault()

    def start(self) -> None:
        self.launch()
        self.wait()

    def stop(self) -> None:
        if self._container is not None:
            self._container.get_wrapped_container().stop(timeout=30)

    def kill(self) -> None:
        if self._container is not None:
            self._container.get_wrapped_container().kill()

    def close(self) -> None:
        if self._container is not None:
            self.stop()
            self._container.stop()  # removes the container; a named volume stays
            self._container = None

    def _remembered_password(self) -> str:
        self._password_file.parent.mkdir(parents=True, exist_ok=True)
        if not self._password_file.is_file():
            self._password_file.touch(mode=0o600)
            self._password_file.write_text(secrets.token_urlsafe(24))
        return self._password_file.read_text()


class PostgresContainer(ContainerServer):
    NAME = "PostgreSQL"
    IMAGE = "postgres:16"
    PORT = 5432
    DATA = "/var/lib/postgresql/data"

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self._password}@{self._address}/postgres"

    def _configure(self, container: Any) -> None:
        container.with_envs(
            POSTGRES_USER=ADMIN,
            POSTGRES_PASSWORD=self._password,
            POSTGRES_INITDB_ARGS="--encoding=UTF8 --locale=C.UTF-8",
        )
        container.with_command(
            ["postgres", "-c", "max_connections=400", "-c", f"fsync={'on' if self.durable else 'off'}"]
        )

    def _fault(self) -> str | None:
        admin = f"postgresql://{ADMIN}:{self._password}@{self._address}/postgres"
        fault = logins.database_fault(admin)
        if fault is None:
            logins.make_role(admin, ROLE, self._password)
            fault = logins.database_fault(self.url)
        return fault


class RabbitMQContainer(ContainerServer):
    NAME = "RabbitMQ"
    IMAGE = "rabbitmq:3.13"
    PORT = 5672
    DATA = "/var/lib/rabbitmq"

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self._password}@{self._address}/"

    def _configure(self, container: Any) -> None:
        container.with_envs(RABBITMQ_DEFAULT_USER=USER, RABBITMQ_DEFAULT_PASS=self._password)
        container.with_kwargs(hostname="dossier")  # the node's name, and so its data's folder, follows the host's

    def _fault(self) -> str | None:
        return logins.broker_fault(self.url)


def volume_name(folder: Path) -> str:
    """Name the volume that belongs to this folder of ours."""
    return f"dossier-{hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]}-{folder.name}"


def forget_volumes(folders: list[Path]) -> None:
    """Remove the named volumes of these folders where an engine answers."""
    if engine_fault():
        return
    from docker.errors import NotFound  # noqa: PLC0415 - as below

    with contextlib.closing(_engine()) as client:
        for folder in folders:
            with contextlib.suppress(NotFound):
                client.volumes.get(volume_name(folder)).remove(force=True)


def _engine(**options: Any) -> Any:
    # Slow to import, and only one way of four needs it. Testcontainers' own, as it knows Docker's contexts.
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415

    return DockerClient(**options).client
