"""Who is given access, by whom, and who asks for it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden
from contracts.accounts import (
    AccessRequested,
    AccessRequestNotFound,
    AccountChanged,
    AccountChangedMeanwhile,
    AccountNotFound,
    AccountRef,
    AnswerAccessRequest,
    Follow,
    SetTeam,
    TeamMemberUnknown,
)
from contracts.common import Done
from contracts.identity import MemberDeactivated
from services.accounts import members, queries
from services.accounts.model import AccountTeam
from services.accounts.operations import accounts, teams
from tests.unit.accounts import firm


def ids(people):
    return {person.id for person in people}


def set_team(session, ctx, account, *wanted):
    request = SetTeam(account_id=account.id, version=account.version, members=tuple(person.id for person in wanted))
    return teams.set_team(session, ctx, request)


class TestSetTeam:
    @pytest.mark.parametrize("right", ["assign_team_members", "manage_accounts"])
    def test_either_right_is_enough_on_an_account_one_sees(self, session, ctx, right):
        """U-4, R-ACC-2."""
        person, other = firm.member(rights=(right,)), firm.member(name="Other")
        (theirs, _) = firm.join(session, ctx, person, other)
        account = firm.opened(session, ctx, team=(person.id,))

        changed = set_team(session, theirs, account, person, other)

        assert ids(changed.team) == {person.id, other.id}
        assert ids(changed.followers) == {person.id, other.id}  # R-FOL-1
        assert outbox.pending(session)[-1] == AccountChanged(account=changed)

    def test_other_rights_are_not(self, session, ctx):
        person = firm.member(rights=("manage_contacts", "manage_tags", "view_all_accounts"))
        (theirs,) = firm.join(session, ctx, person)
        account = firm.opened(session, ctx)

        with pytest.raises(Forbidden):
            set_team(session, theirs, account, person)

    def test_nobody_gives_access_to_what_they_do_not_see_not_even_to_themselves(self, session, ctx):
        """U-4, R-ACC-5."""
        person = firm.member(rights=("assign_team_members", "manage_accounts"))
        (_, theirs) = firm.join(session, ctx, firm.member("owner"), person)
        account = firm.opened(session, ctx)

        with pytest.raises(AccountNotFound):
            set_team(session, theirs, account, person)

    def test_only_active_members_of_the_firm(self, session, ctx):
        """R-ACC-2, R-ROLE-3."""
        person, gone, foreign = firm.member(), firm.member(is_active=False), firm.member()
        firm.join(session, ctx, person, gone)
        account = firm.opened(session, ctx)

        for unknown in (gone, foreign):
            with pytest.raises(TeamMemberUnknown) as refused:
                set_team(session, ctx, account, person, unknown)
            assert [each["field"] for each in refused.value.data["errors"]] == ["members.1"]

    def test_a_team_emptied_is_the_default_one(self, session, ctx):
        """R-ACC-3."""
        owner, default, person = firm.member("owner"), firm.member(has_default_access=True), firm.member()
        firm.join(session, ctx, owner, default, person)
        account = firm.opened(session, ctx, team=(person.id,))

        assert ids(set_team(session, ctx, account).team) == {owner.id, default.id}

    def test_owner_and_admins_keep_their_access_and_go_on_following(self, session, ctx):
        """U-4: nobody removes the owner's access; R-FOL-1: only losing access ends following."""
        owner, boss = firm.member("owner"), firm.member("admin")
        person, plain = firm.member(rights=("assign_team_members",)), firm.member()
        owner_ctx, boss_ctx, theirs, _ = firm.join(session, ctx, owner, boss, person, plain)
        account = firm.opened(session, ctx, team=(owner.id, boss.id, person.id, plain.id))

        changed = set_team(session, theirs, account, person)

        assert ids(changed.team) == {person.id}
        assert ids(changed.followers) == {owner.id, boss.id, person.id}
        for each in (owner_ctx, boss_ctx):
            assert queries.get_account(session, each, AccountRef(account_id=account.id)).id == account.id

    def test_who_was_taken_off_sees_it_no_longer(self, session, ctx):
        """R-ACC-1."""
        owner, person = firm.member("owner"), firm.member()
        _, theirs = firm.join(session, ctx, owner, person)
        account = firm.opened(session, ctx, team=(person.id,))

        set_team(session, ctx, account, owner)

        with pytest.raises(AccountNotFound):
            queries.get_account(session, theirs, AccountRef(account_id=account.id))

    def test_the_same_team_changes_nothing(self, session, ctx):
        person = firm.member()
        firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        assert set_team(session, ctx, account, person, person) == account

    def test_refuses_an_older_version(self, session, ctx):
        person, other = firm.member(), firm.member()
        firm.join(session, ctx, person, other)
        account = firm.opened(session, ctx, team=(person.id,))
        set_team(session, ctx, account, other)

        with pytest.raises(AccountChangedMeanwhile):
            set_team(session, ctx, account, person, other)


class TestAccessRequests:
    def test_the_answer_is_the_same_whether_the_account_exists_is_seen_or_is_another_firms(self, session, ctx, closed):
        """R-ACC-4, R-ACC-5."""
        account, theirs = closed
        opening_id = firm.opening.begin(session, replace(ctx, key="half"), firm.create()).account.id

        answers = [
            teams.request_access(session, each, AccountRef(account_id=account_id))
            for each, account_id in ((theirs, account.id), (theirs, new_id()), (theirs, opening_id), (ctx, account.id))
        ]

        assert answers == [Done()] * 4
        requested = [event for event in outbox.pending(session) if isinstance(event, AccessRequested)]
        assert [(event.request.account_id, event.request.member.id) for event in requested] == [
            (account.id, theirs.actor.id)
        ]

    def test_asking_twice_is_asking_once(self, session, ctx, closed):
        """R-ACC-4."""
        account, theirs = closed

        for _ in range(2):
            teams.request_access(session, theirs, AccountRef(account_id=account.id))

        assert len(queries.list_access_requests(session, ctx, Done()).items) == 1

    def test_a_portal_user_may_not_ask(self, session, ctx, closed):
        """R-ACC-4: a member asks."""
        account, theirs = closed
        portal = replace(theirs, actor=replace(theirs.actor, kind="portal"))

        for account_id in (account.id, new_id()):
            with pytest.raises(Forbidden):
                teams.request_access(session, portal, AccountRef(account_id=account_id))

    def test_granting_puts_on_the_team_and_ends_the_request(self, session, ctx, closed):
        """R-ACC-4, R-FOL-1."""
        account, theirs = closed
        asked = ask(session, ctx, theirs, account)

        answer(session, ctx, asked, is_granted=True)

        seen = queries.get_account(session, theirs, AccountRef(account_id=account.id))
        assert theirs.actor.id in ids(seen.team) & ids(seen.followers)
        assert outbox.pending(session)[-1] == AccountChanged(account=seen)
        assert queries.list_access_requests(session, ctx, Done()).items == ()

    def test_denying_ends_it_too_and_one_may_ask_again(self, session, ctx, closed):
        """R-ACC-4."""
        account, theirs = closed
        first = ask(session, ctx, theirs, account)
        answer(session, ctx, first, is_granted=False)
        assert queries.list_access_requests(session, ctx, Done()).items == ()

        assert ask(session, ctx, theirs, account).id != first.id

    def test_being_assigned_otherwise_answers_the_request(self, session, ctx, closed):
        """R-ACC-4."""
        account, theirs = closed
        ask(session, ctx, theirs, account)

        request = SetTeam(account_id=account.id, version=account.version, members=(theirs.actor.id,))
        teams.set_team(session, ctx, request)

        assert queries.list_access_requests(session, ctx, Done()).items == ()

    def test_holders_of_the_right_see_and_answer_for_accounts_they_see(self, session, ctx, closed):
        """R-ACC-4."""
        account, theirs = closed
        assigner, blind = (firm.member(rights=("assign_team_members",)) for _ in range(2))
        assigner_ctx, blind_ctx = firm.join(session, ctx, assigner, blind)
        request = SetTeam(account_id=account.id, version=account.version, members=(assigner.id,))
        teams.set_team(session, ctx, request)
        asked = ask(session, ctx, theirs, account)

        assert queries.list_access_requests(session, blind_ctx, Done()).items == ()
        with pytest.raises(AccessRequestNotFound):
            answer(session, blind_ctx, asked, is_granted=True)
        assert [each.id for each in queries.list_access_requests(session, assigner_ctx, Done()).items] == [asked.id]
        answer(session, assigner_ctx, asked, is_granted=True)

    def test_others_may_neither_list_nor_answer_not_even_their_own(self, session, ctx, closed):
        """R-ACC-4."""
        account, theirs = closed
        asked = ask(session, ctx, theirs, account)

        with pytest.raises(Forbidden):
            queries.list_access_requests(session, theirs, Done())
        with pytest.raises(Forbidden):
            answer(session, theirs, asked, is_granted=True)

    def test_answering_twice_is_refused(self, session, ctx, closed):
        account, theirs = closed
        asked = ask(session, ctx, theirs, account)
        answer(session, ctx, asked, is_granted=False)

        with pytest.raises(AccessRequestNotFound):
            answer(session, ctx, asked, is_granted=True)

    def test_the_request_of_a_deactivated_member_is_gone(self, session, ctx):
        """R-ROLE-3."""
        person = firm.member()
        _, theirs = firm.join(session, ctx, firm.member("owner"), person)
        account = firm.opened(session, ctx)
        ask(session, ctx, theirs, account)

        firm.tell(session, ctx, person, is_active=False)

        assert queries.list_access_requests(session, ctx, Done()).items == ()

    @pytest.fixture
    def closed(self, session, ctx):
        """An account, and somebody who does not see it."""
        _, theirs = firm.join(session, ctx, firm.member("owner"), firm.member(name="Outside"))
        return firm.opened(session, ctx), theirs


def ask(session, ctx, theirs, account):
    teams.request_access(session, theirs, AccountRef(account_id=account.id))
    return queries.list_access_requests(session, ctx, Done()).items[-1]


def answer(session, ctx, asked, *, is_granted):
    request = AnswerAccessRequest(request_id=asked.id, is_granted=is_granted)
    return teams.answer_access_request(session, ctx, request)


class TestMembers:
    def test_a_deactivated_member_leaves_teams_and_followers(self, session, ctx):
        """R-ROLE-3, R-ACC-3."""
        owner, person, other = firm.member("owner"), firm.member(), firm.member()
        firm.join(session, ctx, owner, person, other)
        shared = firm.opened(session, ctx, team=(person.id, other.id))
        alone = firm.opened(session, ctx, team=(person.id,))
        archived = firm.archive(session, ctx, firm.opened(session, ctx, team=(person.id,)).id)

        members.told(session, ctx, MemberDeactivated(member=replace(person, version=2, is_active=False)))

        now = [queries.get_account(session, ctx, AccountRef(account_id=each.id)) for each in (shared, alone, archived)]
        assert [ids(each.team) for each in now] == [{other.id}, {owner.id}, {owner.id}]
        assert not any(person.id in ids(each.followers) for each in now)
        assert [each.version for each in now] == [shared.version + 1, alone.version + 1, archived.version + 1]

    def test_an_older_event_changes_nothing(self, session, ctx):
        owner, person = firm.member("owner"), firm.member()
        firm.join(session, ctx, owner, replace(person, version=5))
        account = firm.opened(session, ctx, team=(person.id,))

        members.told(session, ctx, MemberDeactivated(member=replace(person, version=4, is_active=False)))
        members.told(session, ctx, MemberDeactivated(member=replace(person, version=5, is_active=False)))

        assert queries.get_account(session, ctx, AccountRef(account_id=account.id)) == account

    def test_losing_view_all_ends_following_where_one_is_not_assigned(self, session, ctx):
        """R-FOL-1."""
        person = firm.member(rights=("view_all_accounts",))
        _, theirs = firm.join(session, ctx, firm.member("owner"), person)
        elsewhere, assigned = firm.opened(session, ctx), firm.opened(session, ctx, team=(person.id,))
        accounts.follow(session, theirs, Follow(account_id=elsewhere.id, is_following=True))

        firm.tell(session, ctx, person, rights=())

        followed = [
            person.id in ids(queries.get_account(session, ctx, AccountRef(account_id=each.id)).followers)
            for each in (elsewhere, assigned)
        ]
        assert followed == [False, True]

    def test_a_new_name_shows_on_every_account(self, session, ctx):
        person = firm.member(name="Before")
        firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        firm.tell(session, ctx, person, name="After")

        assert queries.get_account(session, ctx, AccountRef(account_id=account.id)).team[0].name == "After"

    def test_somebody_assigned_while_being_deactivated_is_on_no_team_in_the_end(self, sessions, ctx):
        """R-ROLE-3: whichever comes first, and neither waits for the other in a circle."""
        owner = firm.member("owner")
        people = [firm.member() for _ in range(8)]
        with sessions() as session:
            firm.join(session, ctx, owner, *people)
            made = [firm.opened(session, ctx, team=(owner.id,)) for _ in people]

        def assign(number):
            try:
                with sessions() as session:
                    set_team(session, ctx, made[number], people[number], owner)
            except TeamMemberUnknown:
                return "refused"
            return "assigned"

        def deactivate(number):
            gone = replace(people[number], version=2, is_active=False)
            with sessions() as session:
                members.told(session, ctx, MemberDeactivated(member=gone))
            return "gone"

        with ThreadPoolExecutor(8) as pool:
            jobs = [pool.submit(job, number) for number in range(len(people)) for job in (assign, deactivate)]
            results = [job.result() for job in jobs]

        with sessions() as session:
            left = set(session.scalars(select(AccountTeam.member_id).where(AccountTeam.firm_id == ctx.firm)))
        assert left == {owner.id}
        assert set(results) <= {"assigned", "refused", "gone"}
