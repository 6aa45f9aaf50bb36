import pytest
from sqlalchemy import event

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import work, work_settings
from contracts.common import Done
from services.work import rules
from services.work.operations import statuses, tasks
from services.work.queries import items


def as_they_are(session, ctx):
    return [
        work_settings.TaskStatusEntry(id=one.id, name=one.name, category=one.category)
        for one in items.list_task_statuses(session, ctx, Done()).items
    ]


def put(session, ctx, *entries):
    return statuses.set_task_statuses(session, ctx, work_settings.SetTaskStatuses(items=tuple(entries)))


def test_a_firm_begins_with_one_status_in_each_category(session, ctx):
    """R-TSK-2"""
    made = items.list_task_statuses(session, ctx, Done())

    assert [one.category for one in made.items] == ["planned", "in_progress", "waiting", "done", "canceled"]


def test_the_first_statuses_keep_their_ids_once_they_are_used(session, ctx, new_task):
    before = items.list_task_statuses(session, ctx, Done())

    task = new_task(status_id=before.items[1].id)

    assert task.status == before.items[1]
    assert items.list_task_statuses(session, ctx, Done()) == before


def test_two_first_uses_at_once_make_the_statuses_once(sessions, ctx):
    with sessions() as first:
        statuses.ensure(first, ctx)
    with sessions() as second:
        statuses.ensure(second, ctx)
        count = len(items.list_task_statuses(second, ctx, Done()).items)

    assert count == len(rules.DEFAULT_STATUSES)


def test_a_status_is_renamed_reordered_added_and_removed(session, ctx):
    """R-TSK-2: firm-editable"""
    planned, doing, _waiting, done, canceled = as_they_are(session, ctx)
    review = work_settings.TaskStatusEntry(name=" In review ", category="in_progress")

    made = put(session, ctx, doing, planned, review, done, canceled)

    assert [one.name for one in made.items] == ["In progress", "Planned", "In review", "Completed", "Canceled"]
    assert made.items[0].id == doing.id
    assert items.list_task_statuses(session, ctx, Done()) == made
    assert outbox.pending(session)[-1] == work.WorkSettingsChanged(what="task_statuses")


def test_a_task_asks_for_its_status_once(session, new_task):
    new_task()
    statements = []
    connection = session.connection()

    def note(*args):
        statements.append(args[2])

    event.listen(connection, "before_cursor_execute", note)
    new_task()
    event.remove(connection, "before_cursor_execute", note)

    assert len([one for one in statements if "FROM task_status" in one]) == 1


def test_a_removed_first_status_does_not_come_back(session, ctx):
    """R-TSK-2"""
    planned, doing, _waiting, done, canceled = as_they_are(session, ctx)
    made = put(session, ctx, planned, doing, done, canceled)

    statuses.ensure(session, ctx)

    assert items.list_task_statuses(session, ctx, Done()) == made


@pytest.mark.parametrize("left_out", ["planned", "in_progress", "done", "canceled"])
def test_every_category_but_waiting_keeps_a_status(session, ctx, left_out):
    """R-TSK-2"""
    entries = [one for one in as_they_are(session, ctx) if one.category != left_out]

    with pytest.raises(Invalid) as refused:
        put(session, ctx, *entries)

    assert left_out in refused.value.data["errors"][0]["message"]


def test_a_status_in_use_can_not_be_left_out(session, ctx, new_task):
    """R-TSK-2"""
    _planned, _doing, waiting, *_ = before = as_they_are(session, ctx)
    new_task(status_id=waiting.id)

    with pytest.raises(work.StatusInUse):
        put(session, ctx, *[one for one in before if one is not waiting])


def test_names_differ_and_are_not_blank(session, ctx):
    before = as_they_are(session, ctx)

    for name, field in (("pLANNED", "items.5.name"), ("  ", "items.5.name")):
        with pytest.raises(Invalid) as refused:
            put(session, ctx, *before, work_settings.TaskStatusEntry(name=name, category="planned"))
        assert refused.value.data["errors"][0]["field"] == field


def test_an_id_is_one_of_the_firms_and_given_once(session, ctx):
    planned, *others = as_they_are(session, ctx)
    stranger = work_settings.TaskStatusEntry(id=new_id(), name="Strange", category="planned")
    twin = work_settings.TaskStatusEntry(id=planned.id, name="Twin", category="planned")

    for entry in (stranger, twin):
        with pytest.raises(Invalid):
            put(session, ctx, planned, *others, entry)


def test_changing_statuses_needs_manage_pipelines(session, ctx):
    entries = as_they_are(session, ctx)

    with pytest.raises(work.NotYours):
        put(session, member_ctx(ctx, rights=("manage_accounts",)), *entries)
    assert put(session, member_ctx(ctx, rights=("manage_pipelines",)), *entries)


def test_clients_see_no_statuses(session, ctx):
    with pytest.raises(Forbidden):
        items.list_task_statuses(session, member_ctx(ctx, kind="portal", role=""), Done())


def test_a_task_takes_no_status_that_is_gone(session, ctx, account_id):
    planned, doing, waiting, done, canceled = as_they_are(session, ctx)
    put(session, ctx, planned, doing, done, canceled)

    with pytest.raises(Invalid) as refused:
        tasks.create_task(session, ctx, work.CreateTask(account_id=account_id, title="Late", status_id=waiting.id))

    assert refused.value.data["errors"][0]["field"] == "status_id"
