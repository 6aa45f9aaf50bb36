"""Account roles: the firm's list, and who fills them; they route work and open nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts.account_settings import CreateRole, RenameRole, RoleRef
from contracts.accounts import (
    AccountChanged,
    AccountChangedMeanwhile,
    AccountNotFound,
    AccountRef,
    RoleChanged,
    RoleEntry,
    RoleExists,
    RoleNotFound,
    SetRoles,
    TeamMemberUnknown,
)
from contracts.common import Done
from services.accounts import queries
from services.accounts.operations import roles
from tests.unit.accounts import firm


def create(session, ctx, name):
    return roles.create_account_role(session, ctx, CreateRole(name=name))


def rename(session, ctx, role, name):
    return roles.rename_account_role(session, ctx, RenameRole(role_id=role.id, name=name))


def fill(session, ctx, account, filled):
    entries = tuple(
        RoleEntry(role_id=role.id, members=tuple(person.id for person in people)) for role, people in filled
    )
    return roles.set_roles(session, ctx, SetRoles(account_id=account.id, version=account.version, roles=entries))


def get(session, ctx, account):
    return queries.get_account(session, ctx, AccountRef(account_id=account.id))


def held(account):
    return [(each.role.name, [person.name for person in each.members]) for each in account.roles]


def listed(session, ctx):
    return [(use.role.name, use.accounts) for use in queries.list_account_roles(session, ctx, Done()).items]


def wrong_fields(refused):
    return [error["field"] for error in refused.value.data["errors"]]


class TestTheFirmsList:
    def test_a_role_is_made_renamed_and_deleted_and_each_is_told(self, session, ctx):
        made = create(session, ctx, " Book  keeper ")
        renamed = rename(session, ctx, made, "Bookkeeper")
        roles.delete_account_role(session, ctx, RoleRef(role_id=made.id))

        assert (made.name, renamed.id, renamed.name) == ("Book keeper", made.id, "Bookkeeper")
        assert outbox.pending(session) == [
            RoleChanged(role=made, version=1),
            RoleChanged(role=renamed, version=2),
            RoleChanged(role=renamed, is_deleted=True, version=3),
        ]
        assert listed(session, ctx) == []

    def test_the_same_name_again_tells_nothing(self, session, ctx):
        made = create(session, ctx, "Reviewer")

        assert rename(session, ctx, made, "Reviewer") == made
        assert len(outbox.pending(session)) == 1

    def test_a_name_is_taken_without_regard_to_case(self, session, ctx):
        create(session, ctx, "Bookkeeper")
        other = create(session, ctx, "Reviewer")

        with pytest.raises(RoleExists):
            create(session, ctx, "BOOKKEEPER")
        with pytest.raises(RoleExists):
            rename(session, ctx, other, "bookkeeper")
        assert rename(session, ctx, other, "REVIEWER").name == "REVIEWER"

    def test_a_name_of_spaces_is_none(self, session, ctx):
        with pytest.raises(Invalid):
            create(session, ctx, "   ")

    def test_needs_the_right_but_every_member_sees_the_list(self, session, ctx):
        strong, plain = firm.join(
            session,
            ctx,
            firm.member(rights=("manage_accounts",)),
            firm.member(rights=("assign_team_members", "manage_tags")),
        )
        made = create(session, strong, "Bookkeeper")

        for attempt in (
            lambda: create(session, plain, "Mine"),
            lambda: rename(session, plain, made, "Mine"),
            lambda: roles.delete_account_role(session, plain, RoleRef(role_id=made.id)),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert listed(session, plain) == [("Bookkeeper", 0)]

    def test_a_client_does_not_see_it(self, session, ctx):
        with pytest.raises(Forbidden):
            listed(session, replace(ctx, actor=replace(ctx.actor, kind="portal")))

    def test_another_firm_has_roles_of_its_own(self, sessions, ctx):
        other = replace(ctx, firm_id=new_id())
        with sessions() as session:
            made = create(session, ctx, "Bookkeeper")

        with sessions(other) as session:
            create(session, other, "Bookkeeper")
            with pytest.raises(RoleNotFound):
                rename(session, other, made, "Taken over")

    def test_many_at_once_make_one(self, sessions, ctx):
        def make(_):
            try:
                with sessions() as session:
                    return create(session, ctx, "Bookkeeper")
            except RoleExists:
                return None

        with ThreadPoolExecutor(6) as pool:
            assert len([made for made in pool.map(make, range(6)) if made]) == 1

    def test_counts_are_of_accounts_in_sight(self, session, ctx, role):
        """R-ACC-5."""
        person, other = firm.member(), firm.member()
        theirs, _ = firm.join(session, ctx, person, other)
        for team in ((person.id,), (other.id,)):
            fill(session, ctx, firm.opened(session, ctx, team=team), [(role, [person, other])])

        assert (listed(session, theirs), listed(session, ctx)) == ([("Bookkeeper", 1)], [("Bookkeeper", 2)])


class TestHolders:
    def test_are_told_with_the_account_by_role_and_name(self, session, ctx, role):
        zoe, ann = firm.member(name="zoe"), firm.member(name="Ann")
        firm.join(session, ctx, firm.member("owner"), zoe, ann)
        account = firm.opened(session, ctx)
        adviser = create(session, ctx, "adviser")

        filled = fill(session, ctx, account, [(role, [zoe, ann, zoe]), (adviser, [zoe])])
        fewer = fill(session, ctx, filled, [(role, [ann]), (adviser, [])])

        assert held(filled) == [("adviser", ["zoe"]), ("Bookkeeper", ["Ann", "zoe"])]
        assert held(fewer) == [("Bookkeeper", ["Ann"])]
        assert fewer.version == account.version + 2
        assert outbox.pending(session)[-1] == AccountChanged(account=fewer)
        assert fill(session, ctx, fewer, [(role, [ann])]) == fewer

    def test_a_role_opens_nothing(self, session, ctx, role):
        """R-ACC-6: neither sight nor team nor following comes with it."""
        person = firm.member(rights=("manage_accounts", "assign_team_members"))
        _, theirs = firm.join(session, ctx, firm.member("owner"), person)
        account = firm.opened(session, ctx)

        filled = fill(session, ctx, account, [(role, [person])])

        assert person.id not in {each.id for each in (*filled.team, *filled.followers)}
        assert person.id not in {
            each.member.id for each in queries.list_viewers(session, ctx, AccountRef(account_id=account.id)).items
        }
        for attempt in (
            lambda: get(session, theirs, account),
            lambda: queries.get_access(session, theirs, AccountRef(account_id=account.id)),
            lambda: fill(session, theirs, filled, []),
        ):
            with pytest.raises(AccountNotFound):
                attempt()

    @pytest.mark.parametrize("right", ["assign_team_members", "manage_accounts"])
    def test_who_may_edit_the_team_fills_roles(self, session, ctx, role, right):
        person = firm.member(rights=(right,))
        (theirs,) = firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        assert held(fill(session, theirs, account, [(role, [person])])) == [("Bookkeeper", [person.name])]

    def test_others_do_not(self, session, ctx, role):
        person = firm.member(rights=("manage_tags", "manage_contacts"))
        (theirs,) = firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        with pytest.raises(Forbidden):
            fill(session, theirs, account, [(role, [person])])

    def test_only_active_members_of_the_firm(self, session, ctx, role):
        gone, present = firm.member(is_active=False), firm.member()
        firm.join(session, ctx, gone, present, firm.member("owner"))
        account = firm.opened(session, ctx)

        with pytest.raises(TeamMemberUnknown) as refused:
            fill(session, ctx, account, [(role, [present, gone, firm.member()])])

        assert wrong_fields(refused) == ["roles.0.members.1", "roles.0.members.2"]

    def test_only_roles_of_the_firm_each_once(self, session, ctx, role, account):
        stranger = replace(role, id=new_id())

        with pytest.raises(Invalid) as refused:
            fill(session, ctx, account, [(role, []), (stranger, []), (role, [])])

        assert wrong_fields(refused) == ["roles.1.role_id", "roles.2.role_id"]

    def test_refuses_an_older_version(self, session, ctx, role):
        person = firm.member()
        firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))
        fill(session, ctx, account, [(role, [person])])

        with pytest.raises(AccountChangedMeanwhile):
            fill(session, ctx, account, [])

    def test_a_deactivated_member_leaves_their_roles_and_no_team_changes_for_it(self, session, ctx, role):
        """R-ROLE-3."""
        owner, person = firm.member("owner"), firm.member()
        firm.join(session, ctx, owner, person)
        account = fill(session, ctx, firm.opened(session, ctx), [(role, [owner, person])])

        firm.tell(session, ctx, person, is_active=False)

        now = get(session, ctx, account)
        assert [member.id for member in now.roles[0].members] == [owner.id]
        assert (now.team, now.version) == (account.team, account.version + 1)
        assert outbox.pending(session)[-1] == AccountChanged(account=now)

    def test_a_deleted_role_is_gone_from_every_account(self, session, ctx, role):
        person = firm.member()
        firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))
        filled = fill(session, ctx, account, [(role, [person])])

        roles.delete_account_role(session, ctx, RoleRef(role_id=role.id))

        now = get(session, ctx, account)
        assert (now.roles, now.version) == ((), filled.version + 1)
        assert outbox.pending(session)[-1] == AccountChanged(account=now)

    def test_filling_and_deleting_at_once_never_wait_in_a_circle(self, sessions, ctx):
        owner, person = firm.member("owner"), firm.member()
        with sessions() as session:
            firm.join(session, ctx, owner, person)
            made = [firm.opened(session, ctx) for _ in range(6)]
            known = [create(session, ctx, name) for name in "abc"]

        def work(number):
            try:
                with sessions() as session:
                    if number % 3 == 2:
                        roles.delete_account_role(session, ctx, RoleRef(role_id=known[number // 3 % 3].id))
                    else:
                        current = get(session, ctx, made[number % 6])
                        order = known if number % 2 else known[::-1]
                        fill(session, ctx, current, [(role, [owner, person]) for role in order])
            except (Invalid, RoleNotFound, AccountChangedMeanwhile):
                return "refused"
            return "done"

        with ThreadPoolExecutor(6) as pool:
            assert "done" in list(pool.map(work, range(12)))

        with sessions() as session:
            kept = {name for name, _ in listed(session, ctx)}
            assert {name for each in made for name, _ in held(get(session, ctx, each))} <= kept


@pytest.fixture
def role(session, ctx):
    return create(session, ctx, "Bookkeeper")


@pytest.fixture
def account(session, ctx):
    return firm.opened(session, ctx)
