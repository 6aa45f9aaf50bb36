"""A private PostgreSQL from installed binaries."""

import os
import re
import secrets
import shutil
import signal
from pathlib import Path

from deploy.local import logins, ports
from deploy.local.place import run_as
from deploy.local.private import PrivateServer
from deploy.local.problem import CannotStart

ROLE = "dossier"
ADMIN = "postgres"
WHERE = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
]
OPTIONS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "400",  # a pool for each process of a service, and those of tests beside them
    "password_encryption": "scram-sha-256",
}
# Safe against a killed process, not against a power cut. synchronous_commit stays on: what was acknowledged survives.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


def binaries(major: int | None = None) -> Path | None:
    """Find the folder with `postgres` and `initdb`, of version `major` or else the newest."""
    found = {
        _major(folder): folder for pattern in WHERE for folder in Path("/").glob(pattern[1:]) if _is_complete(folder)
    }
    on_path = shutil.which("initdb")
    if on_path:
        folder = Path(on_path).resolve().parent
        if _is_complete(folder):
            found.setdefault(_major(folder), folder)
    if major is not None:
        return found.get(major)
    return found[max(found)] if found else None


class Postgres(PrivateServer):
    NAME = "PostgreSQL"
    USER = "postgres"
    PORTS = ("postgres",)
    STOP = signal.SIGINT  # "fast": ends sessions, writes everything down
    START_TIMEOUT = 60

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self.password}@{ports.HOST}:{self.port}/postgres"

    @property
    def admin_url(self) -> str:
        """For what only a superuser may do; services never get it."""
        return f"postgresql://{ADMIN}:{self.password}@{ports.HOST}:{self.port}/postgres"

    def _prepare(self) -> None:
        done = self.folder / "initialised"
        if done.is_file() and (self._data / "PG_VERSION").is_file():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        secret = self.folder / f"secret-{secrets.token_hex(4)}"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self.user:
            os.chown(secret, self.user.uid, self.user.gid)
        command = [
            str(self._binaries() / "initdb"),
            f"--pgdata={self._data}",
            f"--username={ADMIN}",
            f"--pwfile={secret}",
        ]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        try:
            made = run_as(self.user, [*command, *([] if self.durable else ["--no-sync"])], cwd=self.folder)
        finally:
            secret.unlink()
        if made.returncode:
            words = (made.stderr or made.stdout).strip().splitlines()
            raise CannotStart(
                f"PostgreSQL's data could not be made in {self._data}: {words[-1] if words else 'no reason given'}"
            )
        done.touch()

    def _commands(self) -> list[list[str]]:
        options = OPTIONS | {"port": str(self.port)} | ({} if self.durable else UNSAFE)
        return [
            [
                str(self._binaries() / "postgres"),
                "-D",
                str(self._data),
                *(f"--{key}={value}" for key, value in options.items()),
            ]
        ]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(self.folder)}

    def _fault(self) -> str | None:
        if ports.is_free(self.port):
            return "it does not listen yet"
        fault = logins.database_fault(self.admin_url)
        if fault is None:
            logins.make_role(self.admin_url, ROLE, self.password)
            fault = logins.database_fault(self.url)
        return fault

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _binaries(self) -> Path:
        version = self._data / "PG_VERSION"
        major = int(version.read_text().strip()) if version.is_file() else None
        folder = binaries(major)
        if folder is None:
            what = f"the data in {self._data} is of PostgreSQL {major}, which is" if major else "its binaries are"
            raise CannotStart(
                f"PostgreSQL cannot start: {what} not installed. Install it, or forget the data: make reset"
            )
        return folder


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb"))


def _major(folder: Path) -> int:
    number = re.search(r"(\d+)/bin$", str(folder))
    return int(number[1]) if number else 0
