"""`python -m deploy.backup.restore BACKUP [--replace]`: put back what a backup holds.

Where something is already, it is replaced only when told so.

Services must not run. Afterwards start them, and have the directory made anew: `python -m services.overview.rebuild`.
With `--events` alone nothing is put back: events of the last days are told again, to who lost them with the broker.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from chassis import migrate, topology
from chassis.blobs import Blobs
from chassis.config import Settings, SettingsError, load_settings
from chassis.errors import Unavailable
from deploy.backup import files, manifest, tools
from deploy.backup.manifest import BLOBS
from deploy.backup.problem import CannotGoOn
from deploy.local import run
from deploy.local.home import Home
from deploy.local.problem import CannotStart
from deploy.local.progress import Progress
from deploy.local.servers import find
from deploy.local.services import service_names

OPTIONS = ("--no-owner", "--no-comments", "--exit-on-error", "--jobs=2")
GUARDS = re.compile(r"; \d+ \d+ (ROW SECURITY|POLICY) ")
# Whoever had not applied one at that instant gets it from the sender once more; who had knows it by its id.
TELL_AGAIN = """
    WITH again AS (DELETE FROM published RETURNING id, event_id, firm_id, type, body, context)
    INSERT INTO outbox (id, event_id, firm_id, type, body, context) OVERRIDING SYSTEM VALUE
    SELECT id, event_id, firm_id, type, body, context FROM again ORDER BY id
"""


def restore(settings: Settings, folder: Path, *, replace: bool) -> int:
    """Put everything back, and give the number of events that will be told again. Raises CannotGoOn."""
    found = manifest.read(folder)
    urls = {name: settings.database_for(name) for name in found.dumps}
    for name, url in urls.items():
        _check(settings, name, url, replace=replace)
    files.bring_back(files.Folder(folder.parent / BLOBS), Blobs(settings), found.blobs)
    for name, url in urls.items():
        migrate.drop_database(url)
        migrate.create_database(url)
        migrate.make_role(url)
        _put_back(name, url, folder / found.dumps[name].file)
        migrate.migrate(settings, name)
        topology.declare_service(settings, name)
        topology.purge(settings, name)
    return sum(_tell_again(url) for url in urls.values())


def _put_back(service: str, url: str, dump: Path) -> None:
    """Rows and keys first, what guards the rows after them: who checks a key must see the rows."""
    entries = tools.contents(dump).splitlines(keepends=True)
    guards = [entry for entry in entries if GUARDS.search(entry)]
    for chosen in ([entry for entry in entries if entry not in guards], guards):
        with tempfile.NamedTemporaryFile("w", prefix="dossier-", suffix=".list") as listed:
            listed.writelines(chosen)
            listed.flush()
            restoring = tools.begin("pg_restore", url, *OPTIONS, f"--use-list={listed.name}", str(dump))
            tools.end(restoring, f"The database of {service} could not be put back")


def tell_again(settings: Settings) -> int:
    """Have every kept event told once more, and give their number."""
    for name in service_names():
        topology.declare_service(settings, name)
    return sum(_tell_again(settings.database_for(name)) for name in service_names())


def _check(settings: Settings, service: str, url: str, *, replace: bool) -> None:
    """Refuse while somebody serves from the database, and one that is there unless it is to be replaced."""
    with migrate.server_of(url) as connection:
        database = urlsplit(url).path.lstrip("/")
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if there and not replace:
            raise CannotGoOn(f"The database {database} is there already: add --replace to put the backup in its place.")
        serving = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
        if connection.execute(serving, [database, f"{settings.namespace}.{service}"]).fetchone():
            raise CannotGoOn(f"{service} is running: stop all services first.")


def _tell_again(url: str) -> int:
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        return connection.execute(TELL_AGAIN).rowcount


@contextmanager
def _environment(environ: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Where to put it: what the environment names, else the servers of `make run`, started for it."""
    if environ.get("AMQP_URI") and any(key.endswith("DATABASE_URL") for key in environ):
        yield environ
        return
    home = Home()
    with ExitStack() as stack:
        stack.enter_context(home.taken())
        servers = stack.enter_context(find(home.servers, environ, Progress()))
        ours = {"DOSSIER_NAMESPACE": "dossier", "DOSSIER_BLOBS": run.own_blobs(home)}
        yield {**ours, **environ, **servers.environment}


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    if not arguments or arguments[1:] not in ([], ["--replace"]):
        print("usage: python -m deploy.backup.restore BACKUP [--replace], or --events", file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        with _environment(environ) as found:
            settings = load_settings(found, needs=("amqp_uri", "blobs"))
            if arguments[0] == "--events":
                print(f"{tell_again(settings)} events will be told again")
                return 0
            events = restore(settings, Path(arguments[0]), replace=bool(arguments[1:]))
    except (CannotGoOn, CannotStart, SettingsError, Unavailable, psycopg.OperationalError) as problem:
        print(f"Not restored. {problem}", file=sys.stderr)
        return 1
    print(
        f"Restored in {time.monotonic() - began:.1f} s; {events} events will be told again. Start the services, then"
        " make the directory anew: python -m services.overview.rebuild"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
