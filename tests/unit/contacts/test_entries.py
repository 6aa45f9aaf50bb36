"""Who may enter which account, and the links by which people are let in (R-POR-1, R-LOG-5, R-LOG-7, R-LOG-9)."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden
from contracts.accounts import AccountNotFound
from contracts.contacts import ChangeContact
from contracts.entries import (
    GetEntry,
    InvitationAccepted,
    InvitationNotFound,
    InvitationRef,
    InvitationToken,
    ListEntries,
)
from contracts.switches import AcceptInvitation, InvitationNotOpen
from services.contacts.model import AccountRef, InvitationLink
from services.contacts.operations import inviting, people, switches
from services.contacts.queries import entries
from services.contacts.rules import login

ANNA = "anna@roy.example"


@pytest.fixture
def active(opened, session, ctx):
    """`active(anna)`: an account that accounts announced."""

    def make(*linked, **facts):
        account = opened(*linked, **facts)
        row = session.get(AccountRef, (ctx.firm, account.id))
        row.is_open, row.state = True, "active"
        session.flush()
        return account

    return make


@pytest.fixture
def anna(person):
    return person("Anna", "Roy", ANNA)


@pytest.fixture
def account(active, anna):
    return active(anna)


@pytest.fixture
def entered(session, system):
    """`entered("anna@roy.example")`: the names of the accounts that the address may enter, and as whom."""

    def ask(email, ctx=system):
        found = entries.list_entries(session, ctx, ListEntries(email=email)).items
        return [(one.name, one.contact_name) for one in found]

    return ask


@pytest.fixture
def enter(session, system):
    def ask(account, email=ANNA, ctx=system):
        return entries.get_entry(session, ctx, GetEntry(account_id=account.id, email=email))

    return ask


def set_state(session, ctx, account, state):
    session.get(AccountRef, (ctx.firm, account.id)).state = state
    session.flush()


class TestEntries:
    def test_only_who_accepted_enters(self, account, anna, switch, invite, let_in, entered, enter):
        """R-POR-1, R-LOG-3"""
        assert entered(ANNA) == []
        switch(account, anna, is_login_on=True)
        invite(account, anna)
        assert entered(ANNA) == []

        let_in(account, anna)

        assert entered(ANNA) == [("Roy", "Anna Roy")]
        assert enter(account).contact_id == anna.id

    def test_however_the_address_is_typed(self, account, anna, let_in, entered):
        """R-EM-5"""
        let_in(account, anna)

        assert entered("  ANNA@Roy.Example ") == [("Roy", "Anna Roy")]
        assert entered("anna@roy") == entered("") == []

    def test_several_accounts_by_name(self, active, anna, let_in, entered):
        """R-POR-2"""
        for name in ("Zoo", "Årsta", "Bakery"):
            let_in(active(anna, name=name), anna)

        assert [name for name, _ in entered(ANNA)] == ["Årsta", "Bakery", "Zoo"]

    def test_login_that_goes_off_ends_it(self, account, anna, let_in, switch, entered, enter):
        """R-LOG-5"""
        let_in(account, anna)

        switch(account, anna, is_login_on=False)

        assert entered(ANNA) == []
        with pytest.raises(AccountNotFound):
            enter(account)

    @pytest.mark.parametrize("state", ["archived", "trashed", "opening", "deleted"])
    def test_nobody_enters_an_account_that_is_not_active(self, session, ctx, account, anna, let_in, entered, state):
        """R-ARC-1, R-ARC-3"""
        let_in(account, anna)
        set_state(session, ctx, account, state)
        assert entered(ANNA) == []

        set_state(session, ctx, account, "active")

        assert entered(ANNA) == [("Roy", "Anna Roy")]

    def test_an_address_that_left_its_contact_still_enters(self, session, ctx, account, anna, let_in, entered):
        """R-EM-3"""
        let_in(account, anna)
        change = ChangeContact(contact_id=anna.id, version=1, email="new@roy.example")

        people.change_contact(session, ctx, change)

        assert (entered(ANNA), entered("new@roy.example")) == ([("Roy", "Anna Roy")], [])

    def test_of_two_who_share_an_address_the_first_let_in_counts(self, session, active, person, let_in, enter, entered):
        """R-EM-6: a shared address enters once, and always as the same person."""
        first, second = person("Zoe", "Roy", ANNA), person("Anna", "Roy", ANNA)
        account = active(second, first)
        let_in(account, first)
        let_in(account, second)

        assert entered(ANNA) == [("Roy", "Zoe Roy")]
        assert enter(account).contact_id == first.id

    def test_an_account_not_theirs_is_as_if_it_were_not(self, account, anna, active, let_in, enter):
        """R-ACC-5"""
        let_in(account, anna)
        said = []
        for other in (active(anna, name="Secret"), replace(account, id=new_id())):
            with pytest.raises(AccountNotFound) as refused:
                enter(other)
            said.append((refused.value.detail, set(refused.value.data)))

        assert said[0] == said[1]

    def test_another_firms_entries_are_nobodys(self, account, anna, let_in, system, entered):
        let_in(account, anna)

        assert entered(ANNA, replace(system, firm_id=new_id())) == []

    @pytest.mark.parametrize("kind", ["member", "portal"])
    def test_only_services_ask(self, session, ctx, kind):
        who = replace(ctx, actor=Actor(kind=kind, id=new_id(), role="owner"))
        asked = [
            lambda: entries.get_entry(session, who, GetEntry(account_id=new_id(), email=ANNA)),
            lambda: entries.list_entries(session, who, ListEntries(email=ANNA)),
            lambda: entries.find_invitation(session, who, InvitationToken(token="x")),
            lambda: inviting.make_invitation_link(
                session, who, InvitationRef(account_id=new_id(), address_id=new_id(), sent_at=ctx.now)
            ),
        ]
        for ask in asked:
            with pytest.raises(Forbidden):
                ask()


class TestLinks:
    @pytest.fixture
    def invited(self, account, anna, switch, invite):
        switch(account, anna, is_login_on=True)
        return invite(account, anna)

    @pytest.fixture
    def link(self, session, system):
        def make(event, ctx=system):
            ref = InvitationRef(account_id=event.account_id, address_id=event.address.id, sent_at=event.sent_at)
            return inviting.make_invitation_link(session, ctx, ref)

        return make

    @pytest.fixture
    def follow(self, session, system):
        def find(link, ctx=system):
            return entries.find_invitation(session, ctx, InvitationToken(token=link.token))

        return find

    def test_a_link_tells_whom_it_invites(self, account, anna, invited, link, follow):
        found = follow(link(invited))

        assert (found.account_id, found.contact_id, found.email) == (account.id, anna.id, ANNA)
        assert (found.sent_at, found.expires_at) == (invited.sent_at, invited.expires_at)

    def test_it_is_kept_as_a_digest(self, session, invited, link):
        """R-LOG-7"""
        token = link(invited).token

        (row,) = session.query(InvitationLink)

        assert (len(row.digest), token.encode() in row.digest) == (32, False)

    def test_every_link_of_the_same_invitation_opens(self, invited, link, follow):
        first, second = link(invited), link(invited)

        assert follow(first) == follow(second)

    def test_sent_again_it_replaces_the_former(self, ctx, account, anna, invited, invite, link, follow):
        """R-LOG-2, R-LOG-7"""
        former = link(invited)
        again = link(invite(account, anna, by=replace(ctx, now=ctx.now + dt.timedelta(minutes=1))))

        with pytest.raises(InvitationNotFound):
            follow(former)
        assert follow(again)
        with pytest.raises(InvitationNotOpen):
            link(invited)

    def test_it_opens_once(self, session, system, account, invited, link, follow):
        """R-LOG-7"""
        made = link(invited)
        accept = AcceptInvitation(account_id=account.id, address_id=invited.address.id, sent_at=invited.sent_at)

        switches.accept_invitation(session, system, accept)

        with pytest.raises(InvitationNotFound):
            follow(made)
        with pytest.raises(InvitationNotOpen):
            link(invited)

    def test_it_opens_for_thirty_days(self, system, invited, link, follow):
        """R-LOG-7"""
        made = link(invited)

        assert follow(made, replace(system, now=invited.sent_at + login.VALID - login.VALID / 1000))
        with pytest.raises(InvitationNotFound):
            follow(made, replace(system, now=invited.sent_at + login.VALID))

    def test_login_that_goes_off_ends_it(self, account, anna, switch, invited, link, follow):
        """R-LOG-5"""
        made = link(invited)

        switch(account, anna, is_login_on=False)

        with pytest.raises(InvitationNotFound):
            follow(made)

    def test_an_account_that_was_not_announced_invites_nobody_yet(self, session, ctx, account, invited, link, follow):
        """R-LOG-3: followed now, the link would be used up and lead nowhere."""
        made = link(invited)
        known = session.get(AccountRef, (ctx.firm, account.id))
        known.is_open = False
        session.flush()

        with pytest.raises(InvitationNotFound):
            follow(made)

        known.is_open = True
        session.flush()
        assert follow(made).account_id == account.id

    def test_an_archived_account_invites_nobody(self, session, ctx, account, invited, link, follow):
        """R-ARC-1"""
        made = link(invited)

        set_state(session, ctx, account, "archived")

        with pytest.raises(InvitationNotFound):
            follow(made)

    def test_another_address_in_its_place_ends_it(self, session, ctx, anna, invited, link, follow):
        """R-LOG-4"""
        made = link(invited)

        people.change_contact(session, ctx, ChangeContact(contact_id=anna.id, version=1, email="new@roy.example"))

        with pytest.raises(InvitationNotFound):
            follow(made)

    def test_another_firm_finds_nothing(self, system, invited, link, follow):
        made = link(invited)

        with pytest.raises(InvitationNotFound):
            follow(made, replace(system, firm_id=new_id()))


class TestActivation:
    def test_the_first_one_is_told_as_such(self, account, anna, person, session, ctx, let_in, told, active):
        """R-LOG-9"""
        bob = person("Bob", "Roy", "bob@roy.example")
        both = active(anna, bob, name="Both")

        let_in(both, anna)
        let_in(both, bob)

        first, second = told(InvitationAccepted)
        assert (first.account_name, first.contact_name, first.email, first.is_first) == ("Both", "Anna Roy", ANNA, True)
        assert (second.contact_name, second.is_first) == ("Bob Roy", False)
