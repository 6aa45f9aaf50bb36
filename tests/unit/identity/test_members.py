from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Invalid
from chassis.outbox import pending
from contracts import identity
from contracts.identity import (
    ChangeMember,
    CreateMember,
    EmailTaken,
    ListAudit,
    ListMembers,
    MemberChangedMeanwhile,
    MemberNotFound,
    MemberRef,
    NotAllowed,
    OwnerStays,
)
from services.identity.operations import members, states
from services.identity.queries import team
from tests.unit.identity.people import acting, add, email


def change(session, ctx, member, **fields):
    return members.change_member(
        session, ctx, ChangeMember(member_id=member.id, **{"version": member.version} | fields)
    )


def audit(session, ctx):
    return [(e.member_name, e.change, e.before, e.after) for e in team.list_audit(session, ctx, ListAudit()).items]


class TestCreateMember:
    def test_announces_the_member(self, session, owner):
        member = add(session, owner, name=" Emil  Employee ", rights=("manage_tags", "manage_rates", "manage_tags"))

        assert member.name == "Emil Employee"
        assert (member.role, member.rights) == ("employee", ("manage_rates", "manage_tags"))
        assert pending(session)[-1] == identity.MemberCreated(member=member)

    def test_is_found_by_colleagues(self, session, owner):
        member = add(session, owner)

        assert team.get_member(session, acting(owner, member), MemberRef(member_id=member.id)) == member

    def test_the_owner_adds_admins(self, session, owner):
        assert add(session, owner, role="admin").role == "admin"

    def test_an_admin_adds_employees_only(self, session, owner):
        admin = acting(owner, add(session, owner, role="admin"))

        assert add(session, admin).role == "employee"
        with pytest.raises(NotAllowed):
            add(session, admin, role="admin")

    def test_an_employee_adds_nobody(self, session, owner):
        employee = acting(owner, add(session, owner, rights=("manage_accounts", "assign_team_members")))

        with pytest.raises(NotAllowed):
            add(session, employee)

    def test_a_portal_user_adds_nobody(self, session, owner):
        portal = replace(owner, actor=replace(owner.actor, kind="portal", role="owner"))

        with pytest.raises(NotAllowed):
            add(session, portal)

    def test_what_the_call_says_of_the_actor_is_not_believed(self, session, owner):
        """The role counts that the member has at this moment, not the one the call came in with."""
        admin = add(session, owner, role="admin")
        change(session, owner, admin, role="employee")

        with pytest.raises(NotAllowed):
            add(session, acting(owner, admin))

    def test_an_address_is_once_in_a_firm(self, session, owner):
        add(session, owner, email="Ada@firm.example")

        with pytest.raises(EmailTaken):
            add(session, owner, email=" ada@FIRM.example")

    def test_a_deactivated_member_keeps_the_address(self, session, owner):
        ada = add(session, owner, email="ada@firm.example")
        states.deactivate_member(session, owner, MemberRef(member_id=ada.id))

        with pytest.raises(EmailTaken, match="restore"):
            add(session, owner, email="ada@firm.example")

    def test_an_admin_has_no_single_rights(self, session, owner):
        with pytest.raises(Invalid):
            add(session, owner, role="admin", rights=("manage_tags",))

    def test_is_audited_with_what_was_given(self, session, owner):
        """R-ROLE-2"""
        add(session, owner, name="Eve", rights=("manage_tags", "manage_rates"), has_default_access=True)

        assert audit(session, owner)[:3] == [
            ("Eve", "default_access", "no", "yes"),
            ("Eve", "rights", "", "manage_rates, manage_tags"),
            ("Eve", "created", "", "employee"),
        ]

    def test_the_check_before_the_hash_refuses_the_same(self, session, owner):
        employee = acting(owner, add(session, owner, email="ada@firm.example"))
        request = CreateMember(email="ada@firm.example", name="Ada")

        with pytest.raises(EmailTaken):
            members.check_may_create(session, owner, request)
        with pytest.raises(NotAllowed):
            members.check_may_create(session, employee, request)


class TestChangeMember:
    def test_changes_what_is_named_and_announces_it(self, session, owner):
        member = add(session, owner, rights=("manage_tags",))

        changed = change(session, owner, member, rights=("view_all_accounts",), has_default_access=True)

        assert (changed.rights, changed.has_default_access) == (("view_all_accounts",), True)
        assert (changed.version, changed.name) == (2, member.name)
        assert pending(session)[-1] == identity.MemberChanged(member=changed)

    def test_what_does_not_differ_is_no_change(self, session, owner):
        member = add(session, owner, rights=("manage_tags", "manage_rates"))
        before = len(pending(session))

        changed = change(session, owner, member, name=member.name, rights=("manage_tags", "manage_rates"))

        assert changed.version == 1
        assert len(pending(session)) == before

    def test_an_older_version_is_refused_with_what_is_there(self, session, owner):
        member = add(session, owner)
        changed = change(session, owner, member, name="Eve")

        with pytest.raises(MemberChangedMeanwhile) as error:
            change(session, owner, member, name="Mallory")

        assert error.value.data["current"]["name"] == "Eve"
        assert error.value.data["current"]["version"] == changed.version

    @pytest.mark.parametrize(
        ("role", "fields"),
        [
            ("admin", {"role": "employee"}),
            ("admin", {"has_default_access": True}),
            ("employee", {"role": "admin"}),
            ("employee", {"has_default_access": True}),
            ("employee", {"rights": ("manage_tags",)}),
        ],
    )
    def test_nobody_changes_their_own_rights(self, session, owner, role, fields):
        member = add(session, owner, role=role)

        with pytest.raises(NotAllowed):
            change(session, acting(owner, member), member, **fields)

    def test_everybody_changes_their_own_name_and_address(self, session, owner):
        member = add(session, owner)
        address = email()

        changed = change(session, acting(owner, member), member, name="Eve", email=address)

        assert (changed.name, changed.email) == ("Eve", address)

    def test_admins_change_employees_and_no_one_else(self, session, owner):
        admin, other, employee = (add(session, owner, role=role) for role in ("admin", "admin", "employee"))
        boss = team.get_member(session, owner, MemberRef(member_id=owner.actor.id))

        assert change(session, acting(owner, admin), employee, rights=("manage_tags",)).rights == ("manage_tags",)
        for member in (other, boss):
            with pytest.raises(NotAllowed):
                change(session, acting(owner, admin), member, name="Mallory")

    def test_an_employee_changes_nobody_else(self, session, owner):
        member, colleague = add(session, owner), add(session, owner)

        with pytest.raises(NotAllowed):
            change(session, acting(owner, member), colleague, name="Mallory")

    def test_only_the_owner_promotes(self, session, owner):
        admin, employee = add(session, owner, role="admin"), add(session, owner)

        with pytest.raises(NotAllowed):
            change(session, acting(owner, admin), employee, role="admin")
        assert change(session, owner, employee, role="admin").role == "admin"

    def test_only_the_owner_demotes(self, session, owner):
        admin, other = add(session, owner, role="admin"), add(session, owner, role="admin")

        with pytest.raises(NotAllowed):
            change(session, acting(owner, admin), other, role="employee")
        assert change(session, owner, other, role="employee").role == "employee"

    def test_rights_do_not_outlive_a_promotion(self, session, owner):
        member = add(session, owner, rights=("manage_rates",))

        admin = change(session, owner, member, role="admin")
        again = change(session, owner, admin, role="employee")

        assert (admin.rights, again.rights) == ((), ())

    def test_the_owner_is_not_demoted(self, session, owner):
        """R-ROLE-1"""
        boss = team.get_member(session, owner, MemberRef(member_id=owner.actor.id))

        with pytest.raises(OwnerStays):
            change(session, owner, boss, role="admin")

    def test_an_address_of_a_colleague_is_refused(self, session, owner):
        member, colleague = add(session, owner), add(session, owner)

        with pytest.raises(EmailTaken):
            change(session, owner, member, email=colleague.email.upper())

    def test_ones_own_address_in_other_letters_is_free(self, session, owner):
        member = add(session, owner, email="ada@firm.example")

        assert change(session, owner, member, email="Ada@firm.example").email == "Ada@firm.example"

    def test_every_change_of_rights_is_audited(self, session, owner):
        """R-ROLE-2"""
        member = add(session, owner, name="Eve", email="eve@firm.example")

        member = change(session, owner, member, rights=("manage_tags",))
        member = change(session, owner, member, role="admin", has_default_access=True)
        member = change(session, owner, member, email="eva@firm.example")

        assert audit(session, owner)[:5] == [
            ("Eve", "email", "eve@firm.example", "eva@firm.example"),
            ("Eve", "rights", "manage_tags", ""),
            ("Eve", "default_access", "no", "yes"),
            ("Eve", "role", "employee", "admin"),
            ("Eve", "rights", "", "manage_tags"),
        ]

    def test_an_unknown_member_is_not_found(self, session, owner):
        nobody = ChangeMember(member_id=new_id(), version=1, name="Eve")

        with pytest.raises(MemberNotFound):
            members.change_member(session, owner, nobody)


class TestListMembers:
    def test_by_name_without_regard_to_case(self, session, owner):
        for name in ("bea", "Ada", "Zoë"):
            add(session, owner, name=name)

        found = team.list_members(session, owner, ListMembers())

        assert [member.name for member in found.items] == ["Ada", "bea", "Olga Owner", "Zoë"]

    def test_deactivated_ones_only_when_asked_for(self, session, owner):
        gone = add(session, owner, name="Gone")
        states.deactivate_member(session, owner, MemberRef(member_id=gone.id))

        assert "Gone" not in [m.name for m in team.list_members(session, owner, ListMembers()).items]
        everybody = team.list_members(session, owner, ListMembers(include_inactive=True)).items
        assert [(m.name, m.is_active) for m in everybody] == [("Gone", False), ("Olga Owner", True)]

    def test_only_colleagues_see_them(self, session, owner):
        stranger = replace(owner, actor=Actor(kind="portal", id=owner.actor.id))

        with pytest.raises(NotAllowed):
            team.list_members(session, stranger, ListMembers())
        with pytest.raises(NotAllowed):
            team.get_member(session, stranger, MemberRef(member_id=owner.actor.id))


class TestListAudit:
    def test_owner_and_admins_see_it(self, session, owner):
        """domain.md §2.1: the feed is for owner and admins."""
        admin, employee = add(session, owner, role="admin"), add(session, owner)

        assert audit(session, acting(owner, admin)) == audit(session, owner)
        with pytest.raises(NotAllowed):
            team.list_audit(session, acting(owner, employee), ListAudit())

    def test_says_who_did_it(self, session, owner):
        add(session, owner, name="Eve")

        entry = team.list_audit(session, owner, ListAudit()).items[0]

        assert (entry.actor_id, entry.actor_name, entry.at) == (owner.actor.id, "Olga Owner", owner.now)

    def test_pages_meet_without_gap_or_overlap(self, session, owner):
        for number in range(5):
            add(session, owner, name=f"Member {number}")
        everything = team.list_audit(session, owner, ListAudit()).items

        first = team.list_audit(session, owner, ListAudit(limit=4))
        second = team.list_audit(session, owner, ListAudit(limit=4, cursor=first.next_cursor))

        assert first.items + second.items == everything
        assert (len(first.items), second.next_cursor) == (4, None)

    @pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzEsMl0", "WyIyMDI2LTAxLTAxIiwibm8iXQ"])
    def test_a_made_up_cursor_is_refused(self, session, owner, cursor):
        with pytest.raises(Invalid):
            team.list_audit(session, owner, ListAudit(cursor=cursor))
