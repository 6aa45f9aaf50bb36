"""Links between accounts and contacts: R-LNK-1..8."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import contacts
from contracts.accounts import AccountNotFound
from contracts.contacts import (
    AccountRef,
    ContactEntry,
    DescribeLink,
    LinkAccount,
    LinkContact,
    LinkRef,
    ListDescriptions,
    NewContact,
)
from contracts.switches import LinksChangedMeanwhile
from services.contacts.operations import links
from services.contacts.queries.links import list_account_contacts, list_descriptions


def names(linked):
    return [one.contact.display_name for one in linked.items]


class TestLinkContact:
    def test_r_lnk_4_links_a_known_contact(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        account = opened(bob)

        linked = links.link_contact(
            session,
            ctx,
            LinkContact(account_id=account.id, contact=ContactEntry(id=anna.id, description="  CEO ")),
        )

        assert [(one.contact.id, one.description) for one in linked.items] == [(anna.id, "CEO"), (bob.id, "")]
        assert linked.items[0].linked_at == ctx.now
        assert outbox.pending(session)[-1] == contacts.LinksChanged(
            account_id=account.id, contact_ids=(bob.id, anna.id), version=2, change="linked", contact_id=anna.id
        )

    def test_r_lnk_4_creates_and_links_at_once(self, session, ctx, person, opened):
        account = opened(person("Bob"))

        linked = links.link_contact(
            session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(new=NewContact(first_name="Anna")))
        )

        assert names(linked) == ["Anna", "Bob"]
        created, changed = outbox.pending(session)[-2:]
        assert isinstance(created, contacts.ContactCreated)
        assert changed.contact_id == created.contact.id

    @pytest.mark.parametrize("both", [True, False])
    def test_an_entry_is_a_known_contact_or_a_new_one(self, session, ctx, person, opened, both):
        """R-LNK-4"""
        account = opened(person("Bob"))
        entry = ContactEntry(id=new_id(), new=NewContact(first_name="Anna")) if both else ContactEntry()

        with pytest.raises(Invalid) as caught:
            links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=entry))

        assert caught.value.data["errors"][0]["field"] == "contact"

    def test_a_wrong_field_of_a_new_contact_is_named_by_its_path(self, session, ctx, person, opened):
        """R-LNK-4"""
        account = opened(person("Bob"))
        entry = ContactEntry(new=NewContact())

        with pytest.raises(Invalid) as caught:
            links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=entry))

        assert caught.value.data["errors"][0]["field"] == "contact.new.last_name"

    def test_once_is_enough(self, session, ctx, person, opened):
        """R-LNK-4"""
        anna = person("Anna")
        account = opened(anna)

        with pytest.raises(contacts.AlreadyLinked):
            links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=anna.id)))

    def test_another_firms_contact_is_not_there(self, session, ctx, person, opened):
        """R-LNK-4"""
        account = opened(person("Bob"))

        with pytest.raises(contacts.ContactNotFound):
            links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=new_id())))

    @pytest.mark.parametrize("right", ["manage_accounts", "manage_contacts"])
    def test_can_link_contacts_on_a_visible_account_and_only_contacts_one_sees(
        self, session, ctx, person, opened, right
    ):
        """R-LNK-4, R-ACC-5"""
        emil = member_ctx(ctx, rights=(right,))
        anna, bob, hidden = person("Anna"), person("Bob"), person("Hidden")
        account = opened(bob, team=[emil.actor.id])
        opened(anna, team=[emil.actor.id])

        linked = links.link_contact(session, emil, LinkContact(account_id=account.id, contact=ContactEntry(id=anna.id)))

        assert names(linked) == ["Anna", "Bob"]
        with pytest.raises(contacts.ContactNotFound):
            links.link_contact(session, emil, LinkContact(account_id=account.id, contact=ContactEntry(id=hidden.id)))

    def test_can_link_contacts_needs_a_right_and_a_visible_account(self, session, ctx, person, opened):
        """R-LNK-4, R-ACC-5"""
        emil = member_ctx(ctx)
        anna = person("Anna")
        his, hidden = opened(anna, team=[emil.actor.id]), opened(anna)
        new = ContactEntry(new=NewContact(first_name="Bob"))

        with pytest.raises(Forbidden):
            links.link_contact(session, emil, LinkContact(account_id=his.id, contact=new))
        for right in ("manage_accounts", "manage_contacts"):
            stranger = member_ctx(ctx, rights=(right,))
            with pytest.raises(AccountNotFound):
                links.link_contact(session, stranger, LinkContact(account_id=hidden.id, contact=new))


class TestLinkAccount:
    """R-LNK-4: the same from the contact's side."""

    def test_links_a_known_account(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        opened(anna, name="First")
        account = opened(bob, name="Second")

        served = links.link_account(
            session, ctx, LinkAccount(contact_id=anna.id, account_id=account.id, description=" CEO ")
        )

        assert [(one.name, one.description) for one in served.items] == [("First", ""), ("Second", "CEO")]
        assert outbox.pending(session)[-1].contact_ids == (bob.id, anna.id)

    def test_once_is_enough(self, session, ctx, person, opened):
        anna = person("Anna")
        account = opened(anna)

        with pytest.raises(contacts.AlreadyLinked):
            links.link_account(session, ctx, LinkAccount(contact_id=anna.id, account_id=account.id))

    def test_both_must_be_in_sight(self, session, ctx, person, opened):
        emil = member_ctx(ctx, rights=("manage_contacts",))
        anna, hidden = person("Anna"), person("Hidden")
        his, other = opened(anna, team=[emil.actor.id]), opened(hidden)

        with pytest.raises(AccountNotFound):
            links.link_account(session, emil, LinkAccount(contact_id=anna.id, account_id=other.id))
        with pytest.raises(contacts.ContactNotFound):
            links.link_account(session, emil, LinkAccount(contact_id=hidden.id, account_id=his.id))


class TestDescribeLink:
    def test_r_lnk_6_is_valid_for_this_account_only(self, session, ctx, person, opened):
        anna = person("Anna")
        one, other = opened(anna), opened(anna)

        links.describe_link(
            session, ctx, DescribeLink(account_id=one.id, contact_id=anna.id, version=1, description=" main   contact ")
        )

        described = [
            list_account_contacts(session, ctx, AccountRef(account_id=account.id)).items[0].description
            for account in (one, other)
        ]
        assert described == ["main contact", ""]
        assert outbox.pending(session)[-1].change == "described"

    def test_the_same_again_changes_nothing(self, session, ctx, person, opened):
        """R-LNK-6"""
        anna = person("Anna")
        account = opened(anna)
        before = outbox.pending(session)

        same = links.describe_link(
            session, ctx, DescribeLink(account_id=account.id, contact_id=anna.id, version=1, description="")
        )

        assert (same.version, outbox.pending(session)) == (1, before)

    def test_of_a_contact_that_is_not_linked(self, session, ctx, person, opened):
        """R-LNK-6"""
        account = opened(person("Anna"))

        with pytest.raises(contacts.LinkNotFound):
            links.describe_link(
                session,
                ctx,
                DescribeLink(account_id=account.id, contact_id=person("Bob").id, version=1, description="x"),
            )

    def test_a_loser_is_told_what_is_there(self, session, ctx, person, opened):
        anna = person("Anna")
        account = opened(anna)
        request = DescribeLink(account_id=account.id, contact_id=anna.id, version=1, description="CEO")
        links.describe_link(session, ctx, request)

        with pytest.raises(LinksChangedMeanwhile) as caught:
            links.describe_link(session, ctx, replace(request, description="CFO"))

        current = caught.value.data["current"]
        assert (current["version"], current["items"][0]["description"]) == (2, "CEO")


class TestListDescriptions:
    """R-LNK-6: suggestions from earlier values."""

    @pytest.fixture
    def described(self, session, ctx, person, opened):
        def put(*descriptions, **facts):
            entries = [(person(f"P{place}"), text) for place, text in enumerate(descriptions)]
            account = opened(*(contact for contact, _ in entries), **facts)
            for version, (contact, text) in enumerate(entries, 1):
                links.describe_link(
                    session,
                    ctx,
                    DescribeLink(account_id=account.id, contact_id=contact.id, version=version, description=text),
                )

        return put

    def test_the_most_used_come_first_and_each_once(self, session, ctx, described):
        described("CEO", "Main contact", "Accountant")
        described("Main contact")

        assert list_descriptions(session, ctx, ListDescriptions()).items == ("Main contact", "Accountant", "CEO")
        assert list_descriptions(session, ctx, ListDescriptions(limit=1)).items == ("Main contact",)

    def test_part_of_it_is_enough_and_no_pattern(self, session, ctx, described):
        described("Main contact", "100% owner")

        assert list_descriptions(session, ctx, ListDescriptions(q=" CONT")).items == ("Main contact",)
        assert list_descriptions(session, ctx, ListDescriptions(q="0%")).items == ("100% owner",)
        assert list_descriptions(session, ctx, ListDescriptions(q="_")).items == ()

    def test_r_acc_5_only_of_accounts_one_sees(self, session, ctx, described, other_firm):
        emil = member_ctx(ctx)
        described("Secret")
        described("Known", team=[emil.actor.id])

        assert list_descriptions(session, emil, ListDescriptions()).items == ("Known",)
        assert list_descriptions(session, other_firm, ListDescriptions()).items == ()


class TestUnlinkContact:
    def test_r_lnk_3_ends_this_link_alone(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        one, other = opened(anna, bob), opened(anna)

        left = links.unlink_contact(session, ctx, LinkRef(account_id=one.id, contact_id=anna.id))

        assert (names(left), left.version) == (["Bob"], 2)
        assert names(list_account_contacts(session, ctx, AccountRef(account_id=other.id))) == ["Anna"]

    def test_r_lnk_2_never_the_last(self, session, ctx, person, opened):
        anna, bob = person("Anna"), person("Bob")
        account = opened(anna, bob, name="Roy", code="R7")
        links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=anna.id))

        with pytest.raises(contacts.LastContact) as caught:
            links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=bob.id))

        assert caught.value.data["accounts"] == [{"id": str(account.id), "code": "R7", "name": "Roy"}]

    def test_of_a_contact_that_is_not_linked(self, session, ctx, person, opened):
        """R-LNK-3"""
        account = opened(person("Anna"))

        with pytest.raises(contacts.LinkNotFound):
            links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=new_id()))

    def test_needs_a_right_and_a_visible_account(self, session, ctx, person, opened):
        """R-LNK-3, R-ACC-5"""
        emil = member_ctx(ctx)
        anna, bob = person("Anna"), person("Bob")
        his, hidden = opened(anna, bob, team=[emil.actor.id]), opened(anna, bob)

        with pytest.raises(Forbidden):
            links.unlink_contact(session, emil, LinkRef(account_id=his.id, contact_id=anna.id))
        with pytest.raises(AccountNotFound):
            links.unlink_contact(session, emil, LinkRef(account_id=hidden.id, contact_id=anna.id))


def test_r_lnk_5_contacts_are_listed_by_name_as_people_sort_them(session, ctx, person, opened):
    account = opened(person("Zoé"), person("élodie"), person("Eva"), person("Anna"))

    linked = list_account_contacts(session, ctx, AccountRef(account_id=account.id))

    assert names(linked) == ["Anna", "élodie", "Eva", "Zoé"]
