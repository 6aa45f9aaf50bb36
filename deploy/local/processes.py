"""Our side of the leash (leash.py): processes that end when we do."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local import leash
from deploy.local.place import User

LEASH = [sys.executable, "-I", "-S", str(Path(leash.__file__).resolve())]


def tied(command: Sequence[str], death_signal: signal.Signals = signal.SIGTERM) -> list[str]:
    """Give the command line that runs `command` so that it is told when this process dies."""
    return [*LEASH, "tie", str(int(death_signal)), str(os.getpid()), "--", *command]


class Held:
    """A server held by a leash: one process, its companions, and all they start."""

    def __init__(self, *, log: Path, cwd: Path, user: User | None, stop_signal: signal.Signals) -> None:
        self.log = log
        self._cwd = cwd
        self._options = [str(int(stop_signal)), *([user.ids] if user else [])]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process of the leash; everything it holds descends from it."""
        return self._process.pid if self._process else None

    def start(self, commands: Sequence[Sequence[str]], env: Mapping[str, str]) -> None:
        words = [word for command in commands for word in ("--and", *command)][1:]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*LEASH, "hold", *self._options, "--", *words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._cwd,
                env=dict(env),
                start_new_session=True,  # a Ctrl-C is for us; servers stop last
            )

    def stop(self) -> None:
        """Stop gracefully and wait; what does not stop in time is killed by the leash."""
        self._end(signal.SIGTERM, timeout=leash.GRACE + 15)

    def kill(self) -> None:
        """SIGKILL the server and everything it has started, at once, as a crash would."""
        self._end(signal.SIGUSR1, timeout=15)

    def _end(self, number: signal.Signals, timeout: float) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(timeout)
        finally:
            process.kill()  # after the leash, death signals end what it held
            process.wait()
            process.stdin.close()
            self._process = None
