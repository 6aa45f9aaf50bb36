"""The queue: whatever dies, is refused or does not answer, nothing is lost and nothing is made twice."""

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from chassis.context import Context, new_id
from chassis.errors import Unavailable
from contracts.quickbooks import QuickBooksConnectionChanged
from services.quickbooks import accounts, metrics, model, rules, working
from services.quickbooks.client import Unreachable
from services.quickbooks.company import Company
from services.quickbooks.operations import queue


@pytest.fixture
def account(firm):
    account = firm.account("Ada Ltd")
    firm.connect()
    return account


def job_of(firm, account):
    with firm.tools.db.reading(firm.ctx) as session:
        return session.scalar(select(model.Job.id).where(model.Job.subject_id == account))


class TestWhatDies:
    """R-QB-21: a write that is repeated is done once."""

    @pytest.mark.parametrize("how", ["drop", "error_after"])
    def test_a_customer_whose_answer_was_lost_is_made_once(self, firm, intuit, account, how):
        firm.create(account)
        intuit.plan(how, "customer", is_write=True, times=2)

        firm.work()
        assert (firm.status(account), intuit.names()) == ("queued", ["Ada Ltd"])
        for _ in range(3):
            firm.work(after=700)

        assert (firm.status(account), intuit.names()) == ("synced", ["Ada Ltd"])

    def test_a_worker_killed_after_the_write_loses_nothing(self, firm, intuit, account):
        """It wrote, and died before it could say so; another takes up the job when the lease is over."""
        firm.create(account)
        taken = firm.tools.do(firm.ctx.firm, queue.take, job_of(firm, account))
        company = Company(firm.tools, firm.ctx.firm)
        company.write("Customer", {"DisplayName": "Ada Ltd"}, taken.id)
        company.close()
        assert firm.status(account) == "syncing"
        firm.work()
        assert firm.status(account) == "syncing"

        firm.work(after=queue.SHORT_LEASES["account"] + 1)

        assert (firm.status(account), intuit.names()) == ("synced", ["Ada Ltd"])

    def test_two_workers_do_not_do_the_same(self, firm, account):
        firm.create(account)
        job_id = job_of(firm, account)

        first, second = (firm.tools.do(firm.ctx.firm, queue.take, job_id) for _ in range(2))

        assert first is not None
        assert second is None

    def test_who_is_left_out_meanwhile_stays_so(self, firm, intuit, account):
        """A worker that comes back late changes nothing any more."""
        firm.create(account)
        taken = firm.tools.do(firm.ctx.firm, queue.take, job_of(firm, account))
        firm.skip(account)
        company = Company(firm.tools, firm.ctx.firm)
        accounts.create(firm.tools, company, firm.ctx.firm, taken)
        company.close()

        assert (firm.status(account), firm.sync_of(account).customer) == ("do_not_sync", None)
        assert [one.name for one in firm.found().items] == ["Ada Ltd"]


class TestWhatIsOfTheWholeCompany:
    def test_throttled_everything_waits_a_minute(self, firm, intuit, account):
        firm.create(account)
        intuit.plan("throttle")
        firm.work()
        connection = firm.connection()
        assert (connection.state, firm.status(account)) == ("connected", "queued")
        assert "slow down" in connection.problem
        assert connection.paused_until > connection.connected_at
        asked = intuit.requests
        firm.work(after=30)
        assert intuit.requests == asked

        firm.work(after=60)

        assert firm.status(account) == "synced"

    def test_a_subscription_that_ended_stops_the_queue_and_tells_the_owner(self, firm, intuit, account):
        intuit.control("settings", is_over=True)
        firm.create(account)
        firm.work()
        assert "subscription" in firm.connection().problem
        assert "subscription" in firm.told(QuickBooksConnectionChanged)[-1].problem
        intuit.control("settings", is_over=False)

        firm.work(after=5000)

        assert firm.status(account) == "synced"

    def test_is_over_when_an_answer_comes(self, firm, intuit, account):
        firm.create(account)
        intuit.plan("throttle")
        firm.work()
        with firm.tools.db.transaction(firm.ctx) as session:
            session.get(model.Connection, firm.ctx.firm).paused_until = firm.ctx.now
        firm.work(after=90)

        connection = firm.connection()

        assert (connection.problem, connection.paused_until) == ("", None)


class TestWhatDoesNotAnswer:
    @pytest.mark.parametrize("how", ["lost", "error", "unavailable"])
    def test_is_asked_again_later(self, firm, intuit, account, how):
        firm.create(account)
        intuit.plan(how, "customer", is_write=True, times=3)
        firm.work()
        assert firm.status(account) == "queued"

        for _ in range(4):
            firm.work(after=700)

        assert (firm.status(account), intuit.names()) == ("synced", ["Ada Ltd"])

    def test_for_long_is_left_to_a_person(self, firm, intuit, account):
        intuit.customer("Something else")
        firm.create(account)
        intuit.plan("error", "customer", is_write=True, times=working.TRIES)
        for _ in range(working.TRIES + 1):
            firm.work(after=700)
        sync = firm.sync_of(account)
        assert (sync.status, sync.problem.case) == ("failed", "unreachable")

        firm.sync(account)
        firm.create(account)
        firm.work()

        assert firm.status(account) == "synced"

    def test_in_time_is_bounded(self, firm, intuit, account, monkeypatch):
        monkeypatch.setattr("services.quickbooks.client.calls.READ_SECONDS", 0.3)
        intuit.knobs(slow_seconds=5)
        intuit.plan("slow", "query")
        company = Company(firm.tools, firm.ctx.firm)

        with pytest.raises(Unreachable):
            company.query("SELECT COUNT(*) FROM Customer")
        company.close()


def test_all_that_is_due_is_done_some_at_a_time(firm, intuit):
    """Through the timer's own door, in threads."""
    made = [firm.account(f"Client {number}") for number in range(5)]
    for number in range(5):
        intuit.customer(f"client {number}")
    firm.connect(works=False)

    for _ in range(100):
        firm.due()
        working.work_due(firm.tools, firm.neighbours)
        if all(firm.status(one) == "synced" for one in made):
            break

    assert [firm.status(one) for one in made] == ["synced"] * 5
    assert intuit.state["limits"][intuit.realm]["exceeded"] == {}


def test_a_firm_with_much_to_do_holds_up_no_other(firm, tools, intuit, ctx):
    other = type(firm)(replace(ctx, firm_id=new_id()), tools, intuit, firm.billing)
    for each, count in ((firm, 9), (other, 1)):
        for number in range(count):
            each.account(f"Client {number}")
        each.connect(works=False)
        each.due()

    with tools.db.reading(Context()) as session:
        found = [firm_id for firm_id, _ in working.due_jobs(session, Context(), limit=10_000)]
        metrics.measure(session, Context())

    assert REGISTRY.get_sample_value("dossier_quickbooks_jobs", {"state": "due"}) >= 10
    assert REGISTRY.get_sample_value("dossier_quickbooks_oldest_due_seconds") > 0
    assert found.count(ctx.firm) == working.SIDE_BY_SIDE
    assert found.index(other.ctx.firm) < len(found) - found[::-1].index(ctx.firm)


def test_the_id_of_a_request_is_of_the_job_and_what_it_says(firm, account):
    """R-QB-21"""
    firm.create(account)
    job_id = job_of(firm, account)
    first, same, other = (rules.request_id(job_id, content) for content in (b"a", b"a", b"b"))

    assert first == same != other
    assert len(first) <= 50


class Away:
    """The service of accounts while nobody serves it."""

    def export(self, ctx, request):
        raise Unavailable("accounts is not there")


def test_a_neighbour_that_is_away_is_asked_again_soon(firm, account):
    """Not only when the lease would be over; and it is no try that counts."""
    firm.work()
    with firm.tools.db.transaction(firm.fresh()) as session:
        queue.ask(session, firm.fresh(), "owners", firm.ctx.firm, "read")
        job = model.Job
        job_id = session.scalars(select(job.id).where(job.firm_id == firm.ctx.firm, job.subject == "owners")).one()
    there, firm.neighbours.accounts = firm.neighbours.accounts, Away()

    with pytest.raises(Unavailable):
        working.work(firm.tools, firm.neighbours, firm.ctx.firm, job_id)

    firm.neighbours.accounts = there
    with firm.tools.db.reading(firm.ctx) as session:
        row = session.get_one(model.Job, (firm.ctx.firm, job_id))
        assert (row.taken_by, row.attempts) == (None, 0)
    firm.work(after=2 * working.AGAIN_SECONDS)
    assert job_id not in firm.due()
    with firm.tools.db.reading(firm.ctx) as session:
        assert session.get(model.Job, (firm.ctx.firm, job_id)) is None
