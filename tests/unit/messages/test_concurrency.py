"""Two people at once, in transactions that commit."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chassis.context import new_id
from chassis.errors import AppError, Invalid
from chassis.testing import member_ctx
from contracts import chats, client_tasks, identity
from contracts.chat_files import AddAttachment
from services.messages import people
from services.messages.operations import files, neighbours
from tests.unit.messages.conftest import Talk, as_contact, later, told_of

TOGETHER = 6


def outcomes(*calls):
    """What each call answered or raised, all begun at once."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def once(sessions, ctx, account_id):
    """`once(act)`: `act(talk)` in a transaction that commits."""

    def run(act):
        with sessions() as session:
            return act(Talk(session, ctx, account_id))

    return run


def test_messages_at_once_keep_one_order_and_the_right_counts(once, ctx, anna):
    """R-CHT-1, R-CHT-2"""
    thread = once(lambda talk: talk.start("First."))
    calls = [
        *[lambda n=n: once(lambda talk: talk.say(thread, f"Firm {n}", by=later(ctx, seconds=n))) for n in range(3)],
        *[lambda n=n: once(lambda talk: talk.answer(thread, later(anna, seconds=n), f"Anna {n}")) for n in range(3)],
        *[lambda n=n: once(lambda talk: talk.say(thread, f"Note {n}", is_internal=True)) for n in range(3)],
    ]

    outcomes(*calls)

    said = once(lambda talk: talk.said(thread)).items
    assert [one.position for one in said] == list(range(10, 0, -1))
    assert [one.sent_at for one in said] == sorted((one.sent_at for one in said), reverse=True)
    newest = {kind: next(one.text for one in said if one.text.startswith(kind)) for kind in ("Firm", "Anna", "Note")}
    row = once(lambda talk: talk.row(thread))
    assert row["last_sent"]["text"] == newest["Firm"]
    assert row["last_internal"]["text"] == newest["Note"]
    last = next(one for one in said if not one.is_internal)
    assert row["last_message"]["text"] == last.text
    assert row["is_unread"] is True


def test_reading_and_answering_at_once_never_hides_an_answer(once, emil_known, anna):
    """R-CHT-2: whoever comes first, what the client wrote after what the member read is unread."""
    thread = once(lambda talk: talk.start())
    first = once(lambda talk: talk.answer(thread, anna, "One"))

    outcomes(
        lambda: once(lambda talk: talk.read(thread, first, by=emil_known)),
        lambda: once(lambda talk: talk.answer(thread, anna, "Two")),
        lambda: once(lambda talk: talk.say(thread, by=emil_known)),
    )

    assert once(lambda talk: talk.row(thread))["is_unread"] is True


def test_marks_set_at_once_stay_at_the_furthest(once, emil_known, anna):
    """R-CHT-2"""
    thread = once(lambda talk: talk.start())
    answers = [once(lambda talk, n=n: talk.answer(thread, anna, str(n))) for n in range(TOGETHER)]

    made = outcomes(*[lambda m=m: once(lambda talk: talk.read(thread, m, by=emil_known)) for m in answers])

    assert not [one for one in made if isinstance(one, AppError)]
    readers = {one.id: one for one in once(lambda talk: talk.thread(thread)).readers}
    assert readers[emil_known.actor.id].has_read_all
    assert once(lambda talk: talk.row(thread))["is_unread"] is False


def test_of_many_changes_of_one_version_one_wins(once):
    thread = once(lambda talk: talk.start(tasks=("Sign",)))
    (message,) = once(lambda talk: talk.said(thread)).items
    changes = {
        chats.ThreadChangedMeanwhile: lambda n: lambda talk: talk.change(thread, subject=f"Subject {n}"),
        chats.MessageChangedMeanwhile: lambda n: lambda talk: talk.edit(thread, message, text=f"Text {n}"),
        client_tasks.ClientTaskChangedMeanwhile: lambda n: (
            lambda talk: talk.change_task(thread, thread.tasks[0], title=f"Title {n}")
        ),
    }

    for refusal, change in changes.items():
        made = outcomes(*[lambda n=n: once(change(n)) for n in range(TOGETHER)])  # noqa: B023

        (winner,) = [one for one in made if not isinstance(one, AppError)]
        assert [type(one) for one in made if one is not winner] == [refusal] * (TOGETHER - 1)
        assert winner.version == 2


def test_many_who_tick_at_once_count_as_one(once, ctx):
    """R-CHT-3"""
    thread = once(lambda talk: talk.start(tasks=("Sign", "Send")))
    people = [as_contact(ctx, f"Contact {n}") for n in range(TOGETHER)]

    made = outcomes(*[lambda c=c: once(lambda talk: talk.tick_as(c, thread, thread.tasks[0])) for c in people])

    assert len({one.done_by.id for one in made}) == 1
    assert once(lambda talk: talk.row(thread))["tasks_done"] == 1


def test_a_deactivation_and_an_assignment_at_once_leave_nobody_assigned_who_is_not_active(once, emil_known, ctx):
    """R-ROLE-3: they wait for each other, in one order."""
    thread = once(lambda talk: talk.start())
    once(lambda talk: people.acting(talk.session, emil_known))
    gone = identity.MemberDeactivated(member=told_of(emil_known, is_active=False))

    assigned, mentioned, told = outcomes(
        lambda: once(lambda talk: talk.change(thread, assignee_id=emil_known.actor.id)),
        lambda: once(lambda talk: talk.say(thread, mention_ids=(emil_known.actor.id,))),
        lambda: once(lambda talk: neighbours.member_changed(talk.session, ctx, gone)),
    )

    assert once(lambda talk: talk.thread(thread)).assignee is None
    assert isinstance(assigned, Invalid | chats.Thread)
    assert isinstance(mentioned, Invalid | chats.Message)
    assert told is None


def test_a_file_claimed_by_two_messages_at_once_is_shown_by_one(once, ctx, file_id):
    thread, other = once(lambda talk: talk.start()), once(lambda talk: talk.start())

    made = outcomes(
        lambda: once(lambda talk: talk.say(thread, attachment_ids=(file_id,))),
        lambda: once(lambda talk: talk.say(other, attachment_ids=(file_id,))),
    )

    assert sorted(type(one).__name__ for one in made) == ["Invalid", "Message"]
    assert isinstance(next(one for one in made if isinstance(one, AppError)), Invalid)
    rows = once(lambda talk: [talk.row(one) for one in (thread, other)])
    assert sum(row["attachments"] for row in rows) == 1


@pytest.fixture
def emil_known(ctx):
    return member_ctx(ctx)


@pytest.fixture
def file_id(sessions, ctx, account_id):
    made = new_id()
    with sessions() as session:
        request = AddAttachment(account_id=account_id, upload="incoming/" + "0" * 32, name="statement.pdf")
        files.begin(session, ctx, made, request, "firm")
        session.flush()
        files.kept(session, ctx, made, 1)
    return made
