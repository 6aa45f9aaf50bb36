"""R-CHT-4: whatever is internal reaches a client by no call, count, order, cursor or search."""

from dataclasses import replace

import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.wire import to_json
from contracts import chats
from contracts.chat_files import AttachmentNotFound, AttachmentRef
from services.messages.queries import threads as queries
from tests.unit.messages.conftest import Talk, as_contact, later

SECRET = "Margin is thin; raise the fee."


def seen_by(contact, talk, thread):
    """All that a contact can be told of their threads, as the bus carries it."""
    asked = [
        talk.thread_as(contact, thread),
        talk.said_to(contact, thread),
        *(talk.listed_as(contact, state=state) for state in ("active", "archived", "all")),
        talk.listed_as(contact, is_unread=True),
        talk.listed_as(contact, is_unread=False),
        talk.listed_as(contact, q="margin"),
        talk.listed_as(contact, q="a"),
    ]
    return [to_json(one) for one in asked]


@pytest.fixture
def thread(talk, anna):
    """A thread that Anna has read and answered."""
    made = talk.start()
    (first,) = talk.said(made).items
    talk.read_as(anna, made, first)
    talk.answer(made, anna)
    return made


def test_a_client_is_told_the_same_with_and_without_it(talk, ctx, anna, emil, thread, new_file):
    """Whatever the firm says, files, reads, edits and deletes among itself."""
    before = seen_by(anna, talk, thread)

    note = talk.say(thread, SECRET, is_internal=True, attachment_ids=(new_file(ctx),), mention_ids=(emil.actor.id,))
    after_saying = seen_by(anna, talk, thread)
    talk.read(thread, note, by=emil)
    slip = talk.say(thread, SECRET, by=later(ctx, minutes=1), is_internal=True, attachment_ids=(new_file(ctx),))
    talk.edit(thread, slip, text=f"{SECRET} Twice.", by=later(ctx, minutes=2))
    talk.delete(thread, slip, by=later(ctx, minutes=3))

    assert after_saying == before
    assert seen_by(anna, talk, thread) == before


def test_its_text_is_not_found(talk, anna, thread):
    talk.say(thread, SECRET, is_internal=True)

    assert talk.listed_as(anna, q="margin").total == 0
    assert talk.listed_as(anna, q="Here they are").total == 1


def test_no_call_of_a_client_takes_its_id(talk, anna, thread):
    note = talk.say(thread, SECRET, is_internal=True)

    for attempt in (
        lambda: talk.read_as(anna, thread, note),
        lambda: talk.edit_as(anna, thread, note, "Mine"),
        lambda: talk.delete_as(anna, thread, note),
    ):
        with pytest.raises(chats.MessageNotFound):
            attempt()


def test_pages_have_no_gaps(talk, ctx, anna, thread):
    """A page of two holds two, whatever stands between, and its cursor names what the client saw."""
    for number in range(6):
        talk.say(thread, f"Note {number}", is_internal=True)
        talk.say(thread, f"Message {number}")
    texts, cursor = [], None
    while True:
        page = talk.said_to(anna, thread, limit=2, cursor=cursor)
        texts.append([one.text for one in page.items])
        cursor = page.next_cursor
        if cursor is None:
            break

    assert texts == [
        ["Message 5", "Message 4"],
        ["Message 3", "Message 2"],
        ["Message 1", "Message 0"],
        ["Here they are.", "Please send the bank statements."],
    ]
    assert page.total == 8


def test_a_cursor_of_the_firms_is_none_of_the_clients(talk, anna, thread):
    talk.say(thread, SECRET, is_internal=True)
    firms = talk.said(thread, limit=1).next_cursor

    with pytest.raises(Invalid):
        talk.said_to(anna, thread, cursor=firms)


class TestFiles:
    def test_one_of_an_internal_message_is_not_there_for_clients(self, talk, session, ctx, anna, thread, new_file):
        secret, shown = new_file(ctx), new_file(ctx)
        talk.say(thread, SECRET, is_internal=True, attachment_ids=(secret,))
        talk.say(thread, "See the file.", attachment_ids=(shown,))

        ours = queries.get_attachment(session, ctx, ref(talk, secret))
        theirs = queries.get_portal_attachment(session, anna, ref(talk, shown))

        assert ours.path.endswith(str(secret))
        assert theirs.path.endswith(str(shown))
        with pytest.raises(AttachmentNotFound):
            queries.get_portal_attachment(session, anna, ref(talk, secret))
        assert talk.thread_as(anna, thread).attachments == 1
        assert talk.row(thread)["attachments"] == 2

    def test_a_client_gets_files_of_their_own_threads_only(self, talk, session, ctx, anna, boris, new_file):
        file = new_file(ctx)
        talk.start(only=(anna,), attachment_ids=(file,))
        elsewhere = talk_of_another_account(talk)

        assert queries.get_portal_attachment(session, anna, ref(talk, file)).path
        for asker, where in ((boris, talk), (anna, elsewhere)):
            with pytest.raises(AttachmentNotFound):
                queries.get_portal_attachment(session, asker, ref(where, file))

    def test_one_that_waits_is_there_for_who_added_it_alone(self, talk, session, ctx, anna, boris, emil, new_file):
        """R-OV-9: drafts of others neither show nor count."""
        ours, theirs = new_file(ctx), new_file(anna)

        assert queries.get_attachment(session, ctx, ref(talk, ours)).path
        assert queries.get_portal_attachment(session, anna, ref(talk, theirs)).path
        for ask, asker, file in (
            (queries.get_attachment, emil, ours),
            (queries.get_attachment, ctx, theirs),
            (queries.get_portal_attachment, anna, ours),
            (queries.get_portal_attachment, boris, theirs),
        ):
            with pytest.raises(AttachmentNotFound):
                ask(session, asker, ref(talk, file))

    def test_nobody_sends_what_somebody_else_added(self, talk, ctx, anna, boris, emil, thread, new_file):
        ours, theirs = new_file(ctx), new_file(anna)

        for attempt in (
            lambda: talk.say(thread, by=emil, attachment_ids=(ours,)),
            lambda: talk.say(thread, attachment_ids=(theirs,)),
            lambda: talk.answer(thread, anna, attachment_ids=(ours,)),
            lambda: talk.answer(thread, boris, attachment_ids=(theirs,)),
        ):
            with pytest.raises(Invalid) as refused, talk.session.begin_nested():
                attempt()
            assert refused.value.data["errors"][0]["field"] == "attachment_ids"

    def test_one_of_a_deleted_message_is_there_for_nobody(self, talk, session, ctx, anna, thread, new_file):
        """R-OV-9"""
        file = new_file(ctx)
        talk.delete(thread, talk.say(thread, attachment_ids=(file,)))

        with pytest.raises(AttachmentNotFound):
            queries.get_portal_attachment(session, anna, ref(talk, file))
        with pytest.raises(AttachmentNotFound):
            queries.get_attachment(session, ctx, ref(talk, file))
        assert talk.row(thread)["attachments"] == 0


class TestOutsiders:
    def test_a_contact_who_takes_no_part_sees_nothing_of_a_thread(self, talk, anna, boris):
        thread = talk.start(only=(anna,))
        (message,) = talk.said(thread).items

        assert talk.listed_as(boris, state="all").total == 0
        assert talk.listed_as(boris, q="bank").items == ()
        for attempt in (
            lambda: talk.thread_as(boris, thread),
            lambda: talk.said_to(boris, thread),
            lambda: talk.answer(thread, boris),
            lambda: talk.read_as(boris, thread, message),
            lambda: talk.edit_as(boris, thread, message, "Mine"),
            lambda: talk.delete_as(boris, thread, message),
        ):
            with pytest.raises(chats.ThreadNotFound):
                attempt()

    def test_a_thread_for_all_is_for_all_of_this_account_and_firm_only(self, talk, ctx, anna):
        thread = talk.start()
        other_account = talk_of_another_account(talk)
        other_firm = as_contact(replace(ctx, firm_id=new_id()), "Stranger")

        for where, contact in ((other_account, anna), (talk, other_firm)):
            assert where.listed_as(contact, state="all").total == 0
            with pytest.raises(chats.ThreadNotFound):
                where.thread_as(contact, thread)
            with pytest.raises(chats.ThreadNotFound):
                where.answer(thread, contact)

    def test_a_client_does_not_read_as_the_firm(self, talk, anna, thread):
        (last, *_) = talk.said(thread).items

        for attempt in (
            lambda: talk.thread(thread, by=anna),
            lambda: talk.said(thread, by=anna),
            lambda: talk.read(thread, last, by=anna),
            lambda: talk.change(thread, by=anna, subject="Mine"),
        ):
            with pytest.raises(Forbidden):
                attempt()


def ref(talk, file_id):
    return AttachmentRef(account_id=talk.account_id, attachment_id=file_id)


def talk_of_another_account(talk):
    return Talk(talk.session, talk.ctx, new_id())
