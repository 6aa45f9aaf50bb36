"""Client tasks: the firm writes them down, either side ticks them (R-CHT-3)."""

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts import client_tasks
from contracts.chats import ThreadNotFound


def last_change(session):
    return outbox.pending(session)[-1]


def test_a_client_ticks_once_and_stays_the_one_who_did(session, talk, anna, boris):
    """R-CHT-3"""
    thread = talk.start(tasks=("Sign",))

    ticked = talk.tick_as(anna, thread, thread.tasks[0])
    again = talk.tick_as(boris, thread, ticked)

    assert (ticked.done_by.side, ticked.done_by.name, ticked.done_at) == ("client", "Anna Roy", anna.now)
    assert again == ticked
    assert last_change(session) == client_tasks.ClientTaskChanged(
        account_id=talk.account_id, change="ticked", task=ticked
    )
    assert talk.row(thread)["tasks_done"] == 1


def test_the_firm_ticks_and_unticks(session, talk, ctx):
    thread = talk.start(tasks=("Sign",))

    ticked = talk.change_task(thread, thread.tasks[0], is_done=True)
    unticked = talk.change_task(thread, ticked, is_done=False)

    assert (ticked.done_by.side, ticked.done_by.id) == ("firm", ctx.actor.id)
    assert (unticked.done_at, unticked.done_by, unticked.version) == (None, None, 3)
    assert last_change(session).change == "unticked"
    assert talk.row(thread)["tasks_done"] == 0


def test_ticking_what_is_ticked_keeps_who_did_it(talk, anna):
    thread = talk.start(tasks=("Sign",))
    ticked = talk.tick_as(anna, thread, thread.tasks[0])

    assert talk.change_task(thread, ticked, is_done=True).done_by == ticked.done_by


def test_the_firm_adds_renames_and_removes(session, talk):
    thread = talk.start()
    added = talk.add_task(thread, " Upload ")
    renamed = talk.change_task(thread, added, title="Upload the invoices")
    counted = talk.row(thread)["tasks_total"]
    talk.remove_task(thread, renamed)

    changes = [one.change for one in outbox.pending(session) if isinstance(one, client_tasks.ClientTaskChanged)]
    assert changes == ["added", "renamed", "removed"]
    assert (added.title, renamed.title) == ("Upload", "Upload the invoices")
    assert (counted, talk.row(thread)["tasks_total"], talk.thread(thread).tasks) == (1, 0, ())


def test_an_older_version_is_refused_with_what_is_there(talk, anna):
    thread = talk.start(tasks=("Sign",))
    talk.tick_as(anna, thread, thread.tasks[0])

    with pytest.raises(client_tasks.ClientTaskChangedMeanwhile) as refused:
        talk.change_task(thread, thread.tasks[0], title="Sign the letter")

    assert refused.value.data["current"]["done_by"]["name"] == "Anna Roy"


def test_a_thread_has_at_most_a_hundred(talk):
    thread = talk.start(tasks=tuple(f"Task {number}" for number in range(99)))
    talk.add_task(thread)

    with pytest.raises(Invalid):
        talk.add_task(thread)


def test_a_task_of_another_thread_is_not_there(talk, anna):
    thread, other = talk.start(), talk.start(tasks=("Sign",))

    with pytest.raises(client_tasks.ClientTaskNotFound):
        talk.tick_as(anna, thread, other.tasks[0])
    with pytest.raises(client_tasks.ClientTaskNotFound):
        talk.remove_task(thread, other.tasks[0])


def test_a_client_does_nothing_but_tick(talk, ctx, anna):
    thread = talk.start(tasks=("Sign",))

    for attempt in (
        lambda: talk.add_task(thread, by=anna),
        lambda: talk.change_task(thread, thread.tasks[0], is_done=False, by=anna),
        lambda: talk.remove_task(thread, thread.tasks[0], by=anna),
        lambda: talk.tick_as(ctx, thread, thread.tasks[0]),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_who_takes_no_part_ticks_nothing(talk, anna, boris):
    thread = talk.start(only=(anna,), tasks=("Sign",))

    with pytest.raises(ThreadNotFound):
        talk.tick_as(boris, thread, thread.tasks[0])


def test_another_account_has_no_such_thread(talk):
    thread = talk.start(tasks=("Sign",))
    talk.account_id = new_id()

    with pytest.raises(ThreadNotFound):
        talk.change_task(thread, thread.tasks[0], is_done=True)
