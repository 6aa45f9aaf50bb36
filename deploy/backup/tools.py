"""PostgreSQL's own programs, with the password where no other user of the machine can read it."""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from deploy.backup.problem import CannotGoOn
from deploy.local import postgres


def begin(program: str, url: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a program on a database. Raises CannotGoOn where it is not installed."""
    parts = urlsplit(url)
    shown = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
    environment = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    command = [_find(program), f"--dbname={shown}", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def end(process: "subprocess.Popen[str]", what: str) -> None:
    """Wait for it. Raises CannotGoOn with the first error that it told of."""
    _, said = process.communicate()
    if process.returncode:
        errors = [line for line in said.splitlines() if "error" in line.lower()] or [f"status {process.returncode}"]
        raise CannotGoOn(f"{what}: {errors[0]}")


def contents(dump: Path) -> str:
    """The entries of a dump, a line each, as `pg_restore --use-list` takes them. Raises CannotGoOn."""
    done = subprocess.run([_find("pg_restore"), "--list", str(dump)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotGoOn(f"{dump} can't be read: {done.stderr.strip()}")
    return done.stdout


def _find(program: str) -> str:
    folder = postgres.binaries()
    if folder is not None and os.access(folder / program, os.X_OK):
        return str(folder / program)
    found = shutil.which(program)
    if found is None:
        raise CannotGoOn(f"{program} is not installed: apt-get install postgresql-client, of the server's version.")
    return str(Path(found))
