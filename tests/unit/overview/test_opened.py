"""What a member opened recently comes first among equals (R-SRC-4)."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import event, func, select

from chassis.context import Actor, new_id
from chassis.testing import member_ctx
from contracts import accounts
from contracts.overview import Search
from services.overview import opened
from services.overview.model import OpenedAccount
from services.overview.opened import KEPT, Openings
from services.overview.queries import search as searching

START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def opens(session):
    """`opens(ctx, a, b)`: a member opened these accounts, one after the other, and it was written."""
    now = START

    def open_them(ctx, *account_ids):
        nonlocal now
        openings = Openings()
        for account_id in account_ids:
            now += dt.timedelta(seconds=1)
            openings.note(replace(ctx, now=now), account_id)
        for noted in openings.take().values():
            opened.write(session, ctx, noted)

    return open_them


@pytest.fixture
def found(session, ctx):
    def search(q="roy", caller=ctx):
        return [hit.name for hit in searching.search(session, caller, Search(q=q)).items]

    return search


class TestRanking:
    def test_the_last_opened_comes_first_among_equals(self, told, ctx, opens, found):
        made = [told.account(f"{letter} Roy") for letter in "ABCDE"]

        opens(ctx, made[2], made[4], made[2], made[3])

        assert found() == ["D Roy", "C Roy", "E Roy", "A Roy", "B Roy"]

    def test_but_what_matches_better_stays_before_it_and_what_is_archived_behind(self, told, ctx, opens, found):
        told.account("Roy First")
        word, archived = told.account("Word Roy"), told.account("Roy Archived", state="archived")
        told.account("Another Roy")

        opens(ctx, archived, word)

        assert found() == ["Roy First", "Word Roy", "Another Roy", "Roy Archived"]

    def test_what_a_colleague_opened_plays_no_part(self, told, ctx, opens, found):
        told.account("A Roy")
        opens(member_ctx(ctx, rights=("view_all_accounts",)), told.account("B Roy"))

        assert found() == ["A Roy", "B Roy"]

    def test_what_was_opened_and_is_out_of_sight_since_is_not_found(self, told, ctx, opens, found):
        """R-ACC-5"""
        emil = member_ctx(ctx)
        told.account("Mine Roy", team=[emil.actor.id])

        opens(emil, told.account("Secret Roy"))

        assert found(caller=emil) == ["Mine Roy"]

    def test_another_firm_knows_nothing_of_it(self, told, session, ctx, opens, found):
        told.account("A Roy")
        account = told.account("B Roy")

        stranger = replace(ctx, firm_id=new_id())
        openings = Openings()
        openings.note(stranger, account)

        with pytest.raises(Exception, match="row-level security"), session.begin_nested():
            opened.write(session, stranger, openings.take()[stranger.firm])
        assert found() == ["A Roy", "B Roy"]


class TestPages:
    def test_pages_go_through_all_hits_once_whatever_is_opened_between_them(self, told, session, ctx, opens):
        """R-SRC-5: opening an account must not move it from a page that is to come to one that was read."""
        made = [told.account(f"Roy {n:02}", state="archived" if n % 6 == 0 else "active") for n in range(48)]
        opens(ctx, *made[30:40])

        seen, after = [], None
        while True:
            page = searching.search(session, ctx, Search(q="roy", limit=7, cursor=after))
            seen += [hit.id for hit in page.items]
            after = page.next_cursor
            if after is None:
                break
            assert len(after) <= 5000
            opens(ctx, made[len(seen) % 48], made[-len(seen)], made[47])

        assert len(seen) == len(set(seen)) == 48
        assert seen[:8] == [made[n] for n in (39, 38, 37, 35, 34, 33, 32, 31)]

    def test_the_longest_cursor_is_one_that_is_taken_back(self, told, session, ctx, opens):
        made = [told.account(f"{chr(0x20000) * 250} {n:04}") for n in range(KEPT + 5)]
        opens(ctx, *made)

        page = searching.search(session, ctx, Search(q="00", limit=KEPT - 1))

        assert len(page.next_cursor) <= 5000
        rest = searching.search(session, ctx, Search(q="00", limit=KEPT, cursor=page.next_cursor))
        assert len({hit.id for hit in (*page.items, *rest.items)}) == KEPT + 5


class TestKeeping:
    def test_the_last_fifty_of_each_member_are_kept(self, session, ctx, opens):
        emil, many = member_ctx(ctx), [new_id() for _ in range(KEPT + 7)]

        opens(ctx, *many[:30])
        opens(emil, many[0])
        opens(ctx, *many[30:])
        opens(ctx, many[56])

        kept = select(OpenedAccount.account_id).where(OpenedAccount.firm_id == ctx.firm)
        own = kept.where(OpenedAccount.member_id == ctx.actor.id).order_by(OpenedAccount.opened_at)
        assert list(session.scalars(own)) == many[7:]
        assert list(session.scalars(kept.where(OpenedAccount.member_id == emil.actor.id))) == [many[0]]

    def test_more_than_that_at_once_are_cut_the_next_time(self, session, ctx, opens):
        opens(ctx, *(new_id() for _ in range(KEPT + 20)))
        opens(ctx, new_id())

        count = select(func.count()).select_from(OpenedAccount).where(OpenedAccount.firm_id == ctx.firm)
        assert session.scalar(count) == KEPT

    def test_an_older_opening_that_is_written_later_does_not_count(self, session, ctx):
        account = new_id()
        for minutes in (5, 2):
            opened.write(session, ctx, {(ctx.actor.id, account): START + dt.timedelta(minutes=minutes)})

        assert session.scalars(select(OpenedAccount.opened_at)).one() == START + dt.timedelta(minutes=5)

    def test_all_of_a_firm_is_written_in_one_statement(self, session, ctx):
        statements = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))

        opened.write(session, ctx, {(new_id(), new_id()): START for _ in range(200)})

        assert len([one for one in statements if "SAVEPOINT" not in one]) == 1

    def test_a_deleted_account_is_forgotten(self, session, ctx, opens):
        account = new_id()
        opens(ctx, account)

        opened.account_deleted(session, ctx, accounts.AccountDeleted(account_id=account, version=2))

        assert session.scalars(select(OpenedAccount).where(OpenedAccount.firm_id == ctx.firm)).all() == []


class TestNoting:
    @pytest.mark.parametrize("actor", [Actor(), Actor(kind="portal", id=new_id()), Actor(kind="member")])
    def test_only_members_open_accounts(self, ctx, actor):
        openings = Openings()

        openings.note(replace(ctx, actor=actor), new_id())

        assert openings.take() == {}

    def test_what_was_taken_is_not_taken_again(self, ctx):
        openings, account = Openings(), new_id()
        openings.note(ctx, account)

        assert openings.take() == {ctx.firm: {(ctx.actor.id, account): ctx.now}}
        assert openings.take() == {}

    def test_memory_is_bounded_where_nothing_can_be_written(self, ctx, monkeypatch):
        monkeypatch.setattr(opened, "MOST_NOTED", 3)
        openings = Openings()

        for _ in range(5):
            openings.note(ctx, new_id())

        assert len(openings.take()[ctx.firm]) == 3
