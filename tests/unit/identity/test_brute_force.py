from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chassis.context import Context
from contracts.identity import SignIn, TooManySignIns, WrongCredentials
from services.identity import model, signing_in
from services.identity.operations import attempts
from services.identity.rules import limits
from tests.unit.identity.people import PASSWORD, Counting, add_firm, address, email, here, later

WRONG = "a short walk home 8"


@pytest.fixture
def ada(sessions, ctx):
    """The address of an owner."""
    who = email()
    with sessions() as session:
        add_firm(session, ctx, who)
    return who


@pytest.fixture
def enter(db):
    def enter(who, password=WRONG, *, compute=here, ctx=None, **fields):
        return signing_in.sign_in(db, ctx or Context(), SignIn(email=who, password=password, **fields), compute)

    return enter


@pytest.fixture
def fail(enter):
    """Fail to sign in so many times."""

    def fail(who, times, **fields):
        for _ in range(times):
            with pytest.raises(WrongCredentials):
                enter(who, **fields)

    return fail


class TestPerEmail:
    def test_ten_failures_and_then_even_the_right_password_waits(self, enter, fail, ada):
        ctx = Context()
        fail(ada, 10, ctx=ctx)

        with pytest.raises(TooManySignIns) as error:
            enter(ada, PASSWORD, ctx=later(ctx, minutes=5))

        assert error.value.data == {"retry_after_seconds": 600}

    def test_a_refused_attempt_verifies_nothing(self, enter, fail, ada):
        fail(ada, 10)
        compute = Counting()

        with pytest.raises(TooManySignIns):
            enter(ada, compute=compute)

        assert compute.done == []

    def test_an_unknown_address_is_refused_alike(self, enter, fail):
        who = email()
        fail(who, 10)

        with pytest.raises(TooManySignIns):
            enter(who)

    def test_the_same_address_in_other_letters_is_the_same(self, enter, fail, ada):
        fail(ada.upper(), 5)
        fail(f" {ada}", 5)

        with pytest.raises(TooManySignIns):
            enter(ada, PASSWORD)

    def test_callers_do_not_share_the_burden(self, enter, fail, ada):
        """Ten failures at one address count, wherever they come from."""
        for _ in range(10):
            fail(ada, 1, address=address())

        with pytest.raises(TooManySignIns):
            enter(ada, PASSWORD, address=address())

    def test_after_the_wait_one_may_try_again(self, enter, fail, ada):
        ctx = Context()
        fail(ada, 10, ctx=ctx)

        assert enter(ada, PASSWORD, ctx=later(ctx, minutes=15)).member.email == ada

    def test_waiting_in_vain_does_not_make_the_wait_longer(self, enter, fail, ada):
        ctx = Context()
        fail(ada, 10, ctx=ctx)
        for minute in range(15):
            with pytest.raises(TooManySignIns):
                enter(ada, PASSWORD, ctx=later(ctx, minutes=minute))

        assert enter(ada, PASSWORD, ctx=later(ctx, minutes=15)).member.email == ada

    def test_right_passwords_count_as_no_failure(self, enter, ada):
        for _ in range(12):
            assert enter(ada, PASSWORD).member.email == ada

    def test_a_right_password_does_not_forgive_wrong_ones(self, enter, fail, ada):
        """Or whoever shares the address with a firm of their own would guess without end."""
        fail(ada, 9)
        enter(ada, PASSWORD)
        fail(ada, 1)

        with pytest.raises(TooManySignIns):
            enter(ada, PASSWORD)


class TestPerCaller:
    def test_fifty_failures_at_any_addresses(self, enter, fail, ada):
        where = address()
        for _ in range(50):
            fail(email(), 1, address=where)

        with pytest.raises(TooManySignIns) as error:
            enter(ada, PASSWORD, address=where)

        assert 1 <= error.value.data["retry_after_seconds"] <= 900
        assert enter(ada, PASSWORD, address=address()).member.email == ada

    def test_success_does_not_reset_the_count(self, enter, fail, ada):
        where = address()
        for _ in range(49):
            fail(email(), 1, address=where)
        enter(ada, PASSWORD, address=where)
        fail(email(), 1, address=where)

        with pytest.raises(TooManySignIns):
            enter(ada, PASSWORD, address=where)


class TestManyAtOnce:
    def test_attempts_not_yet_decided_count_as_failures(self, enter, ada):
        """Each attempt begins another while its own password is verified: the eleventh is refused."""
        refused, verified = [], Counting()

        def another(function, *arguments):
            try:
                enter(ada, compute=another)
            except TooManySignIns as exc:
                refused.append(exc)
            except WrongCredentials:
                pass
            return verified(function, *arguments)

        with pytest.raises(WrongCredentials):
            enter(ada, compute=another)

        assert verified.done == ["verify"] * 10
        assert len(refused) == 1

    def test_a_crowd_gets_no_more_guesses_than_one(self, enter, ada):
        verified = Counting()

        def guess(_):
            try:
                enter(ada, compute=verified, address=where)
            except (TooManySignIns, WrongCredentials) as exc:
                return type(exc)

        where = address()
        with ThreadPoolExecutor(15) as crowd:
            outcomes = list(crowd.map(guess, range(30)))

        assert outcomes.count(WrongCredentials) == len(verified.done) == 10
        assert outcomes.count(TooManySignIns) == 20


def test_what_counts_no_longer_is_purged(db, enter, fail, ada, sessions):
    nowhere = replace(Context(), firm_id=attempts.NO_FIRM)
    fail(ada, 2, ctx=nowhere)
    key = limits.email_key(ada)

    def kept():
        with sessions(nowhere) as session:
            return session.scalar(select(func.count()).where(model.SignInAttempt.key == key))

    assert kept() == 2
    with sessions(nowhere) as session:
        attempts.purge(session, later(nowhere, minutes=14))
    assert kept() == 2
    with sessions(nowhere) as session:
        attempts.purge(session, later(nowhere, minutes=15))
    assert kept() == 0


def test_only_old_lines_of_nobody_are_purged(session, ctx, owner):
    """The history of a firm stays (R-LA-4)."""
    line = {"member_id": None, "email": "", "succeeded": False, "address": "", "agent": ""}
    attempts.record(session, ctx, **line)

    attempts.purge(session, later(ctx, days=400))

    assert session.scalar(select(func.count()).select_from(model.SignIn)) == 1
