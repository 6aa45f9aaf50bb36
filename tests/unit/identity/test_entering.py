"""Portal users accept invitations, sign in, switch between accounts (R-LOG-3, R-LOG-7, R-POR-2, R-POR-5, R-LA-2)."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chassis import outbox
from chassis.context import Actor, Context, new_id
from chassis.errors import Invalid, Unauthenticated, Unavailable
from contracts import portal
from contracts.common import Done
from contracts.entries import InvitationNotFound
from contracts.identity import ChooseFirm, Credential, SessionRef, TooManySignIns, WrongCredentials
from contracts.portal_links import PortalLink
from services.identity import entering, model, signing_in
from services.identity.operations import portal as users
from services.identity.queries.portal import list_portal_sessions
from services.identity.tokens import make
from tests.unit.identity.people import PASSWORD as MEMBERS
from tests.unit.identity.people import Watching, add_firm, address, counted, later
from tests.unit.identity.portal import PASSWORD, Neighbour, accept, client_email, enter

WRONG = "Untidy-ledger-98-lantern"


@pytest.fixture
def contacts():
    return Neighbour()


@pytest.fixture
def anna(db, contacts, settled):
    """The address of somebody who was let into one account."""
    who = client_email()
    accept(db, contacts, contacts.invite(settled, who))
    return who


def in_firm(ctx, signed_in):
    """The context in which whoever signed in acts on no account."""
    return replace(ctx, actor=Actor(kind="portal", id=signed_in.user.id, name=signed_in.user.email))


class TestAccepting:
    def test_a_first_password_is_chosen_and_a_session_begun(self, db, contacts, settled):
        who = client_email()

        signed_in = accept(db, contacts, contacts.invite(settled, who))

        assert [one.name for one in signed_in.accounts] == ["Roy Bakery"]
        found = entering.resolve(db, Context(), Credential(token=signed_in.token))
        assert (found.user.email, found.firm.id) == (who, settled.firm)

    @pytest.mark.parametrize(
        "password",
        [
            None,
            "",
            "Short-1-2",
            "no-capital-12-here",
            "No-digits-here-at-all",
            "Only-one-digit-1-here",
            "Noneofthem12special",
            "OneSpecial12only-",
            "Password-123456!!",
            "!!P@ssw0rd!!2026",
            "Welcome##20262026",
            "Aa1-Aa1-Aa1-",
        ],
    )
    def test_a_weak_password_is_refused_and_the_link_stays_open(self, db, contacts, settled, password):
        """R-POR-5"""
        token = contacts.invite(settled, client_email())

        with pytest.raises(Invalid) as refused:
            accept(db, contacts, token, password)

        assert [fault["field"] for fault in refused.value.data["errors"]] == ["password"]
        assert accept(db, contacts, token).accounts

    def test_ones_own_address_is_no_password(self, db, contacts, settled):
        who = "Anna-Roy-1234@client.example"

        with pytest.raises(Invalid):
            accept(db, contacts, contacts.invite(settled, who), who)

    def test_who_has_a_password_needs_no_other(self, db, contacts, settled, anna):
        """R-LOG-3, R-POR-2: the same address, another account."""
        signed_in = accept(db, contacts, contacts.invite(settled, anna, account="Roy Mill"), None)

        assert [one.name for one in signed_in.accounts] == ["Roy Bakery", "Roy Mill"]
        assert enter(db, contacts, anna).user.id == signed_in.user.id

    def test_a_link_changes_no_password(self, db, contacts, settled, anna):
        token = contacts.invite(settled, anna)

        with pytest.raises(WrongCredentials):
            accept(db, contacts, token, WRONG)

        assert accept(db, contacts, token, PASSWORD).accounts

    def test_passwords_are_not_guessed_through_a_link(self, db, contacts, settled, anna):
        token = contacts.invite(settled, anna)
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                accept(db, contacts, token, WRONG)

        with pytest.raises(TooManySignIns):
            accept(db, contacts, token, PASSWORD)

    def test_a_link_is_followed_once(self, db, contacts, settled):
        """R-LOG-7"""
        token = contacts.invite(settled, client_email())
        accept(db, contacts, token)

        with pytest.raises(InvitationNotFound):
            accept(db, contacts, token)

    @pytest.mark.parametrize("token", ["", "x", "dsr_i_nonsense", "é" * 30])
    def test_what_is_no_link_finds_nothing(self, db, contacts, token):
        with pytest.raises(InvitationNotFound):
            accept(db, contacts, token or "-")

    def test_a_members_or_a_portal_token_is_no_link(self, db, contacts, settled):
        for kind in ("s", "t", "p", "r"):
            with pytest.raises(InvitationNotFound):
                accept(db, contacts, make(kind, settled.firm))

    def test_a_crash_before_contacts_is_told_leaves_the_link_open(self, db, contacts, settled):
        who = client_email()
        token = contacts.invite(settled, who)
        contacts.dies_before = Unavailable()
        with pytest.raises(Unavailable):
            accept(db, contacts, token)

        assert accept(db, contacts, token).user.email == who

    def test_a_crash_after_contacts_was_told_leaves_somebody_who_may_sign_in(self, db, contacts, settled):
        who = client_email()
        token = contacts.invite(settled, who)
        contacts.dies_after = Unavailable()
        with pytest.raises(Unavailable):
            accept(db, contacts, token)

        with pytest.raises(InvitationNotFound):
            accept(db, contacts, token)
        assert [one.name for one in enter(db, contacts, who).accounts] == ["Roy Bakery"]

    def test_no_transaction_is_open_while_a_password_is_computed(self, db, contacts, settled):
        compute = Watching()

        accept(db, contacts, contacts.invite(settled, client_email()), compute=compute)

        assert (compute.done, compute.was_in_transaction) == (["hash_password"], [False])

    def test_the_password_is_kept_as_a_hash(self, db, contacts, sessions, settled, anna):
        with sessions(settled) as session:
            (user,) = session.scalars(select(model.PortalUser))

        assert user.password_hash.startswith("$argon2id$")
        assert PASSWORD not in user.password_hash


class TestSigningIn:
    def test_with_the_address_however_it_is_typed(self, db, contacts, anna):
        """R-EM-5"""
        assert enter(db, contacts, f"  {anna.upper()} ").user.email == anna

    def test_unknown_address_and_wrong_password_are_one(self, db, contacts, anna):
        """The same words, the same statements, the same hashing: nobody learns who is a client."""
        said, work, hashed = [], [], []
        for who in (anna, client_email()):
            compute = Watching()
            with counted(db.engine) as statements, pytest.raises(WrongCredentials) as refused:
                enter(db, contacts, who, WRONG, compute=compute, address=address())
            said.append((refused.value.detail, refused.value.data))
            work.append(len(statements))
            hashed.append(compute.done)

        assert said[0] == said[1]
        assert work[0] == work[1]
        assert hashed == [["verify"], ["verify"]]

    @pytest.mark.parametrize("is_known", [True, False])
    def test_ten_failures_and_then_even_the_right_password_waits(self, db, contacts, anna, is_known):
        who = anna if is_known else client_email()
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                enter(db, contacts, who, WRONG)

        with pytest.raises(TooManySignIns):
            enter(db, contacts, who)

    def test_failures_from_one_place_are_counted_over_all_addresses(self, db, contacts, anna):
        place = address()
        for _ in range(50):
            with pytest.raises(WrongCredentials):
                enter(db, contacts, client_email(), WRONG, address=place)

        with pytest.raises(TooManySignIns):
            enter(db, contacts, anna, address=place)

    def test_a_members_password_opens_no_portal_and_a_clients_no_office(self, db, contacts, sessions, settled, anna):
        with sessions(settled) as session:
            owner_email = session.scalars(select(model.Member.email)).one()

        with pytest.raises(WrongCredentials):
            enter(db, contacts, owner_email, MEMBERS)
        with pytest.raises(WrongCredentials):
            signing_in.sign_in(db, Context(), signing_in.identity.SignIn(email=anna, password=PASSWORD), _here)

    def test_who_may_enter_nowhere_is_told_so_once_the_password_is_right(self, db, contacts, anna):
        """R-LOG-5, R-ARC-1"""
        contacts.entries.clear()

        with pytest.raises(portal.NothingToEnter):
            enter(db, contacts, anna)
        with pytest.raises(WrongCredentials):
            enter(db, contacts, anna, WRONG)

    def test_a_client_of_two_firms_chooses(self, db, contacts, sessions, settled, anna):
        other = replace(settled, firm_id=new_id())
        with sessions(other) as session:
            add_firm(session, other)
        accept(db, contacts, contacts.invite(other, anna))

        with pytest.raises(ChooseFirm) as asked:
            enter(db, contacts, anna)

        assert {one["id"] for one in asked.value.data["firms"]} == {str(settled.firm), str(other.firm)}
        assert enter(db, contacts, anna, firm_id=other.firm).firm.id == other.firm

    def test_each_sign_in_has_a_token_of_its_own_and_ends_the_former(self, db, contacts, anna):
        """Session fixation: what was known before signing in is worth nothing after it."""
        first = enter(db, contacts, anna)

        second = enter(db, contacts, anna, former=first.token)

        assert second.token != first.token
        with pytest.raises(Unauthenticated):
            entering.resolve(db, Context(), Credential(token=first.token))
        assert entering.resolve(db, Context(), Credential(token=second.token))

    def test_a_made_up_former_token_ends_nothing(self, db, contacts, anna):
        first = enter(db, contacts, anna)

        enter(db, contacts, anna, former="dsr_p_made_up")

        assert entering.resolve(db, Context(), Credential(token=first.token))

    def test_the_token_is_kept_as_a_digest(self, db, contacts, sessions, settled, anna):
        signed_in = enter(db, contacts, anna)

        with sessions(settled) as session:
            digests = session.scalars(select(model.PortalSession.digest)).all()
        assert all(signed_in.token.encode() not in digest and len(digest) == 32 for digest in digests)


class TestSessions:
    def test_a_session_ends_where_nobody_uses_it(self, db, contacts, anna):
        token = Credential(token=enter(db, contacts, anna).token)

        assert entering.resolve(db, later(Context(), hours=11), token)
        with pytest.raises(Unauthenticated):
            entering.resolve(db, later(Context(), hours=24), token)

    def test_a_members_session_is_none_of_the_portal_nor_the_other_way(self, db, contacts, sessions, settled, anna):
        with sessions(settled) as session:
            owner_email = session.scalars(select(model.Member.email)).one()
        request = signing_in.identity.SignIn(email=owner_email, password=MEMBERS)
        members = signing_in.sign_in(db, Context(), request, _here).token
        clients = enter(db, contacts, anna).token

        with pytest.raises(Unauthenticated):
            entering.resolve(db, Context(), Credential(token=members))
        with pytest.raises(Unauthenticated):
            signing_in.resolve(db, Context(), Credential(token=clients))
        signing_in.sign_out(db, Context(), Credential(token=clients))
        assert entering.resolve(db, Context(), Credential(token=clients))

    def test_one_is_ended_or_all(self, db, contacts, sessions, settled, anna):
        first, second = enter(db, contacts, anna), enter(db, contacts, anna)
        mine = in_firm(settled, first)
        with sessions(mine) as session:
            listed = list_portal_sessions(session, mine, Done()).items
            assert len(listed) == 3  # with that of accepting
        second_id = entering.resolve(db, Context(), Credential(token=second.token)).session_id

        with sessions(mine) as session:
            users.end_portal_session(session, mine, SessionRef(session_id=second_id))
        with pytest.raises(Unauthenticated):
            entering.resolve(db, Context(), Credential(token=second.token))
        with sessions(mine) as session:
            users.end_portal_sessions(session, mine, Done())
            assert isinstance(outbox.pending(session)[-1], portal.PortalSessionsEnded)
        with pytest.raises(Unauthenticated):
            entering.resolve(db, Context(), Credential(token=first.token))

    def test_nobody_elses(self, db, contacts, sessions, settled, anna):
        """Neither another user's, nor by who acts as a contact on an account, nor by a member of the same id."""
        signed_in = enter(db, contacts, anna)
        ref = SessionRef(session_id=entering.resolve(db, Context(), Credential(token=signed_in.token)).session_id)
        mine = in_firm(settled, signed_in).actor
        for actor in (replace(mine, id=new_id()), replace(mine, kind="member"), replace(mine, account_id=new_id())):
            theirs = replace(settled, actor=actor)
            with sessions(theirs) as session:
                with pytest.raises(users.NotFound):
                    users.end_portal_session(session, theirs, ref)
                assert list_portal_sessions(session, theirs, Done()).items == ()


class TestSwitching:
    @pytest.fixture
    def switched(self, db, contacts, settled, anna):
        """`switched(entry)`: whoever is signed in switches into that account."""
        user = enter(db, contacts, anna).user

        def switch(entry, ctx=settled, **fields):
            actor = Actor(kind="portal", id=entry.contact_id, name=entry.contact_name, account_id=entry.account_id)
            request = portal.EnterAccount(**({"account_id": entry.account_id, "user_id": user.id} | fields))
            return entering.enter(db, contacts, replace(ctx, actor=actor), request)

        return switch

    def test_home_tells_every_account(self, db, contacts, settled, anna):
        """R-POR-2"""
        contacts.let_in(anna, account="Roy Mill")
        signed_in = enter(db, contacts, anna)

        home = entering.home(db, contacts, in_firm(settled, signed_in))

        assert [one.name for one in home.accounts] == ["Roy Bakery", "Roy Mill"]

    def test_a_switch_counts_as_coming_but_not_twice_in_a_moment(self, contacts, sessions, settled, anna, switched):
        """R-LA-2"""
        entry = contacts.entries[0]
        tomorrow = later(settled, days=1)

        switched(entry, tomorrow)
        switched(entry, later(tomorrow, seconds=30))

        with sessions(settled) as session:
            query = select(func.count()).where(model.PortalSignIn.how == "switched")
            assert session.scalar(query) == 1

    def test_who_was_let_into_another_account_does_not_switch_into_this(self, contacts, anna, switched):
        with pytest.raises(Unauthenticated):
            switched(contacts.entries[0], account_id=new_id())


def _here(function, *arguments):
    return function(*arguments)


class TestLookingBehindALink:
    """R-LOG-3, R-LOG-7"""

    def look(self, db, contacts, token):
        return entering.look(db, contacts, Context(), PortalLink(token=token))

    def test_it_says_whom_it_lets_in_and_uses_nothing_up(self, db, contacts, settled):
        who = client_email()
        token = contacts.invite(settled, who)

        first, again = self.look(db, contacts, token), self.look(db, contacts, token)

        assert first == again
        assert (first.email, first.account_name, first.has_password) == (who, "Roy Bakery", False)
        assert first.firm.id == settled.firm
        assert accept(db, contacts, token).accounts

    def test_it_says_that_there_is_a_password_already(self, db, contacts, settled, anna):
        assert self.look(db, contacts, contacts.invite(settled, anna)).has_password is True

    def test_a_used_or_forged_link_says_nothing(self, db, contacts, settled):
        used = contacts.invite(settled, client_email())
        accept(db, contacts, used)

        for token in (used, make("i", settled.firm), make("r", settled.firm), make("i", new_id()), "x"):
            with pytest.raises(InvitationNotFound):
                self.look(db, contacts, token)
