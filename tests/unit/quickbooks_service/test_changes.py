"""What people change in QuickBooks is heard by webhooks or found by asking, and the last state wins."""

import datetime as dt

import pytest
from sqlalchemy import update

from chassis.context import Context
from contracts.common import Done
from contracts.quickbooks import AttentionNeeded
from services.quickbooks import model, rules
from services.quickbooks.client.answers import CustomerFacts
from services.quickbooks.operations import changes, connection, queue
from services.quickbooks.queries.webhooks import get_webhooks
from tests.unit.quickbooks_service.telling import NOW, Sender, event


@pytest.fixture
def customer(intuit):
    return intuit.customer("Ada Ltd")


@pytest.fixture
def account(firm, customer):
    """Synced, with all of the first work done."""
    made = firm.account("Ada Ltd")
    firm.connect()
    assert firm.status(made) == "synced"
    return made


@pytest.fixture
def sender(firm, account):
    made = Sender(firm)
    made.is_set()
    return made


def told_of(firm):
    return [(one.account_name, one.status) for one in firm.told(AttentionNeeded)]


def spent(intuit, act):
    before = intuit.requests
    act()
    return intuit.requests - before


def the_system(firm):
    return Context(firm_id=firm.ctx.firm_id)


class TestHear:
    """R-QB-22"""

    def test_a_customer_that_was_deactivated_waits_for_a_decision(self, firm, intuit, sender, customer, account):
        """R-QB-20: owner and admins are told once."""
        intuit.edit(customer, Active=False)

        sender.tell(customer)
        firm.work()

        seen = firm.sync_of(account)
        assert (seen.status, seen.problem.case) == ("changed_in_quickbooks", "customer_gone")
        assert seen.remedies == ("reactivate", "choose", "create", "do_not_sync")
        assert told_of(firm) == [("Ada Ltd", "changed_in_quickbooks")]
        assert firm.steps(account)[-1].intuit_tid

        sender.tell(customer)
        firm.work()
        assert len(told_of(firm)) == 1

    def test_one_that_is_back_is_synced_and_gone_again_is_news(self, firm, intuit, sender, customer, account):
        for is_active, status in ((False, "changed_in_quickbooks"), (True, "synced"), (False, "changed_in_quickbooks")):
            intuit.edit(customer, Active=is_active)
            sender.tell(customer)
            firm.work()
            assert firm.status(account) == status

        assert len(told_of(firm)) == 2

    def test_another_name_there_is_shown_and_no_problem(self, firm, intuit, sender, customer, account):
        """R-QB-11"""
        intuit.edit(customer, DisplayName="Byron Ltd")

        sender.tell(customer)
        firm.work()

        seen = firm.sync_of(account)
        assert (seen.status, seen.customer.name, seen.customer.id) == ("synced", "Byron Ltd", customer)
        assert told_of(firm) == []

    def test_who_was_merged_away_waits_for_a_decision(self, firm, intuit, sender, customer, account):
        into = intuit.customer("Byron Ltd")
        intuit.control("merge", kind="Customer", gone=customer, into=into)

        sender.tell(into, what="merged")
        sender.tell(customer)
        firm.work()

        assert firm.status(account) == "changed_in_quickbooks"
        firm.link(account, into)
        firm.work()
        assert (firm.status(account), firm.sync_of(account).customer.id) == ("synced", into)

    def test_whatever_the_order_the_last_state_wins(self, firm, intuit, sender, customer, account):
        intuit.edit(customer, Active=False)
        intuit.edit(customer, Active=True)
        late = [event(intuit.realm, customer, at=NOW - dt.timedelta(minutes=minutes)) for minutes in (1, 9, 5)]

        for one in (*late, *late):
            sender.send([one])
        firm.work()

        assert firm.status(account) == "synced"
        assert [one.is_done for one in firm.rows(model.ToldChange)] == [True, True, True]

    def test_many_changes_of_many_customers_are_one_question(self, firm, intuit, sender, customer):
        others = [intuit.customer(f"Client {number}") for number in range(5)]
        sender.tell(customer, *others, *others, *others)

        assert spent(intuit, firm.work) == 1

        assert [one for one in firm.rows(model.Job) if one.subject == "told"] == []
        assert {one.id for one in firm.rows(model.Customer)} >= set(others)

    def test_a_new_customer_ends_a_search(self, firm, intuit, sender):
        waiting = firm.account("Byron Ltd")
        firm.work()
        assert firm.status(waiting) == "no_match"

        sender.tell(intuit.customer("byron ltd"), what="created")
        firm.work()

        assert firm.status(waiting) == "synced"

    def test_what_quickbooks_does_not_know_any_more_is_gone(self, firm, intuit, sender, account):
        with firm.tools.db.transaction(firm.ctx) as session:
            session.execute(update(model.Account).values(customer_id="999").where(model.Account.id == account))
            facts = [CustomerFacts("999", "Ada Ltd", True, "0")]
            changes.keep_customers(session, firm.ctx, intuit.realm, facts, (), "")

        sender.tell("999", what="deleted")
        firm.work()

        assert firm.status(account) == "changed_in_quickbooks"

    def test_our_own_writes_are_no_news(self, firm, intuit, sender):
        made = firm.account("Byron Ltd")
        firm.work()
        firm.create(made)
        firm.work()
        (mine,) = [key for key, one in intuit.customers().items() if one["DisplayName"] == "Byron Ltd"]
        steps, told = firm.steps(made), told_of(firm)

        sender.tell(mine, what="created")
        firm.work()

        assert (firm.status(made), firm.steps(made), told_of(firm)) == ("synced", steps, told)

    def test_an_answer_that_was_overtaken_changes_nothing(self, firm, intuit, customer, account):
        intuit.edit(customer, Notes="a write of ours, known before the answer to an earlier question")
        firm.sync(account)
        firm.work()
        with firm.tools.db.transaction(firm.ctx) as session:
            old = [CustomerFacts(customer, "Ada Ltd", False, "0")]
            changes.keep_customers(session, firm.ctx, intuit.realm, old, (), "")

        assert firm.status(account) == "synced"

    def test_what_is_told_meanwhile_is_looked_into_next(self, firm, sender, customer):
        sender.tell(customer)
        (job,) = [one for one in firm.rows(model.Job) if one.subject == "told"]
        taken = firm.tools.do(firm.ctx.firm, queue.take, job.id)
        with firm.tools.db.transaction(the_system(firm)) as session:
            session.execute(
                update(model.ToldChange).where(model.ToldChange.firm_id == firm.ctx.firm).values(is_done=True)
            )

        sender.tell(customer)
        firm.tools.do(firm.ctx.firm, changes.finish, taken)
        assert [one.attempts for one in firm.rows(model.Job) if one.subject == "told"] == [0]
        firm.work()

        assert [one for one in firm.rows(model.Job) if one.subject == "told"] == []
        assert all(one.is_done for one in firm.rows(model.ToldChange))

    def test_a_webhook_does_not_end_a_pause(self, firm, intuit, sender, customer):
        firm.tools.do(firm.ctx.firm, connection.pause, 60.0, rules.problem_of("throttled"))

        sender.tell(customer)

        assert spent(intuit, firm.work) == 0
        firm.work(after=61)
        assert all(one.is_done for one in firm.rows(model.ToldChange))

    def test_changes_of_a_former_company_mean_nothing(self, firm, intuit, sender, customer):
        sender.tell(customer)
        with firm.tools.db.transaction(the_system(firm)) as session:
            session.execute(
                update(model.ToldChange).where(model.ToldChange.firm_id == firm.ctx.firm).values(realm_id="7")
            )

        assert spent(intuit, firm.work) == 0

        assert [one.is_done for one in firm.rows(model.ToldChange)] == [False]


class TestLook:
    """R-QB-22: where no webhook can reach us, asking is enough."""

    def test_finds_what_nobody_told(self, firm, intuit, customer, account):
        intuit.edit(customer, Active=False)

        firm.work(after=changes.LOOK_SECONDS)

        assert firm.status(account) == "changed_in_quickbooks"
        assert told_of(firm) == [("Ada Ltd", "changed_in_quickbooks")]
        intuit.edit(customer, Active=True)
        firm.work(after=changes.LOOK_SECONDS)
        assert firm.status(account) == "synced"

    def test_asks_two_questions_and_goes_on_from_its_time(self, firm, intuit, account):
        (before,) = firm.rows(model.Watch)

        assert spent(intuit, lambda: firm.work(after=changes.LOOK_SECONDS)) == 2

        (after,) = firm.rows(model.Watch)
        assert after.changes_until > before.changes_until

    def test_reads_page_by_page_what_is_too_much_for_one_answer(self, firm, intuit, customer, account, monkeypatch):
        monkeypatch.setattr("services.quickbooks.changes.PAGE", 3)
        monkeypatch.setattr("services.quickbooks.customers.PAGE", 3)
        intuit.edit(customer, Active=False)
        others = {intuit.customer(f"Client {number}") for number in range(7)}

        firm.work(after=changes.LOOK_SECONDS)

        assert firm.status(account) == "changed_in_quickbooks"
        assert {one.id for one in firm.rows(model.Customer)} >= others

    def test_reads_what_quickbooks_remembers_no_more(self, firm, intuit, customer, account):
        long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
        with firm.tools.db.transaction(the_system(firm)) as session:
            session.execute(
                update(model.Watch).where(model.Watch.firm_id == firm.ctx.firm).values(changes_until=long_ago)
            )
        intuit.edit(customer, Active=False)

        firm.work(after=changes.LOOK_SECONDS)

        assert firm.status(account) == "changed_in_quickbooks"
        assert firm.rows(model.Watch)[0].changes_until > dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)

    def test_is_made_every_day_where_webhooks_come_and_every_few_minutes_where_not(self, firm, sender, customer):
        def next_in():
            return (firm.does(get_webhooks, Done()).looks_at - dt.datetime.now(dt.UTC)).total_seconds()

        firm.work(after=changes.LOOK_SECONDS)
        assert 0 < next_in() <= changes.LOOK_SECONDS

        sender.tell(customer)
        firm.work(after=changes.LOOK_SECONDS)
        assert changes.LOOK_SECONDS < next_in() <= changes.DAY_SECONDS

        with firm.tools.db.transaction(the_system(firm)) as session:
            silent = dt.datetime.now(dt.UTC) - dt.timedelta(hours=changes.HEARD_HOURS)
            session.execute(update(model.Watch).where(model.Watch.firm_id == firm.ctx.firm).values(told_at=silent))
        firm.work(after=changes.DAY_SECONDS)
        assert 0 < next_in() <= changes.LOOK_SECONDS

    def test_goes_on_after_the_owner_connects_again(self, firm, intuit, customer, account):
        firm.disconnect()
        intuit.edit(customer, Active=False)

        firm.finish(firm.authorise())
        firm.work()

        assert firm.status(account) == "changed_in_quickbooks"
        assert sorted(one.subject for one in firm.rows(model.Job)) == ["changes"]


class TestAttention:
    """R-QB-20"""

    def test_an_account_without_a_customer_is_told_once_until_it_has_one(self, firm, account):
        other = firm.account("Byron Ltd")
        firm.work()
        firm.sync(other)
        firm.work()

        (told,) = firm.told(AttentionNeeded)
        assert (told.account_id, told.group, told.status) == (other, "client", "no_match")
        assert told.sentence.startswith("QuickBooks has no customer")

        firm.skip(other)
        firm.sync(other)
        firm.work()
        assert len(firm.told(AttentionNeeded)) == 2

    def test_a_refused_permission_is_told_once(self, firm, account):
        (kept,) = firm.rows(model.Credential)
        for _ in range(2):
            firm.tools.do(firm.ctx.firm, connection.expire, kept.serial, rules.problem_of("not_authorised"))

        (told,) = firm.told(AttentionNeeded)
        assert (told.group, told.account_id, told.status) == (None, None, "connection_expired")
        firm.finish(firm.authorise())
        assert firm.rows(model.Attention) == []

    def test_an_ended_subscription_is_told_once(self, firm, intuit, account):
        intuit.control("settings", is_over=True)
        firm.create(firm.account("Byron Ltd"))
        for _ in range(3):
            firm.work(after=5000)

        (told,) = firm.told(AttentionNeeded)
        assert (told.group, told.status) == (None, "failed")
        assert "subscription" in told.sentence
        intuit.control("settings", is_over=False)
