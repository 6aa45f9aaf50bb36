"""Sections remembered, and the generations that tell whether they still hold (design.md §5)."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import event

from chassis.context import new_id
from contracts import accounts, identity, work
from contracts.overview import SECTIONS
from contracts.sections import Section
from services.overview import directory, memory
from services.overview.memory import Given
from services.overview.sections import Table, Wanted, configured
from tests.unit.overview.firm import tag_of

TASKS = Wanted("tasks", "Tasks", "work", "firm", ())
NOTES = Wanted("notes", "Notes", "work", "firm", ())
AS_OF = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def account():
    return new_id()


@pytest.fixture
def remembered(session, ctx, account):
    """`remembered("rows of", generation=0)`: whether the tasks an owner gave were kept."""

    def remember(title, *, generation=0, as_of=AS_OF, scope="firm", name="tasks"):
        section = Section(name=name, rows=({"title": title},), total=1)
        return memory.remember(session, ctx, account, as_of, [Given(section, scope, generation)]) == {name}

    return remember


class Inside:
    """Reads inside the test's own transaction, which nobody else sees."""

    def __init__(self, session):
        self.session = session

    def fetch(self, statement, values):
        return self.session.connection().exec_driver_sql(statement, values).all()


@pytest.fixture
def recalled(session, ctx, account):
    def recall(*wanted):
        return memory.recall(Inside(session), ctx, account, wanted or [TASKS])

    return recall


def test_nothing_is_remembered_at_first(recalled):
    (found,) = recalled().values()

    assert (found.rows, found.present, found.is_fresh(AS_OF, 600)) == (None, 0, False)


def test_what_was_given_comes_back_as_it_was(remembered, recalled):
    assert remembered("Élodie")

    found = recalled()["tasks"]

    assert (found.rows, found.total, found.footer, found.as_of) == ('[{"title":"Élodie"}]', 1, None, AS_OF)
    assert found.is_fresh(AS_OF, 600)


def test_time_alone_makes_it_stale(remembered, recalled):
    remembered("old")

    found = recalled()["tasks"]

    assert found.is_fresh(AS_OF + dt.timedelta(seconds=599), 600)
    assert not found.is_fresh(AS_OF + dt.timedelta(seconds=600), 600)


def test_what_was_given_yesterday_is_asked_again(remembered, recalled):
    """R-TSK-5, R-INV-2: what is overdue follows from the day, and no event tells of midnight."""
    evening = AS_OF.replace(hour=23, minute=59, second=59)
    remembered("of yesterday", as_of=evening)
    found = recalled()["tasks"]

    assert found.is_fresh(evening, 600)
    assert not found.is_fresh(evening + dt.timedelta(seconds=1), 600)


def test_an_event_makes_it_stale_in_its_account_only(session, ctx, account, remembered, recalled):
    remembered("old")
    remembered("old", name="notes")
    gone = work.TaskDeleted(account_id=account, task_id=new_id())
    elsewhere = work.NoteDeleted(account_id=new_id(), note_id=new_id())

    memory.invalidate(session, ctx, gone)
    memory.invalidate(session, ctx, elsewhere)

    found = recalled(TASKS, NOTES)
    assert not found["tasks"].is_fresh(AS_OF, 600)
    assert found["notes"].is_fresh(AS_OF, 600)


def test_an_event_without_an_account_makes_it_stale_in_all(session, ctx, remembered, recalled):
    remembered("old")

    memory.invalidate(session, ctx, work.WorkSettingsChanged(what="statuses"))

    assert not recalled()["tasks"].is_fresh(AS_OF, 600)


def test_another_firm_remembers_nothing_of_it(session, ctx, account, remembered):
    remembered("secret")
    other = replace(ctx, firm_id=new_id())

    assert memory.recall(Inside(session), other, account, [TASKS])["tasks"].rows is None


class TestRace:
    """An owner's answer is kept only if the section did not change while it was asked."""

    def test_an_answer_overtaken_by_an_event_is_not_kept(self, session, ctx, account, remembered, recalled):
        asked_at = recalled()["tasks"].present
        memory.raise_generation(session, ctx, account, ["tasks"])

        assert not remembered("may be old", generation=asked_at)
        assert recalled()["tasks"].rows is None

    def test_nor_one_overtaken_by_an_event_of_the_whole_firm(self, session, ctx, remembered, recalled):
        asked_at = recalled()["tasks"].present
        memory.raise_generation(session, ctx, None, ["tasks"])

        assert not remembered("may be old", generation=asked_at)

    def test_the_next_answer_is_kept(self, session, ctx, account, remembered, recalled):
        remembered("old")
        memory.raise_generation(session, ctx, account, ["tasks"])
        memory.raise_generation(session, ctx, None, ["tasks"])

        assert remembered("new", generation=recalled()["tasks"].present)
        assert recalled()["tasks"].is_fresh(AS_OF, 600)

    def test_of_two_answers_the_younger_stays(self, remembered, recalled):
        remembered("younger", as_of=AS_OF + dt.timedelta(seconds=1))

        assert not remembered("older")
        assert recalled()["tasks"].rows == '[{"title":"younger"}]'

    def test_an_event_committed_while_the_answer_is_stored_is_seen_by_the_next_reader(self, ctx, account, sessions):
        """The check and the event may miss each other; the generation kept with the rows tells all the same."""
        given = Given(Section(name="tasks", rows=(), total=0), "firm", 0)
        with sessions() as storing:
            assert memory.remember(storing, ctx, account, AS_OF, [given]) == {"tasks"}
            with sessions() as telling:
                memory.raise_generation(telling, ctx, account, ["tasks"])

        with sessions() as reading:
            assert not memory.recall(Inside(reading), ctx, account, [TASKS])["tasks"].is_fresh(AS_OF, 600)


def test_scopes_are_remembered_apart(session, ctx, account, remembered, recalled):
    """Never filtered after the limit (design.md §5)."""
    remembered("for all")
    remembered("for Emil", scope="member:1")

    own = replace(TASKS, scope="member:1")

    assert recalled(own)["tasks"].rows == '[{"title":"for Emil"}]'
    assert recalled()["tasks"].rows == '[{"title":"for all"}]'


def test_all_sections_are_recalled_in_one_statement(session, ctx, account, remembered):
    remembered("one")
    statements = []
    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    wanted = configured().wanted(ctx.actor, None)
    found = memory.recall(Inside(session), ctx, account, wanted)

    assert (len(statements), set(found)) == (1, set(SECTIONS))


class TestForeign:
    @pytest.mark.parametrize("document", [{"account_id": "nonsense"}, {}, {"account_id": None}, {"account_id": 7}])
    def test_an_event_without_a_readable_account_is_of_all(self, session, ctx, document, remembered, recalled):
        remembered("old")

        memory.invalidate_foreign(session, ctx, "work.task_changed.v1", document)

        assert not recalled()["tasks"].is_fresh(AS_OF, 600)

    def test_an_event_of_one_account_is_of_that_one(self, session, ctx, remembered, recalled):
        remembered("old")

        memory.invalidate_foreign(session, ctx, "work.task_changed.v1", {"account_id": str(new_id())})

        assert recalled()["tasks"].is_fresh(AS_OF, 600)

    def test_an_event_nobody_configured_changes_nothing(self, session, ctx, account, remembered, recalled):
        remembered("old")

        memory.invalidate_foreign(session, ctx, "tax.unknown.v1", {"account_id": str(account)})

        assert recalled()["tasks"].is_fresh(AS_OF, 600)


def test_an_event_of_the_directory_may_change_a_configured_section(session, ctx, account, monkeypatch):
    """A fourteenth source that shows the account's name joins by configuration alone."""
    table = Table.of([{"name": "tax", "title": "Tax", "source": "tax", "invalidated_by": ["accounts.tag_changed.v1"]}])
    monkeypatch.setattr(memory, "configured", lambda: table)
    (wanted,) = table.wanted(ctx.actor, ["tax"])

    memory.followed(directory.tag_changed)(session, ctx, accounts.TagChanged(tag=tag_of("VIP")))

    assert memory.recall(Inside(session), ctx, account, [wanted])["tax"].present == 1


class TestForgetting:
    def test_a_deleted_account_is_forgotten_and_answers_under_way_are_not_kept(
        self, session, ctx, account, remembered, recalled
    ):
        remembered("old")

        memory.account_deleted(session, ctx, accounts.AccountDeleted(account_id=account, version=2))

        assert recalled()["tasks"].rows is None
        assert not remembered("under way")

    def test_what_nobody_looked_at_for_a_month_goes(self, session, ctx, remembered, recalled):
        remembered("old", as_of=ctx.now - dt.timedelta(days=31))
        remembered("seen", as_of=ctx.now - dt.timedelta(days=29), name="notes")

        assert memory.forget_unread(session, ctx) == 1
        found = recalled(TASKS, NOTES)
        assert found["tasks"].rows is None
        assert found["notes"].rows is not None

    def test_a_new_firm_is_known_to_the_sweep(self, session, ctx):
        made = identity.FirmCreated(firm=identity.Firm(id=ctx.firm, name="Firm"))

        memory.firm_created(session, ctx, made)
        memory.firm_created(session, ctx, made)

        assert ctx.firm in memory.firms(session)
