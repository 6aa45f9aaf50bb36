"""Row-level security holds by itself: what a statement without any condition sees and changes, in every table."""

import itertools
from collections import defaultdict

import psycopg
import pytest
from psycopg import sql

from chassis.context import new_id
from chassis.db import APP_ROLE
from deploy.local.services import service_names

# Known before a firm is, and open to every firm: addresses that sign in, and the attempts of those who may be nobody.
OPEN = {("identity", "login"), ("identity", "portal_login"), ("identity", "sign_in_attempt"), ("overview", "firm")}
OF_ALL = {"outbox", "published", "done_once"}  # the relay's and the sweeps' own
# What belongs to no firm's call but to a sweep or a worker: read, and never written, by who names no firm.
SWEPT = {
    "accounts": {"account_opening", "account_trash", "import", "photo_leftover"},
    "billing": {"invoice", "proposal", "recurring_invoice"},
    "documents": {"document", "folder", "leftover", "signature_request"},
    "messages": {"attachment", "email_adoption", "email_leftover", "mailbox_turn", "outgoing_email"},
    "notifications": {"happening", "mail"},
    "quickbooks": {"job"},
}
OURS, THEIRS = new_id(), new_id()
BIND = "SELECT set_config('app.firm_id', %s, true)"
VALUES = {
    "uuid": new_id,
    "text": lambda: str(new_id()),
    "boolean": lambda: True,
    "date": lambda: "2026-01-31",
    "time without time zone": lambda: "12:00",
    "timestamp with time zone": lambda: "2026-01-31T12:00:00Z",
    "jsonb": lambda: "{}",
    "bytea": lambda: new_id().bytes,
    "ARRAY": lambda: "{}",
}
COUNT = itertools.count(1)  # no two rows share a number that may be a key
NUMBERS = ("smallint", "integer", "bigint")
AMOUNTS = ("numeric", "double precision", "real")

each_service = pytest.mark.parametrize("service", service_names())


@pytest.fixture
def tables(service, database_url):
    """A connection as the services have it, and their tables with a firm, in each a row of ours and a row of theirs."""
    with psycopg.connect(database_url(service)) as connection:
        tables = [name for name in with_a_firm(connection) if (service, name) not in OPEN]
        for name in tables:
            _loosen(connection, name)
        for firm in (OURS, THEIRS):
            connection.execute(BIND, [str(firm)])
            for name in tables:
                _fill(connection, name, firm)
        connection.execute(f"SET LOCAL ROLE {APP_ROLE}")
        connection.execute(BIND, [str(OURS)])
        yield connection, tables
        connection.rollback()


def with_a_firm(connection):
    query = """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'firm_id'
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname
    """
    return [name for (name,) in connection.execute(query)]


def _loosen(connection, table):
    """Let the table take any row: which rows make sense is not what is asked here."""
    query = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f', 'x')"
    for (name,) in connection.execute(query, [table]).fetchall():
        statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))
    connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))


def _fill(connection, table, firm):
    query = """
        SELECT column_name, data_type FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = %s AND is_identity = 'NO' AND is_generated = 'NEVER'
    """
    values = {name: _value(kind) for name, kind in connection.execute(query, [table]).fetchall()} | {"firm_id": firm}
    names, marks = sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
    connection.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, marks), values)


def _value(kind):
    if kind in NUMBERS:
        return next(COUNT)
    return 1 if kind in AMOUNTS else VALUES[kind]()


def seen(connection, table):
    return {firm for (firm,) in connection.execute(sql.SQL("SELECT firm_id FROM {}").format(sql.Identifier(table)))}


def outcome(connection, statement, table, *values):
    """How many rows a statement without any condition changed, or how PostgreSQL refused it."""
    try:
        with connection.transaction():
            return connection.execute(sql.SQL(statement).format(sql.Identifier(table)), values).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return "refused"


@each_service
def test_without_a_where_no_row_of_another_firm_is_read(tables):
    connection, names = tables

    assert {name: seen(connection, name) for name in names} == {name: {OURS} for name in names}


@each_service
def test_without_a_where_no_row_of_another_firm_is_changed_or_deleted(tables):
    connection, names = tables
    done = defaultdict(list)

    for name in names:
        done[name].append(outcome(connection, "UPDATE {} SET firm_id = firm_id", name))
        done[name].append(outcome(connection, "DELETE FROM {}", name))
    connection.execute(BIND, [str(THEIRS)])

    assert done == {name: [1, 1] for name in names}
    assert {name: seen(connection, name) for name in names} == {name: {THEIRS} for name in names}


@each_service
def test_no_row_is_written_for_or_given_to_another_firm(tables):
    connection, names = tables
    given = {name: outcome(connection, "UPDATE {} SET firm_id = %s", name, THEIRS) for name in names}
    written = {}
    for name in names:
        try:
            with connection.transaction():
                _fill(connection, name, THEIRS)
                written[name] = 1
        except psycopg.errors.InsufficientPrivilege:
            written[name] = "refused"

    assert given == written == dict.fromkeys(names, "refused")


@each_service
def test_who_names_no_firm_sees_none_but_what_waits_to_be_told_or_swept(tables, service):
    connection, names = tables
    connection.execute(BIND, [""])

    found = {name for name in names if seen(connection, name)}
    changed = {name for name in names if outcome(connection, "UPDATE {} SET firm_id = firm_id", name)}

    assert found == OF_ALL | SWEPT.get(service, set())
    assert changed == OF_ALL


@each_service
def test_the_services_role_cannot_step_around_it(service, database_url):
    with psycopg.connect(database_url(service)) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = %s", [APP_ROLE]
        ).fetchone()
        owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = %s)"

        assert role == (False, False, False, False)
        assert connection.execute(owned, [APP_ROLE]).fetchone() == (0,)
