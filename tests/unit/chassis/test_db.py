"""A transaction is bound to its firm, survives a restarted database, and says what went wrong."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from chassis.context import Context, new_id
from chassis.db import advisory_lock, await_lock, in_transaction, is_gone, translated
from chassis.errors import Invalid, Unavailable
from chassis.testing import database, firm_context

SERVICE = "tests.contract.toy.service"
INSERT = text("INSERT INTO word VALUES (:firm, 'hello', 1)")
INSERT_TWICE = text("INSERT INTO word VALUES (:firm, 'hello', 1), (:firm, 'hello', 2)")

ctx = firm_context()


@pytest.fixture(scope="module")
def db(postgres_url):
    return database(postgres_url, SERVICE)


def words(session):
    return session.scalar(text("SELECT count(*) FROM word"))


def test_a_forgotten_where_shows_only_the_firms_own_rows(db, ctx):
    with db.transaction(ctx) as session:
        session.execute(INSERT, {"firm": ctx.firm_id})

    with db.transaction(ctx) as session:
        assert words(session) == 1
    with db.transaction(Context(firm_id=new_id())) as session:
        assert words(session) == 0
    with db.transaction(Context()) as session:
        assert words(session) == 0


def test_a_row_of_another_firm_cannot_be_written(db, ctx):
    with pytest.raises(Exception, match="row-level security"), db.transaction(ctx) as session:
        session.execute(INSERT, {"firm": new_id()})


def test_the_firm_does_not_stay_on_the_connection(db, ctx):
    with db.transaction(ctx) as session:
        session.execute(INSERT, {"firm": ctx.firm_id})
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM word")) == 0


def test_we_serve_as_a_role_that_row_level_security_binds(db, ctx):
    with db.transaction(ctx) as session:
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert session.scalar(text(query)) is False


def test_an_exception_leaves_nothing_behind(db, ctx):
    with pytest.raises(IntegrityError), db.transaction(ctx) as session:
        session.execute(INSERT_TWICE, {"firm": ctx.firm_id})

    with db.transaction(ctx) as session:
        assert words(session) == 0
    assert not in_transaction.get()


def test_reading_cannot_write(db, ctx):
    with pytest.raises(Exception, match="read-only transaction"), db.reading(ctx) as session:
        session.execute(INSERT, {"firm": ctx.firm_id})


def test_dead_connections_in_the_pool_cost_no_call(db, ctx, postgres_url):
    with db.reading(ctx) as first, db.reading(ctx) as second:
        assert words(first) == words(second) == 0
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [db.engine.url.database]
        )

    with db.reading(ctx) as first, db.reading(ctx) as second:
        assert words(first) == words(second) == 0


def test_a_broken_connection_midway_is_told_as_unavailable(db, ctx, postgres_url):
    def read_in_spite_of_all():
        with db.reading(ctx) as session:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            with psycopg.connect(postgres_url, autocommit=True) as server:
                server.execute("SELECT pg_terminate_backend(%s)", [pid])
            words(session)

    with pytest.raises(Unavailable):
        read_in_spite_of_all()


def test_one_statement_outside_a_transaction_outlives_a_restart_too(db, postgres_url):
    assert db.fetch("SELECT %(n)s::int", {"n": 1}) == [(1,)]
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [db.engine.url.database]
        )

    assert db.fetch("SELECT %(n)s::int", {"n": 2}) == [(2,)]


def test_a_value_out_of_range_is_told_as_invalid(db, ctx):
    with pytest.raises(Invalid), db.transaction(ctx) as session:
        session.execute(text("SELECT 99999999999::int"))


def test_an_advisory_lock_has_one_holder(db, ctx):
    with db.transaction(ctx) as first, db.transaction(ctx) as second:
        assert advisory_lock(first, "sweep")
        assert not advisory_lock(second, "sweep")


def test_who_waits_for_a_lock_keeps_others_out(db, ctx):
    with db.transaction(ctx) as first, db.transaction(ctx) as second:
        await_lock(first, "sweep")
        assert not advisory_lock(second, "sweep")
        assert advisory_lock(second, "sweep of another")


@pytest.mark.parametrize(
    "fault", [psycopg.errors.DiskFull, psycopg.errors.OutOfMemory, psycopg.errors.TooManyConnections]
)
def test_a_server_without_room_is_out_of_reach_for_a_while_and_no_defect_of_ours(fault):
    error = OperationalError("INSERT", {}, fault("no room"))

    assert isinstance(translated(error), Unavailable)
    assert is_gone(error)
