"""Debian's packages, for a machine that has neither server nor Docker."""

import os
import shutil
import subprocess

from deploy.local.place import is_root
from deploy.local.problem import CannotStart

PACKAGES = {"RabbitMQ": "rabbitmq-server", "PostgreSQL": "postgresql"}


def command(names: list[str]) -> str:
    """The one line that installs these servers."""
    return "apt-get install -y --no-install-recommends " + " ".join(PACKAGES[name] for name in names)


def install(names: list[str]) -> None:
    """Install the servers `names` when we are root on Debian or Ubuntu; else raise CannotStart with what to do."""
    servers = " and ".join(names)
    are = "is" if len(names) == 1 else "are"
    if shutil.which("apt-get") is None:
        raise CannotStart(
            f"{servers} {are} not here. Install what is missing, or start Docker, or set AMQP_URI and DATABASE_URL."
        )
    if not is_root():
        raise CannotStart(f"{servers} {are} not here. Run this, then try again:\n  sudo {command(names)}")
    for line in ("apt-get update", command(names)):
        _run(line)


def _run(line: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(line.split(), env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        words = "\n".join(f"  | {text}" for text in (done.stdout + done.stderr).strip().splitlines()[-10:])
        raise CannotStart(f"'{line}' failed:\n{words}")
