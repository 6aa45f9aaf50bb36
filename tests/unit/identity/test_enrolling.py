from dataclasses import replace

import pytest
from sqlalchemy import text

from chassis.context import Context
from chassis.errors import Invalid, Unauthenticated
from chassis.outbox import pending
from contracts import identity
from contracts.identity import (
    CreateFirm,
    CreateMember,
    Credential,
    EmailTaken,
    ListAudit,
    ListMembers,
    MemberRef,
    NotAllowed,
    SignIn,
    WrongCredentials,
)
from services.identity import enrolling, signing_in
from services.identity.queries import team
from tests.unit.identity.people import PASSWORD, Counting, Watching, acting, add, email, here


def firm(**fields):
    return CreateFirm(
        **{"name": " Ada  & Co ", "owner_name": "Ada", "owner_email": email(), "owner_password": PASSWORD} | fields
    )


class TestCreateFirm:
    def test_makes_firm_and_owner_who_is_signed_in(self, db, sessions, ctx):
        request = firm()

        signed_in = enrolling.create_firm(db, Context(), request, here)

        member = signed_in.member
        assert (signed_in.firm.name, member.role, member.email) == ("Ada & Co", "owner", request.owner_email)
        assert member.has_default_access  # R-ACC-2
        found = signing_in.resolve(db, Context(), Credential(token=signed_in.token))
        assert found.member == member
        with sessions(replace(ctx, firm_id=signed_in.firm.id)) as session:
            assert pending(session) == [
                identity.FirmCreated(firm=signed_in.firm),
                identity.MemberCreated(member=member),
            ]

    def test_only_the_system_makes_firms(self, db, settled):
        with pytest.raises(NotAllowed):
            enrolling.create_firm(db, settled, firm(), here)

    def test_hashing_holds_no_transaction(self, db):
        compute = Watching()

        enrolling.create_firm(db, Context(), firm(), compute)

        assert (compute.done, compute.was_in_transaction) == (["hash_password"], [False])

    @pytest.mark.parametrize("fields", [{"owner_password": "password1234"}, {"name": "   "}, {"owner_name": "\t"}])
    def test_blames_the_field_before_anything_is_hashed(self, db, fields):
        compute = Counting()

        with pytest.raises(Invalid) as error:
            enrolling.create_firm(db, Context(), firm(**fields), compute)

        assert [fault["field"] for fault in error.value.data["errors"]] == list(fields)
        assert compute.done == []


class TestCreateMember:
    def create(self, db, ctx, compute=here, **fields):
        return enrolling.create_member(db, ctx, CreateMember(**{"email": email(), "name": "Eve"} | fields), compute)

    def sign_in(self, db, member, password):
        return signing_in.sign_in(db, Context(), SignIn(email=member.email, password=password), here)

    def test_the_password_that_was_made_signs_in(self, db, settled):
        created = self.create(db, settled)

        assert self.sign_in(db, created.member, created.initial_password).member == created.member

    def test_a_given_password_signs_in_and_is_not_repeated(self, db, settled):
        created = self.create(db, settled, password="eve walks home 9")

        assert created.initial_password is None
        assert self.sign_in(db, created.member, "eve walks home 9").member == created.member

    def test_a_weak_password_is_refused(self, db, settled):
        with pytest.raises(Invalid):
            self.create(db, settled, password="password1234")

    def test_hashing_holds_no_transaction(self, db, settled):
        compute = Watching()

        self.create(db, settled, compute)

        assert (compute.done, compute.was_in_transaction) == (["hash_password"], [False])

    def test_who_may_not_costs_no_hashing(self, db, sessions, settled):
        with sessions(settled) as session:
            employee = acting(settled, add(session, settled))
        compute = Counting()

        with pytest.raises(NotAllowed):
            self.create(db, employee, compute)

        assert compute.done == []

    def test_asked_for_twice_there_is_one_member_and_the_password_is_told_once(self, db, sessions, settled):
        who = email()
        first = self.create(db, settled, email=who)
        second = self.create(db, settled, email=who)

        assert second == replace(first, initial_password=None)
        with sessions(settled) as session:
            assert len(team.list_members(session, settled, ListMembers()).items) == 2

    def test_a_twin_meanwhile_makes_no_second(self, db, settled):
        who, twin = email(), []

        def meanwhile(function, *arguments):
            twin.append(self.create(db, settled, email=who))
            return function(*arguments)

        assert self.create(db, settled, meanwhile, email=who).member == twin[0].member

    def test_another_request_for_the_same_address_is_refused(self, db, settled):
        who = email()
        self.create(db, settled, email=who)

        with pytest.raises(EmailTaken):
            self.create(db, replace(settled, key="another"), email=who)

    def test_passwords_are_kept_as_argon2_only(self, db, sessions, settled):
        created = self.create(db, settled)
        self.create(db, replace(settled, key="another"), password="eve walks home 9")

        with sessions(settled) as session:
            for table in ("member", "done_once", "outbox", "audit"):
                rows = "".join(session.scalars(text(f"SELECT t::text FROM {table} t")))
                assert created.initial_password not in rows
                assert "eve walks home 9" not in rows
            hashes = session.scalars(text("SELECT password_hash FROM member")).all()
        assert all(known.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for known in hashes)


class TestResetPassword:
    @pytest.fixture
    def ada(self, sessions, settled):
        with sessions(settled) as session:
            return add(session, settled, name="Ada")

    def reset(self, db, ctx, member, compute=here):
        return enrolling.reset_password(db, ctx, MemberRef(member_id=member.id), compute)

    def sign_in(self, db, member, password):
        return signing_in.sign_in(db, Context(), SignIn(email=member.email, password=password), here)

    def test_the_new_one_signs_in_the_old_one_and_its_sessions_do_not(self, db, settled, ada):
        token = self.sign_in(db, ada, PASSWORD).token

        made = self.reset(db, settled, ada).initial_password

        assert self.sign_in(db, ada, made).member.id == ada.id
        with pytest.raises(WrongCredentials):
            self.sign_in(db, ada, PASSWORD)
        with pytest.raises(Unauthenticated):
            signing_in.resolve(db, Context(), Credential(token=token))

    def test_is_told_once(self, db, settled, ada):
        first = self.reset(db, settled, ada)

        assert self.reset(db, settled, ada) == replace(first, initial_password=None)

    def test_is_audited(self, db, sessions, settled, ada):
        """R-ROLE-2"""
        self.reset(db, settled, ada)

        with sessions(settled) as session:
            entry = team.list_audit(session, settled, ListAudit()).items[0]
        assert (entry.member_id, entry.change, entry.after) == (ada.id, "password", "reset")

    def test_admins_do_it_for_employees_only(self, db, sessions, settled, ada):
        with sessions(settled) as session:
            admin, other = add(session, settled, role="admin"), add(session, settled, role="admin")
        ctx = acting(settled, admin)
        compute = Counting()

        assert self.reset(db, ctx, ada).initial_password
        for member in (other, settled.actor, admin):
            with pytest.raises(NotAllowed):
                self.reset(db, replace(ctx, key=str(member.id)), member, compute)
        assert compute.done == []

    def test_nobody_resets_their_own(self, db, settled):
        with pytest.raises(NotAllowed):
            self.reset(db, settled, settled.actor)
