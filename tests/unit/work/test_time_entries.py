import datetime as dt
from decimal import Decimal

import pytest

from chassis import outbox
from chassis.context import Context, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import work
from services.work.operations import time_entries
from services.work.queries import items


def ref(entry):
    return work.TimeEntryRef(account_id=entry.account_id, time_entry_id=entry.id)


def change(session, ctx, entry, **fields):
    known = {"account_id": entry.account_id, "time_entry_id": entry.id, "version": entry.version}
    return time_entries.change_time_entry(session, ctx, work.ChangeTimeEntry(**known, **fields))


def announced(session):
    return outbox.pending(session)[-1].time_entry


def test_time_is_written_down_with_its_worth(session, ctx, account_id, new_entry, new_job, new_task):
    """R-TIM-2"""
    job, task, on = new_job(), new_task(), dt.date(2026, 2, 28)

    made = new_entry(90, on=on, service=" Payroll ", rate=Decimal(80), job_id=job.id, task_id=task.id)

    assert (made.account_id, made.on, made.minutes, made.service) == (account_id, on, 90, "Payroll")
    assert (made.rate, made.amount, made.is_billable, made.is_billed) == (Decimal(80), Decimal(120), True, False)
    assert (made.member.name, made.job_id, made.task_id, made.running_since) == ("Olga Owner", job.id, task.id, None)
    assert items.get_time_entry(session, ctx, ref(made)) == made
    assert outbox.pending(session)[-1] == work.TimeEntryCreated(account_id=account_id, time_entry=made)


def test_without_manage_rates_there_is_no_money_but_events_carry_it(session, ctx, new_entry, employee):
    """C-TIME"""
    emil = employee("manage_time_entries")
    entry = new_entry(60, rate=Decimal(80))

    seen = items.get_time_entry(session, emil, ref(entry))
    changed = change(session, emil, entry, minutes=30)

    assert (seen.rate, seen.amount, seen.minutes) == (None, None, 60)
    assert (changed.rate, changed.amount) == (None, None)
    assert (announced(session).rate, announced(session).amount) == (Decimal(80), Decimal(40))
    with pytest.raises(work.WorkChangedMeanwhile) as refused:
        change(session, emil, entry, minutes=20)
    assert refused.value.data["current"]["rate"] is None
    assert refused.value.data["current"]["amount"] is None


def test_rates_are_set_only_with_manage_rates(session, new_entry, employee):
    """C-TIME, R-TIM-2"""
    emil, chief = employee(), employee("manage_rates", name="Chief")
    entry = new_entry(60, by=emil)

    with pytest.raises(work.NotYours):
        new_entry(60, by=emil, rate=Decimal(80))
    for rate in (Decimal(80), None):
        with pytest.raises(work.NotYours):
            change(session, emil, entry, rate=rate)
    assert new_entry(60, by=chief, rate=Decimal(80)).amount == Decimal(80)


def test_entries_of_others_are_not_found_without_manage_time_entries(session, ctx, new_entry, employee):
    """C-TIME, R-TIM-1"""
    emil, eve, chief = employee(), employee("manage_rates", name="Eve"), employee("manage_time_entries", name="Chief")
    entry = new_entry(60, by=emil)

    with pytest.raises(work.WorkNotFound):
        items.get_time_entry(session, eve, ref(entry))
    with pytest.raises(work.WorkNotFound):
        change(session, eve, entry, minutes=1)
    with pytest.raises(work.WorkNotFound):
        time_entries.delete_time_entry(session, eve, ref(entry))
    assert items.get_time_entry(session, emil, ref(entry)).minutes == 60
    assert change(session, chief, entry, minutes=45).minutes == 45


def test_time_of_another_member_needs_manage_time_entries(new_entry, employee):
    """C-TIME"""
    emil, eve, chief = employee(), employee(name="Eve"), employee("manage_time_entries", name="Chief")

    with pytest.raises(work.NotYours):
        new_entry(60, by=eve, member_id=emil.actor.id)
    assert new_entry(60, by=chief, member_id=emil.actor.id).member.name == "Emil Employee"
    assert new_entry(60, by=eve, member_id=eve.actor.id).member.name == "Eve"
    with pytest.raises(Invalid) as refused:
        new_entry(60, by=chief, member_id=new_id())
    assert refused.value.data["errors"][0]["field"] == "member_id"


def test_a_timer_runs_until_it_is_stopped_and_may_go_on(session, ctx, later, new_entry):
    """R-TIM-3"""
    started = new_entry(None, rate=Decimal(60))
    stopped = change(session, later(ctx, minutes=25), started, is_running=False)
    resumed = change(session, later(ctx, minutes=60), stopped, is_running=True)
    ended = change(session, later(ctx, minutes=70), resumed, is_running=False)

    assert (started.running_since, started.minutes, started.amount) == (ctx.now, 0, Decimal(0))
    assert (stopped.running_since, stopped.minutes, stopped.amount) == (None, 25, Decimal(25))
    assert (resumed.running_since, resumed.minutes) == (later(ctx, minutes=60).now, 25)
    assert (ended.running_since, ended.minutes, ended.amount) == (None, 35, Decimal(35))


def test_a_running_timer_keeps_running_through_other_changes(session, ctx, later, new_entry):
    """R-TIM-3"""
    started = new_entry(None)

    changed = change(session, later(ctx, minutes=5), started, description="Payroll", is_running=True)

    assert (changed.running_since, changed.minutes) == (ctx.now, 0)


def test_minutes_said_while_stopping_win_and_while_running_are_refused(session, ctx, later, new_entry):
    """R-TIM-3"""
    started = new_entry(None)

    with pytest.raises(Invalid) as refused:
        change(session, ctx, started, minutes=10)
    assert refused.value.data["errors"][0]["field"] == "minutes"
    assert change(session, later(ctx, hours=1), started, minutes=10, is_running=False).minutes == 10


def test_changed_minutes_or_rate_change_the_amount(session, ctx, new_entry):
    """R-TIM-2"""
    entry = new_entry(60, rate=Decimal(90))

    shorter = change(session, ctx, entry, minutes=20)
    cheaper = change(session, ctx, shorter, rate=Decimal("45.50"))
    unpriced = change(session, ctx, cheaper, rate=None)

    assert (shorter.amount, cheaper.amount, unpriced.amount) == (Decimal(30), Decimal("15.17"), None)


def test_a_billed_entry_changes_only_back_to_unbilled(session, ctx, new_entry):
    """R-TIM-2"""
    billed = change(session, ctx, new_entry(60), is_billed=True)

    with pytest.raises(work.EntryBilled):
        change(session, ctx, billed, minutes=1)
    with pytest.raises(work.EntryBilled):
        change(session, ctx, billed, is_billed=False, minutes=1)
    with pytest.raises(work.EntryBilled):
        time_entries.delete_time_entry(session, ctx, ref(billed))
    unbilled = change(session, ctx, billed, is_billed=False)
    assert change(session, ctx, unbilled, minutes=1).minutes == 1


@pytest.mark.parametrize("right", ["manage_time_entries", "manage_invoices"])
def test_marking_as_billed_needs_a_right(session, new_entry, employee, right):
    emil, holder = employee(), employee(right, name="Holder")

    with pytest.raises(work.NotYours):
        change(session, emil, new_entry(60, by=emil), is_billed=True)
    assert change(session, holder, new_entry(60, by=holder), is_billed=True).is_billed


def test_what_is_not_billable_or_still_runs_is_not_billed(session, ctx, new_entry):
    """R-TIM-2"""
    with pytest.raises(Invalid):
        change(session, ctx, new_entry(60, is_billable=False), is_billed=True)
    with pytest.raises(Invalid):
        change(session, ctx, new_entry(None), is_billed=True)


def test_a_deleted_entry_is_gone(session, ctx, new_entry):
    entry = new_entry()

    time_entries.delete_time_entry(session, ctx, ref(entry))

    with pytest.raises(work.WorkNotFound):
        items.get_time_entry(session, ctx, ref(entry))
    assert outbox.pending(session)[-1] == work.TimeEntryDeleted(account_id=entry.account_id, time_entry_id=entry.id)


def test_clients_and_the_system_track_no_time_of_their_own(ctx, new_entry):
    for by in (member_ctx(ctx, kind="portal", role=""), Context(firm_id=ctx.firm_id)):
        with pytest.raises(Forbidden):
            new_entry(by=by)


def test_links_are_on_the_same_account(new_entry, new_task):
    """R-TIM-2"""
    task = new_task(account_id=new_id())

    with pytest.raises(Invalid) as refused:
        new_entry(task_id=task.id)

    assert refused.value.data["errors"][0]["field"] == "task_id"
