"""What of chats has a history, and what changes of it say."""

from sqlalchemy import text

from chassis import history
from services.messages import model
from tests.unit.messages.conftest import later

CHATS = {"member_ref", "thread", "participant", "message", "attachment", "read_mark", "client_task"}
# Tables that hold nothing of a person's doing, each with the reason.
NOT_RECORDED = {
    "member_ref": "what identity told",
    "message": "says itself who wrote, edited or deleted it and when; who deletes a slip within minutes wants it gone",
    "attachment": "follows its message",
    "read_mark": "says itself who read and when",
}


def test_every_table_is_recorded_or_has_a_reason_not_to_be(session):
    recorded = history.recorded(session)
    chats = {table for table in model.Base.metadata.tables if table in CHATS}

    assert recorded.keys() & CHATS | NOT_RECORDED.keys() == chats
    assert recorded.keys() & NOT_RECORDED.keys() == set()


def test_messages_and_marks_are_no_change_of_the_thread(session, ctx, talk, anna):
    thread = talk.start()
    talk.read(thread, talk.answer(thread, anna))
    talk.change(thread, subject="Another subject", by=later(ctx, hours=1))

    assert len(changes(session, talk)) == 2


def changes(session, talk):
    query = text("SELECT was, is_now FROM change WHERE about_id = :id AND kind = 'thread' ORDER BY id")
    return session.execute(query, {"id": talk.account_id}).all()
