import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from chassis.errors import Invalid
from chassis.outbox import pending
from contracts import identity
from contracts.identity import CreateToken, ListAudit, MemberNotFound, MemberRef, NotAllowed, OwnerStays
from services.identity import model, tokens
from services.identity.operations import credentials, states
from services.identity.queries import team
from services.identity.queries.credentials import find_identity
from tests.stack import until
from tests.unit.identity.people import acting, add

WAITERS = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))")


def ref(member):
    return MemberRef(member_id=member.id)


def row(session, member):
    return session.get_one(model.Member, (session.scalar(select(model.Firm.firm_id)), member.id))


def signed_in(session, ctx, member):
    return tokens.parse(credentials.begin_session(session, ctx, row(session, member)).token)


class TestDeactivate:
    def test_sign_in_sessions_and_tokens_end_at_once(self, session, owner):
        """R-ROLE-3"""
        member = add(session, owner)
        begun = signed_in(session, owner, member)
        token = credentials.create_token(
            session, acting(owner, member), CreateToken(name="robot", scopes=("accounts:read",))
        )

        gone = states.deactivate_member(session, owner, ref(member))

        assert (gone.is_active, gone.deactivated_at, gone.version) == (False, owner.now, 2)
        assert find_identity(session, owner, begun) is None
        assert find_identity(session, owner, tokens.parse(token.secret)) is None
        assert session.scalar(select(func.count()).where(model.Login.member_id == member.id)) == 0

    def test_others_are_told_what_is_void_and_who_left(self, session, owner):
        member = add(session, owner)

        gone = states.deactivate_member(session, owner, ref(member))

        assert pending(session)[-2:] == [
            identity.CredentialsEnded(member_id=member.id),
            identity.MemberDeactivated(member=gone),
        ]

    def test_a_credential_left_behind_opens_nothing(self, session, owner):
        """R-ROLE-3: the statement of `resolve` asks for an active member by itself."""
        member = add(session, owner)
        begun = signed_in(session, owner, member)

        row(session, member).is_active = False
        session.flush()

        assert find_identity(session, owner, begun) is None

    def test_done_twice_is_done_once(self, session, owner):
        member = add(session, owner)
        first = states.deactivate_member(session, owner, ref(member))
        events = len(pending(session))

        assert states.deactivate_member(session, owner, ref(member)) == first
        assert len(pending(session)) == events

    def test_the_owner_stays(self, session, owner):
        """R-ROLE-1"""
        with pytest.raises(OwnerStays):
            states.deactivate_member(session, owner, ref(owner.actor))

    def test_not_even_the_database_takes_a_deactivated_owner(self, session, owner):
        """R-ROLE-1"""
        row(session, owner.actor).is_active = False

        with pytest.raises(IntegrityError, match="ck_member_owner_is_active"):
            session.flush()

    @pytest.mark.parametrize("role", ["admin", "employee"])
    def test_admins_deactivate_employees_only(self, session, owner, role):
        admin, member = acting(owner, add(session, owner, role="admin")), add(session, owner, role=role)

        if role == "employee":
            assert not states.deactivate_member(session, admin, ref(member)).is_active
        else:
            with pytest.raises(NotAllowed):
                states.deactivate_member(session, admin, ref(member))

    def test_an_employee_deactivates_nobody(self, session, owner):
        member = add(session, owner)

        with pytest.raises(NotAllowed):
            states.deactivate_member(session, acting(owner, member), ref(member))

    def test_a_deactivated_admin_does_nothing_more(self, session, owner):
        admin, member = add(session, owner, role="admin"), add(session, owner)
        states.deactivate_member(session, owner, ref(admin))

        with pytest.raises(NotAllowed):
            states.deactivate_member(session, acting(owner, admin), ref(member))


class TestRestore:
    def test_comes_back_with_role_and_rights(self, session, owner):
        """R-ROLE-3: restorable"""
        member = add(session, owner, rights=("manage_tags",))
        states.deactivate_member(session, owner, ref(member))

        back = states.restore_member(session, owner, ref(member))

        assert (back.is_active, back.deactivated_at, back.rights) == (True, None, ("manage_tags",))
        assert pending(session)[-1] == identity.MemberRestored(member=back)
        login = session.scalars(select(model.Login).where(model.Login.member_id == member.id)).one()
        assert login.email_folded == member.email

    def test_both_ways_are_audited(self, session, owner):
        """R-ROLE-2"""
        member = add(session, owner, name="Eve")
        states.deactivate_member(session, owner, ref(member))
        states.restore_member(session, owner, ref(member))

        entries = team.list_audit(session, owner, ListAudit(limit=2)).items

        assert [(entry.change, entry.before, entry.after) for entry in entries] == [
            ("state", "deactivated", "active"),
            ("state", "active", "deactivated"),
        ]

    def test_only_the_owner_restores_an_admin(self, session, owner):
        admin, gone = acting(owner, add(session, owner, role="admin")), add(session, owner, role="admin")
        states.deactivate_member(session, owner, ref(gone))

        with pytest.raises(NotAllowed):
            states.restore_member(session, admin, ref(gone))

    def test_who_is_there_is_not_restored(self, session, owner):
        member = add(session, owner)

        assert states.restore_member(session, owner, ref(member)) == member


class TestTransferOwnership:
    def test_the_owner_before_becomes_an_admin(self, session, owner):
        """R-ROLE-1"""
        heir = add(session, owner, rights=("manage_tags",))

        boss = states.transfer_ownership(session, owner, ref(heir))

        before = team.get_member(session, owner, ref(owner.actor))
        assert (boss.id, boss.role, boss.rights, boss.has_default_access) == (heir.id, "owner", (), True)
        assert (before.role, before.version) == ("admin", 2)
        assert pending(session)[-2:] == [
            identity.MemberChanged(member=before),
            identity.MemberChanged(member=boss),
        ]

    def test_both_changes_are_audited(self, session, owner):
        """R-ROLE-2"""
        heir = add(session, owner, name="Eve", has_default_access=True)

        states.transfer_ownership(session, owner, ref(heir))

        entries = team.list_audit(session, owner, ListAudit(limit=2)).items
        assert [(entry.member_name, entry.before, entry.after) for entry in entries] == [
            ("Eve", "employee", "owner"),
            ("Olga Owner", "owner", "admin"),
        ]

    @pytest.mark.parametrize("role", ["admin", "employee"])
    def test_only_the_owner_hands_the_firm_over(self, session, owner, role):
        member = add(session, owner, role=role)

        with pytest.raises(NotAllowed):
            states.transfer_ownership(session, acting(owner, member), ref(member))

    def test_who_was_owner_is_no_more(self, session, owner):
        heir, other = add(session, owner), add(session, owner)
        states.transfer_ownership(session, owner, ref(heir))

        with pytest.raises(NotAllowed):
            states.transfer_ownership(session, owner, ref(other))

    def test_a_deactivated_member_is_no_heir(self, session, owner):
        heir = add(session, owner)
        states.deactivate_member(session, owner, ref(heir))

        with pytest.raises(Invalid):
            states.transfer_ownership(session, owner, ref(heir))

    def test_the_owner_is_no_heir_of_their_own(self, session, owner):
        with pytest.raises(Invalid):
            states.transfer_ownership(session, owner, ref(owner.actor))

    def test_a_stranger_is_not_found(self, session, owner, ctx):
        with pytest.raises(MemberNotFound):
            states.transfer_ownership(session, owner, MemberRef(member_id=ctx.firm))

    def test_not_even_the_database_takes_two_owners(self, session, owner):
        """R-ROLE-1"""
        row(session, add(session, owner)).role = "owner"

        with pytest.raises(IntegrityError, match="uq_member_owner"):
            session.flush()

    def test_two_transfers_at_once_leave_one_owner(self, sessions, settled):
        """R-ROLE-1: the second waits for the first, and finds that its actor is no owner any more."""
        with sessions(settled) as session:
            heirs = [add(session, settled), add(session, settled)]
        is_held, outcomes = threading.Event(), []

        def second():
            is_held.wait()
            try:
                with sessions(settled) as session:
                    states.transfer_ownership(session, settled, ref(heirs[1]))
            except NotAllowed as exc:
                outcomes.append(exc)

        other = threading.Thread(target=second)
        other.start()
        with sessions(settled) as session:
            states.transfer_ownership(session, settled, ref(heirs[0]))
            is_held.set()
            until(lambda: session.scalar(WAITERS))
        other.join()

        with sessions(settled) as session:
            owners = session.scalars(select(model.Member.id).where(model.Member.role == "owner")).all()
        assert owners == [heirs[0].id]
        assert len(outcomes) == 1
