from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from services.identity import model

OTHERS = {"outbox", "inbox", "done_once", "chassis_version", "service_version"}


def test_migrations_make_the_tables_of_the_model(db):
    def is_ours(name, kind, _):
        return kind != "table" or name not in OTHERS

    options = {"compare_type": True, "include_name": is_ours}
    with db.engine.connect() as connection:
        migrated = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(migrated, model.Base.metadata)
        connection.rollback()

    assert differences == []


def test_every_table_but_those_read_before_a_firm_is_known_is_protected(db):
    names = set(model.Base.metadata.tables)
    with db.engine.connect() as connection:
        query = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        protected = set(connection.scalars(query)) & names
        connection.rollback()

    assert names - protected == {"login", "sign_in_attempt"}
