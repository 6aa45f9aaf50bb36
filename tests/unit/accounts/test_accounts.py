"""Changes of one account."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.errors import Forbidden, Invalid
from contracts.accounts import (
    AccountChanged,
    AccountChangedMeanwhile,
    AccountNotFound,
    AccountRef,
    ChangeAccount,
    Follow,
)
from contracts.common import Address
from services.accounts import queries
from services.accounts.operations import accounts
from tests.unit.accounts import firm


def change(session, ctx, account, **changes):
    return accounts.change_account(
        session, ctx, ChangeAccount(account_id=account.id, version=account.version, **changes)
    )


class TestChangeAccount:
    def test_renames_raises_the_version_and_tells(self, session, ctx, account):
        """R-NAME-1."""
        renamed = change(session, ctx, account, name=" Byron   Ltd ")

        assert (renamed.name, renamed.name_mode, renamed.version) == ("Byron Ltd", "manual", account.version + 1)
        assert outbox.pending(session)[-1] == AccountChanged(account=renamed)

    def test_the_code_stays_whatever_the_name(self, session, ctx, account):
        """R-ID-2."""
        assert change(session, ctx, account, name="Zander").code == account.code

    @pytest.mark.parametrize("empty", [None, "", "   "])
    def test_an_empty_name_goes_back_to_automatic(self, session, ctx, account, empty):
        """R-NAME-4."""
        manual = change(session, ctx, account, name="Byron")

        back = change(session, ctx, manual, name=empty)

        assert (back.name, back.name_mode) == ("Ada Lovelace", "automatic")

    def test_an_automatic_name_follows_the_company_and_the_type(self, session, ctx, account):
        """R-NAME-2, R-NAME-4, R-TYPE-3."""
        company = change(session, ctx, account, type="company", company_name="Engines Ltd")
        renamed = change(session, ctx, company, company_name="Engines plc")
        person = change(session, ctx, renamed, type="individual")

        assert [each.name for each in (company, renamed, person)] == ["Engines Ltd", "Engines plc", "Ada Lovelace"]

    def test_company_fields_are_hidden_from_other_types_and_come_back(self, session, ctx, account):
        """R-TYPE-4."""
        address = Address(street="1 Main St", city="Paris", country="FR")
        company = change(session, ctx, account, type="company", company_name="Engines", company_address=address)
        hidden = change(session, ctx, company, type="other")
        back = change(session, ctx, hidden, type="company")

        assert (hidden.company_name, hidden.company_address) == (None, None)
        assert (back.company_name, back.company_address) == ("Engines", address)

    def test_a_company_address_can_be_taken_away(self, session, ctx, account):
        company = change(session, ctx, account, type="company", company_address=Address(city="Paris"))

        assert change(session, ctx, company, company_address=None).company_address is None

    def test_a_change_that_only_the_address_sees_counts_too(self, session, ctx, account):
        """An automatic name is made anew in between, and stays."""
        company = change(session, ctx, account, type="company", company_name="Engines")

        moved = change(session, ctx, company, company_address=Address(city="Paris"))

        assert (moved.version, moved.company_address.city) == (company.version + 1, "Paris")
        assert outbox.pending(session)[-1] == AccountChanged(account=moved)

    def test_a_time_zone_is_set_and_taken_away(self, session, ctx, account):
        """§3.1."""
        set_ = change(session, ctx, account, timezone="Europe/Paris")
        again = change(session, ctx, set_, timezone="Europe/Paris")
        unset = change(session, ctx, again, timezone="")

        assert [each.timezone for each in (account, set_, again, unset)] == ["", "Europe/Paris", "Europe/Paris", ""]
        assert (again.version, unset.version) == (account.version + 1, account.version + 2)

    def test_nothing_changed_tells_nothing(self, session, ctx, account):
        told = len(outbox.pending(session))

        same = change(session, ctx, account, type=account.type, name=None, company_name=" ")

        assert same == account
        assert len(outbox.pending(session)) == told

    def test_refuses_an_older_version_with_what_is_there(self, session, ctx, account):
        change(session, ctx, account, name="First")

        with pytest.raises(AccountChangedMeanwhile) as refused:
            change(session, ctx, account, name="Second")

        assert refused.value.data["current"]["name"] == "First"
        assert refused.value.data["current"]["version"] == account.version + 1

    def test_refuses_a_name_that_only_looks_short_enough(self, session, ctx, account):
        """R-NAME-8: 255 characters as kept; a decomposed name may be typed in more."""
        assert len(change(session, ctx, account, name="x" * 255).name) == 255
        with pytest.raises(Invalid):
            accounts.change_account(
                session, ctx, ChangeAccount(account_id=account.id, version=account.version + 1, name="x" * 256)
            )

    def test_warns_of_what_is_unwise(self, session, ctx, account):
        """R-NAME-6, R-NAME-8."""
        assert len(change(session, ctx, account, name="A/B: " + "x" * 100).warnings) == 3

    def test_an_employee_needs_the_right_and_the_account(self, session, ctx):
        """§2.3 can_edit_details."""
        plain, strong, stranger = (
            firm.member(),
            firm.member(rights=("manage_accounts",)),
            firm.member(rights=("manage_accounts",)),
        )
        contexts = firm.join(session, ctx, plain, strong, stranger)
        account = firm.opened(session, ctx, team=(plain.id, strong.id))

        with pytest.raises(Forbidden):
            change(session, contexts[0], account, name="No")
        with pytest.raises(AccountNotFound):
            change(session, contexts[2], account, name="No")
        assert change(session, contexts[1], account, name="Yes").name == "Yes"

    def test_a_stranger_with_an_old_version_learns_nothing(self, session, ctx):
        """R-ACC-5: not found comes before changed meanwhile."""
        _, stranger = firm.join(session, ctx, firm.member("owner"), firm.member(rights=("manage_accounts",)))
        account = firm.opened(session, ctx)

        with pytest.raises(AccountNotFound):
            change(session, stranger, replace(account, version=99), name="No")


class TestArchive:
    def test_archives_and_brings_back_once_each(self, session, ctx, account):
        """R-ARC-1, R-ARC-3."""
        archived = accounts.archive_account(session, ctx, AccountRef(account_id=account.id))
        again = accounts.archive_account(session, ctx, AccountRef(account_id=account.id))
        back = accounts.reactivate_account(session, ctx, AccountRef(account_id=account.id))

        assert (archived.state, archived.archived_at) == ("archived", ctx.now)
        assert again == archived
        assert (back.state, back.archived_at, back.version) == ("active", None, account.version + 2)

    def test_an_archived_account_is_still_edited(self, session, ctx, account):
        """R-ARC-1."""
        archived = accounts.archive_account(session, ctx, AccountRef(account_id=account.id))

        assert change(session, ctx, archived, name="Late").name == "Late"

    def test_needs_the_right(self, session, ctx):
        person = firm.member(rights=("assign_team_members", "manage_tags", "manage_contacts"))
        (theirs,) = firm.join(session, ctx, person)
        account = firm.opened(session, ctx, team=(person.id,))

        for move in (accounts.archive_account, accounts.reactivate_account):
            with pytest.raises(Forbidden):
                move(session, theirs, AccountRef(account_id=account.id))


class TestFollow:
    def test_whoever_sees_an_account_may_follow_it_and_stop(self, session, ctx):
        """R-FOL-1."""
        boss = firm.member("admin", name="Boss")
        owner_ctx, theirs = firm.join(session, ctx, firm.member("owner"), boss)
        account = firm.opened(session, owner_ctx)

        following = accounts.follow(session, theirs, Follow(account_id=account.id, is_following=True))
        again = accounts.follow(session, theirs, Follow(account_id=account.id, is_following=True))
        stopped = accounts.follow(session, theirs, Follow(account_id=account.id, is_following=False))

        assert boss.id in [person.id for person in following.followers]
        assert again == following
        assert boss.id not in [person.id for person in stopped.followers]
        assert outbox.pending(session)[-1] == AccountChanged(account=stopped)

    def test_nobody_follows_what_they_do_not_see(self, session, ctx):
        _, theirs = firm.join(session, ctx, firm.member("owner"), firm.member())
        account = firm.opened(session, ctx)

        with pytest.raises(AccountNotFound):
            accounts.follow(session, theirs, Follow(account_id=account.id, is_following=True))

    def test_the_system_follows_nothing(self, session, ctx, account):
        system = replace(ctx, actor=replace(ctx.actor, kind="system", id=None))

        with pytest.raises(Forbidden):
            accounts.follow(session, system, Follow(account_id=account.id, is_following=True))


class TestListViewers:
    def test_says_who_sees_the_account_and_why(self, session, ctx):
        """R-TEAM-1, R-ACC-1."""
        people = [
            firm.member("owner", name="olga"),
            firm.member("admin", name="Adam"),
            firm.member(rights=("view_all_accounts",), name="Vera"),
            firm.member(name="Tom"),
            firm.member(name="Nobody"),
            firm.member("admin", is_active=False, name="Gone"),
        ]
        firm.join(session, ctx, *people)
        account = firm.opened(session, ctx, team=(people[3].id, people[0].id))

        viewers = queries.list_viewers(session, ctx, AccountRef(account_id=account.id)).items

        assert [(viewer.member.name, viewer.reason) for viewer in viewers] == [
            ("Adam", "admin"),
            ("olga", "owner"),
            ("Tom", "team"),
            ("Vera", "view_all_accounts"),
        ]


@pytest.fixture
def account(session, ctx):
    return firm.opened(session, ctx)
