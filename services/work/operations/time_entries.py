"""Time entries and running timers (R-TIM-1..3, C-TIME)."""

from typing import Any

from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.common import Done
from contracts.rights import ACCOUNT
from contracts.work import (
    ChangeTimeEntry,
    CreateTimeEntry,
    EntryBilled,
    TimeEntry,
    TimeEntryCreated,
    TimeEntryDeleted,
    TimeEntryRef,
)
from services.work import items, model, people, rules, snapshots
from services.work.operations import announce

CHANGEABLE = ("minutes", "service", "description", "is_billable", "is_billed", "rate")


def create_time_entry(session: Session, ctx: Context, request: CreateTimeEntry) -> TimeEntry:
    """Write down time, or start a timer where no minutes are given.

    Raises NotYours for another member's entry without manage_time_entries, or for a rate without manage_rates.
    """
    people.staff(ctx)
    if request.member_id is None:
        member_id = people.acting(session, ctx)
    else:
        member_id = request.member_id
        if member_id != ctx.actor.id:
            people.needs(ctx, "Time of other members", ACCOUNT["see_all_time"])
        people.check_active(session, ctx, "member_id", [member_id])
    if request.rate is not None:
        people.needs(ctx, "Setting rates", ACCOUNT["see_rates"])
    items.check_links(session, ctx, request.account_id, job_id=request.job_id, task_id=request.task_id)
    minutes, rate = request.minutes or 0, rules.hourly(request.rate)
    row = model.TimeEntry(
        **items.begin(ctx, request.account_id),
        member_id=member_id,
        worked_on=request.on,
        minutes=minutes,
        service=request.service.strip(),
        description=request.description,
        is_billable=request.is_billable,
        is_billed=False,
        rate=rate,
        amount=rules.amount(minutes, rate),
        running_since=ctx.now if request.minutes is None else None,
        job_id=request.job_id,
        task_id=request.task_id,
    )
    session.add(row)
    session.flush()
    made = snapshots.time_entry(session, ctx, row)
    emit(session, ctx, TimeEntryCreated(account_id=row.account_id, time_entry=made))
    return snapshots.as_seen(ctx, made)


def change_time_entry(session: Session, ctx: Context, request: ChangeTimeEntry) -> TimeEntry:
    """Change an entry, or stop its timer, unless it changed since the caller read it.

    Raises WorkNotFound, NotYours, WorkChangedMeanwhile, and EntryBilled for any change of a billed entry but of that.
    """
    row = items.find(session, ctx, model.TimeEntry, request.account_id, request.time_entry_id, lock=True)
    if row.version != request.version:
        raise items.changed_meanwhile(snapshots.as_seen(ctx, snapshots.time_entry(session, ctx, row)))
    changes = items.given(request, "on", *CHANGEABLE, "is_running")
    if row.is_billed and changes.keys() - {"is_billed"}:
        raise EntryBilled
    if "is_billed" in changes:
        people.needs(ctx, "Marking time as billed", ACCOUNT["mark_billed"])
    if "rate" in changes:
        people.needs(ctx, "Setting rates", ACCOUNT["see_rates"])
    items.apply(ctx, row, _settled(ctx, row, changes))
    return announce.time_entry_changed(session, ctx, row)


def delete_time_entry(session: Session, ctx: Context, request: TimeEntryRef) -> Done:
    """Delete an entry that is not billed. Raises WorkNotFound, EntryBilled."""
    row = items.find(session, ctx, model.TimeEntry, request.account_id, request.time_entry_id, lock=True)
    if row.is_billed:
        raise EntryBilled
    session.delete(row)
    emit(session, ctx, TimeEntryDeleted(account_id=row.account_id, time_entry_id=row.id))
    return Done()


def _settled(ctx: Context, row: model.TimeEntry, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as they are kept, with what follows from them: minutes of a stopped timer, and the amount."""
    if "on" in changes:
        changes["worked_on"] = changes.pop("on")
    if "service" in changes:
        changes["service"] = changes["service"].strip()
    changes |= _timed(ctx, row, changes)
    rate = changes["rate"] = rules.hourly(changes.get("rate", row.rate))
    changes["amount"] = rules.amount(changes.get("minutes", row.minutes), rate)
    if changes.get("is_billed", row.is_billed):
        if not changes.get("is_billable", row.is_billable):
            raise wrong("is_billed", "What is not billable can't be billed.")
        if changes.get("running_since", row.running_since) is not None:
            raise wrong("is_billed", "Stop the timer first.")
    return changes


def _timed(ctx: Context, row: model.TimeEntry, changes: dict[str, Any]) -> dict[str, Any]:
    is_running = changes.pop("is_running", row.running_since is not None)
    if row.running_since is not None and not is_running:
        counted = rules.with_elapsed(row.minutes, row.running_since, ctx.now)
        return {"running_since": None, "minutes": changes.get("minutes", counted)}  # minutes said win over counted ones
    if is_running and "minutes" in changes:
        raise wrong("minutes", "The timer is running: stop it in the same request, or leave the minutes out.")
    return {"running_since": (row.running_since or ctx.now) if is_running else None}
