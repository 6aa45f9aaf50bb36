"""Chats of the sample: the same every time, of every kind, more than a page for some client."""

import datetime as dt

from deploy.sample.clients import clients
from deploy.sample.talks import talks

TODAY = dt.date(2026, 3, 2)


def test_they_are_the_same_every_time():
    every = [talks(client, TODAY) for client in clients()]

    assert every == [talks(client, TODAY) for client in clients()]


def test_there_is_something_of_every_kind():
    """R-CHT-3: "view all" has more to show than the page."""
    every = [talks(client, TODAY) for client in clients()]
    each = [talk for made in every for talk in made]

    assert max(sum(not talk.is_archived for talk in made) for made in every) > 5
    assert min(len(made) for made in every) == 0
    for kind in (
        [bool(talk.answer) for talk in each],
        [bool(talk.note) for talk in each],
        [talk.assignee is None for talk in each],
        [talk.is_archived for talk in each],
        [talk.is_read for talk in each if talk.answer],
        [talk.ticked == len(talk.tasks) for talk in each if talk.tasks],
    ):
        assert set(kind) == {True, False}


def test_texts_are_filled_in():
    each = [talk for client in clients() for talk in talks(client, TODAY)]

    assert not [talk for talk in each if "{" in talk.subject + talk.text + talk.answer]
