"""What private PostgreSQL and RabbitMQ have in common: a folder, remembered ports, a leash, a proven login."""

import json
import secrets
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from deploy.local import ports
from deploy.local.place import User, private_folder, server_user
from deploy.local.problem import CannotStart, tail
from deploy.local.processes import Held

POLL = 0.05  # s
PORTS_TIMEOUT = 3.0  # s; a killed server keeps its ports for milliseconds
ATTEMPTS = 3  # a port found free may be taken by somebody else before its server has it


class Server(Protocol):
    """A RabbitMQ or PostgreSQL that is ours to start and stop."""

    @property
    def url(self) -> str:
        """Where clients log in; stays the same from the first start to close()."""

    def launch(self) -> None:
        """Begin to start, without waiting."""

    def wait(self) -> None:
        """Wait until a login succeeds, or raise CannotStart."""

    def start(self) -> None:
        """Launch and wait; after stop() or kill(), on the same port and data."""

    def stop(self) -> None:
        """Stop gracefully, keep the data."""

    def kill(self) -> None:
        """End as in a crash, keep the data."""

    def close(self) -> None:
        """Stop for good and leave no process; data stays."""


class PrivateServer(ABC):
    """Processes of our own from installed binaries; `durable` off is for tests, which survive no power cut."""

    NAME: ClassVar[str]
    USER: ClassVar[str]  # who runs it when we are root
    PORTS: ClassVar[tuple[str, ...]]  # the first is the one clients use
    STOP: ClassVar[signal.Signals]
    START_TIMEOUT: ClassVar[float]  # s

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self.user: User | None = server_user(self.USER)
        self.folder = private_folder(folder, self.user)
        self.log = self.folder / "server.log"
        self._settings_file = self.folder / "settings.json"
        self._held = Held(log=self.log, cwd=self.folder, user=self.user, stop_signal=self.STOP)
        self._ports_are_promised = False
        remembered = self._remembered()
        self.password: str = remembered.get("password") or secrets.token_urlsafe(24)
        self.ports: dict[str, int] = remembered.get("ports") or {}

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    def pid(self) -> int | None:
        """The process everything of this server descends from."""
        return self._held.pid

    @property
    def port(self) -> int:
        return self.ports[self.PORTS[0]]

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data and configuration files; a half-made attempt is made again."""

    @abstractmethod
    def _commands(self) -> Sequence[Sequence[str]]:
        """Command lines, companions first, the server last."""

    @abstractmethod
    def _environment(self) -> dict[str, str]: ...

    @abstractmethod
    def _fault(self) -> str | None:
        """Log in; None when it answered."""

    def launch(self) -> None:
        if self._held.is_running:
            return
        self._choose_ports()
        self._prepare()
        self._remember()
        self.log.write_text("")
        if self.user:
            self.log.chmod(0o644)
        self._held.start(self._commands(), self._environment())

    def wait(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            fault = self._wait_for_login()
            if fault is None:
                self._ports_are_promised = True
                return
            lost_port = not self._held.is_running and not self._ports_are_promised and self._is_any_port_taken()
            self._held.kill()
            if not lost_port or attempt == ATTEMPTS:
                break
            self.launch()  # chooses others
        raise CannotStart(f"{self.NAME} did not start: {fault}.{tail(self.log)}")

    def start(self) -> None:
        self.launch()
        self.wait()

    def stop(self) -> None:
        self._held.stop()

    def kill(self) -> None:
        self._held.kill()

    def close(self) -> None:
        self._held.stop()

    def _wait_for_login(self) -> str | None:
        deadline = time.monotonic() + self.START_TIMEOUT
        while True:
            if not self._held.is_running:
                return "it ended at once"
            # Only our own process may answer: what listens on this port after ours has ended is somebody else's.
            fault = self._fault()
            if fault is None and self._held.is_running:
                return None
            if time.monotonic() > deadline:
                return f"after {self.START_TIMEOUT:.0f} s, {fault}"
            time.sleep(POLL)

    def _choose_ports(self) -> None:
        if self._ports_are_promised:
            self._await_ports()  # clients know them; should one stay taken, the start fails and says so
            return
        if set(self.ports) != set(self.PORTS) or self._is_any_port_taken():
            self.ports = dict(zip(self.PORTS, ports.free_ports(len(self.PORTS)), strict=True))

    def _await_ports(self) -> None:
        """A kernel may let go of a killed server's sockets a moment after the server itself is gone."""
        deadline = time.monotonic() + PORTS_TIMEOUT
        while self._is_any_port_taken() and time.monotonic() < deadline:
            time.sleep(POLL)

    def _is_any_port_taken(self) -> bool:
        return not all(ports.is_free(port) for port in self.ports.values())

    def _remembered(self) -> dict[str, Any]:
        if not self._settings_file.is_file():
            return {}
        return dict(json.loads(self._settings_file.read_text()))

    def _remember(self) -> None:
        self._settings_file.touch(mode=0o600)
        self._settings_file.write_text(json.dumps({"password": self.password, "ports": self.ports}))
