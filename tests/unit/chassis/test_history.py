"""Every change of a recorded row is kept: who, when, through which door, from what to what."""

import datetime as dt
from dataclasses import replace

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis import history
from chassis.context import Actor, Context, new_id
from chassis.migrate import BOOKKEEPING, record
from chassis.testing import database, firm_context

KINDS = {"word": history.Kind("word")}
SERVICE = "tests.contract.toy.service"

ctx = firm_context()


@pytest.fixture(scope="module")
def db(postgres_url):
    return database(postgres_url, SERVICE)


def write(db, ctx, statement, **values):
    with db.transaction(ctx) as session:
        session.execute(text(statement), {"firm": ctx.firm_id, **values})
        return session.scalar(text("SELECT clock_timestamp()"))


def insert(db, ctx, word, times=1):
    return write(db, ctx, "INSERT INTO word VALUES (:firm, :word, :times)", word=word, times=times)


def changes(db, ctx, **kwargs):
    with db.reading(ctx) as session:
        return history.changes(session, ctx, ctx.firm, **{"before": None, "limit": 100, **kwargs})


def states(db, ctx, at):
    with db.reading(ctx) as session:
        rows = history.rows_at(session, ctx, "word", at)
    return {row["word"]: row["times"] for row in rows}


def test_a_row_that_comes_changes_and_goes_leaves_three_changes(db, ctx):
    insert(db, ctx, "hello")
    write(db, ctx, "UPDATE word SET times = 2")
    write(db, ctx, "DELETE FROM word")

    gone, changed, came = changes(db, ctx)

    row = {"firm_id": str(ctx.firm_id), "word": "hello"}
    assert (came.was, came.is_now) == (None, row | {"times": 1})
    assert (changed.was, changed.is_now) == ({"times": 1}, row | {"times": 2})
    assert (gone.was, gone.is_now) == (row | {"times": 2}, None)
    assert {one.kind for one in (came, changed, gone)} == {"word"}
    assert {one.key["word"] for one in (came, changed, gone)} == {"hello"}


def test_a_statement_over_many_rows_leaves_a_change_for_each(db, ctx):
    for word in ("a", "b", "c"):
        insert(db, ctx, word)

    write(db, ctx, "UPDATE word SET times = times + 1 WHERE word <> 'b'")

    assert sorted(one.key["word"] for one in changes(db, ctx, limit=2)) == ["a", "c"]


def test_a_row_that_takes_another_key_goes_and_comes(db, ctx):
    insert(db, ctx, "before", 3)

    at = write(db, ctx, "UPDATE word SET word = 'after'")

    came, gone, _ = changes(db, ctx)
    assert (gone.key["word"], gone.is_now) == ("before", None)
    assert (came.key["word"], came.was) == ("after", None)
    assert states(db, ctx, at) == {"after": 3}


def test_what_stays_as_it_was_is_no_change(db, ctx):
    insert(db, ctx, "hello")

    write(db, ctx, "UPDATE word SET times = times")

    assert len(changes(db, ctx)) == 1


def test_who_changed_it_and_how_they_came_in_is_known(db, ctx):
    """Names hold what SQL and the driver would take for their own."""
    actor = Actor(kind="member", id=new_id(), role="employee", name='O\'Hara 100% \\ "Ω" ${x}')
    insert(db, replace(ctx, actor=actor, door="import"), "hello")

    (came,) = changes(db, ctx)

    assert (came.actor_kind, came.actor_id, came.actor_name, came.door) == ("member", actor.id, actor.name, "import")
    assert came.request == ctx.correlation_id


def test_the_system_itself_has_no_name(db, ctx):
    system = Context(firm_id=ctx.firm_id)
    insert(db, system, "hello")

    (came,) = changes(db, ctx)

    assert (came.actor_kind, came.actor_id, came.door) == ("system", None, "system")


def test_what_was_rolled_back_did_not_happen(db, ctx):
    with pytest.raises(IntegrityError):
        write(db, ctx, "INSERT INTO word VALUES (:firm, 'hello', 1), (:firm, 'hello', 2)")

    assert changes(db, ctx) == []


def test_another_firm_sees_none_of_it(db, ctx):
    insert(db, ctx, "hello")
    stranger = Context(firm_id=new_id())

    with db.reading(stranger) as session:
        assert session.scalar(text("SELECT count(*) FROM change")) == 0


def test_what_happened_can_not_be_changed(db, ctx):
    insert(db, ctx, "hello")

    with pytest.raises(DBAPIError, match="does not change"):
        write(db, ctx, "UPDATE change SET door = 'page'")


def test_the_state_of_any_instant_can_be_rebuilt(db, ctx):
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    insert(db, ctx, "kept", 1)
    first = insert(db, ctx, "lost", 1)
    write(db, ctx, "UPDATE word SET times = 5 WHERE word = 'kept'")
    second = write(db, ctx, "DELETE FROM word WHERE word = 'lost'")
    third = insert(db, ctx, "lost", 9)

    assert states(db, ctx, start) == {}
    assert states(db, ctx, first) == {"kept": 1, "lost": 1}
    assert states(db, ctx, second) == {"kept": 5}
    assert states(db, ctx, third) == {"kept": 5, "lost": 9}


def test_pages_go_back_in_time(db, ctx):
    for word in ("a", "b", "c"):
        insert(db, ctx, word)

    newest = changes(db, ctx, limit=2)
    rest = changes(db, ctx, limit=2, before=newest[-1].id)

    assert [one.key["word"] for one in (*newest, *rest)] == ["c", "b", "a"]


def test_a_change_tells_its_fields(db, ctx):
    insert(db, ctx, "hello", 3)
    write(db, ctx, "UPDATE word SET times = 4")

    changed, came = changes(db, ctx)

    assert [(one.name, one.was, one.is_now) for one in history.fields(came, KINDS)] == [("times", None, 3)]
    assert [(one.name, one.was, one.is_now) for one in history.fields(changed, KINDS)] == [("times", 3, 4)]


def test_what_is_gone_for_good_takes_its_history_along(db, ctx):
    insert(db, ctx, "hello")

    with db.transaction(ctx) as session:
        history.forget(session, ctx, ctx.firm)

    assert changes(db, ctx) == []


def test_rows_from_before_the_recording_have_a_beginning(db, ctx):
    """A migration that begins to record a table tells how its rows are."""
    owner = create_engine(db.engine.url)
    with owner.begin() as connection:
        connection.execute(text("DROP TRIGGER record_change ON word"))
    insert(db, ctx, "old")
    with owner.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        record("word", about="firm_id", key=("word",))
    owner.dispose()

    with db.reading(ctx) as session:
        assert history.recorded(session) == {"word": BOOKKEEPING}
    assert states(db, ctx, dt.datetime.now(dt.UTC)) == {"old": 1}
