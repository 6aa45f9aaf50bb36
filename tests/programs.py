"""The programs of docs/examples as child processes, told where everything is by their settings."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from deploy.local.processes import tied
from deploy.local.services import ROOT

ENDED = 20.0  # s


class Program:
    """`with Program("subscriber/subscriber.py", env, log) as program`: runs until then, and can be stopped before."""

    def __init__(self, path: str, env: Mapping[str, str], log: Path, *arguments: str) -> None:
        self.command = [sys.executable, "-I", str(ROOT / "docs" / "examples" / path), *arguments]
        self.env, self.log = dict(env), log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                tied(self.command), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=self.env
            )

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(ENDED)
            self._process = None

    def pause(self) -> None:
        """Let it hang, its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def run(self, *arguments: str) -> str:
        """Run another command of the same program to its end, and give what it printed."""
        command = [*self.command[:3], *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.is_file() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
