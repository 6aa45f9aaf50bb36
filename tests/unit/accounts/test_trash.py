"""Deleting accounts: into the trash, back from it, and for good."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chassis import outbox
from chassis.context import Actor, Context, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import database
from contracts.accounts import (
    AccountChanged,
    AccountDeleted,
    AccountNotArchived,
    AccountNotFound,
    AccountRef,
    AccountTrashed,
    ChangeAccount,
    DeleteAccount,
    Follow,
    ListTrash,
    SetTags,
    SetTeam,
)
from contracts.common import Done
from contracts.contacts import ContactEntry
from contracts.export import Export
from services.accounts import exporting, opening, queries
from services.accounts.model import Account, AccountTeam, AccountTrash
from services.accounts.operations import accounts, tags, teams, trash
from services.accounts.timing import TRASH_KEPT
from tests.unit.accounts import firm

MOMENT = dt.timedelta(seconds=1)


def delete(session, ctx, account, name=None):
    request = DeleteAccount(account_id=account.id, name=account.name if name is None else name)
    return trash.delete_account(session, ctx, request)


def trashed(session, ctx, **changes):
    """An account that was opened, archived and deleted."""
    account = firm.opened(session, ctx, **changes)
    firm.archive(session, ctx, account.id)
    delete(session, ctx, account)
    return account


def restore(session, ctx, account):
    return trash.restore_account(session, ctx, AccountRef(account_id=account.id))


def listed(session, ctx, **page):
    return queries.list_trash(session, ctx, ListTrash(**page))


def later(ctx):
    return replace(ctx, now=ctx.now + TRASH_KEPT, actor=Actor())


class TestDelete:
    def test_puts_an_archived_account_into_the_trash_for_30_days(self, session, ctx):
        """R-ARC-4, R-ARC-5."""
        firm.join(session, ctx, firm.member(id=ctx.actor.id, role="owner", name="Olga Owner"))
        account = firm.opened(session, ctx, name="Byron  Ltd")
        firm.archive(session, ctx, account.id)

        gone = delete(session, ctx, account, " Byron Ltd ")

        assert (gone.id, gone.code, gone.name) == (account.id, account.code, "Byron Ltd")
        assert (gone.deleted_by.name, gone.deleted_at, gone.gone_at) == (
            "Olga Owner",
            ctx.now,
            ctx.now + dt.timedelta(days=30),
        )
        assert listed(session, ctx).items == (gone,)
        told = outbox.pending(session)[-1]
        assert isinstance(told, AccountChanged)
        assert (told.account.id, told.account.state, told.account.version) == (
            account.id,
            "trashed",
            account.version + 2,
        )

    def test_an_active_account_is_archived_first(self, session, ctx):
        """R-ARC-4."""
        account = firm.opened(session, ctx)

        with pytest.raises(AccountNotArchived):
            delete(session, ctx, account)

    @pytest.mark.parametrize("typed", ["", "DELETE", "ada lovelace", "Ada"])
    def test_another_name_deletes_nothing(self, session, ctx, typed):
        """R-ARC-5."""
        account = firm.archive(session, ctx, firm.opened(session, ctx).id)

        with pytest.raises(Invalid) as refused:
            delete(session, ctx, account, typed)

        assert [error["field"] for error in refused.value.data["errors"]] == ["name"]

    def test_needs_the_right_and_the_account(self, session, ctx):
        """§2.4."""
        plain, strong = firm.member(rights=("manage_contacts",)), firm.member(rights=("manage_accounts",))
        theirs, others, stranger = firm.join(
            session, ctx, plain, strong, firm.member(rights=("manage_accounts", "manage_contacts"))
        )
        account = firm.archive(session, ctx, firm.opened(session, ctx, team=(plain.id, strong.id)).id)

        with pytest.raises(Forbidden):
            delete(session, theirs, account)
        with pytest.raises(AccountNotFound):
            delete(session, stranger, account)
        assert delete(session, others, account).deleted_by.id == strong.id

    def test_it_is_there_for_nobody(self, session, ctx):
        """R-ARC-5, R-ACC-5: whatever is asked of it, the answer is that of an account that never was."""
        person = firm.member(rights=("manage_accounts",))
        (theirs,) = firm.join(session, ctx, person)
        account = trashed(session, ctx, team=(person.id,), tags=("VIP",))
        ref = AccountRef(account_id=account.id)
        system = replace(ctx, actor=Actor())

        for who in (ctx, theirs, system):
            for attempt in (
                lambda who=who: queries.get_account(session, who, ref),
                lambda who=who: queries.get_access(session, who, ref),
                lambda who=who: queries.list_viewers(session, who, ref),
                lambda who=who: accounts.archive_account(session, who, ref),
                lambda who=who: accounts.reactivate_account(session, who, ref),
                lambda who=who: accounts.change_account(
                    session, who, ChangeAccount(account_id=account.id, version=3, name="x")
                ),
                lambda who=who: accounts.follow(session, who, Follow(account_id=account.id, is_following=False)),
                lambda who=who: teams.set_team(session, who, SetTeam(account_id=account.id, version=3, members=())),
                lambda who=who: tags.set_tags(session, who, SetTags(account_id=account.id, version=3, tags=())),
                lambda who=who: delete(session, who, account),
            ):
                with pytest.raises(AccountNotFound):
                    attempt()
        assert [use.accounts for use in queries.list_tags(session, ctx, Done()).items] == [0]

    def test_nobody_asks_to_be_let_in(self, session, ctx):
        account = trashed(session, ctx)
        (theirs,) = firm.join(session, ctx, firm.member())
        told = len(outbox.pending(session))

        teams.request_access(session, theirs, AccountRef(account_id=account.id))

        assert len(outbox.pending(session)) == told

    def test_repeating_the_call_that_opened_it_says_where_it_is(self, session, ctx):
        """No second account, and no account that nobody sees as the answer."""
        person = firm.contact()
        request = firm.create(contacts=(ContactEntry(id=person.id),))
        asked = opening.begin(session, ctx, request)
        account = opening.finish(session, ctx, asked.account.id, firm.linked(asked, person))
        firm.archive(session, ctx, account.id)
        delete(session, ctx, account)

        with pytest.raises(AccountTrashed):
            opening.begin(session, ctx, request)

    def test_whoever_rebuilds_a_projection_is_told_that_it_is_there(self, session, ctx):
        """Its contacts and links wait for it elsewhere."""
        account = trashed(session, ctx)

        told = exporting.export(session, replace(ctx, actor=Actor()), Export()).events

        assert [(each["body"]["account"].id, each["body"]["account"].state) for each in told] == [
            (account.id, "trashed")
        ]

    def test_what_happens_meanwhile_happens_to_it_too(self, session, ctx):
        """R-ROLE-3: a team that comes back holds nobody who has left."""
        owner, person = firm.member("owner"), firm.member()
        firm.join(session, ctx, owner, person)
        account = trashed(session, ctx, team=(person.id,))

        firm.tell(session, ctx, person, is_active=False)

        assert [member.id for member in restore(session, ctx, account).team] == [owner.id]


class TestRestore:
    def test_brings_it_back_archived_and_as_it_was(self, session, ctx):
        """R-ARC-5."""
        before = firm.archive(session, ctx, firm.opened(session, ctx, tags=("VIP",)).id)
        delete(session, ctx, before)

        back = restore(session, ctx, before)

        assert back == replace(before, version=before.version + 2)
        assert outbox.pending(session)[-1] == AccountChanged(account=back)
        assert listed(session, ctx).items == ()
        assert delete(session, ctx, back).name == back.name

    def test_what_is_not_in_the_trash_is_not_found_there(self, session, ctx):
        account = firm.opened(session, ctx)

        for account_id in (account.id, new_id()):
            with pytest.raises(AccountNotFound):
                trash.restore_account(session, ctx, AccountRef(account_id=account_id))

    def test_it_is_theirs_who_saw_it(self, session, ctx):
        """R-ACC-5: the trash obeys the same predicate, and needs the right."""
        mine, plain, stranger = (
            firm.member(rights=("manage_accounts",)),
            firm.member(rights=("manage_contacts", "view_all_accounts")),
            firm.member(rights=("manage_accounts",)),
        )
        theirs, weak, other = firm.join(session, ctx, mine, plain, stranger)
        account = trashed(session, ctx, team=(mine.id,))

        for attempt in (listed, lambda *who: restore(*who, account)):
            with pytest.raises(Forbidden):
                attempt(session, weak)
            with pytest.raises(Forbidden):
                attempt(session, replace(theirs, actor=replace(theirs.actor, kind="portal")))
        assert listed(session, other).items == ()
        with pytest.raises(AccountNotFound):
            restore(session, other, account)
        assert [each.id for each in listed(session, theirs).items] == [account.id]
        assert restore(session, theirs, account).state == "archived"

    def test_another_firm_sees_none_of_it(self, sessions, ctx):
        other = replace(ctx, firm_id=new_id())
        with sessions() as session:
            account = trashed(session, ctx)

        with sessions(other) as session:
            assert listed(session, other).items == ()
            with pytest.raises(AccountNotFound):
                restore(session, other, account)

    def test_the_last_deleted_comes_first_page_by_page(self, session, ctx):
        made = [trashed(session, replace(ctx, now=ctx.now + number // 2 * MOMENT)) for number in range(5)]

        seen, cursor = [], None
        while True:
            page = listed(session, ctx, cursor=cursor, limit=2)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break

        assert sorted(each.id for each in seen) == sorted(each.id for each in made)
        keys = [(each.deleted_at, each.id) for each in seen]
        assert keys == sorted(keys, reverse=True)

    @pytest.mark.parametrize("typed", ["x", "W10", "WyJhIiwiYiJd", "WzEsMl0"])
    def test_a_cursor_of_somebody_elses_making_is_refused(self, session, ctx, typed):
        with pytest.raises(Invalid):
            listed(session, ctx, cursor=typed)


class TestForGood:
    def test_after_30_days_and_no_sooner(self, session, ctx):
        """R-ARC-5."""
        account = trashed(session, ctx)
        early, due = replace(later(ctx), now=ctx.now + TRASH_KEPT - MOMENT), later(ctx)

        assert trash.delete_for_good(session, early, account.id) is False
        assert trash.delete_for_good(session, due, account.id) is True
        assert trash.delete_for_good(session, due, account.id) is False

        assert outbox.pending(session)[-1] == AccountDeleted(account_id=account.id, version=account.version + 3)
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Account, AccountTeam)]
        assert counts == [0, 0]

    def test_what_was_restored_stays(self, session, ctx):
        account = trashed(session, ctx)
        restore(session, ctx, account)

        assert trash.delete_for_good(session, later(ctx), account.id) is False

    def test_its_code_is_never_given_again(self, session, ctx):
        """R-ID-2."""
        account = trashed(session, ctx, name="Byron")
        trash.delete_for_good(session, later(ctx), account.id)

        assert (account.code, firm.opened(session, ctx, name="Byron").code) == ("B1", "B2")

    def test_the_sweep_finds_what_is_due_in_every_firm(self, sessions, ctx, postgres_url):
        other = replace(ctx, firm_id=new_id())
        made, kept = {}, {}
        for each in (ctx, other):
            with sessions(each) as session:
                made[each.firm_id] = trashed(session, each).id
                kept[each.firm_id] = trashed(session, replace(each, now=each.now + MOMENT)).id

        gone = trash.empty(database(postgres_url, "accounts"), Context(now=ctx.now + TRASH_KEPT))

        assert gone >= 2
        for each in (ctx, other):
            with sessions(each) as session:
                assert session.scalars(select(Account.id)).all() == [kept[each.firm_id]]
                told = [event for event in outbox.pending(session) if isinstance(event, AccountDeleted)]
                assert [event.account_id for event in told] == [made[each.firm_id]]

    def test_without_a_firm_the_trash_is_read_but_nothing_else(self, sessions, ctx):
        with sessions() as session:
            account = trashed(session, ctx)

        with sessions(Context()) as session:
            due = session.scalars(select(AccountTrash.account_id)).all()
            session.connection().exec_driver_sql("UPDATE account_trash SET due_at = now()")
            assert session.scalars(select(Account.id)).all() == []
        with sessions() as session:
            assert session.scalar(select(AccountTrash.due_at)) == ctx.now + TRASH_KEPT
        assert account.id in due
