"""The switches per (account, contact, address): R-EM-2, R-LOG-*, R-NOT-4, R-SYN-3, R-SIG-1."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chassis import metrics
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.accounts import AccountChanged, AccountNotFound
from contracts.contacts import LinkNotFound, LinksChanged, NewAddress
from contracts.switches import (
    AcceptInvitation,
    AccountArchived,
    AddressBlocked,
    AddressNotFound,
    BlockAddress,
    InvitationNotOpen,
    LinksChangedMeanwhile,
    NotInvitable,
    SetSwitches,
    UnblockAddress,
)
from services.contacts.model import AddressSwitch
from services.contacts.operations import projections, suppressing, switches
from tests.unit.contacts.test_projections import as_account


def states(linked, contact):
    """What each address of a contact may do: (LOGIN, NOTIFY, EMAIL SYNC, signing)."""
    item = next(one for one in linked.items if one.contact.id == contact.id)
    return [(one.login, one.is_notified, one.is_synced, one.is_signatory) for one in item.addresses]


@pytest.fixture
def anna(person):
    return person("Anna", "Roy", "anna@roy.example", other_addresses=(NewAddress(label="Work", email="w@roy.example"),))


@pytest.fixture
def account(anna, opened):
    return opened(anna)


class TestSetSwitches:
    def test_r_em_1_every_address_is_there_and_all_is_off_at_first(self, account, anna, look):
        item = look(account).items[0]

        assert [one.address for one in item.addresses] == list(anna.addresses)
        assert states(look(account), anna) == [("none", False, False, False)] * 2
        assert (item.signer_rank, look(account).portal_status) == (None, "off")

    def test_r_em_2_switches_belong_to_one_account_and_one_address(self, account, anna, opened, switch, look):
        other = opened(anna)

        linked = switch(account, anna, is_login_on=True)

        assert states(linked, anna) == [("granted", True, False, True), ("none", False, False, False)]
        assert states(look(other), anna) == [("none", False, False, False)] * 2

    def test_r_not_4_notify_goes_on_with_the_first_login_alone(self, account, anna, switch):
        switch(account, anna, is_login_on=True)
        switch(account, anna, is_notified=False)
        switch(account, anna, is_login_on=False, is_synced=True)

        again = switch(account, anna, is_login_on=True)

        assert states(again, anna)[0] == ("granted", True, True, True)

    def test_r_not_4_what_somebody_chose_outlasts_a_revoked_login(self, account, anna, switch, let_in):
        let_in(account, anna)
        switch(account, anna, is_notified=False, is_signatory=False)
        assert states(switch(account, anna, is_login_on=False), anna)[0] == ("revoked", False, False, False)

        assert states(switch(account, anna, is_login_on=True), anna)[0] == ("granted", False, False, False)

    def test_the_first_login_may_be_told_otherwise(self, account, anna, switch):
        linked = switch(account, anna, is_login_on=True, is_notified=False, is_signatory=False)

        assert states(linked, anna)[0] == ("granted", False, False, False)

    def test_r_syn_3_notify_and_email_sync_need_no_login(self, account, anna, switch):
        """R-SYN-1, R-NOT-1: switches of their own, whatever the others are."""

        assert states(switch(account, anna, is_synced=True, is_notified=True), anna)[0] == ("none", True, True, False)

    def test_r_sig_1_signing_needs_login(self, account, anna, switch):
        with pytest.raises(Invalid) as caught:
            switch(account, anna, is_signatory=True)

        assert caught.value.data["errors"][0]["field"] == "is_signatory"
        assert states(switch(account, anna, is_login_on=True, is_signatory=True), anna)[0][3]

    def test_r_sig_1_who_is_shut_out_signs_nothing_and_signs_again_when_let_in(self, account, anna, switch, let_in):
        let_in(account, anna)

        assert states(switch(account, anna, is_login_on=False), anna)[0] == ("revoked", True, False, False)
        assert states(switch(account, anna, is_login_on=True), anna)[0] == ("granted", True, False, True)

    def test_the_same_again_changes_nothing(self, session, account, anna, switch):
        before = switch(account, anna, is_login_on=True)

        assert switch(account, anna, is_login_on=True, is_notified=True) == before

    def test_a_row_is_there_only_where_something_is_on(self, session, ctx, account, anna, switch):
        def kept():
            return session.scalar(select(func.count()).select_from(AddressSwitch).filter_by(firm_id=ctx.firm))

        switch(account, anna, is_login_on=True)
        assert kept() == 1
        switch(account, anna, is_login_on=False, is_notified=False)
        assert kept() == 0

    def test_a_loser_is_told_what_is_there(self, account, anna, switch, look):
        seen = look(account).version
        switch(account, anna, is_login_on=True, version=seen)

        with pytest.raises(LinksChangedMeanwhile) as caught:
            switch(account, anna, is_login_on=False, version=seen)

        current = caught.value.data["current"]
        assert (current["version"], current["items"][0]["addresses"][0]["login"]) == (seen + 1, "granted")

    def test_links_themselves_are_not_told_to_have_changed(self, account, anna, switch, told):
        before = told(LinksChanged)

        switch(account, anna, is_login_on=True)

        assert told(LinksChanged) == before

    def test_r_log_6_who_has_no_such_address_gets_no_login(self, session, ctx, person, opened, anna, account):
        bob = person("Bob")
        alone = opened(bob)
        for place, contact in ((alone, bob), (account, anna)):
            request = SetSwitches(
                account_id=place.id, contact_id=contact.id, address_id=new_id(), version=1, is_login_on=True
            )
            with pytest.raises(AddressNotFound):
                switches.set_switches(session, ctx, request)

    def test_of_a_contact_that_is_not_linked(self, account, person, switch):
        with pytest.raises(LinkNotFound):
            switch(account, person("Bob", email="bob@roy.example"), is_login_on=True)

    def test_needs_manage_accounts_and_a_visible_account(self, session, ctx, opened, anna, switch):
        helper, boss = (member_ctx(ctx, rights=(right,)) for right in ("manage_contacts", "manage_accounts"))
        his, hidden = opened(anna, team=[helper.actor.id, boss.actor.id]), opened(anna)

        with pytest.raises(Forbidden):
            switch(his, anna, by=helper, is_login_on=True)
        with pytest.raises(AccountNotFound):
            switch(hidden, anna, by=boss, version=1, is_login_on=True)
        assert states(switch(his, anna, by=boss, is_login_on=True), anna)[0][0] == "granted"

    def test_of_another_firm_is_not_there(self, account, anna, other_firm, switch):
        with pytest.raises(AccountNotFound):
            switch(account, anna, by=other_firm, version=1, is_login_on=True)


class TestSendInvitation:
    def test_r_log_1_asks_for_the_mail_with_all_that_it_says(self, ctx, account, anna, switch, invite, look):
        switch(account, anna, is_login_on=True)

        asked = invite(account, anna, message=" Welcome!\r\nOlga ")

        assert (asked.account_id, asked.account_name) == (account.id, account.name)
        assert (asked.contact_id, asked.contact_name, asked.address) == (anna.id, "Anna Roy", anna.addresses[0])
        assert (asked.requested_by.id, asked.message, asked.is_resend) == (ctx.actor.id, "Welcome!\nOlga", False)
        assert (asked.sent_at, asked.expires_at) == (ctx.now, ctx.now + dt.timedelta(days=30))
        settings = look(account).items[0].addresses[0]
        assert (settings.login, settings.invited_at) == ("invited", ctx.now)

    def test_r_log_2_sends_it_again(self, account, anna, switch, invite):
        switch(account, anna, is_login_on=True)
        invite(account, anna)

        assert invite(account, anna).is_resend

    def test_r_log_7_one_that_ran_out_is_seen_as_such_without_any_job(self, ctx, account, anna, switch, invite, look):
        switch(account, anna, is_login_on=True)
        invite(account, anna)

        later = replace(ctx, now=ctx.now + dt.timedelta(days=30))

        assert states(look(account, later), anna)[0][0] == "expired"
        assert invite(account, anna, by=later).is_resend
        assert states(look(account, later), anna)[0][0] == "invited"

    def test_only_where_login_is_on_and_not_accepted(self, account, anna, switch, invite, let_in):
        with pytest.raises(NotInvitable):
            invite(account, anna)
        let_in(account, anna)
        with pytest.raises(NotInvitable) as caught:
            invite(account, anna)
        assert caught.value.data["state"] == "active"

    def test_r_arc_1_nobody_is_invited_to_an_archived_account(self, session, ctx, account, anna, switch, invite):
        switch(account, anna, is_login_on=True)
        archived = as_account(ctx, event=AccountChanged, id=account.id, state="archived", version=2)
        projections.account_changed(session, ctx, archived)

        with pytest.raises(AccountArchived):
            invite(account, anna)

    def test_needs_manage_accounts(self, ctx, anna, opened, switch, invite):
        helper = member_ctx(ctx, rights=("manage_contacts",))
        his = opened(anna, team=[helper.actor.id])
        switch(his, anna, is_login_on=True)

        with pytest.raises(Forbidden):
            invite(his, anna, by=helper)


class TestAcceptInvitation:
    def test_r_log_3_lets_in_once(self, session, system, account, anna, switch, invite, look):
        switch(account, anna, is_login_on=True)
        asked = invite(account, anna)
        accept = AcceptInvitation(account_id=account.id, address_id=asked.address.id, sent_at=asked.sent_at)

        switches.accept_invitation(session, system, accept)

        assert (states(look(account), anna)[0][0], look(account).portal_status) == ("active", "active")
        with pytest.raises(InvitationNotOpen):
            switches.accept_invitation(session, system, accept)

    def test_what_was_withdrawn_opens_nothing(self, session, system, account, anna, switch, invite):
        switch(account, anna, is_login_on=True)
        asked = invite(account, anna)
        switch(account, anna, is_login_on=False)

        for address_id in (asked.address.id, anna.addresses[1].id, new_id()):
            accept = AcceptInvitation(account_id=account.id, address_id=address_id, sent_at=asked.sent_at)
            with pytest.raises(InvitationNotOpen):
                switches.accept_invitation(session, system, accept)

    def test_is_for_the_system_alone(self, session, ctx, account, anna):
        accept = AcceptInvitation(account_id=account.id, address_id=anna.addresses[0].id, sent_at=ctx.now)

        with pytest.raises(Forbidden):
            switches.accept_invitation(session, ctx, accept)


class TestSuppression:
    def test_r_log_8_it_is_shown_and_no_invitation_goes_out(self, session, system, account, anna, switch, invite):
        block = BlockAddress(email="ANNA@Roy.example", reason="Mailbox does not exist")
        suppressing.block_address(session, system, block)

        settings = switch(account, anna, is_login_on=True).items[0].addresses[0]

        assert (settings.login, settings.suppression) == ("blocked", "Mailbox does not exist")
        with pytest.raises(AddressBlocked) as caught:
            invite(account, anna)
        assert caught.value.data["reason"] == "Mailbox does not exist"

    def test_once_mail_arrives_again_all_is_as_it_was(self, session, system, account, anna, switch, look):
        switch(account, anna, is_login_on=True)
        suppressing.block_address(session, system, BlockAddress(email="anna@roy.example", reason="Full"))
        assert look(account).items[0].addresses[0].login == "blocked"

        suppressing.unblock_address(session, system, UnblockAddress(email="anna@roy.example"))

        settings = look(account).items[0].addresses[0]
        assert (settings.login, settings.suppression) == ("granted", "")

    def test_who_has_a_password_needs_no_mail(self, session, system, account, anna, let_in, look):
        let_in(account, anna)

        suppressing.block_address(session, system, BlockAddress(email="anna@roy.example", reason="Full"))

        settings = look(account).items[0].addresses[0]
        assert (settings.login, settings.suppression) == ("active", "Full")

    def test_people_do_not_suppress(self, session, ctx):
        with pytest.raises(Forbidden):
            suppressing.block_address(session, ctx, BlockAddress(email="a@b.example", reason="x"))
        with pytest.raises(Forbidden):
            suppressing.unblock_address(session, ctx, UnblockAddress(email="a@b.example"))


def test_all_switches_of_an_account_take_as_many_statements_for_many_contacts_as_for_few(
    session, person, opened, switch, let_in, look
):
    def statements(account):
        session.expire_all()
        before = metrics.SQL_STATEMENTS._value.get()
        look(account)
        return metrics.SQL_STATEMENTS._value.get() - before

    crowd = [person("Anna", f"R{number}", f"a{number}@roy.example") for number in range(12)]
    few, many = opened(*crowd[:2]), opened(*crowd)
    for account in (few, many):
        switch(account, crowd[0], is_login_on=True)
        let_in(account, crowd[1])

    assert statements(few) == statements(many) <= 10
