"""Who may not see an account learns nothing of it: no hit, no row, no count, no name (R-ACC-1, R-ACC-5, R-SRC-5)."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.testing import member_ctx
from contracts import accounts
from contracts.overview import MOST_HITS, AccountRef, ListAccounts, Search
from services.overview.queries import lists
from services.overview.queries import search as searching
from tests.unit.overview.firm import account_of, apply, tag_of


@pytest.fixture
def emil(ctx):
    """An employee with rights that don't open accounts."""
    return member_ctx(ctx, rights=("manage_accounts", "view_all_contacts", "manage_contacts"))


def searched(session, ctx, q):
    results = searching.search(session, ctx, Search(q=q))
    return [hit.name for hit in results.items], results.total


def listed(session, ctx, **fields):
    page = lists.list_accounts(session, ctx, ListAccounts(**fields))
    return [row.name for row in page.items], page.total


@pytest.mark.parametrize("q", ["roy", "anna@roy.example", "roy.ex", "SEC1", "se", "s", "Secret Roy"])
def test_an_employee_finds_only_the_accounts_of_their_team(told, session, ctx, emil, q):
    told.account("Secret Roy", ("Anna Roy", "anna@roy.example"), code="SEC1")
    told.account("Seen Secretly Roy", ("Anna Roy", "anna@roy.example"), code="SEC10", team=[emil.actor.id])

    names, total = searched(session, emil, q)

    assert set(names) <= {"Seen Secretly Roy"}
    assert total == len(names)
    assert "Secret Roy" in searched(session, ctx, q)[0]


def test_hidden_accounts_use_up_no_places_of_the_ranking(told, session, emil):
    """R-SRC-5: the predicate holds before the limit, or a common word would hide one's own accounts."""
    for n in range(MOST_HITS + 20):
        told.account(f"Roy {n}")
    told.account("Mine Roy", team=[emil.actor.id])

    results = searching.search(session, emil, Search(q="roy"))

    assert ([hit.name for hit in results.items], results.total, results.is_capped) == (["Mine Roy"], 1, False)


@pytest.mark.parametrize(
    "fields", [{}, {"q": "roy"}, {"state": "all"}, {"sort": "-created_at"}, {"type": ("individual",)}]
)
def test_lists_and_their_totals_hold_only_what_is_seen(told, session, emil, fields):
    """R-LST-3"""
    told.account("Secret Roy")
    told.account("Seen Roy", team=[emil.actor.id])

    assert listed(session, emil, **fields) == (["Seen Roy"], 1)


def test_filters_do_not_widen_what_is_seen(told, session, emil):
    """R-LST-3, R-ACC-5"""
    colleague, vip = new_id(), tag_of("VIP")
    told.account("Secret Roy", team=[colleague], tags=[vip])

    assert listed(session, emil, member_id=colleague) == ([], 0)
    assert listed(session, emil, tag_id=(vip.id,)) == ([], 0)


def test_related_accounts_out_of_sight_are_not_there(told, session, ctx, emil):
    """R-REL-2: nor is their number."""
    anna = told.contact("Anna Roy")
    mine = told.account("Mine", anna, team=[emil.actor.id])
    other = told.account("Secret", anna)

    assert lists.list_related(session, emil, AccountRef(account_id=mine)).items == ()
    assert [row.name for row in lists.list_related(session, ctx, AccountRef(account_id=mine)).items] == ["Secret"]
    assert lists.list_related(session, emil, AccountRef(account_id=other)).items == ()


def test_leaving_the_team_ends_seeing(told, session, ctx, emil):
    """R-ACC-1"""
    account = told.account("Roy", ("Anna", "anna@roy.example"), team=[emil.actor.id])
    assert searched(session, emil, "anna@") == (["Roy"], 1)

    apply(session, ctx, accounts.AccountChanged(account=account_of("Roy", account_id=account, version=2)))

    assert searched(session, emil, "anna@") == listed(session, emil) == ([], 0)


def test_view_all_and_admins_see_every_account(told, session, ctx):
    """R-ACC-1, R-LST-3"""
    told.account("Roy")

    for other in (member_ctx(ctx, rights=("view_all_accounts",)), member_ctx(ctx, role="admin")):
        assert searched(session, other, "roy") == listed(session, other) == (["Roy"], 1)


def test_a_portal_user_finds_nothing(told, session, ctx):
    told.account("Roy")
    client = replace(ctx, actor=Actor(kind="portal", id=new_id(), role="owner"))

    assert searched(session, client, "roy") == listed(session, client) == ([], 0)


def test_another_firm_sees_nothing(ctx, sessions):
    """Not even with the first firm's ids in its hands: the transaction is bound to its own."""
    other = replace(ctx, firm_id=new_id())
    vip = tag_of("VIP")
    made = account_of("Roy", code="R1", tags=[vip])
    with sessions() as session:
        apply(session, ctx, accounts.AccountCreated(account=made))

    with sessions(other) as session:
        assert searched(session, other, "roy") == listed(session, other) == ([], 0)
        assert listed(session, other, tag_id=(vip.id,)) == ([], 0)
        assert lists.list_related(session, other, AccountRef(account_id=made.id)).items == ()
        assert searched(session, ctx, "roy") == ([], 0)  # a query that names the wrong firm
