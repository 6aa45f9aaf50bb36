"""One instant of all databases: writers wait for as long as it takes to begin a snapshot of each, and go on."""

import datetime as dt
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from chassis.db import FENCE
from chassis.migrate import MIGRATOR
from deploy.backup.problem import CannotGoOn

WAIT_SECONDS = 1.0  # for transactions under way to end, in all; services wait for a lock longer than that
TRIES = 30  # with a pause between, in which everybody who waited goes on
PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """`snapshots` by service, for `pg_dump --snapshot`; writers waited `seconds` for them."""

    at: dt.datetime
    seconds: float
    snapshots: dict[str, str]


@contextmanager
def cut(urls: Mapping[str, str]) -> Iterator[Cut]:
    """Hold a snapshot of each database, all of the same instant, to the end of the block. Raises CannotGoOn.

    No transaction that writes is under way in any of them at that instant. So no snapshot has what was done because
    of something that another one lacks, by event or by call.
    """
    with ExitStack() as stack:
        try:
            connections = {name: stack.enter_context(_reader(url)) for name, url in urls.items()}
            yield _snapshots(connections)
        except psycopg.OperationalError as exc:
            raise CannotGoOn(f"A database does not answer: {exc}") from exc


@contextmanager
def _reader(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="dossier.backup") as connection:
        can_read = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        if connection.execute(can_read).fetchone() != (True,):
            raise CannotGoOn(
                "The login sees no firm's rows. Name one that may see all, a superuser or one with BYPASSRLS and"
                " pg_read_all_data: BACKUP_DATABASE_URL, or <SERVICE>_BACKUP_DATABASE_URL for a server of its own."
            )
        if connection.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATOR]).fetchone() != (True,):
            raise CannotGoOn("A database is being migrated or backed up at this moment; try again when that is done.")
        yield connection


def _snapshots(connections: Mapping[str, psycopg.Connection]) -> Cut:
    for _ in range(TRIES):
        began, fenced = time.monotonic(), []
        try:
            for connection in connections.values():
                left = max(1, int((began + WAIT_SECONDS - time.monotonic()) * 1000))
                connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{left}ms"])
                connection.execute("SELECT pg_advisory_lock(%s)", [FENCE])
                fenced.append(connection)
            return Cut(dt.datetime.now(dt.UTC), *_begun(connections, began))
        except psycopg.errors.LockNotAvailable:
            pass  # somebody's transaction takes long: nobody else is to wait for it on our account
        finally:
            for connection in fenced:
                connection.execute("SELECT pg_advisory_unlock(%s)", [FENCE])
        time.sleep(PAUSE_SECONDS * (0.5 + random.random()))  # noqa: S311 (no secret)
    raise CannotGoOn(f"In {TRIES} tries some transaction never ended within {WAIT_SECONDS:g} s; try at a quieter hour.")


def _begun(connections: Mapping[str, psycopg.Connection], began: float) -> tuple[float, dict[str, str]]:
    snapshots = {}
    for name, connection in connections.items():
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshots[name],) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
    return time.monotonic() - began, snapshots
