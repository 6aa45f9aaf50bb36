"""Invoices that recur each month since a signature: each once, in order, without a gap in their numbers (R-SIG-3)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from chassis.context import Actor, Context, new_id
from chassis.testing import database
from contracts.price_list import ChangeBillingSettings
from contracts.proposals import SendProposal
from services.billing import model
from services.billing.operations import price_list, proposal_neighbours, proposals, recurring, sending, signing
from services.billing.operations.sending import Signatories
from tests.unit.proposals.conftest import line, package
from tests.unit.proposals.test_signing import remove
from tests.unit.proposals.test_writing import withdraw

MONTHLY = (package("Books", line("80.00", cadence="monthly"), line("500.00")),)
NOON = dt.time(12, tzinfo=dt.UTC)


def at(ctx, day):
    return replace(ctx, now=dt.datetime.combine(day, NOON))


def schedules(session):
    return session.scalars(select(model.RecurringInvoice)).all()


def invoices(session):
    return session.scalars(select(model.Invoice).order_by(model.Invoice.id)).all()


def issued_on(session):
    return session.scalars(select(model.RecurringIssue.due_on).order_by(model.RecurringIssue.due_on)).all()


class TestActivation:
    def test_one_signature_is_enough(self, session, ctx, sent, sign, seen, people):
        """R-SIG-3"""
        proposal = sent(packages=MONTHLY, invoicing="on_signature")

        sign(proposal, people[0])

        (schedule,) = schedules(session)
        assert seen(proposal).status == "partially_signed"
        assert (schedule.next_on, schedule.day, schedule.ended_at) == (ctx.now.date(), ctx.now.day, None)
        assert [entry["name"] for entry in schedule.lines] == ["Tax return"]
        assert seen(proposal).invoice_ids == (), "what is due once waits for all"

    def test_the_next_signatures_begin_nothing_more(self, session, sent, sign, people):
        proposal = sent(packages=MONTHLY, invoicing="on_signature")
        for person in people:
            sign(proposal, person)

        assert len(schedules(session)) == 1

    @pytest.mark.parametrize(
        "fields", [{"invoicing": "later"}, {"invoicing": "on_signature", "packages": (package(),)}]
    )
    def test_nothing_begins_that_was_not_agreed(self, session, sent, sign, people, fields):
        proposal = sent(**{"packages": MONTHLY, **fields})
        sign(proposal, people[0])

        assert schedules(session) == []

    def test_begins_on_the_day_that_was_agreed(self, session, ctx, sent, sign, people):
        start = ctx.now.date() + dt.timedelta(days=40)
        sign(sent(packages=MONTHLY, invoicing="on_signature", recurs_from=start), people[0])

        assert schedules(session)[0].next_on == start

    def test_ends_with_what_is_withdrawn_or_expires(self, session, ctx, sent, sign, people):
        one = sent(packages=MONTHLY, invoicing="on_signature")
        two = sent(packages=MONTHLY, invoicing="on_signature", expires_on=ctx.now.date())
        for proposal in (one, two):
            sign(proposal, people[0])

        withdraw(session, ctx, one)
        proposal_neighbours.expire(session, replace(ctx, now=ctx.now + dt.timedelta(days=1)), two.id)

        assert all(schedule.ended_at is not None for schedule in schedules(session))

    def test_goes_on_once_it_is_signed(self, session, ctx, sent, sign, people):
        """R-SIG-5"""
        proposal = sent(packages=MONTHLY, invoicing="on_signature")
        sign(proposal, people[0])
        remove(session, ctx, proposal, people[1])

        assert schedules(session)[0].ended_at is None


class TestIssue:
    """R-SIG-3, R-PRP-5"""

    @pytest.fixture
    def ctx(self, ctx):
        return at(ctx, dt.date(2027, 1, 15))

    @pytest.fixture
    def schedule(self, session, ctx, sent, sign, people):
        start = dt.date(2027, 1, 31)
        fields = {"packages": MONTHLY, "invoicing": "on_signature", "issues_invoices": True, "recurs_from": start}
        sign(sent(**fields), people[0])
        (made,) = schedules(session)
        return made

    def test_each_month_on_its_day(self, session, ctx, schedule):
        days = [dt.date(2027, 1, 30), dt.date(2027, 1, 31), dt.date(2027, 2, 27), dt.date(2027, 2, 28)]

        made = [recurring.issue(session, at(ctx, day), schedule.id) for day in days]

        assert made == [False, True, False, True]
        assert issued_on(session) == [dt.date(2027, 1, 31), dt.date(2027, 2, 28)]
        assert schedule.next_on == dt.date(2027, 3, 31)
        assert {(one.total, one.state) for one in invoices(session)} == {(Decimal(80), "issued")}

    def test_months_that_were_missed_are_made_up_for_one_by_one(self, session, ctx, schedule):
        late = at(ctx, dt.date(2027, 4, 15))

        made = [recurring.issue(session, late, schedule.id) for _ in range(5)]

        assert made == [True, True, True, False, False]
        assert len(invoices(session)) == 3

    def test_an_invoice_that_can_not_be_issued_is_left_as_a_draft(self, session, ctx, schedule):
        """A number that another invoice has already: no signature and no month depends on it."""
        settings = ChangeBillingSettings(version=0, number_format="N-{number}")
        price_list.change_billing_settings(session, ctx, settings)
        recurring.issue(session, at(ctx, dt.date(2027, 1, 31)), schedule.id)
        session.query(model.NumberCounter).delete()

        recurring.issue(session, at(ctx, dt.date(2027, 2, 28)), schedule.id)

        assert [one.state for one in invoices(session)] == ["issued", "draft"]

    def test_what_ended_is_not_invoiced(self, session, ctx, schedule):
        schedule.ended_at = ctx.now
        session.flush()

        assert recurring.issue(session, at(ctx, dt.date(2027, 5, 1)), schedule.id) is False

    def test_no_day_is_invoiced_twice_whatever_the_schedule_says(self, session, ctx, schedule):
        recurring.issue(session, at(ctx, dt.date(2027, 1, 31)), schedule.id)
        schedule.next_on = dt.date(2027, 1, 31)
        session.flush()

        with pytest.raises(IntegrityError):
            recurring.issue(session, at(ctx, dt.date(2027, 1, 31)), schedule.id)


def test_many_workers_make_each_invoice_once_with_gap_free_numbers(postgres_url, ctx, people):
    """R-SIG-3: three firms' schedules, four workers at once, five months behind."""
    db = database(postgres_url, "billing")
    firms = [replace(ctx, firm_id=new_id(), now=dt.datetime(2026, 1, 15, 9, tzinfo=dt.UTC)) for _ in range(3)]
    for by in firms:
        _agree(db, by, people)
    late = Context(now=dt.datetime(2026, 5, 20, 9, tzinfo=dt.UTC), actor=Actor())
    start = Barrier(4)

    def work(_):
        start.wait()
        return recurring.issue_due(db, late)

    with ThreadPoolExecutor(4) as pool:
        made = sum(pool.map(work, range(4)))
    again = recurring.issue_due(db, late)

    assert again == 0 or made + again == 15, "a schedule that another worker holds is left to it"
    for by in firms:
        with db.reading(by) as session:
            numbers = session.scalars(select(model.Invoice.sequence).order_by(model.Invoice.sequence)).all()
            counted = session.scalar(select(func.count()).select_from(model.RecurringIssue))
        assert (numbers, counted) == ([1, 2, 3, 4, 5], 5)


def _agree(db, by, people):
    from contracts.proposal_signing import SignProposal
    from contracts.proposals import CreateProposal

    account_id = new_id()
    fields = {"packages": MONTHLY, "invoicing": "on_signature", "issues_invoices": True}
    with db.transaction(by) as session:
        draft = proposals.create_proposal(session, by, CreateProposal(account_id=account_id, name="Books", **fields))
        request = SendProposal(account_id=account_id, proposal_id=draft.id, version=1)
        sending.send(session, by, request, Signatories(1, people))
        signed = SignProposal(account_id=account_id, proposal_id=draft.id, version=1, package_id=draft.packages[0].id)
        anna = replace(by, actor=Actor(kind="portal", id=people[0].contact_id, name="Anna"))
        signing.sign_proposal(session, anna, signed)
