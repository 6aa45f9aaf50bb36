"""The client list and related accounts."""

import datetime as dt
from uuid import UUID

import pytest

from chassis import cursor
from chassis.context import new_id
from chassis.errors import Invalid
from contracts import accounts, contacts
from contracts.common import Tag
from contracts.overview import AccountRef, ListAccounts
from services.overview.queries import lists
from tests.unit.overview.firm import WHEN, apply, tag_of

SOME_ID = UUID("0196f0f0-0000-7000-8000-000000000001")


@pytest.fixture
def listed(session, ctx):
    """`listed(state="all")`: the names, in order."""

    def list_names(**fields):
        return [row.name for row in lists.list_accounts(session, ctx, ListAccounts(**fields)).items]

    return list_names


class TestRows:
    def test_a_row_has_what_the_list_shows(self, told, session, ctx):
        """R-LST-1"""
        member, vip = new_id(), tag_of("VIP")
        account = told.account("Roy", ("Anna Roy",), ("Boris Roy",), code="R1", team=[member], tags=[vip], type="other")

        (row,) = lists.list_accounts(session, ctx, ListAccounts()).items

        assert (row.id, row.code, row.name, row.type, row.state, row.created_at) == (
            account, "R1", "Roy", "other", "active", WHEN,
        )  # fmt: skip
        assert (row.tags, row.team, row.contacts) == ((vip,), (member,), ("Anna Roy", "Boris Roy"))

    def test_a_renamed_tag_shows_its_name_and_a_deleted_one_goes(self, told, session, ctx):
        """R-TAG-5"""
        vip, old = tag_of("VIP"), tag_of("Old")
        told.account("Roy", tags=[vip, old])
        renamed = Tag(id=vip.id, name="Very important", colour="#000000")

        apply(session, ctx, accounts.TagChanged(tag=renamed, version=2))
        apply(session, ctx, accounts.TagChanged(tag=old, version=2, is_deleted=True))

        page = lists.list_accounts(session, ctx, ListAccounts())
        assert page.items[0].tags == (renamed,)
        assert lists.list_accounts(session, ctx, ListAccounts(tag_id=(old.id,))).total == 0


class TestOrder:
    """R-LST-4"""

    def test_names_are_in_locale_aware_order(self, told, listed):
        for name in ("Zoe", "émile 10", "Émile 2", "adam", "Ångström", "Bob"):
            told.account(name)

        assert listed() == ["adam", "Ångström", "Bob", "Émile 2", "émile 10", "Zoe"]
        assert listed(sort="-name") == ["Zoe", "émile 10", "Émile 2", "Bob", "Ångström", "adam"]

    def test_codes_count(self, told, listed):
        for code in ("V10", "V2", "A3"):
            told.account(f"Of {code}", code=code)

        assert listed(sort="code") == ["Of A3", "Of V2", "Of V10"]

    def test_newest_first(self, told, listed):
        for day in (1, 3, 2):
            told.account(f"Day {day}", created_at=WHEN + dt.timedelta(days=day))

        assert listed(sort="-created_at") == ["Day 3", "Day 2", "Day 1"]


class TestFilters:
    """R-LST-2"""

    def test_active_and_archived_have_tabs_of_their_own(self, told, listed):
        """R-ARC-1: an archived account leaves the list"""
        told.account("Now")
        told.account("Once", state="archived")

        assert (listed(), listed(state="archived"), listed(state="all")) == (["Now"], ["Once"], ["Now", "Once"])

    def test_by_type(self, told, listed):
        for kind in ("individual", "company", "other"):
            told.account(kind, type=kind)

        assert listed(type=("company", "other")) == ["company", "other"]

    def test_by_all_of_the_tags(self, told, listed):
        vip, late = tag_of("VIP"), tag_of("Late")
        told.account("Both", tags=[vip, late])
        told.account("One", tags=[vip])

        assert (listed(tag_id=(vip.id,)), listed(tag_id=(vip.id, late.id))) == (["Both", "One"], ["Both"])

    def test_by_team_member(self, told, listed):
        member = new_id()
        told.account("Theirs", team=[member, new_id()])
        told.account("Not theirs", team=[new_id()])

        assert listed(member_id=member) == ["Theirs"]

    def test_a_member_is_no_tag_and_a_tag_no_member(self, told, listed):
        member, vip = new_id(), tag_of("VIP")
        told.account("Roy", team=[member], tags=[vip])

        assert listed(tag_id=(member,)) == listed(member_id=vip.id) == []

    def test_by_what_search_finds(self, told, listed):
        told.account("Byron", ("Ada King", "ada@engines.example"))
        told.account("Babbage", ("Charles", "charles@engines.example"))
        told.account("Shelley")

        assert (listed(q="engines"), listed(q="ada"), listed(q="nobody")) == (["Babbage", "Byron"], ["Byron"], [])
        assert listed(q=" ") == ["Babbage", "Byron", "Shelley"]


class TestPages:
    @pytest.mark.parametrize("sort", ["name", "-name", "code", "-created_at"])
    def test_pages_go_through_all_once_in_order(self, told, session, ctx, sort):
        """R-LST-4"""
        for n in range(23):
            told.account(f"Same {n % 4}", created_at=WHEN + dt.timedelta(days=n % 3))
        whole = lists.list_accounts(session, ctx, ListAccounts(sort=sort, limit=100))

        seen, after = [], None
        while True:
            page = lists.list_accounts(session, ctx, ListAccounts(sort=sort, limit=5, cursor=after))
            assert page.total == 23
            seen += page.items
            after = page.next_cursor
            if after is None:
                break

        assert seen == list(whole.items)

    @pytest.mark.parametrize(
        "forged", ["x", cursor.encode(1, "x"), cursor.encode(1, "x", "no id"), cursor.encode("x", "x", SOME_ID)]
    )
    def test_a_cursor_of_somebody_elses_making_is_refused(self, session, ctx, forged):
        with pytest.raises(Invalid):
            lists.list_accounts(session, ctx, ListAccounts(cursor=forged))

    @pytest.mark.parametrize("value", [1, None, [], {}, True, "\x00", "0001-01-01T00:00:00+23:59", "not a date"])
    @pytest.mark.parametrize("sort", ["name", "-created_at"])
    def test_a_cursor_with_anything_inside_is_refused_or_read(self, session, ctx, sort, value):
        request = ListAccounts(sort=sort, cursor=cursor.encode(1, value, new_id()))

        if sort == "name" and value in ("not a date", "0001-01-01T00:00:00+23:59"):
            assert lists.list_accounts(session, ctx, request).items == ()
        else:
            with pytest.raises(Invalid) as refused:
                lists.list_accounts(session, ctx, request)
            assert refused.value.data["errors"][0]["field"] == "cursor"


class TestRelated:
    def test_accounts_that_share_a_contact_by_name_with_the_shared_ones(self, told, session, ctx):
        """R-REL-1, R-REL-2"""
        anna, boris, clara = told.contact("Anna"), told.contact("Boris"), told.contact("Clara")
        home = told.account("Home", anna, boris)
        told.account("Zoe's", anna, clara, code="Z1")
        told.account("Émile's", boris, anna, code="E1", state="archived", type="company")
        told.account("Stranger", clara)

        related = lists.list_related(session, ctx, AccountRef(account_id=home)).items

        assert [(row.code, row.name, row.type, row.state, row.contacts) for row in related] == [
            ("E1", "Émile's", "company", "archived", ("Anna", "Boris")),
            ("Z1", "Zoe's", "individual", "active", ("Anna",)),
        ]

    def test_unlinking_ends_it(self, told, session, ctx):
        """R-REL-1"""
        anna, boris = told.contact("Anna"), told.contact("Boris")
        home, other = told.account("Home", anna), told.account("Other", anna, boris)
        unlinked = contacts.LinksChanged(account_id=other, contact_ids=(boris.id,), version=2, change="unlinked")

        apply(session, ctx, unlinked)

        assert lists.list_related(session, ctx, AccountRef(account_id=home)).items == ()
