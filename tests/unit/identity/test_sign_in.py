import contextlib
import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from chassis.context import Context, new_id
from chassis.errors import Invalid, Unauthenticated
from chassis.outbox import pending
from contracts import identity
from contracts.common import Done
from contracts.identity import (
    ChangePassword,
    ChooseFirm,
    Credential,
    ListSignIns,
    MemberRef,
    NotAllowed,
    SignIn,
    TooManySignIns,
    WrongCredentials,
)
from services.identity import hashing, model, signing_in
from services.identity.operations import attempts, members, states
from services.identity.queries.credentials import list_sessions, list_sign_ins
from tests.unit.identity.people import (
    PASSWORD,
    Counting,
    Watching,
    acting,
    add,
    add_firm,
    address,
    counted,
    email,
    here,
    later,
)

WRONG = "a short walk home 8"


@pytest.fixture
def ada(sessions, settled):
    """An employee of the firm, committed."""
    with sessions(settled) as session:
        return add(session, settled, name="Ada", email=email())


@pytest.fixture
def enter(db):
    """Sign in from outside: no firm is known yet."""

    def enter(who, password=PASSWORD, *, compute=here, ctx=None, **fields):
        return signing_in.sign_in(db, ctx or Context(), SignIn(email=who, password=password, **fields), compute)

    return enter


def history(sessions, owner, **fields):
    with sessions(owner) as session:
        return list_sign_ins(session, owner, ListSignIns(**fields)).items


class TestSignIn:
    def test_begins_a_session(self, db, enter, ada, settled):
        ctx = Context()

        signed_in = enter(ada.email, ctx=ctx)

        assert (signed_in.member, signed_in.firm.id) == (ada, settled.firm)
        assert (signed_in.expires_at - ctx.now).days == 30
        found = signing_in.resolve(db, Context(), Credential(token=signed_in.token))
        assert (found.member, found.firm, found.scopes) == (ada, signed_in.firm, None)

    def test_the_address_is_compared_folded(self, enter, ada):
        """R-EM-5"""
        assert enter(f"  {ada.email.upper()} ").member.id == ada.id

    def test_a_wrong_password_is_refused(self, enter, ada):
        with pytest.raises(WrongCredentials):
            enter(ada.email, WRONG)

    def test_an_unknown_address_is_refused_in_the_same_words(self, enter, ada):
        with pytest.raises(WrongCredentials) as known:
            enter(ada.email, WRONG)
        with pytest.raises(WrongCredentials) as unknown:
            enter(email(), WRONG)

        assert str(known.value) == str(unknown.value)

    def test_a_deactivated_member_is_refused_like_a_stranger(self, sessions, settled, enter, ada):
        """R-ROLE-3"""
        with sessions(settled) as session:
            states.deactivate_member(session, settled, MemberRef(member_id=ada.id))

        with pytest.raises(WrongCredentials):
            enter(ada.email)

    def test_a_restored_member_signs_in_with_the_password_of_before(self, sessions, settled, enter, ada):
        """R-ROLE-3"""
        with sessions(settled) as session:
            states.deactivate_member(session, settled, MemberRef(member_id=ada.id))
            states.restore_member(session, settled, MemberRef(member_id=ada.id))

        assert enter(ada.email).member.is_active

    def test_a_changed_address_signs_in_and_the_old_one_does_not(self, sessions, settled, enter, ada):
        fresh = email()
        with sessions(settled) as session:
            members.change_member(session, settled, identity.ChangeMember(member_id=ada.id, version=1, email=fresh))

        assert enter(fresh).member.email == fresh
        with pytest.raises(WrongCredentials):
            enter(ada.email)

    def test_a_member_deactivated_while_the_password_is_verified_gets_no_session(self, sessions, settled, enter, ada):
        def meanwhile(function, *arguments):
            with sessions(settled) as session:
                states.deactivate_member(session, settled, MemberRef(member_id=ada.id))
            return function(*arguments)

        with pytest.raises(WrongCredentials):
            enter(ada.email, compute=meanwhile)
        with sessions(settled) as session:
            assert session.scalar(select(func.count()).select_from(model.Session)) == 0

    def test_a_password_replaced_while_it_is_verified_gets_no_session(self, sessions, settled, enter, ada):
        def meanwhile(function, *arguments):
            with sessions(settled) as session:
                states.reset_password(session, settled, MemberRef(member_id=ada.id), "another hash")
            return function(*arguments)

        with pytest.raises(WrongCredentials):
            enter(ada.email, compute=meanwhile)

    def test_only_a_digest_of_the_token_is_kept(self, sessions, settled, enter, ada):
        token = enter(ada.email).token

        with sessions(settled) as session:
            kept = session.scalars(text("SELECT s::text FROM session s")).one()
            digest = session.scalars(select(model.Session.digest)).one()
        assert token[-43:] not in kept
        assert digest == hashlib.sha256(token.encode()).digest()


class TestSameWork:
    """Whether an address exists must not show in the work done for it."""

    def test_every_attempt_verifies_once_outside_any_transaction(self, sessions, settled, enter, ada):
        gone = self._gone(sessions, settled)
        done = {}
        for name, who, password in [
            ("right", ada.email, PASSWORD),
            ("wrong", ada.email, WRONG),
            ("unknown", email(), WRONG),
            ("no address", "x", WRONG),
            ("empty", "", ""),
            ("deactivated", gone.email, PASSWORD),
        ]:
            compute = Watching()
            with contextlib.suppress(WrongCredentials):
                enter(who, password, compute=compute)
            done[name] = (compute.done, compute.was_in_transaction)

        assert done == dict.fromkeys(done, (["verify"], [False]))

    def test_known_and_unknown_addresses_take_the_same_statements(self, db, enter, ada):
        counts = []
        for who in (ada.email, email()):
            with counted(db.engine) as statements, pytest.raises(WrongCredentials):
                enter(who, WRONG, address=address())
            counts.append([statement.split()[:3] for statement in statements])

        assert counts[0] == counts[1]
        assert len(counts[0]) > 5

    def test_a_dummy_hash_opens_nothing(self, enter):
        with pytest.raises(WrongCredentials):
            enter(email(), hashing.NOBODY)

    def _gone(self, sessions, settled):
        with sessions(settled) as session:
            gone = add(session, settled)
            states.deactivate_member(session, settled, MemberRef(member_id=gone.id))
        return gone


class TestSeveralFirms:
    @pytest.fixture
    def firms(self, sessions, ctx):
        """Two firms whose owners have one address and one password."""
        who = email()
        return who, *[self._firm(sessions, replace(ctx, firm_id=new_id()), who) for _ in range(2)]

    def _firm(self, sessions, ctx, who):
        with sessions(ctx) as session:
            return add_firm(session, ctx, who)

    def test_the_right_password_is_asked_for_the_firm(self, enter, firms):
        who, first, second = firms

        with pytest.raises(ChooseFirm) as error:
            enter(who)

        expected = [{"id": str(one.firm), "name": "Olga & Co"} for one in sorted((first, second), key=lambda c: c.firm)]
        assert error.value.data["firms"] == expected

    def test_a_wrong_password_learns_of_no_firm(self, enter, firms):
        with pytest.raises(WrongCredentials) as error:
            enter(firms[0], WRONG)

        assert error.value.data == {}

    @pytest.mark.parametrize("number", [1, 2])
    def test_the_chosen_firm_is_entered(self, enter, firms, number):
        assert enter(firms[0], firm_id=firms[number].firm).firm.id == firms[number].firm

    def test_a_firm_one_is_not_in_is_refused(self, enter, ada, firms):
        with pytest.raises(WrongCredentials):
            enter(ada.email, firm_id=firms[1].firm)

    def test_different_passwords_lead_to_their_own_firms(self, db, enter, firms):
        who, first, second = firms
        request = ChangePassword(current_password=PASSWORD, new_password="another way home 9")
        signing_in.change_password(db, second, request, here)

        assert enter(who).firm.id == first.firm
        assert enter(who, "another way home 9").firm.id == second.firm

    def test_choosing_counts_neither_as_failure_nor_as_sign_in(self, sessions, enter, firms):
        for _ in range(12):
            with pytest.raises(ChooseFirm):
                enter(firms[0])

        assert history(sessions, firms[1]) == ()


class TestHistory:
    def test_keeps_who_when_from_where_and_how_it_ended(self, sessions, settled, enter, ada):
        """R-LA-4: user, event, server time in UTC, IP, browser."""
        ctx, where = Context(), address()
        with pytest.raises(WrongCredentials):
            enter(ada.email, WRONG, ctx=ctx, address=where, agent="Firefox")
        enter(ada.email, ctx=later(ctx, seconds=5), address=where, agent="Firefox")

        right, wrong = history(sessions, settled, member_id=ada.id)

        assert wrong == identity.SignInRecord(
            at=ctx.now,
            member_id=ada.id,
            email=ada.email,
            succeeded=False,
            address=where,
            agent="Firefox",
            browser="Firefox",
        )
        assert (right.succeeded, right.at) == (True, later(ctx, seconds=5).now)

    def test_an_employee_sees_only_their_own(self, sessions, settled, enter, ada):
        enter(ada.email)
        with sessions(settled) as session:
            other = add(session, settled)
        enter(other.email)
        employee = acting(settled, ada)

        assert [line.member_id for line in history(sessions, employee)] == [ada.id]
        assert {line.member_id for line in history(sessions, settled)} == {ada.id, other.id}
        with pytest.raises(NotAllowed):
            history(sessions, employee, member_id=other.id)

    def test_pages_meet_without_gap_or_overlap(self, sessions, settled, enter, ada):
        ctx = Context()
        for second in range(5):
            enter(ada.email, ctx=later(ctx, seconds=second))

        with sessions(settled) as session:
            first = list_sign_ins(session, settled, ListSignIns(limit=3))
            second = list_sign_ins(session, settled, ListSignIns(limit=3, cursor=first.next_cursor))

        assert [line.at for line in first.items + second.items] == [
            later(ctx, seconds=seconds).now for seconds in (4, 3, 2, 1, 0)
        ]
        assert second.next_cursor is None

    def test_what_was_typed_for_nobody_is_not_kept(self, sessions, settled, enter):
        """It may be a password in the wrong field."""
        typed = f"my secret {email()}"
        with pytest.raises(WrongCredentials):
            enter(typed, WRONG)

        nowhere = replace(settled, firm_id=attempts.NO_FIRM)
        with sessions(nowhere) as session:
            lines = session.scalars(select(model.SignIn)).all()
        assert lines
        assert {(line.member_id, line.email) for line in lines} == {(None, "")}

    def test_overlong_descriptions_are_cut_not_refused(self, sessions, settled, enter, ada):
        enter(ada.email, address="x" * 5000, agent="y" * 5000)

        line = history(sessions, settled)[0]
        assert (len(line.address), len(line.agent)) == (100, 400)


class TestChangePassword:
    def change(self, db, ctx, current=PASSWORD, new="another way home 9", compute=here, **fields):
        request = ChangePassword(current_password=current, new_password=new, **fields)
        return signing_in.change_password(db, ctx, request, compute)

    def test_the_new_one_signs_in_and_the_old_one_does_not(self, db, settled, enter, ada):
        self.change(db, acting(settled, ada))

        assert enter(ada.email, "another way home 9").member.id == ada.id
        with pytest.raises(WrongCredentials):
            enter(ada.email)

    def test_other_sessions_end(self, db, sessions, settled, enter, ada):
        mine, others = enter(ada.email), [enter(ada.email), enter(ada.email)]
        own = signing_in.resolve(db, Context(), Credential(token=mine.token)).session_id

        self.change(db, acting(settled, ada), session_id=own)

        assert signing_in.resolve(db, Context(), Credential(token=mine.token)).session_id == own
        for other in others:
            with pytest.raises(Unauthenticated):
                signing_in.resolve(db, Context(), Credential(token=other.token))

    def test_who_remembers_sessions_is_told(self, db, sessions, settled, enter, ada):
        ended = signing_in.resolve(db, Context(), Credential(token=enter(ada.email).token)).session_id

        self.change(db, acting(settled, ada))

        with sessions(settled) as session:
            last = pending(session)[-1]
        assert last == identity.CredentialsEnded(member_id=ada.id, session_ids=(ended,))

    def test_a_wrong_present_password_is_refused(self, db, settled, ada):
        with pytest.raises(WrongCredentials):
            self.change(db, acting(settled, ada), current=WRONG)

    def test_a_stolen_session_does_not_guess_for_long(self, db, settled, ada):
        ctx = acting(settled, ada)
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                self.change(db, ctx, current=WRONG)

        with pytest.raises(TooManySignIns):
            self.change(db, ctx)

    def test_a_weak_one_is_refused_before_anything_is_hashed(self, db, settled, ada):
        compute = Counting()

        with pytest.raises(Invalid):
            self.change(db, acting(settled, ada), new="password1234", compute=compute)

        assert compute.done == []

    def test_hashing_holds_no_transaction(self, db, settled, ada):
        compute = Watching()

        self.change(db, acting(settled, ada), compute=compute)

        assert compute.done == ["verify", "hash_password"]
        assert compute.was_in_transaction == [False, False]

    def test_of_two_at_once_one_is_refused(self, db, settled, enter, ada):
        ctx = acting(settled, ada)

        def meanwhile(function, *arguments):
            if function is hashing.hash_password:
                self.change(db, ctx, new="the quicker way home 1")
            return function(*arguments)

        with pytest.raises(WrongCredentials):
            self.change(db, ctx, compute=meanwhile)
        assert enter(ada.email, "the quicker way home 1").member.id == ada.id

    def test_who_is_not_signed_in_has_none_to_change(self, db, settled):
        with pytest.raises(Unauthenticated):
            self.change(db, replace(settled, actor=Context().actor))


def test_sessions_are_listed_with_where_they_began(sessions, settled, enter, ada):
    enter(ada.email, address="192.0.2.1", agent="Firefox")

    with sessions(settled) as session:
        (listed,) = list_sessions(session, acting(settled, ada), Done()).items

    assert (listed.address, listed.agent) == ("192.0.2.1", "Firefox")
