"""What a running system leaves in `.run/`: data of private servers, files, logs, how to reach it, and who runs it."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.problem import CannotStart
from deploy.local.services import ROOT


class Home:
    def __init__(self, folder: Path = ROOT / ".run") -> None:
        self.folder = folder
        self.servers = folder / "servers"
        self.logs = folder / "logs"
        self.blobs = folder / "blobs"  # photos and documents, unless DOSSIER_BLOBS says elsewhere
        self.mails = folder / "mails"  # what would go out, unless DOSSIER_SMTP_URL names a server
        self.books = folder / "quickbooks.json"  # what the simulated QuickBooks holds, unless a real one is named
        self.secret = folder / "secret.json"  # what seals passwords of mailboxes, unless DOSSIER_SECRET_KEY says
        self.sample = folder / "sample.json"  # sign-ins of the sample firm, written by deploy.sample
        self._environment = folder / "env.json"
        self._state = folder / "state.json"
        self._lock = folder / "lock"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold this folder alone; raise CannotStart when a running system holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                who = lock.read().strip() or "another process"
                raise CannotStart(
                    f"A system is running from this folder already ({who}). Stop it there with Ctrl-C first."
                ) from None
            lock.truncate(0)
            lock.write(f"process {os.getpid()}")
            lock.flush()
            try:
                yield
            finally:
                self._environment.unlink(missing_ok=True)
                lock.truncate(0)

    def is_taken(self) -> bool:
        """Tell whether a system runs from this folder at this moment."""
        if not self._lock.is_file():
            return False
        with self._lock.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def publish(self, environment: Mapping[str, str]) -> None:
        """Say how the running system's servers are reached; the passwords are for our user only."""
        write_privately(self._environment, environment)

    def published(self) -> dict[str, str] | None:
        """The settings of the running system; None when none runs."""
        if not self.is_taken() or not self._environment.is_file():
            return None
        return dict(json.loads(self._environment.read_text()))

    @property
    def state(self) -> dict[str, Any]:
        """What one start tells the next."""
        return dict(json.loads(self._state.read_text())) if self._state.is_file() else {}

    def remember(self, **facts: object) -> None:
        write_privately(self._state, self.state | facts)


def write_privately(file: Path, content: Mapping[str, object]) -> None:
    """Write JSON at once, readable by its owner only."""
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content, indent=1))
    fresh.replace(file)
