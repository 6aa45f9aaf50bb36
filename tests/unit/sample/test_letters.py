"""What the sample's clients write by e-mail fills the section, and is the same every time."""

import datetime as dt

from deploy.sample.clients import clients
from deploy.sample.letters import letters

TODAY = dt.date(2026, 11, 23)
SHOWN = 5  # rows of a section on the page (R-EML-1)


def test_it_is_the_same_every_time():
    client = clients()[7]

    assert letters(client, TODAY) == letters(client, TODAY)


def test_most_clients_have_some_and_some_have_more_than_the_page_shows():
    found = [letters(client, TODAY) for client in clients()]
    threads = [sum(not letter.answers for letter in one) for one in found]

    assert sum(count > 0 for count in threads) > 0.6 * len(threads)
    assert sum(count > SHOWN for count in threads) >= 15
    assert 0 in threads


def test_an_answer_comes_after_what_it_answers_and_nothing_comes_from_the_future():
    for client in clients():
        by_key = {letter.key: letter for letter in letters(client, TODAY)}
        for letter in by_key.values():
            assert letter.sent_at.date() <= TODAY
            assert letter.answers is None or by_key[letter.answers].sent_at < letter.sent_at


def test_some_questions_wait_for_their_answer():
    asked = [letter for client in clients() for letter in letters(client, TODAY) if not letter.is_sent]

    assert any(not letter.is_seen for letter in asked)
