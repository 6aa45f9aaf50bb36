"""A profile is composed, remembered, and survives its owners (design.md §5)."""

from dataclasses import replace
from types import SimpleNamespace

import eventlet
import orjson
import pytest
from eventlet.event import Event
from prometheus_client import REGISTRY

from chassis.context import Context, new_id
from chassis.errors import DeadlineExceeded, Unavailable
from chassis.testing import database, member_ctx
from chassis.wire import load, to_json
from contracts.overview import Profile
from contracts.sections import ListSection, Section, SectionList, SectionRows, UnknownSection
from services.overview import memory
from services.overview.compose import Composer, Flights
from services.overview.sections import Table
from services.overview.service import OverviewService

TAX = {"name": "returns", "title": "Tax returns", "source": "tax"}
WHOLE = Table.of([TAX])
TABLE = replace(WHOLE, sections={name: one for name, one in WHOLE.sections.items() if one.source in ("work", "tax")})


class Owner:
    """A service that answers for sections: two lines of each, titled by what `says` says at the time."""

    def __init__(self):
        self.says = "first"
        self.asked = []
        self.fails = None
        self.meanwhile = lambda: None

    def get_sections(self, ctx, request):
        self.asked.append({ask.name: ask.scope for ask in request.sections})
        if self.fails:
            raise self.fails
        rows = ({"title": self.says}, {"title": "more"})
        made = tuple(Section(name=ask.name, rows=rows, total=7, footer={"sum": "1.50"}) for ask in request.sections)
        self.meanwhile()
        return SectionList(as_of=ctx.now, sections=made)

    def list_section(self, ctx, request):
        self.asked.append(request)
        return SectionRows(rows=(), total=0)


@pytest.fixture
def owners():
    return {"work": Owner(), "tax": Owner()}


@pytest.fixture
def account():
    return new_id()


@pytest.fixture
def transactions(postgres_url):
    return database(postgres_url, "overview")


@pytest.fixture
def composed(transactions, owners, ctx, account):
    """`composed()`: the sections of the account by name, as a caller reads them."""
    composer = Composer(transactions, lambda name, _contract, _seconds: owners[name], 1.0, 600.0)

    def compose(caller=ctx, names=None):
        profile = composer.profile(caller, account, TABLE.wanted(caller.actor, names))
        read = load(Profile, orjson.loads(to_json(profile)), strict=True)
        assert read.account_id == account
        return {section.name: section for section in read.sections}

    return compose


@pytest.fixture
def changed(transactions, ctx, account):
    """`changed("tasks")`: an event of the account about these sections has been applied."""

    def change(*sections):
        with transactions.transaction(ctx) as session:
            memory.raise_generation(session, ctx, account, sections)

    return change


def states(sections):
    return {name: section.state for name, section in sections.items()}


class TestComposing:
    def test_each_owner_is_asked_once_for_all_its_sections(self, composed, owners):
        sections = composed()

        assert list(sections) == ["tasks", "jobs", "notes", "time", "returns"]
        assert owners["work"].asked == [{"tasks": "firm", "jobs": "firm", "notes": "firm", "time": "firm+rates"}]
        assert owners["tax"].asked == [{"returns": "firm"}]

    def test_a_section_is_as_its_owner_gave_it(self, composed):
        """R-OV-6: with its title and its total"""
        fresh, remembered = composed()["tasks"], composed()["tasks"]

        assert (fresh.title, fresh.state, fresh.total, fresh.footer) == ("Tasks", "fresh", 7, {"sum": "1.50"})
        assert fresh.rows == ({"title": "first"}, {"title": "more"})
        assert remembered == fresh

    def test_a_warm_profile_asks_nobody_and_costs_one_statement(self, composed, owners, transactions):
        composed()
        before = REGISTRY.get_sample_value("dossier_sql_statements_total")

        composed()

        assert REGISTRY.get_sample_value("dossier_sql_statements_total") - before == 1
        assert [len(owner.asked) for owner in owners.values()] == [1, 1]

    def test_only_what_changed_is_asked_again(self, composed, owners, changed):
        composed()
        owners["work"].says = "second"
        changed("tasks", "notes")

        sections = composed()

        assert owners["work"].asked[1:] == [{"tasks": "firm", "notes": "firm"}]
        assert [sections[name].rows[0]["title"] for name in ("tasks", "jobs", "notes")] == ["second", "first", "second"]

    def test_only_what_is_wanted_is_asked(self, composed, owners):
        assert list(composed(names=["returns"])) == ["returns"]
        assert owners["work"].asked == []

    def test_wanting_nothing_gives_nothing(self, composed):
        assert composed(names=[]) == {}

    def test_what_is_older_than_its_time_to_live_is_asked_again(self, composed, owners, ctx):
        import datetime as dt

        composed()

        composed(replace(ctx, now=ctx.now + dt.timedelta(seconds=601)))

        assert len(owners["work"].asked) == 2

    def test_each_scope_is_asked_and_remembered_apart(self, composed, owners, ctx):
        emil = member_ctx(ctx)
        composed()

        composed(emil)
        composed(emil)

        own = f"member:{emil.actor.id}"
        assert owners["work"].asked[1:] == [{"jobs": own, "time": own}]


class TestRace:
    def test_an_answer_overtaken_by_an_event_is_given_but_not_kept(self, composed, owners, changed):
        owners["work"].meanwhile = lambda: changed("tasks")

        assert composed()["tasks"].rows[0]["title"] == "first"
        owners["work"].meanwhile = lambda: None
        owners["work"].says = "second"
        sections = composed()

        assert sections["tasks"].rows[0]["title"] == "second"
        assert owners["work"].asked[1:] == [{"tasks": "firm"}]


class TestOwnersThatDoNotAnswer:
    """R-OV-7: they cost their own sections only."""

    @pytest.mark.parametrize("failure", [Unavailable(), DeadlineExceeded(), UnknownSection(name="tasks")])
    def test_nothing_remembered_is_unavailable(self, composed, owners, failure):
        owners["work"].fails = failure

        sections = composed()

        assert states(sections) == dict.fromkeys(("tasks", "jobs", "notes", "time"), "unavailable") | {
            "returns": "fresh"
        }
        assert (sections["tasks"].rows, sections["tasks"].total, sections["tasks"].as_of) == ((), None, None)

    def test_what_is_remembered_is_stale_with_its_time(self, composed, owners, changed, ctx):
        before = composed()
        changed("tasks")
        owners["work"].fails = Unavailable()
        counted = {"section": "tasks", "state": "stale"}
        seen = REGISTRY.get_sample_value("dossier_sections_stale_total", counted) or 0

        sections = composed(replace(ctx))

        assert REGISTRY.get_sample_value("dossier_sections_stale_total", counted) == seen + 1
        assert REGISTRY.get_sample_value("dossier_section_stale_age_seconds_count", {"section": "tasks"}) >= 1
        assert states(sections) == {
            "tasks": "stale",
            "jobs": "fresh",
            "notes": "fresh",
            "time": "fresh",
            "returns": "fresh",
        }
        assert (sections["tasks"].rows, sections["tasks"].as_of) == (before["tasks"].rows, before["tasks"].as_of)

    def test_the_next_profile_after_it_is_back_is_fresh(self, composed, owners):
        owners["work"].fails = Unavailable()
        composed()
        owners["work"].fails = None

        assert set(states(composed()).values()) == {"fresh"}

    def test_a_section_the_owner_leaves_out_is_unavailable_and_one_it_adds_is_ignored(self, composed, owners):
        def get_sections(ctx, _request):
            made = (Section(name="tasks", rows=(), total=0), Section(name="payroll", rows=(), total=0))
            return SectionList(as_of=ctx.now, sections=made)

        owners["work"].get_sections = get_sections

        assert states(composed(names=["tasks", "notes"])) == {"tasks": "fresh", "notes": "unavailable"}

    def test_without_time_left_owners_are_given_none(self, transactions, ctx, account):
        seconds_given = []

        def source(_name, _contract, seconds):
            seconds_given.append(seconds)
            raise DeadlineExceeded

        hurried = Context(firm_id=ctx.firm_id, actor=ctx.actor, deadline=ctx.deadline - ctx.remaining + 0.5)
        composer = Composer(transactions, source, 1.0, 600.0)

        profile = composer.profile(hurried, account, TABLE.wanted(ctx.actor, ["tasks"]))

        assert [section["state"] for section in profile["sections"]] == ["unavailable"]
        assert seconds_given[0] < 0.41


def test_owners_are_asked_at_the_same_time(composed, owners):
    """Each answers only when the other has been asked too."""
    asked = {"work": Event(), "tax": Event()}

    def meet(own, other):
        def meanwhile():
            asked[own].send()
            with eventlet.Timeout(5):
                asked[other].wait()

        return meanwhile

    owners["work"].meanwhile, owners["tax"].meanwhile = meet("work", "tax"), meet("tax", "work")

    assert set(states(composed()).values()) == {"fresh"}


class TestFlights:
    """Who asks what is being asked waits for that answer."""

    def test_one_question_serves_all_who_ask_it(self):
        flights, landed, asked = Flights(), Event(), []

        def ask():
            asked.append(1)
            return landed.wait()

        waiting = [eventlet.spawn(flights.share, "key", 5, ask) for _ in range(3)]
        eventlet.sleep(0)
        landed.send("answer")

        assert [one.wait() for one in waiting] == ["answer"] * 3
        assert len(asked) == 1

    def test_its_failure_is_everybodys(self):
        flights, landed = Flights(), Event()
        waiting = [eventlet.spawn(flights.share, "key", 5, landed.wait) for _ in range(2)]
        eventlet.sleep(0)
        landed.send_exception(Unavailable())

        for one in waiting:
            with pytest.raises(Unavailable):
                one.wait()

    def test_nobody_waits_longer_than_their_own_time(self):
        flights, landed = Flights(), Event()
        first = eventlet.spawn(flights.share, "key", 5, landed.wait)
        eventlet.sleep(0)

        with pytest.raises(DeadlineExceeded):
            flights.share("key", 0.01, landed.wait)

        landed.send("late")
        assert first.wait() == "late"

    def test_afterwards_it_is_asked_anew(self):
        flights = Flights()

        assert [flights.share("key", 5, lambda n=n: n) for n in range(2)] == [0, 1]


class TestViewAll:
    def test_the_owner_lists_under_the_viewers_scope_whatever_was_asked(self, ctx, owners, account):
        """R-OV-1, R-OV-6, C-TIME: nobody widens their own sight by asking for another scope."""
        emil = member_ctx(ctx)
        service = SimpleNamespace(source=lambda name, _contract, _seconds: owners[name])
        request = ListSection(account_id=account, name="time", scope="firm+rates", filters={"is_billed": "no"}, limit=3)

        OverviewService.list_section(service, emil, request)

        assert owners["work"].asked == [replace(request, scope=f"member:{emil.actor.id}")]

    def test_an_unknown_section_is_not_asked_for(self, ctx, owners, account):
        service = SimpleNamespace(source=lambda name, _contract, _seconds: owners[name])

        with pytest.raises(UnknownSection):
            OverviewService.list_section(service, ctx, ListSection(account_id=account, name="payroll"))
