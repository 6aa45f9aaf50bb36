"""What becomes of access when an address leaves its contact: R-EM-3, R-EM-4, R-LOG-4."""

import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts.accounts import AccountChanged, AccountNotFound
from contracts.contacts import (
    AccessChanged,
    ChangeContact,
    ContactEntry,
    ContactNotFound,
    LinkContact,
    LinkNotFound,
    LinkRef,
    NewAddress,
)
from contracts.switches import (
    AccessEnded,
    AddressNotFound,
    BlockAddress,
    InvitationRequested,
    RelinkAddress,
    UnlinkedRef,
)
from services.contacts.operations import links, people, projections, suppressing, unlinked
from tests.unit.contacts.test_projections import as_account
from tests.unit.contacts.test_switches import states


@pytest.fixture
def anna(person):
    return person("Anna", "Roy", "anna@roy.example")


@pytest.fixture
def change(session, ctx, anna):
    """`change(email=…)`: Anna as she is since."""
    versions = iter(range(anna.version, 100))

    def make(by=None, **fields):
        request = ChangeContact(contact_id=anna.id, version=next(versions), **fields)
        return people.change_contact(session, by or ctx, request)

    return make


def gone(linked):
    return [one.email for one in linked.unlinked]


class TestAnAddressLeaves:
    def test_r_em_3_who_may_sign_in_stays_as_an_unlinked_address_where_it_could(
        self, ctx, anna, opened, let_in, change, look
    ):
        his, other = opened(anna), opened(anna)
        let_in(his, anna)
        before = look(other)

        changed = change(email="new@roy.example")

        linked = look(his)
        (left,) = linked.unlinked
        assert (left.email, left.contact_id, left.id) == ("anna@roy.example", anna.id, anna.addresses[0].id)
        assert left.unlinked_at == ctx.now
        assert linked.portal_status == "active"
        assert states(linked, changed) == [("none", True, False, False)]  # mail goes on to the new address
        assert (look(other).unlinked, look(other).version) == ((), before.version)

    def test_r_em_4_the_answer_says_what_to_do_and_only_of_accounts_one_sees(self, ctx, anna, opened, let_in, change):
        emil = member_ctx(ctx, rights=("manage_accounts",))
        for account in (opened(anna, code="R1", team=[emil.actor.id]), opened(anna, code="X9")):
            let_in(account, anna)

        (for_emil,) = change(by=emil, email=None).warnings
        (for_owner,) = change(notes="x").warnings

        assert for_emil.startswith("anna@roy.example may still sign in to R1: ")
        assert for_owner.startswith("anna@roy.example may still sign in to R1, X9: ")

    def test_r_log_4_a_pending_invitation_goes_out_anew_to_the_new_address(
        self, ctx, anna, opened, switch, invite, change, look, told
    ):
        account = opened(anna)
        switch(account, anna, is_login_on=True, is_synced=True)
        invite(account, anna)

        changed = change(email="new@roy.example")

        asked = told(InvitationRequested)[-1]
        assert (asked.address, asked.is_resend, asked.message) == (changed.addresses[0], False, "")
        assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]
        assert states(look(account), changed) == [("invited", True, True, True)]
        assert look(account).unlinked == ()

    def test_r_log_4_what_was_only_granted_goes_along_without_a_mail(self, anna, opened, switch, change, look, told):
        account = opened(anna)
        switch(account, anna, is_login_on=True)

        changed = change(email="new@roy.example")

        assert states(look(account), changed) == [("granted", True, False, True)]
        assert told(InvitationRequested) == []

    @pytest.fixture
    def pending(self, anna, opened, switch, invite):
        """An account to which Anna is invited."""
        account = opened(anna)
        switch(account, anna, is_login_on=True)
        invite(account, anna)
        return account

    def test_r_log_4_no_invitation_goes_to_an_archived_account(self, session, ctx, pending, change, look, told):
        archived = as_account(ctx, event=AccountChanged, id=pending.id, state="archived", version=2)
        projections.account_changed(session, ctx, archived)

        changed = change(email="new@roy.example")

        assert len(told(InvitationRequested)) == 1
        assert states(look(pending), changed)[0][0] == "granted"

    def test_r_log_4_it_is_addressed_to_the_name_that_came_with_the_address(self, pending, change, told):
        change(email="new@roy.example", first_name="Anne")

        asked = told(InvitationRequested)[-1]
        assert (asked.account_id, asked.contact_name) == (pending.id, "Anne Roy")

    def test_r_log_8_no_invitation_goes_to_a_suppressed_address(self, session, system, pending, change, look, told):
        suppressing.block_address(session, system, BlockAddress(email="new@roy.example", reason="x"))

        changed = change(email="new@roy.example")

        assert len(told(InvitationRequested)) == 1
        assert states(look(pending), changed)[0][0] == "blocked"

    def test_a_cleared_address_that_nobody_accepted_takes_its_switches_along(
        self, anna, opened, switch, invite, change, look
    ):
        account = opened(anna)
        switch(account, anna, is_login_on=True)
        invite(account, anna)

        change(email=None)

        assert (look(account).unlinked, look(account).portal_status) == ((), "off")

    def test_an_address_that_moves_within_its_contact_keeps_everything(self, anna, opened, let_in, change, look):
        account = opened(anna)
        let_in(account, anna)
        before = states(look(account), anna)

        changed = change(email=None, other_addresses=(NewAddress(label="Home", email="Anna@roy.example"),))

        assert states(look(account), changed) == before
        assert look(account).unlinked == ()

    def test_a_switch_seen_before_the_address_left_is_refused(self, anna, opened, let_in, change, look, switch):
        account = opened(anna)
        let_in(account, anna)
        seen = look(account).version

        change(email="new@roy.example")

        assert look(account).version > seen

    def test_everybody_hears_of_it(self, anna, opened, let_in, change, told):
        account = opened(anna)
        let_in(account, anna)

        change(email="new@roy.example")

        happened = told(AccessChanged)[-1]
        assert (happened.portal_status, happened.login_emails) == ("active", ())
        assert happened.unlinked == ("anna@roy.example",)
        assert told(AccessEnded) == []

    def test_another_spelling_of_the_same_address_leaves_nothing(self, anna, opened, let_in, change, look, told):
        account = opened(anna)
        let_in(account, anna)

        change(email="ANNA@roy.example")

        assert look(account).unlinked == ()
        assert told(AccessChanged)[-1].login_emails == ("ANNA@roy.example",)

    def test_an_address_that_another_contact_of_the_account_has_is_not_unlinked(
        self, person, anna, opened, let_in, change, look
    ):
        """R-EM-6: one address on two contacts; the access belongs to the address."""
        bob = person("Bob", "Roy", "anna@roy.example")
        account = opened(anna, bob)
        let_in(account, anna)

        change(email="new@roy.example")

        assert look(account).unlinked == ()
        assert states(look(account), bob) == [("active", True, False, True)]


class TestWaysOut:
    @pytest.fixture
    def account(self, anna, opened, let_in, change):
        account = opened(anna, name="Roy")
        let_in(account, anna)
        change(email="new@roy.example")
        return account

    def test_r_em_3_login_off_and_it_disappears(self, session, ctx, anna, account, look, told):
        ref = UnlinkedRef(account_id=account.id, address_id=anna.addresses[0].id)

        left = unlinked.remove_unlinked(session, ctx, ref)

        assert (gone(left), left.portal_status) == ([], "off")
        assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]
        with pytest.raises(AddressNotFound):
            unlinked.remove_unlinked(session, ctx, ref)

    def test_r_em_3_linked_to_a_contact_again_it_has_what_it_had(self, session, ctx, anna, person, account, look):
        bob = person("Bob")
        links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=bob.id)))
        request = RelinkAddress(account_id=account.id, address_id=anna.addresses[0].id, contact_id=bob.id)

        linked = unlinked.relink_address(session, ctx, request)

        item = next(one for one in linked.items if one.contact.id == bob.id)
        assert [(one.label, one.email) for one in item.contact.addresses] == [("email", "anna@roy.example")]
        assert states(linked, bob) == [("active", True, False, True)]
        assert (gone(linked), item.contact.version) == ([], 2)

    def test_r_em_3_under_a_label_of_its_own_beside_the_new_one(self, session, ctx, anna, account):
        request = RelinkAddress(account_id=account.id, address_id=anna.addresses[0].id, contact_id=anna.id, label="Old")

        linked = unlinked.relink_address(session, ctx, request)

        found = {one.address.label: one.login for one in linked.items[0].addresses}
        assert (found, gone(linked)) == ({"email": "none", "Old": "active"}, [])

    def test_put_back_by_hand_it_is_linked_again_everywhere(self, anna, account, change, look):
        assert gone(look(account)) == ["anna@roy.example"]

        changed = change(email="anna@roy.example")

        assert (gone(look(account)), states(look(account), changed)) == ([], [("active", True, False, True)])

    def test_a_place_that_is_taken_is_not_cleared_in_passing(self, session, ctx, anna, account):
        request = RelinkAddress(account_id=account.id, address_id=anna.addresses[0].id, contact_id=anna.id)

        with pytest.raises(Invalid) as caught:
            unlinked.relink_address(session, ctx, request)

        assert caught.value.data["errors"][0]["field"] == "label"

    def test_only_a_contact_of_the_account_can_have_it(self, session, ctx, anna, person, account):
        for contact_id, refusal in ((person("Bob").id, LinkNotFound), (new_id(), ContactNotFound)):
            request = RelinkAddress(account_id=account.id, address_id=anna.addresses[0].id, contact_id=contact_id)
            with pytest.raises(refusal):
                unlinked.relink_address(session, ctx, request)

    def test_r_lnk_3_it_goes_with_the_contact_whose_it_was(self, session, ctx, anna, person, account, look, told):
        links.link_contact(session, ctx, LinkContact(account_id=account.id, contact=ContactEntry(id=person("Bob").id)))

        left = links.unlink_contact(session, ctx, LinkRef(account_id=account.id, contact_id=anna.id))

        assert (gone(left), left.portal_status) == ([], "off")
        assert told(AccessEnded) == [AccessEnded(account_id=account.id, email="anna@roy.example")]

    def test_needs_manage_accounts_and_a_visible_account(self, session, ctx, anna, opened, let_in, change):
        helper, stranger = (member_ctx(ctx, rights=(right,)) for right in ("manage_contacts", "manage_accounts"))
        account = opened(anna, team=[helper.actor.id])
        let_in(account, anna)
        change(email="new@roy.example")
        ref = UnlinkedRef(account_id=account.id, address_id=anna.addresses[0].id)
        again = RelinkAddress(account_id=account.id, address_id=anna.addresses[0].id, contact_id=anna.id, label="Old")

        for who, refusal in ((helper, Forbidden), (stranger, AccountNotFound)):
            with pytest.raises(refusal):
                unlinked.remove_unlinked(session, who, ref)
            with pytest.raises(refusal):
                unlinked.relink_address(session, who, again)
