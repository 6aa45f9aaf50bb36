"""The roles that deploy/kubernetes makes are enough to migrate and to serve, and no more, on a real PostgreSQL."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import errors, sql
from sqlalchemy import text

from chassis.config import load_settings
from chassis.context import Context, new_id
from chassis.db import IDLE_SECONDS, LOCK_SECONDS, STATEMENT_SECONDS, Transactions, make_engine
from chassis.migrate import migrate, missing
from tests.deploy.manifesting import rendered

HARDEST = "contacts"  # its migrations make extensions, which not everybody may
TOY = "tests.contract.toy.service"
INSERT = text("INSERT INTO word VALUES (:firm, 'hello', 1)")
COUNT = text("SELECT count(*) FROM word")


@pytest.fixture(scope="module")
def logins(postgres_url):
    """The manifest's roles under names of their own, each with its settings, as the operator makes them."""
    name, password = f"t{secrets.token_hex(5)}", secrets.token_urlsafe(12)
    owner, service = f"{name}_owner", f"{name}_service"
    cluster = next(thing for thing in rendered("production") if thing["kind"] == "Cluster")
    statements = [
        one.replace("dossier_service", service) for one in cluster["spec"]["bootstrap"]["initdb"]["postInitSQL"]
    ]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for statement in [f"CREATE ROLE {owner} LOGIN NOBYPASSRLS", f"GRANT {owner} TO CURRENT_USER", *statements]:
            try:
                connection.execute(statement)
            except errors.DuplicateObject:  # dossier_app, which every database of the server shares
                continue
        for role in (owner, service):
            change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            connection.execute(change)
        for service_name in (HARDEST, "toy"):
            names = (sql.Identifier(f"{name}_{service_name}"), sql.Identifier(owner))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    parts = urlsplit(postgres_url)

    def settings(role):
        host = f"{role}:{password}@{parts.hostname}:{parts.port}"
        return load_settings({"DATABASE_URL": urlunsplit(parts._replace(netloc=host)), "DOSSIER_NAMESPACE": name})

    return settings(owner), settings(service)


@pytest.fixture(scope="module")
def served(logins):
    owner, service = logins
    migrate(owner, TOY)
    return service.database_for("toy")


def test_the_owner_migrates_without_a_right_to_make_roles_or_databases(logins):
    owner, _ = logins

    with psycopg.connect(migrate(owner, HARDEST)) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert rights == (False, False, False, False)
    assert missing(owner, HARDEST) == ""


def test_a_service_works_on_rows_of_its_firm_alone(served):
    transactions = Transactions(make_engine(served, pool_size=1))
    ctx, other = Context(firm_id=new_id()), Context(firm_id=new_id())

    with transactions.transaction(ctx) as session:
        session.execute(INSERT, {"firm": ctx.firm_id})

    with transactions.reading(ctx) as session:
        assert session.scalar(COUNT) == 1
    with transactions.reading(other) as session:
        assert session.scalar(COUNT) == 0
    transactions.engine.dispose()


def test_a_service_changes_no_table(served):
    with psycopg.connect(served) as connection:
        for statement in ("ALTER TABLE word ADD COLUMN x text", "DROP TABLE word", "CREATE TABLE x (id int)"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)
            connection.rollback()


def test_its_limits_hold_without_being_asked_for(served):
    with psycopg.connect(served) as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()[0]
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
        ]

    assert shown == [f"{STATEMENT_SECONDS}s", f"{LOCK_SECONDS}s", f"{IDLE_SECONDS}s", "UTC"]
