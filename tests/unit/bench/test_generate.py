"""Generated rows are what the services themselves would have written; the tables are left as they were found."""

import importlib
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.generate.accounts import Chunk
from bench.generate.copying import encoded, loading
from bench.generate.filling import CHUNK, generate
from bench.generate.firm import new_firm
from bench.generate.portal import client_token
from bench.generate.requests import template_id
from bench.generate.source import FULL, FULL_EVERY, WARM
from bench.generate.sources import firm_rows
from bench.generate.tables import COLUMNS
from chassis.config import Settings
from chassis.context import Actor, Context
from chassis.db import Transactions, make_engine
from chassis.migrate import migrate
from contracts.accounts import AccountRef
from contracts.entries import GetEntry
from contracts.identity import Credential
from contracts.invoices import CreateInvoice, IssueInvoice, LineEntry
from contracts.organizers import SendOrganizer
from contracts.overview import SECTIONS
from contracts.sections import GetSections, SectionAsk
from services.accounts import queries as accounts_queries
from services.billing.model import Balance, Invoice
from services.billing.operations import invoices
from services.billing.queries import sections as billing_sections
from services.contacts.model import Contact
from services.contacts.operations import writing
from services.contacts.queries import entries
from services.documents.operations import organizers
from services.documents.queries import sections as document_sections
from services.identity import entering, signing_in
from services.identity.queries import logins
from services.messages.model import Thread
from services.messages.operations import facts
from services.messages.queries import sections as message_sections
from services.overview import directory
from services.overview.model import DirectoryAccount, DirectorySearch
from services.overview.sections import configured
from services.work.queries import sections as work_sections
from tests.stack import drop_databases, namespace

ACCOUNTS = 60
LEAST_ROWS = {"logins": 1}  # R-LA-1: one line
SOURCES_OF_SECTIONS = {
    "billing": billing_sections,
    "documents": document_sections,
    "identity": logins,
    "messages": message_sections,
    "work": work_sections,
}
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

    for (service, table), found in (firm_rows(firm) | Chunk(firm, 0, 40, 40).make()).items():
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


@pytest.mark.parametrize("name", SECTIONS)
def test_a_full_account_has_rows_in_every_section(session_of, ctx, firm, name):
    (wanted,) = [one for one in configured().wanted(ctx.actor, None) if one.name == name]
    session, source = session_of(wanted.source), SOURCES_OF_SECTIONS[wanted.source]
    asked = (SectionAsk(name=name, scope=wanted.scope),)

    found = [
        source.get_sections(session, ctx, GetSections(account_id=UUID(firm.account(number)), sections=asked))
        for number in range(ACCOUNTS)
    ]

    assert min(len(answer.sections[0].rows) for answer in found) >= LEAST_ROWS.get(name, 5)


@pytest.mark.parametrize(("number", "is_full"), [(0, True), (FULL - 1, True), (FULL + 1, False)])
def test_the_first_accounts_are_full_and_those_behind_them_are_not(number, is_full):
    found = made_of(number)

    assert ("billing", "invoice") in found if is_full else ("billing", "invoice") not in found


def test_of_those_behind_them_a_share_is_full():
    found = made_of(FULL, 2 * FULL_EVERY)

    assert len({row[2] for row in found["documents", "document"]}) == 2


def test_generations_name_every_section_of_a_full_account():
    (generations,) = [found for table, found in made_of(0).items() if table == ("overview", "section_generation")]

    assert {section for _, _, section, _ in generations} == SECTIONS.keys()


def test_the_facts_of_a_thread_are_those_that_messages_would_count(session_of, ctx, firm):
    session = session_of("messages")
    threads = session.scalars(select(Thread).where(Thread.firm_id == ctx.firm).limit(20)).all()

    for thread in threads:
        before = {name: getattr(thread, name) for name in facts.COUNTED}
        facts.refresh(session, ctx, thread)
        assert {name: getattr(thread, name) for name in facts.COUNTED} == before
    assert threads


def test_an_organizer_is_sent_from_the_template(session_of, ctx, firm):
    wanted = SendOrganizer(account_id=UUID(firm.account(0)), template_ids=(UUID(template_id(firm)),))

    sent = organizers.send_organizer(session_of("documents"), ctx, wanted)

    assert [question.key for question in sent.items[0].sections[0].questions] == ["income", "moved"]


def test_the_first_contact_of_a_warm_account_may_enter_its_portal(session_of, settings, ctx, firm):
    engine = make_engine(settings.database_for("identity"))
    session, system = session_of("contacts"), replace(ctx, actor=Actor())

    for number in range(WARM):
        account = UUID(firm.account(number))
        credential = Credential(token=client_token(firm, str(account)))
        known = entering.resolve(Transactions(engine), Context(), credential)
        entry = entries.get_entry(session, system, GetEntry(account_id=account, email=known.user.email))
        assert entry.account_id == account
    engine.dispose()


def test_what_is_due_is_what_billing_would_add_up(session_of, ctx, firm):
    session, account = session_of("billing"), UUID(firm.account(0))
    query = select(func.sum(Invoice.total)).where(Invoice.firm_id == ctx.firm, Invoice.account_id == account)

    due = session.get_one(Balance, (ctx.firm, account, "EUR")).due

    assert due == session.scalars(query).one() > 0


def test_an_invoice_gets_a_number_of_its_own(session_of, ctx, firm):
    session, account = session_of("billing"), UUID(firm.account(0))
    line = LineEntry(name="Advice", unit_price=Decimal(10))
    draft = invoices.create_invoice(session, ctx, CreateInvoice(account_id=account, lines=(line,)))
    wanted = IssueInvoice(account_id=account, invoice_id=draft.id, version=draft.version)

    issued = invoices.issue_invoice(session, ctx, wanted)

    assert issued.number is not None


def made_of(start, count=1):
    """The rows of some accounts of a large firm."""
    firm = new_firm(1, "seed", "2024-01-01T00:00:00+00:00")
    return Chunk(firm, start, count, 2 * FULL).make()


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
