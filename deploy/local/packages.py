"""Debian's packages, for a machine that has neither server nor Docker, or no browser."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.place import is_root
from deploy.local.problem import CannotStart

PACKAGES = {
    "RabbitMQ": "rabbitmq-server",
    "PostgreSQL": "postgresql",
    # With fonts for whatever name a client has: Latin to Thai, Chinese to Korean, and signs.
    "Chromium": "chromium fonts-noto-core fonts-droid-fallback fonts-noto-color-emoji",
}
ELSEWISE = {
    "Chromium": "Install it, or set DOSSIER_CHROMIUM to where it is.",
}
SERVERS = "Install what is missing, or start Docker, or set AMQP_URI and DATABASE_URL."


def command(names: list[str]) -> str:
    """The one line that installs these."""
    return "apt-get install -y --no-install-recommends " + " ".join(PACKAGES[name] for name in names)


def install(names: list[str]) -> None:
    """Install what is named when we are root on Debian or Ubuntu; else raise CannotStart with what to do."""
    missing = " and ".join(names)
    are = "is" if len(names) == 1 else "are"
    if shutil.which("apt-get") is None:
        raise CannotStart(f"{missing} {are} not here. {ELSEWISE.get(missing, SERVERS)}")
    if not is_root():
        raise CannotStart(f"{missing} {are} not here. Run this, then try again:\n  sudo {command(names)}")
    with _alone():
        for line in ("apt-get update", command(names)):
            _run(line)


@contextmanager
def _alone() -> Iterator[None]:
    """One of us at a time: apt refuses, rather than waits, while another works."""
    with (Path(tempfile.gettempdir()) / "dossier-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(line: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(line.split(), env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        words = "\n".join(f"  | {text}" for text in (done.stdout + done.stderr).strip().splitlines()[-10:])
        raise CannotStart(f"'{line}' failed:\n{words}")
