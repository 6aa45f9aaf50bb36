"""Our services and the gateway as child processes, one each."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import ports
from deploy.local.processes import tied
from deploy.local.services import ROOT, service_names

GATEWAY = "gateway"
GRACE = 20.0  # s; above the longest deadline of a call, so that a stopping service finishes what it holds
ANSWER = 2.0  # s


class Child:
    """One process with a log, told to end when we die, that says by HTTP whether it is ready."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log: Path, address: str) -> None:
        self.name = name
        self.log = log
        self.address = address  # of /healthz, /readyz and /metrics, without a slash at the end
        self.environment = dict(environment)
        self.command = command
        self.cwd = ROOT  # whose code it runs
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_status(self) -> int | None:
        """How it ended; None while it runs and before its first start."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        return self.is_running and answers(self.address)

    def start(self) -> None:
        if self.is_running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                tied(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.cwd,
                env=self.environment,
                start_new_session=True,  # a Ctrl-C is for us; we stop children in order
            )

    def ask_to_stop(self) -> None:
        self.send(signal.SIGTERM)

    def stop(self, grace: float = GRACE) -> None:
        """Stop gracefully, by force after `grace` seconds."""
        self.ask_to_stop()
        if self._process:
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it and all it has started, as a crash would."""
        self.send(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal while it runs; SIGKILL to all it has started, too."""
        if self._process and self._process.poll() is None:
            if number == signal.SIGKILL:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)


def system(environment: Mapping[str, str], logs: Path, host: str, port: int) -> list[Child]:
    """Describe every process of ours, services first, in the order in which they start; starts nothing."""
    names = service_names()
    python = [sys.executable, "-m"]
    common = {**environment, "PYTHONUNBUFFERED": "1", "DOSSIER_HOST": host, "DOSSIER_PORT": str(port)}
    common.pop("DOSSIER_OPS_PORT", None)  # one for all would be taken by the first
    children = []
    for name, ops_port in zip(names, ports.free_ports(len(names)), strict=True):
        settings = {**common, "DOSSIER_OPS_PORT": str(ops_port)}
        command, address = [*python, "chassis.run", name], f"http://{ports.HOST}:{ops_port}"
        children.append(Child(name, command, settings, logs / f"{name}.log", address))
    children.append(Child(GATEWAY, [*python, GATEWAY], common, logs / f"{GATEWAY}.log", reachable(host, port)))
    return children


def reachable(host: str, port: int) -> str:
    """Give the address under which this machine reaches a server that listens on `host`."""
    if host in {"", "0.0.0.0"}:  # noqa: S104 - every address: loopback is one of them
        host = ports.HOST
    if host == "::":
        host = "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(address: str, path: str = "/readyz") -> bool:
    """Tell whether GET `path` is answered with 200, past every proxy setting."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=ANSWER)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
