"""Two hosts: this machine with the servers on it, and a network namespace on a wire that can be cut."""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import ports
from deploy.local.children import GATEWAY, Child, reachable, system
from deploy.local.processes import tied
from deploy.local.services import ROOT

TOOLS = ("ip", "nsenter", "socat")
LARGEST, SMALLEST = 2**26, 2**12  # bytes taken at once from a disk that is filled
SERVED = ("AMQP_URI", "DATABASE_URL")


def cannot() -> str | None:
    """Why there can be no second host here; None where there can."""
    if os.geteuid() != 0:
        return "only root may make a network namespace"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"{', '.join(missing)} not installed" if missing else None


@dataclass
class Host:
    """One process of every service, and a gateway."""

    children: dict[str, Child]

    @property
    def url(self) -> str:
        return self.children[GATEWAY].address


def here(environment: Mapping[str, str], logs: Path) -> Host:
    """Describe the host that the servers run on."""
    port = ports.free_ports(1)[0]
    children = system(environment, logs / "one", ports.HOST, port)
    return Host({child.name: child for child in children})


class Wire:
    """The second host's only way to anybody: two ends of a virtual cable, and forwarders to the servers at ours."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        mark = secrets.token_hex(3)
        self._space, self._end, self._far_end = f"dossier-{mark}", f"ds{mark}a", f"ds{mark}b"
        number = secrets.randbelow(250)
        self.ours, self.theirs = f"10.217.{number}.1", f"10.217.{number}.2"
        self._environment = dict(environment)
        self._logs = logs
        self._forwarders: list[subprocess.Popen[bytes]] = []

    def lay(self) -> None:
        self._ip("netns", "add", self._space)
        self._ip("link", "add", self._end, "type", "veth", "peer", "name", self._far_end)
        self._ip("link", "set", self._far_end, "netns", self._space)
        self._ip("addr", "add", f"{self.ours}/30", "dev", self._end)
        self._ip("link", "set", self._end, "up")
        self._ip("-n", self._space, "addr", "add", f"{self.theirs}/30", "dev", self._far_end)
        self._ip("-n", self._space, "link", "set", "lo", "up")
        self._ip("-n", self._space, "link", "set", self._far_end, "up")
        self.connect()

    def connect(self) -> None:
        """Start the forwarders, one for each server."""
        for name in SERVED:
            port = urlsplit(self._environment[name]).port
            forward = ["socat", f"TCP-LISTEN:{port},bind={self.ours},fork,reuseaddr", f"TCP:{ports.HOST}:{port}"]
            self._forwarders.append(
                subprocess.Popen(tied(forward), stderr=subprocess.DEVNULL, start_new_session=True, cwd=ROOT)
            )

    def cut(self) -> None:
        """Nothing passes and nobody is told: packets vanish, as behind a dead switch.

        The far end goes down: without ours the way there would go, too, and what is sent leave by another.
        """
        self._ip("-n", self._space, "link", "set", self._far_end, "down")

    def mend(self) -> None:
        self._ip("-n", self._space, "link", "set", self._far_end, "up")

    def reset(self) -> None:
        """Every connection that passes the wire is broken off at once, and may be made again."""
        for forwarder in self._forwarders:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(forwarder.pid, 9)
            forwarder.wait()
        self._forwarders = []
        self.connect()

    def host(self) -> Host:
        """Describe the host at the far end."""
        environment = dict(self._environment)
        for name in SERVED:
            environment[name] = environment[name].replace(f"@{ports.HOST}:", f"@{self.ours}:")
        children = system(environment, self._logs / "two", self.theirs, ports.free_ports(1)[0])
        for child in children:
            child.command = ["nsenter", f"--net=/run/netns/{self._space}", *child.command]
            port = urlsplit(child.address).port
            child.address = reachable(self.theirs, int(port or 0))
        return Host({child.name: child for child in children})

    def remove(self) -> None:
        for forwarder in self._forwarders:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(forwarder.pid, 9)
        for command in (("link", "del", self._end), ("netns", "del", self._space)):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._ip(*command)

    def _ip(self, *arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def wired(environment: Mapping[str, str], logs: Path) -> Iterator[Wire]:
    """A second host for as long as it lasts."""
    wire = Wire(environment, logs)
    try:
        wire.lay()
        yield wire
    finally:
        wire.remove()


class Disk:
    """A small file system of its own for a server's data, that can be filled to the last byte."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder, self._size = folder, megabytes
        self._ballast = folder / "ballast"

    def mount(self) -> None:
        self.folder.mkdir(parents=True)
        options = f"size={self._size}m,mode=711"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "dossier", str(self.folder)], check=True)

    def fill(self, leave: int = 0) -> None:
        """Take all room but `leave` bytes, in ever smaller pieces, whatever others write meanwhile."""
        taken, piece = 0, LARGEST
        with self._ballast.open("wb") as ballast:
            while piece >= SMALLEST:
                has_room = shutil.disk_usage(self.folder).free - leave >= piece
                if has_room and _take(ballast.fileno(), taken, piece):
                    taken += piece
                else:
                    piece //= 16

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)


def _take(file: int, start: int, count: int) -> bool:
    """Whether these bytes of the file could be had: somebody may have been quicker."""
    try:
        os.posix_fallocate(file, start, count)
    except OSError:
        return False
    return True
