import datetime as dt
from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import accounts, identity, work
from contracts.common import Done, Tag
from services.work.operations import neighbours, tasks
from services.work.queries import items
from tests.unit.work.conftest import told_of


def ref(task):
    return work.TaskRef(account_id=task.account_id, task_id=task.id)


def change(session, ctx, task, **fields):
    request = work.ChangeTask(**{"account_id": task.account_id, "task_id": task.id, "version": task.version, **fields})
    return tasks.change_task(session, ctx, request)


@pytest.fixture
def tag(session, ctx):
    made = Tag(id=new_id(), name="Urgent", colour="#2f855a")
    neighbours.tag_changed(session, ctx, accounts.TagChanged(tag=made))
    return made


def test_a_task_has_all_that_was_said_of_it(session, ctx, account_id, new_task, new_job, employee, tag):
    """R-TSK-4"""
    emil, job = employee(), new_job()

    made = new_task(
        " File ",
        by=emil,
        assignee_ids=(emil.actor.id,),
        priority="high",
        start_on=dt.date(2026, 1, 1),
        due_on=dt.date(2026, 2, 1),
        description="All forms",
        subtasks=(work.Subtask(title=" Sign "), work.Subtask(title="Send", is_done=True)),
        tag_ids=(tag.id,),
        job_id=job.id,
    )

    assert (made.account_id, made.title, made.status.category, made.priority) == (account_id, "File", "planned", "high")
    assert [one.name for one in made.assignees] == ["Emil Employee"]
    assert made.subtasks == (work.Subtask(title="Sign"), work.Subtask(title="Send", is_done=True))
    assert (made.tags, made.job_id, made.version) == ((tag,), job.id, 1)
    assert items.get_task(session, ctx, ref(made)) == made
    assert outbox.pending(session)[-1] == work.TaskCreated(account_id=account_id, task=made)


def test_a_status_is_changed(session, ctx, new_task):
    """R-TSK-3"""
    task = new_task()
    done = next(one for one in items.list_task_statuses(session, ctx, Done()).items if one.category == "done")

    changed = change(session, ctx, task, status_id=done.id)

    assert (changed.status, changed.version) == (done, 2)
    assert outbox.pending(session)[-1] == work.TaskChanged(account_id=task.account_id, task=changed)


def test_what_is_left_out_stays_and_null_takes_away(session, ctx, new_task):
    """R-TSK-4"""
    task = new_task(due_on=ctx.now.date(), start_on=ctx.now.date(), subtasks=(work.Subtask(title="Sign"),))

    changed = change(session, ctx, task, due_on=None, description="More")

    assert (changed.due_on, changed.start_on, changed.description) == (None, ctx.now.date(), "More")
    assert changed.subtasks == task.subtasks


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("assignee_ids", (new_id(),)),
        ("tag_ids", (new_id(),)),
        ("status_id", new_id()),
        ("job_id", new_id()),
        ("title", " "),
    ],
)
def test_what_is_unknown_is_refused_by_its_field(session, ctx, new_task, field, value):
    """R-TSK-4"""
    task = new_task()

    with pytest.raises(Invalid) as changed:
        change(session, ctx, task, **{field: value})
    with pytest.raises(Invalid) as created:
        new_task(**{field: value})

    assert changed.value.data["errors"][0]["field"] == created.value.data["errors"][0]["field"] == field


def test_a_blank_subtask_is_named(new_task):
    """R-TSK-4"""
    with pytest.raises(Invalid) as refused:
        new_task(subtasks=(work.Subtask(title="Sign"), work.Subtask(title=" ")))

    assert refused.value.data["errors"][0]["field"] == "subtasks.1.title"


def test_an_inactive_member_is_not_assigned_but_may_stay(session, ctx, new_task, employee):
    """R-ROLE-3"""
    emil = employee()
    done = next(one for one in items.list_task_statuses(session, ctx, Done()).items if one.category == "done")
    task = new_task(assignee_ids=(emil.actor.id,), status_id=done.id)
    gone = identity.MemberDeactivated(member=told_of(emil, is_active=False, version=2))
    neighbours.member_changed(session, ctx, gone)

    kept = change(session, ctx, task, title="Filed", assignee_ids=(emil.actor.id, ctx.actor.id))

    assert [one.name for one in kept.assignees] == ["Emil Employee", "Olga Owner"]
    with pytest.raises(Invalid):
        new_task(assignee_ids=(emil.actor.id,))


def test_a_tag_deleted_since_is_not_shown(session, ctx, new_task, tag):
    """R-TAG-5"""
    task = new_task(tag_ids=(tag.id,))
    neighbours.tag_changed(session, ctx, accounts.TagChanged(tag=tag, is_deleted=True))

    assert items.get_task(session, ctx, ref(task)).tags == ()
    assert change(session, ctx, task, title="Still there").tags == ()


def test_an_older_version_is_refused_with_what_is_there(session, ctx, new_task):
    task = new_task()
    change(session, ctx, task, title="First")

    with pytest.raises(work.WorkChangedMeanwhile) as refused:
        change(session, ctx, task, title="Second")

    current = refused.value.data["current"]
    assert (current["title"], current["version"], current["id"]) == ("First", 2, str(task.id))


def test_a_deleted_task_is_gone_and_what_was_linked_stays(session, ctx, new_task, new_note, new_entry, later):
    task = new_task()
    note, entry = new_note(task_id=task.id), new_entry(task_id=task.id)

    tasks.delete_task(session, later(ctx, days=1), ref(task))

    with pytest.raises(work.WorkNotFound):
        items.get_task(session, ctx, ref(task))
    kept = items.get_note(session, ctx, work.NoteRef(account_id=note.account_id, note_id=note.id))
    assert (kept.task_id, kept.version, kept.updated_at) == (None, 2, note.updated_at)
    kept = items.get_time_entry(session, ctx, work.TimeEntryRef(account_id=entry.account_id, time_entry_id=entry.id))
    assert kept.task_id is None
    assert outbox.pending(session)[-1] == work.TaskDeleted(account_id=task.account_id, task_id=task.id)


def test_another_account_or_firm_does_not_reach_a_task(session, ctx, new_task):
    task = new_task()

    for by, account_id in ((ctx, new_id()), (replace(ctx, firm_id=new_id()), task.account_id)):
        where = {"account_id": account_id, "task_id": task.id}
        with pytest.raises(work.WorkNotFound):
            items.get_task(session, by, work.TaskRef(**where))
        with pytest.raises(work.WorkNotFound):
            tasks.change_task(session, by, work.ChangeTask(**where, version=1, title="Mine"))
        with pytest.raises(work.WorkNotFound):
            tasks.delete_task(session, by, work.TaskRef(**where))


def test_clients_never_see_or_make_tasks(session, ctx, new_task):
    """R-TSK-5"""
    task, client = new_task(), member_ctx(ctx, kind="portal", role="")

    with pytest.raises(work.WorkNotFound):
        items.get_task(session, client, ref(task))
    with pytest.raises(Forbidden):
        new_task(by=client)
