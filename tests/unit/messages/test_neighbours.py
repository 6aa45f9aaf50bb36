"""What other services report: members, contacts, accounts that are gone."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Invalid
from contracts import accounts, chats, contacts, identity
from contracts.common import Address
from services.messages.operations import neighbours
from tests.unit.messages.conftest import told_of


def tell(session, ctx, other, **changes):
    event = identity.MemberChanged(member=told_of(other, **{"version": 2, **changes}))
    neighbours.member_changed(session, ctx, event)


def contact(person, name):
    return contacts.Contact(
        **{
            field: None
            for field in contacts.Contact.__dataclass_fields__
            if field not in ("id", "display_name", "address")
        },
        id=person.actor.id,
        display_name=name,
        address=Address(),
    )


def test_who_is_deactivated_leaves_active_threads(session, ctx, talk, emil):
    """R-ROLE-3"""
    active = talk.start(assignee_id=emil.actor.id)
    archived = talk.change(talk.start(assignee_id=emil.actor.id), is_archived=True)

    tell(session, ctx, emil, is_active=False)

    assert (talk.thread(active).assignee, talk.thread(active).version) == (None, 2)
    assert talk.thread(archived).assignee.id == emil.actor.id
    assert outbox.pending(session)[-1] == chats.ThreadChanged(account_id=talk.account_id, thread=talk.thread(active))
    with pytest.raises(Invalid):
        talk.start(assignee_id=emil.actor.id)


def test_a_new_name_shows_and_is_announced_once(session, ctx, talk, emil):
    thread = talk.start(assignee_id=emil.actor.id)

    tell(session, ctx, emil, name="Emil Married")
    tell(session, ctx, emil, name="Emil Old", version=1)

    assert talk.thread(thread).assignee.name == talk.row(thread)["assignee"]["name"] == "Emil Married"
    assert [one for one in outbox.pending(session) if isinstance(one, chats.NamesChanged)] == [chats.NamesChanged()]


def test_participants_are_called_as_they_are_called_by_now(session, ctx, talk, anna):
    thread = talk.start(only=(anna,))
    talk.answer(thread, anna)

    neighbours.contact_changed(session, ctx, contacts.ContactChanged(contact=contact(anna, "Anna Vogel")))
    neighbours.contact_changed(session, ctx, contacts.ContactChanged(contact=contact(anna, "Anna Vogel")))

    assert [one.name for one in talk.thread(thread).participants] == ["Anna Vogel"]
    assert talk.said(thread).items[0].author.name == "Anna Roy"
    told = [one for one in outbox.pending(session) if isinstance(one, chats.NamesChanged)]
    assert told == [chats.NamesChanged(account_id=talk.account_id)]


def test_an_account_that_is_gone_takes_its_threads_along(session, ctx, talk, anna):
    thread = talk.start(tasks=("Sign",), only=(anna,))
    kept = replace_account(talk)
    other = kept.start()

    neighbours.account_deleted(session, ctx, accounts.AccountDeleted(account_id=talk.account_id, version=9))

    assert talk.section().total == 0
    with pytest.raises(chats.ThreadNotFound):
        talk.thread_as(anna, thread)
    assert kept.thread(other).id == other.id


def replace_account(talk):
    return type(talk)(talk.session, replace(talk.ctx, key=new_id().hex), new_id())
