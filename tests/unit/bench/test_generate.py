"""Generated rows are what the services themselves would have written; the tables are left as they were found."""

import importlib
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.generate.accounts import Chunk
from bench.generate.copying import encoded, loading
from bench.generate.filling import CHUNK, generate
from bench.generate.firm import new_firm, rows
from bench.generate.tables import COLUMNS
from chassis.config import Settings
from chassis.context import Actor, Context
from chassis.db import Transactions, make_engine
from chassis.migrate import migrate
from contracts.accounts import AccountRef
from contracts.identity import Credential
from contracts.sections import GetSections, SectionAsk
from services.accounts import queries as accounts_queries
from services.contacts.model import Contact
from services.contacts.operations import writing
from services.identity import signing_in
from services.overview import directory
from services.overview.model import DirectoryAccount, DirectorySearch
from services.work.queries import sections
from tests.stack import drop_databases, namespace

ACCOUNTS = 60
TABLES = [(service, table) for service, tables in COLUMNS.items() for table in tables]


@pytest.fixture(scope="module")
def settings(postgres_url):
    prefix = namespace()
    made = Settings(database_url=postgres_url, namespace=prefix)
    for service in COLUMNS:
        migrate(made, service)
    yield made
    drop_databases(postgres_url, prefix)


@pytest.fixture(scope="module")
def firm(settings):
    (made,) = generate(settings, ACCOUNTS, say=lambda _: None)
    return made


@pytest.fixture
def ctx(firm):
    return Context(firm_id=firm.id, actor=Actor(kind="member", id=UUID(firm.owner), role="owner", name="Bench Owner"))


@pytest.fixture
def session_of(settings, ctx):
    """`session_of("work")`: a session of the service's as the generated firm, rolled back at the end."""
    engines = []

    def begin(service):
        engine = make_engine(settings.database_for(service))
        connection = engine.connect().execution_options(firm=ctx.firm_id)
        connection.begin()
        session = Session(bind=connection, join_transaction_mode="create_savepoint")
        engines.append((session, connection, engine))
        return session

    yield begin
    for session, connection, engine in engines:
        session.close()
        connection.close()
        engine.dispose()


@pytest.mark.parametrize(("service", "table"), TABLES)
def test_columns_are_those_of_the_models(service, table):
    columns = importlib.import_module(f"services.{service}.model").Base.metadata.tables[table].columns
    needed = {column.name for column in columns if not column.nullable and column.server_default is None}

    assert set(COLUMNS[service][table]) <= set(columns.keys())
    assert needed <= set(COLUMNS[service][table])


def test_a_chunk_is_the_same_every_time_and_another_one_is_not():
    firm = new_firm(1, "seed", "2024-01-01T00:00:00+00:00")

    one, again, other = (Chunk(firm, start, 20, 100).make() for start in (0, 0, 20))

    assert one == again
    assert one["accounts", "account"] != other["accounts", "account"]


def test_every_row_has_a_value_for_each_column():
    firm = new_firm(1, "seed", "2024-01-01T00:00:00+00:00")

    for (service, table), found in (rows(firm) | Chunk(firm, 0, 40, 40).make()).items():
        assert {len(row) for row in found} == {len(COLUMNS[service][table])}, table


@pytest.mark.parametrize("number", [0, 7, 31, ACCOUNTS - 1])
def test_the_directory_would_write_the_same(session_of, ctx, firm, number):
    """R-SRC-3: what search finds in generated accounts is what it finds in those made by hand."""
    account = accounts_queries.get_account(
        session_of("accounts"), ctx, AccountRef(account_id=UUID(firm.account(number)))
    )
    session = session_of("overview")
    mine = (ctx.firm, account.id)
    before = [snapshot(session.get_one(model, mine)) for model in (DirectoryAccount, DirectorySearch)]

    directory.put_account(session, ctx, account)
    session.flush()
    session.expire_all()

    assert [snapshot(session.get_one(model, mine)) for model in (DirectoryAccount, DirectorySearch)] == before


def test_contacts_would_be_found_by_the_same(session_of, ctx):
    session = session_of("contacts")

    for contact in session.scalars(select(Contact).where(Contact.firm_id == ctx.firm)).all():
        before = (contact.search, contact.display_name, [address.folded for address in contact.addresses])
        writing.refresh_search(contact)
        assert (contact.search, contact.display_name, [address.email for address in contact.addresses]) == before


def test_sections_have_rows_and_generations(session_of, ctx, firm):
    asked = tuple(SectionAsk(name=name) for name in ("tasks", "jobs", "notes", "time"))
    session = session_of("work")

    found = [
        sections.get_sections(session, ctx, GetSections(account_id=UUID(firm.account(number)), sections=asked))
        for number in range(ACCOUNTS)
    ]

    totals = [section.total for answer in found for section in answer.sections]
    assert max(totals) > 5
    assert min(totals) == 0


def test_the_token_lets_the_owner_in(settings, firm):
    engine = make_engine(settings.database_for("identity"))

    known = signing_in.resolve(Transactions(engine), Context(), Credential(token=firm.token))

    engine.dispose()
    assert (known.firm.id, known.member.role) == (firm.id, "owner")


def test_another_firm_sees_nothing_of_it(settings, session_of, ctx, firm):
    other = replace(ctx, firm_id=UUID(int=7))
    engine = make_engine(settings.database_for("accounts"))

    with Transactions(engine).reading(other) as session:
        codes = session.connection().exec_driver_sql("SELECT count(*) FROM account").scalar_one()

    engine.dispose()
    assert codes == 0


@pytest.mark.slow
def test_more_accounts_than_a_chunk_have_codes_of_their_own(settings):
    (firm,) = generate(settings, CHUNK + 1, say=lambda _: None)

    with psycopg.connect(settings.database_for("accounts")) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, true)", [str(firm.id)])
        row = connection.execute("SELECT count(*), count(DISTINCT code), count(DISTINCT id) FROM account").fetchone()

    assert row == (CHUNK + 1,) * 3


def test_a_bulk_load_leaves_tables_as_they_were(settings, firm):
    before = shape(settings)

    with loading(settings.database_for("work"), COLUMNS["work"], is_bulk=True) as load:
        assert shape_inside(load)["indexes"] < before["indexes"]

    assert shape(settings) == before


def test_a_bulk_load_that_breaks_a_reference_leaves_nothing(settings, firm):
    before = shape(settings)
    row = (str(firm.id), firm.made("stage of no pipeline"), firm.made("no pipeline"), "Nowhere", 0, False)

    with (
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        loading(settings.database_for("work"), COLUMNS["work"], is_bulk=True) as load,
    ):
        load.copy("stage", encoded([row]))

    assert shape(settings) == before


def test_text_goes_through_copy_unharmed(settings, firm):
    strange = 'tab\t, line\nend, back\\slash, "quotes", {braces}, e\u0301 🌻 \\N'
    key = firm.made("strange")

    with loading(settings.database_for("work"), COLUMNS["work"], is_bulk=False) as load:
        load.copy("tag_ref", encoded([(str(firm.id), key, strange, "#000000", False)]))

    with psycopg.connect(settings.database_for("work")) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, true)", [str(firm.id)])
        assert connection.execute("SELECT name FROM tag_ref WHERE id = %s", [key]).fetchone() == (strange,)


@pytest.mark.parametrize("accounts", [0, 1_000_001])
def test_only_sensible_numbers_are_generated(settings, accounts):
    with pytest.raises(ValueError, match="from 1 to 1000000"):
        generate(settings, accounts)


SHAPE = """
SELECT (SELECT array_agg(indexdef ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'public'),
       (SELECT array_agg(conname || pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint WHERE contype = 'f'),
       (SELECT array_agg(relname ORDER BY relname) FROM pg_class WHERE relforcerowsecurity)
"""


def shape(settings):
    with psycopg.connect(settings.database_for("work")) as connection:
        return of(connection)


def shape_inside(load):
    return of(load._connection)


def of(connection):
    indexes, keys, forced = connection.execute(SHAPE).fetchone()
    return {"indexes": len(indexes), "definitions": indexes, "keys": keys, "forced": forced}


def snapshot(row):
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}
