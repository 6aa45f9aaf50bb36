import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts import accounts, identity, work
from contracts.common import Done, Tag
from services.work import model
from services.work.operations import jobs, neighbours, tasks
from services.work.queries import items
from tests.unit.work.conftest import told_of


def apply(session, ctx, event):
    before = len(outbox.pending(session))
    neighbours.member_changed(session, ctx, event)
    return outbox.pending(session)[before:]


def name_of(session, member_id):
    return session.scalar(select(model.MemberRef.name).where(model.MemberRef.id == member_id))


def test_a_renamed_member_changes_what_rows_show(session, ctx, employee, new_note):
    emil = employee()
    note = new_note(by=emil)

    events = apply(session, ctx, identity.MemberChanged(member=told_of(emil, name="Emil Married", version=2)))

    assert events == [work.WorkSettingsChanged(what="members")]
    seen = items.get_note(session, ctx, work.NoteRef(account_id=note.account_id, note_id=note.id))
    assert seen.author.name == "Emil Married"


def test_a_change_that_rows_do_not_show_is_not_announced(session, ctx, employee):
    emil = employee()

    assert apply(session, ctx, identity.MemberChanged(member=told_of(emil, version=2))) == []


def test_events_of_members_are_applied_in_any_order_and_any_number_of_times(session, ctx, employee):
    emil = employee()
    newest = identity.MemberChanged(member=told_of(emil, name="Third", version=3))
    older = identity.MemberChanged(member=told_of(emil, name="Second", version=2))

    for event in (newest, older, newest):
        apply(session, ctx, event)

    assert name_of(session, emil.actor.id) == "Third"


def test_a_late_deactivation_takes_nobody_off_who_was_restored_since(session, ctx, employee, new_task):
    """R-ROLE-3"""
    emil = employee()
    apply(session, ctx, identity.MemberRestored(member=told_of(emil, version=3)))
    task = new_task(assignee_ids=(emil.actor.id,))

    late = told_of(emil, name="Emil Before", is_active=False, version=2)

    assert apply(session, ctx, identity.MemberDeactivated(member=late)) == []
    seen = items.get_task(session, ctx, work.TaskRef(account_id=task.account_id, task_id=task.id))
    assert seen.assignees == task.assignees


def test_a_deactivated_member_is_taken_off_open_work_with_events(
    session, ctx, account_id, employee, new_job, new_task, new_pipeline
):
    """R-ROLE-3"""
    emil, eve, pipeline = employee(), employee(name="Eve"), new_pipeline()
    both = (emil.actor.id, eve.actor.id)
    job, done_job = new_job(pipeline=pipeline, assignee_ids=both), new_job(pipeline=pipeline, assignee_ids=both)
    jobs.change_job(
        session, ctx, work.ChangeJob(account_id=account_id, job_id=done_job.id, version=1, status="completed")
    )
    statuses = {one.category: one.id for one in items.list_task_statuses(session, ctx, Done()).items}
    open_tasks = [new_task(assignee_ids=both, status_id=statuses[c]) for c in ("planned", "in_progress", "waiting")]
    closed_tasks = [new_task(assignee_ids=both, status_id=statuses[c]) for c in ("done", "canceled")]
    others = new_task(assignee_ids=(eve.actor.id,))

    events = apply(session, ctx, identity.MemberDeactivated(member=told_of(emil, is_active=False, version=2)))

    changed = [event.job if isinstance(event, work.JobChanged) else event.task for event in events]
    assert {one.id for one in changed} == {job.id, *(task.id for task in open_tasks)}
    assert all([person.name for person in one.assignees] == ["Eve"] for one in changed)
    assert all(one.version == 2 for one in changed)
    for task in (*closed_tasks, others):
        seen = items.get_task(session, ctx, work.TaskRef(account_id=account_id, task_id=task.id))
        assert (seen.assignees, seen.version) == (task.assignees, 1)
    seen = items.get_job(session, ctx, work.JobRef(account_id=account_id, job_id=done_job.id))
    assert [person.name for person in seen.assignees] == ["Emil Employee", "Eve"]


def test_a_restored_member_may_be_assigned_again(session, ctx, employee, new_task):
    """R-ROLE-3"""
    emil = employee()
    apply(session, ctx, identity.MemberDeactivated(member=told_of(emil, is_active=False, version=2)))
    with pytest.raises(Invalid):
        new_task(assignee_ids=(emil.actor.id,))

    apply(session, ctx, identity.MemberRestored(member=told_of(emil, version=3)))

    assert new_task(assignee_ids=(emil.actor.id,)).assignees[0].name == "Emil Employee"


def test_a_deleted_tag_is_not_brought_back_by_a_late_event(session, ctx, new_task):
    tag = Tag(id=new_id(), name="VAT", colour="#2f855a")

    for is_deleted in (False, True, False):
        neighbours.tag_changed(session, ctx, accounts.TagChanged(tag=tag, is_deleted=is_deleted))

    with pytest.raises(Invalid):
        new_task(tag_ids=(tag.id,))


def test_a_renamed_tag_shows_its_name_on_tasks(session, ctx, new_task):
    tag = Tag(id=new_id(), name="VAT", colour="#2f855a")
    neighbours.tag_changed(session, ctx, accounts.TagChanged(tag=tag))
    task = new_task(tag_ids=(tag.id,))
    renamed = Tag(id=tag.id, name="Sales tax", colour="#000000")

    neighbours.tag_changed(session, ctx, accounts.TagChanged(tag=renamed, version=2))
    neighbours.tag_changed(session, ctx, accounts.TagChanged(tag=tag))  # came late

    assert items.get_task(session, ctx, work.TaskRef(account_id=task.account_id, task_id=task.id)).tags == (renamed,)


def test_the_work_of_a_deleted_account_goes_and_that_of_others_stays(
    session, ctx, account_id, new_job, new_task, new_note, new_entry
):
    other = new_id()
    for where in (account_id, other):
        new_job(account_id=where), new_task(account_id=where), new_note(account_id=where), new_entry(account_id=where)

    neighbours.account_deleted(session, ctx, accounts.AccountDeleted(account_id=account_id, version=2))

    for kind in (model.Job, model.Task, model.Note, model.TimeEntry):
        assert session.scalars(select(kind.account_id)).all() == [other]


def test_the_firms_of_members_are_kept_apart(sessions, ctx, employee):
    stranger = replace(ctx, firm_id=new_id())
    member = told_of(ctx, version=1)

    with sessions() as first:
        neighbours.member_changed(first, ctx, identity.MemberCreated(member=member))
    with sessions(stranger) as second:
        count = second.scalar(select(func.count()).select_from(model.MemberRef))

    assert count == 0


def test_an_open_task_is_not_left_with_a_member_deactivated_meanwhile(sessions, ctx, account_id):
    """R-ROLE-3: a task made while the member is being deactivated is unassigned too"""
    emil = member_ctx(ctx)
    with sessions() as session:
        neighbours.member_changed(session, ctx, identity.MemberCreated(member=told_of(emil)))
    gone = identity.MemberDeactivated(member=told_of(emil, is_active=False, version=2))

    def deactivate():
        with sessions() as other:
            neighbours.member_changed(other, ctx, gone)

    with sessions() as session:
        request = work.CreateTask(account_id=account_id, title="Race", assignee_ids=(emil.actor.id,))
        task = tasks.create_task(session, ctx, request)
        thread = threading.Thread(target=deactivate)
        thread.start()
        thread.join(0.3)  # waits for this transaction, so it can't have ended
        is_waiting = thread.is_alive()
    thread.join()

    with sessions() as session:
        seen = items.get_task(session, ctx, work.TaskRef(account_id=account_id, task_id=task.id))
    assert is_waiting
    assert seen.assignees == ()
