"""Who may do what: the matrix of domain.md §2.4 written out by hand, against the rules and against the SQL."""

from dataclasses import replace
from itertools import combinations
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from chassis.context import Actor, new_id
from chassis.errors import Forbidden
from contracts import rights
from contracts.accounts import AccountNotFound, AccountRef
from contracts.identity import Right
from contracts.rights import Action
from services.accounts import queries, rules
from services.accounts.model import Account
from services.accounts.visibility import visible
from tests.unit.accounts import firm

ACTIONS = get_args(Action)
RIGHTS = get_args(Right)
# "A + X" of the matrix: what an employee who sees the account may do with each single right.
MATRIX = {
    "view_all_accounts": {"view"},
    "manage_accounts": {"view", "edit_details", "edit_team", "apply_tags", "link_contacts", "edit_contacts",
                        "edit_switches", "archive", "change_photo", "edit_any_note"},
    "manage_contacts": {"view", "link_contacts", "edit_contacts"},
    "manage_tags": {"view", "apply_tags"},
    "assign_team_members": {"view", "edit_team"},
    "manage_time_entries": {"view", "see_all_time", "mark_billed"},
    "manage_documents": {"view", "manage_documents"},
    "manage_invoices": {"view", "mark_billed", "manage_invoices"},
    "manage_payments": {"view", "manage_payments"},
    "manage_proposals": {"view", "manage_proposals"},
    "manage_rates": {"view", "see_rates"},
    "manage_pipelines": {"view", "see_all_jobs"},
}  # fmt: skip

actors = st.builds(
    Actor,
    kind=st.sampled_from(["member", "portal", "system"]),
    id=st.one_of(st.none(), st.uuids()),
    role=st.sampled_from(["owner", "admin", "employee", ""]),
    rights=st.frozensets(st.sampled_from(RIGHTS)),
)


def may_all(actor, *, is_assigned):
    return {action for action in ACTIONS if rules.may(actor, action, is_assigned=is_assigned)}


def employee(*rights):
    return Actor(kind="member", id=UUID(int=1), role="employee", rights=frozenset(rights))


class TestMatrix:
    def test_every_action_has_a_rule(self):
        assert set(rights.ACCOUNT) == set(ACTIONS)

    @pytest.mark.parametrize("role", ["owner", "admin"])
    @pytest.mark.parametrize("is_assigned", [True, False])
    def test_owner_and_admins_may_all_on_every_account(self, role, is_assigned):
        """R-ACC-1."""
        actor = Actor(kind="member", id=UUID(int=1), role=role)

        assert may_all(actor, is_assigned=is_assigned) == set(ACTIONS) - {"use_portal"}

    @pytest.mark.parametrize("right", RIGHTS)
    def test_an_assigned_employee_may_what_the_right_names(self, right):
        assert may_all(employee(right), is_assigned=True) == MATRIX.get(right, {"view"})

    def test_an_assigned_employee_without_rights_views(self):
        """R-ACC-1."""
        assert may_all(employee(), is_assigned=True) == {"view"}

    @pytest.mark.parametrize("right", [right for right in RIGHTS if right != "view_all_accounts"])
    def test_no_right_but_view_all_opens_an_account_not_assigned(self, right):
        """R-ACC-1."""
        assert may_all(employee(right), is_assigned=False) == set()

    @pytest.mark.parametrize(("one", "other"), list(combinations(RIGHTS, 2)))
    def test_two_rights_give_what_each_gives(self, one, other):
        both = MATRIX.get(one, {"view"}) | MATRIX.get(other, {"view"})

        assert may_all(employee(one, other), is_assigned=True) == both

    def test_view_all_makes_every_account_as_if_assigned(self):
        """R-ACC-1."""
        for right in RIGHTS:
            actor = employee("view_all_accounts", right)
            assert may_all(actor, is_assigned=False) == may_all(actor, is_assigned=True) != set()

    @given(actor=actors, is_assigned=st.booleans())
    def test_who_cannot_view_may_nothing(self, actor, is_assigned):
        """R-ACC-5: nothing about an account out of sight."""
        if not rules.can_view(actor, is_assigned=is_assigned):
            assert may_all(actor, is_assigned=is_assigned) == set()

    @given(actor=actors, is_assigned=st.booleans())
    def test_a_portal_user_is_nobody_of_the_firm_whatever_they_carry(self, actor, is_assigned):
        portal = replace(actor, kind="portal")

        assert may_all(portal, is_assigned=is_assigned) == set()
        assert not any(rules.may_in_firm(portal, what) for what in rights.FIRM)

    def test_a_client_who_sees_the_account_changes_its_photo_and_nothing_else(self):
        """R-PHOTO-1; which accounts a client sees is the portal's business."""
        client = Actor(kind="portal", id=UUID(int=1), rights=frozenset(RIGHTS))

        may = {action for action in ACTIONS if rights.allows(rights.ACCOUNT[action], client)}
        assert may == {"use_portal", "change_photo"}
        assert may_all(replace(client, account_id=UUID(int=2)), is_assigned=False) == may

    @pytest.mark.parametrize(("kind", "side"), [("member", "firm"), ("system", "firm"), ("portal", "client")])
    def test_a_change_is_told_as_the_firms_or_the_clients(self, kind, side):
        """R-PHOTO-2: with its author."""
        assert rules.side(Actor(kind=kind, id=UUID(int=1))) == side

    def test_importing_needs_both_rights(self):
        assert rules.may_in_firm(employee("manage_accounts", "manage_contacts"), "import")
        assert not rules.may_in_firm(employee("manage_accounts"), "import")
        assert not rules.may_in_firm(employee("manage_contacts"), "import")

    def test_a_refusal_names_the_rights_that_would_do(self):
        with pytest.raises(Forbidden) as refused:
            rules.check(employee(), "edit_team")

        assert refused.value.data == {"action": "edit_team", "needs": ["assign_team_members", "manage_accounts"]}


class TestPredicate:
    """`visible` in SQL decides as `can_view` does in Python, for whoever asks."""

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
    @given(actor=actors, is_assigned=st.booleans(), is_archived=st.booleans())
    def test_sql_and_rules_agree(self, session, ctx, accounts, actor, is_assigned, is_archived):
        """R-ACC-1, R-ACC-8."""
        actor = replace(actor, id=accounts.assigned if is_assigned and actor.id else actor.id)
        account_id = accounts.archived if is_archived else accounts.active

        seen = session.scalar(select(Account.id).where(visible(replace(ctx, actor=actor)), Account.id == account_id))

        is_assigned = actor.id == accounts.assigned
        assert (seen == account_id) == rules.can_view(actor, is_assigned=is_assigned)

    @given(actor=actors)
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
    def test_nobody_of_another_firm_sees_anything(self, session, ctx, accounts, actor):
        stranger = replace(ctx, firm_id=new_id(), actor=actor)

        assert session.scalars(select(Account.id).where(visible(stranger))).all() == []

    def test_nobody_sees_an_account_that_is_being_created(self, session, ctx):
        firm.opening.begin(session, ctx, firm.create())

        assert session.scalars(select(Account.id).where(visible(ctx))).all() == []

    def test_a_deactivated_member_sees_nothing_even_with_a_session_that_lives_on(self, session, ctx):
        """R-ACC-1: member.active; R-ROLE-3."""
        boss = firm.member("admin")
        (boss_ctx,) = firm.join(session, ctx, boss)
        account = firm.opened(session, ctx)
        assert queries.get_account(session, boss_ctx, AccountRef(account_id=account.id)).id == account.id

        firm.tell(session, ctx, boss, is_active=False)

        with pytest.raises(AccountNotFound):
            queries.get_account(session, boss_ctx, AccountRef(account_id=account.id))

    @pytest.fixture
    def accounts(self, session, ctx):
        person = firm.member()
        firm.join(session, ctx, person)

        class Made:
            assigned = person.id
            active = firm.opened(session, ctx, team=(person.id,)).id
            archived = firm.opened(session, ctx, team=(person.id,)).id

        firm.archive(session, ctx, Made.archived)
        return Made


class TestAccess:
    def test_get_access_answers_from_the_table(self, session, ctx):
        person = firm.member(rights=("manage_tags",))
        (theirs,) = firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        access = queries.get_access(session, theirs, AccountRef(account_id=account.id))

        assert access.actions == ("view", "apply_tags")

    def test_an_account_out_of_sight_and_one_that_is_not_there_answer_alike(self, session, ctx):
        """R-ACC-5."""
        (theirs,) = firm.join(session, ctx, firm.member(rights=("manage_accounts",)))
        (_, other) = firm.join(session, ctx, firm.member("owner"), firm.member())
        hidden = firm.opened(session, ctx, team=(other.actor.id,))
        answers = []

        for account_id in (hidden.id, new_id()):
            with pytest.raises(AccountNotFound) as refused:
                queries.get_access(session, theirs, AccountRef(account_id=account_id))
            answers.append((refused.value.detail, set(refused.value.data)))

        assert answers[0] == answers[1]
