"""Lists by cursor on a real table: every row once in the order asked for, whatever its keys, and strangers refused."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    func,
    insert,
)
from sqlalchemy.orm import Session

from chassis import cursor
from chassis.context import new_id
from chassis.db import make_engine
from chassis.errors import Invalid
from chassis.listing import Listing, Order, date_of, flag_of, id_of

SOME_ID = UUID("0196f0f0-0000-7000-8000-000000000001")
LAST_DAY = dt.date.max
AT = dt.datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=dt.UTC)
NAMES = ["", "Zoë", "zoë", "a", "A", "Ä", "ß", "日本", "🌻", "quote'", 'double"', "back\\slash", "%_", "tab\t"]

item = Table(
    "listed_item",
    MetaData(),
    Column("owner_id", Uuid, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("name", String(collation="C"), nullable=False),
    Column("said", String(collation="en-x-icu"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("amount", Numeric(12, 2), nullable=False),
    Column("on", Date),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
)
c = item.c
LISTING = Listing(
    source=item,
    columns=(c.id, c.name, c.place),
    visible=lambda asked: [c.owner_id == asked.owner_id],
    orders={
        "-at": Order((c.at, c.id)),
        "name": Order((c.name, c.id), is_descending=False),
        "-name": Order((c.name, c.id)),
        "said": Order((c.said, c.id), is_descending=False),
        "-said": Order((c.said, c.id)),
        "place": Order((c.place, c.id), is_descending=False),
        "serial": Order((c.serial, c.id), is_descending=False),
        "amount": Order((c.amount, c.id), is_descending=False),
        "-amount": Order((c.amount, c.id)),
        "on": Order((func.coalesce(c.on, LAST_DAY), c.id), is_descending=False),
        "-on": Order((func.coalesce(c.on, LAST_DAY), c.id)),
        "pinned": Order((c.is_pinned, c.at, c.place, c.id)),
        "pinned last": Order((c.is_pinned, c.at, c.place, c.id), is_descending=False),
    },
    filters={
        "place": lambda value, _: c.place == int(value),
        "pinned": lambda value, _: c.is_pinned.is_(flag_of("pinned", value)),
        "on": lambda value, _: c.on == date_of("on", value),
        "id": lambda value, _: c.id == id_of("id", value),
    },
    row=lambda row, _: {"id": row.id, "name": row.name, "place": row.place},
)
ORDERS = list(LISTING.orders)


@dataclass(frozen=True)
class Asked:
    owner_id: UUID


@pytest.fixture(scope="module")
def connection(postgres_url):
    engine = make_engine(postgres_url, name="unit.listing")
    with engine.connect().execution_options(firm=None) as connection, connection.begin() as transaction:
        item.create(connection)
        yield connection
        transaction.rollback()
    engine.dispose()


@pytest.fixture
def session(connection):
    with connection.begin_nested() as savepoint:
        with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
            yield session
        if savepoint.is_active:
            savepoint.rollback()


@pytest.fixture
def asked():
    return Asked(uuid4())


@pytest.fixture
def rows(session, asked):
    """Twenty-eight rows full of ties, and one of somebody else."""
    made = [
        {
            "owner_id": asked.owner_id,
            "id": uuid4(),
            "name": NAMES[number % len(NAMES)],
            "said": NAMES[number % len(NAMES)],
            "place": number % 3 - 1,
            "serial": number // 5 - 3,
            "amount": Decimal(number % 6 - 2) / 4,
            "on": [None, dt.date(2026, 1, 1), dt.date(2026, 1, 1), dt.date(1999, 12, 31)][number % 4],
            "at": AT + dt.timedelta(microseconds=number % 5),
            "is_pinned": number % 7 == 0,
        }
        for number in range(2 * len(NAMES))
    ]
    session.execute(insert(item), [*made, {**made[0], "owner_id": uuid4(), "id": uuid4()}])
    return made


def walk(session, asked, limit, **filters):
    """The ids page by page, and the totals the pages told."""
    found, totals, after = [], set(), None
    while True:
        page = LISTING.page(session, asked, {}, filters, after, limit)
        assert len(page.rows) == limit or page.next_cursor is None
        found += [row["id"] for row in page.rows]
        totals.add(page.total)
        if page.next_cursor is None:
            return found, totals
        after = page.next_cursor


@pytest.mark.parametrize("limit", [1, 2, 5, 27, 28, 29])
@pytest.mark.parametrize("sort", ORDERS)
def test_pages_hold_every_row_once_in_the_order_of_the_whole(session, asked, rows, sort, limit):
    """R-OV-4: ties are broken by the id, in both directions, so that no page skips or repeats."""
    whole, _ = walk(session, asked, 100, sort=sort)

    found, totals = walk(session, asked, limit, sort=sort)

    assert found == whole
    assert sorted(found) == sorted(row["id"] for row in rows)
    assert totals == {len(rows)}


@pytest.mark.parametrize(
    ("sort", "key", "is_descending"),
    [
        ("-at", lambda row: (row["at"], row["id"]), True),
        ("name", lambda row: (row["name"].encode(), row["id"]), False),
        ("-name", lambda row: (row["name"].encode(), row["id"]), True),
        ("place", lambda row: (row["place"], row["id"]), False),
        ("serial", lambda row: (row["serial"], row["id"]), False),
        ("amount", lambda row: (row["amount"], row["id"]), False),
        ("-amount", lambda row: (row["amount"], row["id"]), True),
        ("on", lambda row: (row["on"] or LAST_DAY, row["id"]), False),
        ("-on", lambda row: (row["on"] or LAST_DAY, row["id"]), True),
        ("pinned", lambda row: (row["is_pinned"], row["at"], row["place"], row["id"]), True),
        ("pinned last", lambda row: (row["is_pinned"], row["at"], row["place"], row["id"]), False),
    ],
)
def test_the_order_is_the_one_it_says(session, asked, rows, sort, key, is_descending):
    found, _ = walk(session, asked, 4, sort=sort)

    assert found == [row["id"] for row in sorted(rows, key=key, reverse=is_descending)]


def test_the_first_order_stands_unless_said(session, asked, rows):
    assert walk(session, asked, 5) == walk(session, asked, 5, sort="-at")


def test_rows_that_come_in_between_move_no_page(session, asked, rows):
    first = LISTING.page(session, asked, {}, {}, None, 10)
    newer = {**rows[0], "id": uuid4(), "at": AT + dt.timedelta(days=1)}
    session.execute(insert(item), [newer])

    second = LISTING.page(session, asked, {}, {}, first.next_cursor, 100)

    found = [row["id"] for row in (*first.rows, *second.rows)]
    assert sorted(found) == sorted(row["id"] for row in rows)
    assert second.total == len(rows) + 1


def test_filters_narrow_rows_and_total_alike(session, asked, rows):
    found, totals = walk(session, asked, 2, pinned="true", place="-1")

    wanted = [row["id"] for row in rows if row["is_pinned"] and row["place"] == -1]
    assert wanted
    assert sorted(found) == sorted(wanted)
    assert totals == {len(wanted)}


def test_nobody_elses_row_is_listed_or_counted(session, asked, rows):
    assert LISTING.page(session, Asked(uuid4()), {}, {}, None, 5) == ((), 0, None)


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"colour": "red"}, "filters.colour"),
        ({"sort": "colour"}, "filters.sort"),
        ({"pinned": "yes"}, "filters.pinned"),
        ({"on": "01.02.2026"}, "filters.on"),
        ({"id": "7"}, "filters.id"),
    ],
)
def test_an_unknown_filter_or_value_is_named(session, asked, filters, field):
    with pytest.raises(Invalid) as refused:
        LISTING.page(session, asked, {}, filters, None, 5)

    assert [error["field"] for error in refused.value.data["errors"]] == [field]


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("other", ORDERS)
def test_a_cursor_of_another_list_is_refused_or_harmless(session, asked, rows, sort, other):
    """One whose keys are of the same types, or text, can't be told from ours; it gives rows of this list alone."""
    theirs = LISTING.page(session, asked, {}, {"sort": other}, None, 3).next_cursor
    kinds, others = ([key.type.python_type for key in LISTING.orders[name].keys] for name in (sort, other))
    is_text = len(kinds) == len(others) and kinds[0] is str and others[0] in (dt.datetime, dt.date, Decimal)

    if kinds == others or is_text:
        page = LISTING.page(session, asked, {}, {"sort": sort}, theirs, 100)
        assert {row["id"] for row in page.rows} <= {row["id"] for row in rows}
    else:
        assert refused_field(session, asked, theirs, sort) == "cursor"


STRANGE = [
    cursor.encode("2026-03-02T09:30:00", SOME_ID),  # no offset
    cursor.encode("yesterday", SOME_ID),
    cursor.encode(AT, "7"),
    cursor.encode(None, SOME_ID),
    cursor.encode(AT, None),
    cursor.encode([], {}),
    cursor.encode(AT),
    cursor.encode(AT, SOME_ID, 1),
    "~",
    "nonsense",
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_no_cursor_is_refused(session, asked, rows, strange):
    assert refused_field(session, asked, strange, "-at") == "cursor"


@pytest.mark.parametrize("value", [2**31, 2**63, 2**100, -(2**40), 1.5, "1", True, None, [1]])
def test_a_number_that_no_column_holds_is_refused(session, asked, rows, value):
    """As a request of the caller's that can't be met, never as a fault of ours."""
    assert refused_field(session, asked, forged(value, str(new_id())), "place") == "cursor"


@pytest.mark.parametrize("value", [2**63, 1.5, "1", True, None])
def test_a_larger_number_is_refused_where_columns_hold_it_no_more(session, asked, rows, value):
    assert refused_field(session, asked, forged(value, str(new_id())), "serial") == "cursor"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-sNaN", "ten", 10, 1.5, None, ""])
def test_an_amount_that_is_none_is_refused(session, asked, rows, value):
    assert refused_field(session, asked, forged(value, str(new_id())), "amount") == "cursor"


def forged(*values):
    """A cursor by hand, with numbers that ours never hold."""
    import base64
    import json

    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def refused_field(session, asked, text, sort):
    with pytest.raises(Invalid) as refused:
        LISTING.page(session, asked, {}, {"sort": sort}, text, 5)
    (error,) = refused.value.data["errors"]
    return error["field"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NEAR = st.sampled_from([str(UUID(int=0)), "2026-03-02T09:30:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sort=st.sampled_from(ORDERS), values=st.lists(JSON | NEAR, min_size=2, max_size=4))
def test_no_forged_cursor_is_a_fault_of_ours(connection, asked, sort, values):
    with connection.begin_nested(), Session(bind=connection, join_transaction_mode="create_savepoint") as session:
        try:
            page = LISTING.page(session, asked, {}, {"sort": sort}, forged(*values), 5)
        except Invalid:
            return
    assert page.rows == ()
