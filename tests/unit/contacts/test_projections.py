"""What the service knows of accounts, members and tags, whatever order the events come in."""

from dataclasses import replace

import pytest

from chassis.context import new_id
from chassis.errors import Invalid
from chassis.testing import member_ctx
from contracts import contacts, identity
from contracts.accounts import Account, AccountChanged, AccountCreated, AccountDeleted, AccountNotFound, TagChanged
from contracts.common import Person, Tag
from contracts.contacts import AccountRef, ContactRef, ListContacts, NewContact
from services.contacts.operations import links, people, projections
from services.contacts.queries import people as known
from services.contacts.queries.links import list_account_contacts, list_contact_accounts


def as_account(ctx, *, event=AccountCreated, team=(), **facts):
    """An account as its owner announces it."""
    known_facts = {"id": new_id(), "code": "R1", "name": "Roy", "state": "active", "version": 1} | facts
    account = Account(
        name_mode="manual",
        type="individual",
        company_name=None,
        company_address=None,
        tags=(),
        team=tuple(Person(id=member_id, name="?") for member_id in team),
        followers=(),
        created_at=ctx.now,
        updated_at=ctx.now,
        **known_facts,
    )
    return event(account=account)


def served(session, ctx, contact):
    listed = list_contact_accounts(session, ctx, ContactRef(contact_id=contact.id))
    return [(one.code, one.name, one.state) for one in listed.items]


class TestAccounts:
    def test_the_announcement_of_the_version_that_was_opened_counts(self, session, ctx, person, opened):
        anna = person("Anna")
        account = opened(anna, version=1)

        projections.account_changed(session, ctx, as_account(ctx, id=account.id, code="R9", version=1))

        assert served(session, ctx, anna) == [("R9", "Roy", "active")]

    def test_an_older_event_changes_nothing(self, session, ctx, person, opened):
        anna = person("Anna")
        account = opened(anna)
        newer = as_account(ctx, event=AccountChanged, id=account.id, name="Newer", state="archived", version=3)

        projections.account_changed(session, ctx, newer)
        projections.account_changed(session, ctx, as_account(ctx, id=account.id, name="Older", version=2))

        assert served(session, ctx, anna) == [("R1", "Newer", "archived")]

    def test_r_acc_1_the_team_decides_who_sees_the_contacts(self, session, ctx, person, opened):
        emil = member_ctx(ctx)
        account = opened(person("Anna"), team=[emil.actor.id])
        assert known.list_contacts(session, emil, ListContacts()).total == 1

        projections.account_changed(session, ctx, as_account(ctx, id=account.id, team=[], version=2))

        assert known.list_contacts(session, emil, ListContacts()).total == 0

    def test_r_arc_4_contacts_survive_a_deleted_account(self, session, ctx, person, opened):
        anna = person("Anna")
        account = opened(anna)

        projections.account_deleted(session, ctx, AccountDeleted(account_id=account.id, version=5))
        projections.account_changed(session, ctx, as_account(ctx, id=account.id, version=4))

        assert served(session, ctx, anna) == []
        assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)) == anna
        with pytest.raises(AccountNotFound):
            list_account_contacts(session, ctx, AccountRef(account_id=account.id))

    def test_r_arc_5_an_account_in_the_trash_is_there_for_nobody_and_comes_back_with_its_links(
        self, session, ctx, person, opened
    ):
        anna, bob = person("Anna"), person("Bob")
        emil = member_ctx(ctx, rights=("manage_accounts", "manage_contacts"))
        account = opened(anna, team=[emil.actor.id])
        team = [emil.actor.id]
        entry = contacts.ContactEntry(id=bob.id)

        gone = as_account(ctx, event=AccountChanged, id=account.id, state="trashed", team=team, version=3)
        projections.account_changed(session, ctx, gone)

        assert served(session, ctx, anna) == []
        assert known.list_contacts(session, emil, ListContacts()).total == 0
        for who in (ctx, emil):
            for attempt in (
                lambda who=who: list_account_contacts(session, who, AccountRef(account_id=account.id)),
                lambda who=who: links.link_contact(
                    session, who, contacts.LinkContact(account_id=account.id, contact=entry)
                ),
                lambda who=who: links.unlink_contact(
                    session, who, contacts.LinkRef(account_id=account.id, contact_id=anna.id)
                ),
            ):
                with pytest.raises(AccountNotFound):
                    attempt()

        back = as_account(ctx, event=AccountChanged, id=account.id, state="archived", team=team, version=4)
        projections.account_changed(session, ctx, back)

        assert served(session, emil, anna) == [("R1", "Roy", "archived")]


class TestMembers:
    def test_an_older_event_changes_nothing(self, session, ctx):
        member = identity.Member(
            id=new_id(),
            email="new@firm.example",
            name="Emil",
            role="employee",
            rights=(),
            has_default_access=False,
            is_active=True,
            version=2,
            created_at=ctx.now,
        )

        projections.member_changed(session, ctx, identity.MemberChanged(member=member))
        older = identity.MemberCreated(member=replace(member, email="old@firm.example", version=1))
        projections.member_changed(session, ctx, older)

        people.create_contact(session, ctx, NewContact(email="old@firm.example"))
        with pytest.raises(contacts.MemberAddress):
            people.create_contact(session, ctx, NewContact(email="new@firm.example"))


class TestTags:
    def test_a_renamed_tag_is_renamed_on_contacts(self, session, ctx, person, tag):
        anna = person("Anna", tag_ids=(tag.id,))

        projections.tag_changed(session, ctx, TagChanged(tag=replace(tag, name="Gold"), version=3))
        projections.tag_changed(session, ctx, TagChanged(tag=replace(tag, name="Silver"), version=2))  # came late

        assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)).tags == (replace(tag, name="Gold"),)

    def test_r_tag_5_a_deleted_tag_goes_everywhere_and_does_not_come_back(self, session, ctx, person, tag):
        anna = person("Anna", tag_ids=(tag.id,))

        projections.tag_changed(session, ctx, TagChanged(tag=tag, is_deleted=True))
        projections.tag_changed(session, ctx, TagChanged(tag=tag))

        session.expire_all()
        assert known.get_contact(session, ctx, ContactRef(contact_id=anna.id)).tags == ()
        with pytest.raises(Invalid):
            people.create_contact(session, ctx, NewContact(first_name="Bob", tag_ids=(tag.id,)))

    @pytest.fixture
    def tag(self, session, ctx):
        made = Tag(id=new_id(), name="VIP", colour="#2f855a")
        projections.tag_changed(session, ctx, TagChanged(tag=made))
        return made
