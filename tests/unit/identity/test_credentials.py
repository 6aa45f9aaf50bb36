import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from chassis.context import Actor, Context, new_id
from chassis.errors import Invalid, NotFound, Unauthenticated
from chassis.once import KeyReused
from chassis.outbox import pending
from contracts import identity
from contracts.common import Done
from contracts.identity import CreateToken, Credential, MemberRef, NotAllowed, SessionRef, TokenRef
from services.identity import enrolling, model, signing_in, tokens
from services.identity.operations import credentials, members, states
from services.identity.queries.credentials import list_sessions, list_tokens
from tests.unit.identity.people import acting, add, counted, later


@pytest.fixture
def ada(sessions, settled):
    """An employee, committed; acts in this context."""
    with sessions(settled) as session:
        return acting(settled, add(session, settled, name="Ada", rights=("manage_tags",)))


@pytest.fixture
def begin(sessions):
    """Begin a session; answers its token."""

    def begin(ctx):
        with sessions(ctx) as session:
            member = session.get_one(model.Member, (ctx.firm, ctx.actor.id))
            return credentials.begin_session(session, ctx, member).token

    return begin


@pytest.fixture
def resolve(db):
    """Ask from outside: the context knows neither firm nor member."""

    def resolve(token, ctx=None):
        asked = Context(now=ctx.now) if ctx else Context()
        return signing_in.resolve(db, asked, Credential(token=token))

    return resolve


@pytest.fixture
def make(db):
    def make(ctx, **fields):
        request = CreateToken(**{"name": "robot", "scopes": ("accounts:read",)} | fields)
        return enrolling.create_token(db, ctx, request)

    return make


class TestResolve:
    def test_tells_firm_member_and_session(self, begin, resolve, ada):
        found = resolve(begin(ada))

        assert (found.firm.id, found.member.id, found.member.rights) == (ada.firm, ada.actor.id, ("manage_tags",))
        assert found.session_id is not None
        assert (found.token_id, found.scopes) == (None, None)

    def test_takes_one_indexed_statement_and_writes_nothing(self, db, begin, resolve, ada):
        token = begin(ada)

        with counted(db.engine) as statements:
            resolve(token)

        assert len(statements) == 1
        assert statements[0].startswith("SELECT")

    def test_finds_its_row_by_the_index_of_digests(self, sessions, ada):
        with sessions(ada) as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = "\n".join(
                session.scalars(
                    text("EXPLAIN SELECT * FROM session WHERE firm_id = :firm AND digest = :digest"),
                    {"firm": ada.firm, "digest": b"0" * 32},
                )
            )

        assert "uq_session_firm_id_digest" in plan

    def test_rights_are_those_of_this_moment(self, sessions, settled, begin, resolve, ada):
        token = begin(ada)
        with sessions(settled) as session:
            request = identity.ChangeMember(member_id=ada.actor.id, version=1, rights=("view_all_accounts",))
            members.change_member(session, settled, request)

        assert resolve(token).member.rights == ("view_all_accounts",)

    def test_a_deactivated_member_is_nobody(self, sessions, settled, begin, resolve, make, ada):
        """R-ROLE-3"""
        token, robot = begin(ada), make(ada).secret
        with sessions(settled) as session:
            states.deactivate_member(session, settled, MemberRef(member_id=ada.actor.id))

        for void in (token, robot):
            with pytest.raises(Unauthenticated):
                resolve(void)

    def test_an_invented_secret_is_nobodys(self, resolve, ada):
        with pytest.raises(Unauthenticated):
            resolve(tokens.make("s", ada.firm))

    def test_a_secret_of_another_firm_is_nobodys_here(self, begin, resolve, ada):
        """The look-up is bounded by the firm that the token names."""
        secret = begin(ada)[-43:]

        with pytest.raises(Unauthenticated):
            resolve(tokens.make("s", new_id())[:-43] + secret)

    def test_a_session_token_is_no_api_token(self, begin, resolve, ada):
        with pytest.raises(Unauthenticated):
            resolve(begin(ada).replace("dsr_s_", "dsr_t_"))


class TestExpiry:
    def test_an_idle_session_ends_after_twelve_hours(self, begin, resolve, ada):
        token = begin(ada)

        assert resolve(token, later(ada, hours=11, minutes=59)).member.id == ada.actor.id
        with pytest.raises(Unauthenticated):
            resolve(token, later(ada, hours=24))

    def test_exactly_twelve_hours_are_too_long(self, begin, resolve, ada):
        token = begin(ada)

        with pytest.raises(Unauthenticated):
            resolve(token, later(ada, hours=12))

    def test_use_keeps_a_session_alive_for_thirty_days_and_no_longer(self, begin, resolve, ada):
        token = begin(ada)
        for hours in range(0, 30 * 24, 11):
            expires = resolve(token, later(ada, hours=hours)).expires_at

        assert expires == later(ada, days=30).now
        with pytest.raises(Unauthenticated):
            resolve(token, later(ada, days=30))

    def test_a_session_that_ran_out_is_not_listed_and_cleared_at_the_next_sign_in(self, sessions, begin, ada):
        begin(ada)
        tomorrow = later(ada, days=1)
        with sessions(ada) as session:
            assert list_sessions(session, tomorrow, Done()).items == ()

        begin(tomorrow)

        with sessions(ada) as session:
            assert session.scalar(select(func.count()).select_from(model.Session)) == 1

    def test_a_token_is_valid_through_its_last_day(self, make, resolve, ada):
        token = make(ada, expires_on=ada.now.date())

        end = dt.datetime.combine(ada.now.date() + dt.timedelta(days=1), dt.time(), dt.UTC)
        assert resolve(token.secret, ada).expires_at == end
        assert resolve(token.secret, replace(ada, now=end - dt.timedelta(seconds=1))).token_id == token.id
        with pytest.raises(Unauthenticated):
            resolve(token.secret, replace(ada, now=end))

    def test_a_token_without_a_last_day_does_not_run_out(self, make, resolve, ada):
        assert resolve(make(ada).secret, later(ada, days=4000)).expires_at is None


class TestLastUse:
    def test_a_session_is_noted_at_most_once_a_minute(self, db, sessions, begin, resolve, ada):
        token = begin(ada)
        writes = []
        for second in (1, 59, 60, 61, 119, 120):
            with counted(db.engine) as statements:
                resolve(token, later(ada, seconds=second))
            writes.append(len(statements) - 1)

        assert writes == [0, 0, 1, 0, 0, 1]
        with sessions(ada) as session:
            assert list_sessions(session, ada, Done()).items[0].last_seen_at == later(ada, seconds=120).now

    def test_a_token_is_noted_at_first_use_and_then_once_a_minute(self, db, sessions, make, resolve, ada):
        secret = make(ada).secret
        writes = []
        for second in (1, 2, 60, 61):
            with counted(db.engine) as statements:
                resolve(secret, later(ada, seconds=second))
            writes.append(len(statements) - 1)

        assert writes == [1, 0, 0, 1]
        with sessions(ada) as session:
            assert list_tokens(session, ada, Done()).items[0].last_used_at == later(ada, seconds=61).now


class TestSignOut:
    def test_ends_the_session_and_tells_who_remembers_it(self, db, sessions, begin, resolve, ada):
        token, other = begin(ada), begin(ada)
        ended = resolve(token).session_id

        signing_in.sign_out(db, Context(), Credential(token=token))

        with pytest.raises(Unauthenticated):
            resolve(token)
        assert resolve(other).session_id != ended
        with sessions(ada) as session:
            assert pending(session)[-1] == identity.CredentialsEnded(member_id=ada.actor.id, session_ids=(ended,))

    def test_done_twice_is_done(self, db, begin, ada):
        token = begin(ada)
        signing_in.sign_out(db, Context(), Credential(token=token))

        assert signing_in.sign_out(db, Context(), Credential(token=token)) == Done()
        assert signing_in.sign_out(db, Context(), Credential(token="no token")) == Done()

    def test_an_api_token_is_revoked_not_signed_out(self, db, make, resolve, ada):
        secret = make(ada).secret

        with pytest.raises(Invalid):
            signing_in.sign_out(db, Context(), Credential(token=secret))
        assert resolve(secret).member.id == ada.actor.id


class TestEndSession:
    def test_ends_one_of_ones_own(self, sessions, begin, resolve, ada):
        token = begin(ada)
        ref = SessionRef(session_id=resolve(token).session_id)
        with sessions(ada) as session:
            credentials.end_session(session, ada, ref)

        with pytest.raises(Unauthenticated):
            resolve(token)

    def test_nobody_elses(self, sessions, settled, begin, resolve, ada):
        token = begin(ada)
        ref = SessionRef(session_id=resolve(token).session_id)

        with sessions(settled) as session, pytest.raises(NotFound):
            credentials.end_session(session, settled, ref)
        assert resolve(token).session_id == ref.session_id

    def test_the_list_has_ones_own_only(self, sessions, settled, begin, ada):
        begin(ada)
        begin(settled)

        with sessions(ada) as session:
            assert len(list_sessions(session, ada, Done()).items) == 1


class TestTokens:
    def test_carries_its_scopes(self, make, resolve, ada):
        token = make(ada, scopes=("work:write", "accounts:read", "work:write"))

        found = resolve(token.secret)

        assert found.scopes == token.scopes == ("accounts:read", "work:write")
        assert (found.token_id, found.session_id) == (token.id, None)
        assert found.member.rights == ("manage_tags",)

    def test_the_secret_is_told_once_and_kept_nowhere(self, sessions, make, ada):
        token = make(ada)

        assert make(ada) == replace(token, secret=None)
        with sessions(ada) as session:
            assert list_tokens(session, ada, Done()).items == (replace(token, secret=None),)
            for table in ("token", "done_once", "outbox"):
                rows = session.execute(text(f"SELECT t::text FROM {table} t")).scalars().all()
                assert not [row for row in rows if token.secret[-43:] in row]

    def test_another_key_makes_another(self, make, ada):
        assert make(ada).id != make(replace(ada, key="another")).id

    def test_a_key_is_for_one_request(self, make, ada):
        make(ada)

        with pytest.raises(KeyReused):
            make(ada, name="another robot")

    def test_a_day_that_is_past_is_refused(self, make, ada):
        with pytest.raises(Invalid):
            make(ada, expires_on=ada.now.date() - dt.timedelta(days=1))

    @pytest.mark.parametrize("kind", ["portal", "system"])
    def test_only_members_have_tokens(self, make, ada, kind):
        with pytest.raises(NotAllowed):
            make(replace(ada, actor=Actor(kind=kind, id=ada.actor.id)))

    def test_a_deactivated_member_makes_none(self, sessions, settled, make, ada):
        with sessions(settled) as session:
            states.deactivate_member(session, settled, MemberRef(member_id=ada.actor.id))

        with pytest.raises(NotAllowed):
            make(ada)

    def test_revoked_it_opens_nothing_and_others_are_told(self, sessions, make, resolve, ada):
        token = make(ada)
        with sessions(ada) as session:
            credentials.revoke_token(session, ada, TokenRef(token_id=token.id))
            last = pending(session)[-1]

        assert last == identity.CredentialsEnded(member_id=ada.actor.id, token_ids=(token.id,))
        with pytest.raises(Unauthenticated):
            resolve(token.secret)

    def test_nobody_elses_is_revoked(self, sessions, settled, make, resolve, ada):
        token = make(ada)

        with sessions(settled) as session, pytest.raises(NotFound):
            credentials.revoke_token(session, settled, TokenRef(token_id=token.id))
        assert resolve(token.secret).token_id == token.id
