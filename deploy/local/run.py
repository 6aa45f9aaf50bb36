"""`make run`: servers, migrations, a sample firm, every service and the gateway, until Ctrl-C."""

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from deploy.local import ports
from deploy.local.children import reachable, system
from deploy.local.home import Home, write_privately
from deploy.local.logins import without_password
from deploy.local.mailbox import Mailbox
from deploy.local.problem import CannotStart, tail
from deploy.local.progress import Progress
from deploy.local.quickbooks import Books, simulated
from deploy.local.servers import DATABASE, Servers, Way, find
from deploy.local.services import ROOT
from deploy.local.supervisor import Supervisor

DEFAULT_PORT = "8000"
HIGHEST_PORT = 65_535


class Asked(BaseException):
    """Somebody asked us to stop."""


def main() -> int:
    progress = Progress()
    try:
        with stoppable():
            run(Home(), os.environ, progress)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except Asked:
        progress.line("Stopped; the data stays. Start again: make run. Forget it: make reset")
    return 0


def run(home: Home, environ: Mapping[str, str], progress: Progress) -> None:
    """Serve until told to stop; raise CannotStart with what to do when that is not possible."""
    host = environ.get("DOSSIER_HOST") or ports.HOST
    with ExitStack() as cleanup:
        cleanup.enter_context(home.taken())
        port = chosen_port(environ, host)
        servers = cleanup.enter_context(find(home.servers, environ, progress))
        for found in servers.found:
            progress.line(str(found))
        address = reachable(host, port)
        mailbox = None if environ.get("DOSSIER_SMTP_URL") else Mailbox(home)
        books = simulated(home, environ)
        environment = {
            **environ,
            "DOSSIER_PUBLIC_URL": environ.get("DOSSIER_PUBLIC_URL") or address,
            **(mailbox.settings(environ) if mailbox else {}),
            **(books.settings() if books else {}),
            "DOSSIER_NAMESPACE": environ.get("DOSSIER_NAMESPACE") or "dossier",
            "DOSSIER_BLOBS": environ.get("DOSSIER_BLOBS") or own_blobs(home),
            "DOSSIER_SECRET_KEY": environ.get("DOSSIER_SECRET_KEY") or own_secret(home),
            **servers.environment,
        }
        migrate(home, environment, progress)
        children = system(environment, home.logs, host, port)
        children[:0] = [beside.child(environment, home.logs) for beside in (mailbox, books) if beside]
        for child in children:
            child.log.unlink(missing_ok=True)
        processes = Supervisor(children, progress)
        cleanup.callback(processes.stop)
        with progress.step("Starting the services and the gateway"):
            processes.start()
            processes.wait_until_ready()
        home.publish(published(environment, servers) | {"DOSSIER_HOST": host, "DOSSIER_PORT": str(port)})
        fill_sample(home, environment, servers, progress, books)
        if mailbox:
            progress.line(f"Mail that would go out: {mailbox.address}")
        if books:
            progress.line(f"A simulator of QuickBooks Online, no real one: {books.address}")
        progress.line(f"Dossier is served at {address}{sign_ins(home)} (Ctrl-C stops it; logs in {home.logs})")
        processes.watch()


def chosen_port(environ: Mapping[str, str], host: str) -> int:
    """The gateway's port, proven free."""
    text = environ.get("DOSSIER_PORT") or DEFAULT_PORT
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise CannotStart(f"DOSSIER_PORT={text} is not a port: give a number from 1 to {HIGHEST_PORT}.")
    if not ports.is_free(int(text), host):
        other = ports.free_ports(1)[0]
        raise CannotStart(
            f"Port {text} on {host} is taken or not allowed. Choose another: DOSSIER_PORT={other} make run"
        )
    return int(text)


def own_blobs(home: Home) -> str:
    """A folder for files that only our user reads."""
    home.blobs.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home.blobs.as_uri()


def own_secret(home: Home) -> str:
    """A key made at the first start, that only our user reads; `make reset` forgets it with the data it seals."""
    if not home.secret.is_file():
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        write_privately(home.secret, {"DOSSIER_SECRET_KEY": key})
    return str(json.loads(home.secret.read_text())["DOSSIER_SECRET_KEY"])


def migrate(home: Home, environment: Mapping[str, str], progress: Progress) -> None:
    home.logs.mkdir(parents=True, exist_ok=True)
    log = home.logs / "migrate.log"
    with progress.step("Migrating the databases"), log.open("w") as output:
        command = [sys.executable, "-m", "chassis.migrate"]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)
    if done.returncode:
        raise CannotStart(f"The databases could not be migrated.{tail(log)}")


def fill_sample(
    home: Home, environment: Mapping[str, str], servers: Servers, progress: Progress, books: Books | None = None
) -> None:
    """Fill a sample firm the first time this data is served."""
    database = servers[DATABASE]
    if database.server:  # private data is the same whether its server was installed just now or long ago
        where = "ours, in a container" if database.way is Way.DOCKER else "ours"
    else:
        where = ",".join(without_password(url) for url in database.environment.values())
    data = f"{environment['DOSSIER_NAMESPACE']} {where}"
    if home.sample.is_file() and home.state.get("sample") == data:
        return
    progress.line("Filling a sample firm …")
    settings = {**environment, **(home.published() or {}), **(books.of_sample() if books else {})}
    done = subprocess.run([sys.executable, "-m", "deploy.sample"], cwd=ROOT, env=settings, check=False)
    if done.returncode:
        progress.line("The sample firm could not be filled (see above); all else is there. The next start tries again.")
        return
    home.remember(sample=data)


def sign_ins(home: Home) -> str:
    """Say in one line how to sign in; empty when there is no sample firm."""
    if not home.sample.is_file():
        return ""
    people = json.loads(home.sample.read_text())["sign_ins"]
    return " - sign in as " + ", ".join(f"{one['role']} {one['email']} / {one['password']}" for one in people)


def published(environment: Mapping[str, str], servers: Servers) -> dict[str, str]:
    """What commands beside the running system need to know."""
    admin = getattr(servers[DATABASE].server, "admin_url", "")  # a backup reads past row-level security
    backup = {"BACKUP_DATABASE_URL": admin} if admin else {}
    told = {name: environment[name] for name in ("DOSSIER_NAMESPACE", "DOSSIER_BLOBS")}
    return {**servers.environment, **told, **backup}


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into Asked; further ones don't disturb the stopping."""

    def stop(*_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Asked

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


if __name__ == "__main__":
    sys.exit(main())
