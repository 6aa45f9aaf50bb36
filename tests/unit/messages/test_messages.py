"""Messages: what they may hold, their order, and who changes and deletes them, until when."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts import chats
from services.messages import rules
from tests.unit.messages.conftest import later


class TestSend:
    def test_it_is_announced_with_all_that_telling_people_takes(self, session, talk, emil, anna):
        """R-CHT-4: an internal one is marked, so that nobody forwards it."""
        thread = talk.start(only=(anna,), assignee_id=emil.actor.id)

        message = talk.say(thread, "What do we charge?", is_internal=True, mention_ids=(emil.actor.id,))

        sent = outbox.pending(session)[-1]
        assert sent.message == message
        assert message.is_internal
        assert [one.name for one in message.mentions] == [emil.actor.name]
        assert (sent.assignee_id, sent.participant_ids) == (emil.actor.id, (anna.actor.id,))

    def test_the_newest_comes_first_page_by_page(self, talk):
        thread = talk.start("0")
        for number in range(1, 5):
            talk.say(thread, str(number))

        first = talk.said(thread, limit=3)
        rest = talk.said(thread, limit=3, cursor=first.next_cursor)

        assert [one.text for one in first.items] == ["4", "3", "2"]
        assert [one.text for one in rest.items] == ["1", "0"]
        assert (first.total, rest.total, rest.next_cursor) == (5, 5, None)

    @pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WzFd"])
    def test_a_cursor_of_elsewhere_is_refused(self, talk, cursor):
        thread = talk.start()

        with pytest.raises(Invalid):
            talk.said(thread, cursor=cursor)

    def test_one_that_follows_is_never_older_than_the_one_before(self, talk, ctx, anna):
        thread = talk.start(by=later(ctx, seconds=5))

        message = talk.answer(thread, anna)

        assert message.sent_at == later(ctx, seconds=5).now

    def test_it_keeps_the_name_of_its_time(self, talk, ctx):
        thread = talk.start()
        renamed = replace(ctx, actor=replace(ctx.actor, name="Olga Married"))

        talk.say(thread, by=renamed)

        assert [one.author.name for one in talk.said(thread).items] == ["Olga Married", ctx.actor.name]

    def test_who_is_mentioned_must_be_an_active_member(self, talk):
        """R-ACC-4"""
        thread = talk.start()

        with pytest.raises(Invalid):
            talk.say(thread, mention_ids=(new_id(),))

    def test_a_contact_writes_by_their_own_call_only(self, talk, anna, ctx):
        thread = talk.start()

        with pytest.raises(Forbidden):
            talk.say(thread, by=anna)
        with pytest.raises(Forbidden):
            talk.answer(thread, ctx)


class TestChange:
    def test_its_author_edits_it_for_fifteen_minutes(self, session, talk, ctx):
        thread = talk.start()
        message = talk.say(thread, "Halo")

        edited = talk.edit(thread, message, text="Hello", by=later(ctx, minutes=15))

        assert (edited.text, edited.edited_at, edited.version) == ("Hello", later(ctx, minutes=15).now, 2)
        assert outbox.pending(session)[-1] == chats.MessageChanged(account_id=talk.account_id, message=edited)
        assert talk.row(thread)["last_sent"]["text"] == "Hello"
        with pytest.raises(chats.TooLateToChange):
            talk.edit(thread, edited, text="Hi", by=later(ctx, minutes=15, seconds=1))
        with pytest.raises(chats.TooLateToChange):
            talk.delete(thread, edited, by=later(ctx, minutes=15, seconds=1))

    def test_nobody_else_does(self, talk, emil, anna, boris):
        thread = talk.start()
        ours, theirs = talk.say(thread), talk.answer(thread, anna)

        for attempt in (
            lambda: talk.edit(thread, ours, text="Mine", by=emil),
            lambda: talk.delete(thread, ours, by=emil),
            lambda: talk.edit(thread, theirs, text="Mine"),
            lambda: talk.delete(thread, theirs),
            lambda: talk.edit_as(anna, thread, ours, "Mine"),
            lambda: talk.delete_as(boris, thread, theirs),
        ):
            with pytest.raises(chats.NotTheAuthor):
                attempt()

    def test_an_older_version_is_refused_with_what_is_there(self, talk, anna):
        thread = talk.start()
        ours, theirs = talk.say(thread, "One"), talk.answer(thread, anna, "One")
        talk.edit(thread, ours, text="Two")
        talk.edit_as(anna, thread, theirs, "Two")

        with pytest.raises(chats.MessageChangedMeanwhile) as refused:
            talk.edit(thread, ours, text="Three")
        with pytest.raises(chats.MessageChangedMeanwhile) as refused_too:
            talk.edit_as(anna, thread, theirs, "Three")

        assert refused.value.data["current"]["text"] == refused_too.value.data["current"]["text"] == "Two"
        assert "position" not in refused_too.value.data["current"]

    def test_mentions_are_changed_alone(self, talk, emil):
        thread = talk.start()
        message = talk.say(thread, "Look")

        edited = talk.edit(thread, message, mention_ids=(emil.actor.id,))

        assert (edited.text, [one.id for one in edited.mentions]) == ("Look", [emil.actor.id])

    def test_it_is_not_emptied(self, talk):
        thread = talk.start()

        with pytest.raises(Invalid):
            talk.edit(thread, talk.say(thread), text=" ")


class TestDelete:
    def test_its_place_stays_and_nothing_of_what_it_said(self, session, talk, ctx, emil):
        thread = talk.start()
        message = talk.say(thread, "Wrong client!", mention_ids=(emil.actor.id,))

        talk.delete(thread, message)

        gone = talk.said(thread).items[0]
        assert (gone.id, gone.text, gone.mentions, gone.deleted_at) == (message.id, "", (), ctx.now)
        assert outbox.pending(session)[-1] == chats.MessageChanged(account_id=talk.account_id, message=gone)
        assert "Wrong" not in str(outbox.pending(session)[-1])

    def test_it_is_gone_for_good(self, talk):
        thread = talk.start()
        message = talk.say(thread)
        talk.delete(thread, message)

        with pytest.raises(chats.MessageNotFound):
            talk.delete(thread, message)
        with pytest.raises(chats.MessageNotFound):
            talk.edit(thread, message, text="Back")

    def test_positions_are_never_given_twice(self, talk):
        thread = talk.start()
        talk.delete(thread, talk.say(thread))

        assert talk.say(thread).position == 3


class TestRead:
    def test_a_mark_only_moves_on_and_tells_so_once(self, session, talk, ctx, emil, anna):
        thread = talk.start()
        first, last = talk.answer(thread, anna, "1"), talk.answer(thread, anna, "2")
        talk.read(thread, last, by=emil)
        told = len(outbox.pending(session))

        talk.read(thread, first, by=emil)
        talk.read(thread, last, by=later(emil, hours=1))

        (mark,) = [one for one in talk.thread(thread).readers if one.id == emil.actor.id]
        assert (mark.read_at, mark.has_read_all) == (emil.now, True)
        assert len(outbox.pending(session)) == told
        read = outbox.pending(session)[-1]
        assert (read.message_id, read.reader) == (last.id, mark)

    def test_a_message_of_another_thread_is_none_to_read(self, talk):
        thread, other = talk.start(), talk.start()

        with pytest.raises(chats.MessageNotFound):
            talk.read(thread, talk.say(other))

    def test_a_contacts_list_tells_what_they_did_not_read(self, talk, anna, boris):
        """R-CHT-2, seen from the client's side."""
        thread = talk.start()
        (first,) = talk.said(thread).items
        before = talk.listed_as(anna, is_unread=True).total
        talk.read_as(anna, thread, first)

        assert (before, talk.listed_as(anna, is_unread=True).total) == (1, 0)
        assert talk.listed_as(boris, is_unread=True).total == 1
        talk.answer(thread, boris)
        assert talk.thread_as(anna, thread).is_unread


@pytest.mark.parametrize(("minutes", "may"), [(0, True), (15, True), (15.1, False), (-1, True)])
def test_fifteen_minutes_are_for_slips(minutes, may):
    sent_at = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)

    assert rules.is_editable(sent_at, sent_at + dt.timedelta(minutes=minutes)) is may


@pytest.mark.parametrize(
    ("name", "kind"),
    [("scan.PDF", "application/pdf"), ("photo.jpg", "image/jpeg"), ("noext", rules.PLAIN), ("a.exotic", rules.PLAIN)],
)
def test_a_file_is_what_its_name_says(name, kind):
    assert rules.media_type(name) == kind
