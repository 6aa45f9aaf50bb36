"""One Alembic environment for all services: numbered, linear, with time limits, safe to run from several processes."""

import importlib.resources
import re
import signal
import sys
import time
import tomllib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, text

from chassis.config import Settings, SettingsError, load_settings
from chassis.db import APP_ROLE

MIGRATOR = 7310  # the advisory lock of whoever migrates a database
LOCK_SECONDS = 5  # a migration that waits longer holds up everyone queued behind it
STATEMENT_SECONDS = 600
WAIT_SECONDS = 2  # between looks at whether another process has migrated
BOOKKEEPING = ("version", "created_at", "updated_at")  # of a row itself: a change says it better
ROOT = Path(str(importlib.resources.files("chassis"))).parent
TEMPLATE = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04d}"
down_revision = {down!r}


def upgrade() -> None:
    op.add_column("…", sa.Column("…", sa.Text))


def downgrade() -> None:
    op.drop_column("…", "…")
'''


def protect(table: str) -> None:
    """Let a transaction see and write only the rows of the firm it is bound to, the tables' owner included."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    rule = "firm_id = nullif(current_setting('app.firm_id', true), '')::uuid"
    op.execute(f"CREATE POLICY firm ON {table} USING ({rule}) WITH CHECK ({rule})")


def record(table: str, *, about: str, key: Collection[str], ignored: Collection[str] = ()) -> None:
    """Let `chassis.history` keep every change of the table from here on, and begin with its rows as they are.

    `about` is the column whose id the changes are found by, `key` what tells one row of it from another; columns
    `ignored` beside BOOKKEEPING say nothing that a person would call a change.
    """
    op.execute(
        f"CREATE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION record_change('{about}', '{','.join(key)}', '{','.join((*BOOKKEEPING, *ignored))}')"
    )
    pairs = ", ".join(f"'{column}', r.{column}" for column in key)
    without = ",".join((*BOOKKEEPING, *ignored))
    # The owner of the tables is bound by row-level security too, and a migration belongs to no firm.
    for name in (table, "change"):
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        f"""
        INSERT INTO change (firm_id, kind, about_id, key, is_now, at, actor_kind, actor_name, door, request)
        SELECT r.firm_id, '{table}', r.{about}, jsonb_build_object({pairs}),
               to_jsonb(r) - string_to_array('{without}', ','), clock_timestamp(), 'system', '', 'system', ''
        FROM {table} r
        """  # noqa: S608 (names of our own tables)
    )
    for name in (table, "change"):
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")


def forget_recording(table: str) -> None:
    """The way back of `record`."""
    op.execute(f"DROP TRIGGER record_change ON {table}")


def services() -> list[str]:
    """The names in deploy/services.toml, the only list of services."""
    with (ROOT / "deploy" / "services.toml").open("rb") as file:
        return [entry["name"] for entry in tomllib.load(file)["service"]]


def migrate(settings: Settings, service: str) -> str:
    """Bring one service's database to the newest schema, creating it if missing, and give its URL.

    Raises psycopg.Error as it comes.
    """
    directory = _directory(service)
    url = settings.database_for(directory.parent.name)
    create_database(url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({MIGRATOR})"))  # one migrator per database
        connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_SECONDS}s'"))
        connection.commit()
        _upgrade(connection, ROOT / "chassis" / "migrations", "chassis_version")
        _upgrade(connection, directory, "service_version")
        _grant(connection)
    engine.dispose()
    return url


def _directory(service: str) -> Path:
    """Where a service's migrations lie; one named with dots has them beside its module."""
    if "." not in service:
        return ROOT / "services" / service / "migrations"
    return ROOT.joinpath(*service.split(".")[:-1], "migrations")


def missing(settings: Settings, service: str) -> str:
    """What keeps a service's database from serving this code, in a few words; empty where nothing does.

    Newer migrations than this code knows are no fault: the next release brings them while this one runs.
    """
    directory = _directory(service)
    wanted = {"chassis_version": ROOT / "chassis" / "migrations", "service_version": directory}
    try:
        with psycopg.connect(settings.database_for(directory.parent.name), connect_timeout=5) as connection:
            for table, numbered in wanted.items():
                row = connection.execute(sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(table))).fetchone()
                if row is None or int(row[0]) < _newest(numbered):
                    return f"{table} is at {row[0] if row else 'nothing'}, not yet at {_newest(numbered):04d}"
    except psycopg.errors.UndefinedTable:
        return "nothing is migrated yet"
    except psycopg.OperationalError as exc:
        return str(exc).splitlines()[0]
    return ""


def await_migrations(settings: Settings, service: str) -> None:
    """Wait, for as long as it takes, until another process has migrated what this code needs; say what is missing."""
    said = ""
    while fault := missing(settings, service):
        if fault != said:
            print(f"{service}: waiting for its schema: {fault}", flush=True)
            said = fault
        time.sleep(WAIT_SECONDS)


def _newest(directory: Path) -> int:
    return max((int(path.name[:4]) for path in directory.glob("[0-9]*.py")), default=0)


def create_database(url: str) -> None:
    """Make an empty database where there is none. Raises psycopg.Error as it comes."""
    name = urlsplit(url).path.lstrip("/")
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as exc:
        if f'database "{name}" does not exist' not in str(exc):
            raise
        with server_of(url) as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # another was quicker
                connection.execute(statement)


def drop_database(url: str) -> None:
    """Drop a database, if it is there, whoever still uses it. Raises psycopg.Error as it comes."""
    name = sql.Identifier(urlsplit(url).path.lstrip("/"))
    with server_of(url) as connection:
        try:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        except psycopg.errors.InsufficientPrivilege:
            # Autovacuum is at work there: only a superuser may force it out, but it gives way to who does not force.
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))


def server_of(url: str) -> psycopg.Connection:
    """A connection to the server of a database, whether that is there or not."""
    return psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True, connect_timeout=5)


def _upgrade(connection: Connection, directory: Path, version_table: str) -> None:
    if not directory.is_dir():
        return
    script = ScriptDirectory(str(directory), version_locations=[str(directory)])

    def steps(revision: Any, _: Any) -> Any:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 (what Alembic's own command calls)

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=version_table, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()


def make_role(url: str) -> None:
    """Make the role that serves, where the login may."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        _grant(connection)
    engine.dispose()


def _grant(connection: Connection) -> None:
    """Give the role that serves what it needs; where the login may not make roles, it serves itself (ADR 5)."""
    may, superuser = connection.execute(
        text("SELECT rolcreaterole OR rolsuper, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    ).one()
    exists = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": APP_ROLE})
    if not exists and may:
        connection.execute(
            text(
                f"DO $$ BEGIN CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS;"
                " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            )
        )
        exists = True
    if exists and may and not superuser:
        connection.execute(text(f"GRANT {APP_ROLE} TO CURRENT_USER"))  # who made a role is not yet its member
    if not exists and superuser:
        message = f"the login can see every firm's rows: create the role {APP_ROLE} and grant it to the login"
        raise SettingsError(message)
    if exists:
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}"))
        rights = "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {APP_ROLE}"))
        connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}"))
        connection.execute(text(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP_ROLE}"))
    connection.commit()


def write_revision(service: str, title: str) -> Path:
    """Write the next numbered migration of a service, to be filled in."""
    directory = ROOT / "services" / service / "migrations"
    directory.mkdir(exist_ok=True)
    last = _newest(directory)
    slug = re.sub(r"\W+", "_", title.lower()).strip("_")
    path = directory / f"{last + 1:04d}_{slug}.py"
    down = f"{last:04d}" if last else None
    sentence = title[:1].upper() + title[1:].replace("_", " ")
    path.write_text(TEMPLATE.format(title=sentence, number=last + 1, down=down))
    return path


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["revision"]:
        print(write_revision(arguments[1], " ".join(arguments[2:])))
        return 0
    try:
        settings = load_settings()
        if arguments[:1] == ["wait"]:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the first process of a container has no default
            for service in arguments[1:] or services():
                await_migrations(settings, service)
            return 0
        for service in arguments or services():
            migrate(settings, service)
            _declare(settings, service)
            print(f"{service}: schema is up to date", flush=True)
    except (SettingsError, psycopg.OperationalError) as exc:
        print(f"cannot migrate: {exc}", file=sys.stderr)
        return 1
    return 0


def _declare(settings: Settings, service: str) -> None:
    """Declare the service's queue before its first start, so that no event from then on passes it by."""
    if settings.amqp_uri:
        from chassis.topology import declare_service  # noqa: PLC0415 (needs the service's own module)

        declare_service(settings, service)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
