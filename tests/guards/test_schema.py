"""Every table belongs to a firm and is protected; the migrated schema and the models are the same."""

import importlib

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from deploy.local.services import ROOT, service_names

CHASSIS = {"outbox", "published", "inbox", "done_once", "change", "chassis_version", "service_version"}
# Read before a firm is known; each with its reason in the service's model.
BEFORE_A_FIRM_IS_KNOWN = {
    ("identity", "login"),
    ("identity", "sign_in_attempt"),
    ("identity", "portal_login"),
    ("overview", "firm"),
}
# Protected, but not from its owner: a function reads it with the index that no row-level policy lets be used.
BELOW_A_FUNCTION = {("overview", "directory_search")}

each_service = pytest.mark.parametrize("service", service_names())


@each_service
def test_the_models_are_what_the_migrations_make(service, database_url):
    model = importlib.import_module(f"services.{service}.model")
    engine = create_engine(database_url(service).replace("postgresql://", "postgresql+psycopg://", 1))

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda item, name, kind, *_: not (kind == "table" and name in CHASSIS),
            },
        )
        differences = compare_metadata(context, model.Base.metadata)
    engine.dispose()

    assert differences == []


@each_service
def test_every_table_has_its_firm_and_is_protected(service, database_url):
    query = """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
               EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'firm_id' AND a.attnotnull)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public'
    """
    with psycopg.connect(database_url(service)) as connection:
        rows = connection.execute(query).fetchall()

    open_tables = {name for name, protected, has_firm in rows if not (protected and has_firm)} - CHASSIS
    assert {(service, name) for name in open_tables} <= BEFORE_A_FIRM_IS_KNOWN | BELOW_A_FUNCTION


@each_service
def test_migrations_are_numbered_linear_and_know_no_model(service):
    folder = ROOT / "services" / service / "migrations"
    files = sorted(folder.glob("*.py"))

    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    assert len(ScriptDirectory(str(folder), version_locations=[str(folder)]).get_heads()) == 1
    assert not [path.name for path in files if "services." in path.read_text()]
