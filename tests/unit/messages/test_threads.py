"""Threads: who starts them, who takes part, who is assigned, and when they are archived (R-CHT-3)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import chats
from tests.unit.messages.conftest import later


def blamed(refused):
    return [one["field"] for one in refused.value.data["errors"]]


class TestStart:
    def test_it_begins_with_a_message_and_a_checklist(self, talk, ctx, anna):
        thread = talk.start(
            "  Hello Anna,\n please…  ", subject=" Tax 2025 ", only=(anna,), tasks=("Sign", " Upload the invoices ")
        )

        assert (thread.subject, thread.version, thread.is_unread) == ("Tax 2025", 1, False)
        assert [one.name for one in thread.participants] == ["Anna Roy"]
        assert [(one.title, one.done_at) for one in thread.tasks] == [("Sign", None), ("Upload the invoices", None)]
        assert (thread.started_by.side, thread.started_by.id) == ("firm", ctx.actor.id)
        (message,) = talk.said(thread).items
        assert (message.text, message.position, message.is_internal) == ("Hello Anna,\n please…", 1, False)

    def test_it_announces_the_message_and_the_thread(self, session, talk, anna):
        thread = talk.start(only=(anna,))

        sent, started = outbox.pending(session)
        (message,) = talk.said(thread).items
        assert sent == chats.MessageSent(
            account_id=talk.account_id,
            subject=thread.subject,
            assignee_id=None,
            participant_ids=(anna.actor.id,),
            message=message,
        )
        assert started == chats.ThreadChanged(account_id=talk.account_id, thread=thread, is_started=True)

    def test_without_participants_it_is_for_all(self, talk, anna):
        thread = talk.start()

        assert thread.participants is None
        assert talk.thread_as(anna, thread).participants is None

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"text": "  \n"}, "text"),
            ({"subject": "   "}, "subject"),
            ({"assignee_id": new_id()}, "assignee_id"),
            ({"mention_ids": (new_id(),)}, "mention_ids"),
            ({"attachment_ids": (new_id(),)}, "attachment_ids"),
            ({"participant_ids": (new_id(),)}, "participant_ids"),
            ({"tasks": ("Sign", "  ")}, "title"),
        ],
    )
    def test_what_is_wrong_is_named(self, talk, fields, field):
        """R-ACC-4: only active members are mentioned or assigned."""
        with pytest.raises(Invalid) as refused:
            talk.start(**fields)

        assert blamed(refused) == [field]

    def test_a_contact_starts_one_of_their_own(self, talk, session, anna, boris):
        """R-CHT-3"""
        own = talk.start_as(anna, subject="Between us")
        common = talk.start_as(anna, subject="For all", is_for_all=True)

        assert [one.name for one in own.participants] == ["Anna Roy"]
        assert (own.is_unread, own.started_by.side) == (False, "client")
        assert common.participants is None
        assert [one.subject for one in talk.listed_as(boris).items] == ["For all"]
        assert [type(one) for one in outbox.pending(session)] == [chats.MessageSent, chats.ThreadChanged] * 2

    def test_a_contact_does_not_start_one_as_the_firm(self, talk, ctx, anna):
        with pytest.raises(Forbidden):
            talk.start(by=anna)
        with pytest.raises(Forbidden):
            talk.start_as(ctx)


class TestChange:
    def test_it_changes_what_is_said_and_no_more(self, talk, session, emil):
        thread = talk.start()

        changed = talk.change(thread, subject="Another subject", assignee_id=emil.actor.id)

        assert (changed.subject, changed.assignee.name, changed.version) == ("Another subject", emil.actor.name, 2)
        assert not changed.is_archived
        assert outbox.pending(session)[-1] == chats.ThreadChanged(account_id=talk.account_id, thread=changed)
        assert talk.change(changed, assignee_id=None).assignee is None

    def test_an_older_version_is_refused_with_what_is_there(self, talk):
        thread = talk.start()
        changed = talk.change(thread, subject="Newer")

        with pytest.raises(chats.ThreadChangedMeanwhile) as refused:
            talk.change(thread, subject="Older")

        assert refused.value.data["current"]["subject"] == changed.subject

    def test_messages_do_not_raise_the_version(self, talk, anna):
        """Internal ones would be told by it (R-CHT-4)."""
        thread = talk.start()
        talk.say(thread, is_internal=True)
        talk.answer(thread, anna)

        assert (talk.thread(thread).version, talk.thread(thread).updated_at) == (1, thread.updated_at)

    def test_participants_come_and_go(self, talk, anna, boris):
        thread = talk.start(only=(anna,))
        linked = {boris.actor.id: "Boris Roy"}

        both = talk.change(thread, participant_ids=(boris.actor.id, anna.actor.id), linked=linked)
        one = talk.change(both, participant_ids=(boris.actor.id,), linked=linked)
        everybody = talk.change(one, participant_ids=None)

        assert [person.name for person in both.participants] == ["Anna Roy", "Boris Roy"]
        assert [person.name for person in one.participants] == ["Boris Roy"]
        assert everybody.participants is None

    def test_who_left_sees_it_no_more(self, talk, anna, boris):
        thread = talk.start(only=(anna, boris))
        talk.change(thread, participant_ids=(boris.actor.id,))

        with pytest.raises(chats.ThreadNotFound):
            talk.thread_as(anna, thread)

    def test_a_stranger_to_the_account_takes_no_part(self, talk, anna):
        thread = talk.start()

        with pytest.raises(Invalid) as refused:
            talk.change(thread, participant_ids=(anna.actor.id,), linked={new_id(): "Somebody"})

        assert blamed(refused) == ["participant_ids"]


class TestArchive:
    def test_a_message_that_reaches_the_client_brings_it_back(self, talk, ctx, anna):
        """R-CHT-3"""
        archived = talk.change(talk.start(), is_archived=True)

        talk.say(archived, "For the file.", is_internal=True)
        after_internal = talk.thread(archived)
        talk.answer(archived, anna)
        after_answer = talk.thread(archived)
        talk.say(talk.change(after_answer, is_archived=True), by=later(ctx, hours=1))

        assert after_internal.is_archived
        assert (after_answer.is_archived, after_answer.version) == (False, archived.version + 1)
        assert not talk.thread(archived).is_archived

    def test_clients_have_the_same_tabs(self, talk, anna):
        """R-CHT-3"""
        talk.change(talk.start(subject="Archived"), is_archived=True)
        talk.start(subject="Active")

        found = {
            state: [one.subject for one in talk.listed_as(anna, state=state).items]
            for state in ("active", "archived", "all")
        }

        assert found == {"active": ["Active"], "archived": ["Archived"], "all": ["Active", "Archived"]}


class TestIntruders:
    def test_another_firm_and_another_account_find_nothing(self, talk, ctx):
        """R-ACC-5"""
        thread = talk.start()
        stranger = replace(member_ctx(ctx, role="owner"), firm_id=new_id())

        with pytest.raises(chats.ThreadNotFound):
            talk.thread(thread, by=stranger)
        talk.account_id = new_id()
        with pytest.raises(chats.ThreadNotFound):
            talk.thread(thread)

    def test_an_employee_who_sees_the_account_may_all_of_it(self, talk, ctx):
        """Matrix of §2.4: chats take no right of their own."""
        employee = member_ctx(ctx)

        thread = talk.start(by=employee)
        talk.say(thread, by=employee, is_internal=True)

        assert talk.change(thread, by=employee, is_archived=True).is_archived
