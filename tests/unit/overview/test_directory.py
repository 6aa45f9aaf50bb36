"""The directory agrees with its owners whatever order their events come in, and however many come at once."""

import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from chassis import metrics
from chassis.context import new_id
from chassis.testing import database
from contracts import accounts, contacts
from contracts.common import Person, Tag
from contracts.overview import AccountRef, ListAccounts, Search
from services.overview.model import Base, DirectoryAccount
from services.overview.queries import lists
from services.overview.queries import search as searching
from tests.unit.overview.firm import access_of, account_of, apply, contact_of, field_of, links_of, tag_of, value_of

PROJECTED = [table for name, table in Base.metadata.tables.items() if name.startswith("directory_")]


def story():
    """What the owners told in the life of four accounts, three contacts, two tags and three custom fields."""
    home, shop, gone, binned = new_id(), new_id(), new_id(), new_id()
    anna, boris, clara = new_id(), new_id(), new_id()
    emil, olga = new_id(), new_id()
    vip, late = tag_of("VIP"), tag_of("Late")
    sector, dropped = field_of("Sector"), field_of("Dropped", "checkbox")
    filled = (value_of(sector, "Bakery"), value_of(dropped, value=True))
    renamed = Tag(id=vip.id, name="Very important", colour="#000000")
    return [
        accounts.TagChanged(tag=vip, version=1),
        accounts.TagChanged(tag=late, version=1),
        accounts.TagChanged(tag=renamed, version=2),
        accounts.TagChanged(tag=late, version=2, is_deleted=True),
        accounts.AccountCreated(account=account_of("Home", account_id=home, code="H1", team=[emil], tags=[vip, late])),
        accounts.AccountChanged(account=account_of("Home", account_id=home, code="H1", version=2, team=[emil, olga])),
        accounts.AccountChanged(account=account_of("Bin", account_id=binned, state="trashed", custom_fields=filled)),
        accounts.AccountChanged(
            account=account_of(
                "Roy", account_id=home, code="H1", version=3, team=[olga], tags=[renamed], custom_fields=filled
            )
        ),
        accounts.AccountCreated(account=account_of("Shop", account_id=shop, code="S1", company="Shop Ltd")),
        accounts.AccountChanged(account=account_of("Shop", account_id=shop, code="S1", version=2, state="archived")),
        accounts.AccountCreated(account=account_of("Gone", account_id=gone, code="G1", tags=[vip])),
        accounts.AccountDeleted(account_id=gone, version=2),
        contacts.ContactCreated(contact=contact_of("Anna", "anna@old.example", contact_id=anna)),
        contacts.ContactChanged(contact=contact_of("Anna Roy", "anna@roy.example", contact_id=anna, version=2)),
        contacts.ContactCreated(contact=contact_of("Boris", "boris@roy.example", contact_id=boris)),
        contacts.ContactCreated(contact=contact_of("Clara", contact_id=clara)),
        contacts.ContactDeleted(contact_id=clara, version=2),
        links_of(home, anna),
        links_of(home, anna, boris, version=2),
        links_of(home, boris, anna, version=3),
        links_of(shop, anna, clara),
        links_of(shop, anna, version=2),
        links_of(gone, boris),
        links_of(gone, version=2),
        accounts.AccountFieldChanged(field=sector),
        accounts.AccountFieldChanged(field=replace(sector, name="Branch", version=2)),
        accounts.AccountFieldChanged(field=dropped),
        accounts.AccountFieldChanged(field=replace(dropped, version=2), is_deleted=True),
        contacts.ContactFieldChanged(field=field_of("Birthday", "date")),
        access_of(home, 2, portal_status="pending", login_emails=("anna@roy.example",)),
        access_of(home, 3, is_synced=False, unlinked=("old@roy.example",)),
        access_of(gone, 1),
    ]


def contents(session, ctx):
    """Every row of the projection, but for rows that only wait for news that is not to come."""
    return {
        table.name: sorted(session.execute(select(table).where(table.c.firm_id == ctx.firm)).all(), key=repr)
        for table in PROJECTED
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_any_repetition_give_the_same_directory(postgres_url, ctx, data):
    events = story()
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=6))
    shuffled = data.draw(st.permutations(repeated))
    transactions = database(postgres_url, "overview")
    found = []

    for told in (events, shuffled):
        firm = replace(ctx, firm_id=new_id())
        with transactions.transaction(firm) as session:
            apply(session, firm, *told)
            found.append(_without_firm(contents(session, firm)))

    assert found[0] == found[1]


def _without_firm(rows):
    """Firms differ, and with them the keys of the index."""
    ignored = ("firm_id", "keys")
    return {
        name: [{key: value for key, value in row._mapping.items() if key not in ignored} for row in of_table]
        for name, of_table in rows.items()
    }


def test_the_story_ends_as_it_should(session, ctx):
    apply(session, ctx, *story())

    rows = lists.list_accounts(session, ctx, ListAccounts(state="all")).items

    assert [(row.name, row.code, row.state, row.contacts) for row in rows] == [
        ("Roy", "H1", "active", ("Boris", "Anna Roy")),
        ("Shop", "S1", "archived", ("Anna Roy",)),
    ]
    assert [[tag.name for tag in row.tags] for row in rows] == [["Very important"], []]
    assert len(rows[0].team) == 1
    assert [(value.name, value.text) for value in rows[0].custom_fields] == [("Branch", "Bakery")]
    assert (rows[0].portal_status, rows[0].is_notified, rows[0].is_synced) == ("active", True, False)
    assert (rows[1].portal_status, rows[1].is_notified, rows[1].is_synced) == ("off", False, False)


def test_an_account_is_invisible_until_it_is_created(session, ctx):
    account, anna = account_of("Roy"), contact_of("Anna", "anna@roy.example")
    apply(session, ctx, links_of(account.id, anna.id), contacts.ContactCreated(contact=anna))
    assert lists.list_accounts(session, ctx, ListAccounts(state="all")).total == 0
    assert searching.search(session, ctx, Search(q="anna@")).total == 0

    apply(session, ctx, accounts.AccountCreated(account=account))

    assert lists.list_accounts(session, ctx, ListAccounts()).items[0].contacts == ("Anna",)
    assert searching.search(session, ctx, Search(q="anna@")).total == 1


def test_an_account_in_the_trash_is_in_no_list_until_it_comes_back(session, ctx):
    """R-ARC-5"""
    vip = tag_of("VIP")
    account, neighbour = account_of("Roy", tags=[vip], state="archived"), account_of("Shop")
    anna = contact_of("Anna", "anna@roy.example")
    apply(
        session,
        ctx,
        contacts.ContactCreated(contact=anna),
        *(accounts.AccountCreated(account=each) for each in (account, neighbour)),
        *(links_of(each.id, anna.id) for each in (account, neighbour)),
    )

    def found():
        return (
            [row.name for row in lists.list_accounts(session, ctx, ListAccounts(state="all")).items],
            [row.name for row in lists.list_accounts(session, ctx, ListAccounts(state="all", tag_id=(vip.id,))).items],
            [hit.name for hit in searching.search(session, ctx, Search(q="roy")).items],  # in Anna's address
            [row.name for row in lists.list_related(session, ctx, AccountRef(account_id=neighbour.id)).items],
        )

    there = found()
    apply(session, ctx, accounts.AccountChanged(account=replace(account, state="trashed", version=2)))
    gone = found()
    apply(session, ctx, accounts.AccountChanged(account=replace(account, version=3)))

    assert there == (["Roy", "Shop"], ["Roy"], ["Shop", "Roy"], ["Roy"])
    assert gone == (["Shop"], [], ["Shop"], [])
    assert found() == there


class TestTrash:
    """R-ARC-5: for thirty days an account is seen by nobody, and may come back."""

    def test_a_trashed_account_is_in_no_list_and_no_search(self, told, session, ctx):
        anna, field = told.contact("Anna", "anna@roy.example"), told.field("Sector")
        account, other = told.account("Roy", anna), told.account("Other", anna)
        values = (value_of(field, "Bakery"),)
        trashed = account_of("Roy", account_id=account, version=2, state="trashed", custom_fields=values)

        apply(session, ctx, accounts.AccountChanged(account=trashed), access_of(account))

        assert [row.name for row in lists.list_accounts(session, ctx, ListAccounts(state="all")).items] == ["Other"]
        assert lists.list_accounts(session, ctx, ListAccounts(custom_field=(f"{field.id}:bakery",))).total == 0
        assert [hit.name for hit in searching.search(session, ctx, Search(q="anna@")).items] == ["Other"]
        assert lists.list_related(session, ctx, AccountRef(account_id=other)).items == ()

    def test_a_restored_one_is_there_again_with_all_it_had(self, told, session, ctx):
        account = told.account("Roy", ("Anna", "anna@roy.example"))
        apply(session, ctx, access_of(account, portal_status="pending"))
        for version, state in ((2, "trashed"), (3, "archived")):
            changed = account_of("Roy", account_id=account, version=version, state=state)
            apply(session, ctx, accounts.AccountChanged(account=changed))

        (row,) = lists.list_accounts(session, ctx, ListAccounts(state="archived", portal_status=("pending",))).items

        assert (row.name, row.contacts) == ("Roy", ("Anna",))
        assert searching.search(session, ctx, Search(q="anna@")).total == 1

    def test_a_deleted_one_leaves_no_address_behind(self, told, session, ctx):
        account = told.account("Roy")
        apply(session, ctx, access_of(account, login_emails=("anna@roy.example",), unlinked=("old@roy.example",)))

        apply(session, ctx, accounts.AccountDeleted(account_id=account, version=2), access_of(account, 9))

        row = session.get_one(DirectoryAccount, (ctx.firm, account), populate_existing=True)
        assert (row.login_emails, row.unlinked, row.portal_status) == ([], [], "off")


class TestAtOnce:
    """Events of one account are applied in several processes at the same time; none may undo another's work."""

    @pytest.mark.parametrize("attempt", range(3))
    def test_no_update_is_lost_and_nobody_waits_in_a_circle(self, postgres_url, ctx, attempt):
        account_ids = [new_id() for _ in range(3)]
        contact_ids = [new_id() for _ in range(4)]
        streams = [
            [accounts.AccountChanged(account=account_of(f"Name {n}", account_id=of, version=n)) for n in range(1, 9)]
            for of in account_ids
        ]
        streams += [
            [
                contacts.ContactChanged(contact=contact_of(f"Name {n}", f"c{n}@x.example", contact_id=of, version=n))
                for n in range(1, 9)
            ]
            for of in contact_ids
        ]
        streams += [
            [links_of(of, *contact_ids[n % 3 :], *contact_ids[: n % 2], version=n) for n in range(1, 9)]
            for of in account_ids
        ]

        streams += [[access_of(of, n, unlinked=(f"gone{n}@x.example",)) for n in range(1, 9)] for of in account_ids]

        run_at_once(database(postgres_url, "overview"), ctx, streams)

        with database(postgres_url, "overview").transaction(ctx) as session:
            rows = lists.list_accounts(session, ctx, ListAccounts()).items
            hits = searching.search(session, ctx, Search(q="c8@x.example"))
            stale = searching.search(session, ctx, Search(q="c7@x.example"))
        assert [row.name for row in rows] == ["Name 8"] * 3
        assert [row.contacts for row in rows] == [("Name 8",) * 2] * 3
        assert (hits.total, stale.total) == (3, 0)


def run_at_once(transactions, ctx, streams):
    """Apply each stream's events one by one, each in its own transaction, all streams side by side."""
    failures = []

    def run(events):
        try:
            for event in events:
                with transactions.transaction(ctx) as session:
                    apply(session, ctx, event)
        except Exception as failure:  # noqa: BLE001 (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_no_list_shows_costs_no_refreshing(session, ctx):
    """Following an account is told as a change of it, and is none to the directory."""
    account = account_of("Roy", tags=[tag_of("VIP")])
    apply(session, ctx, accounts.AccountCreated(account=account), links_of(account.id))

    def statements(event):
        session.flush()
        before = metrics.SQL_STATEMENTS._value.get()
        apply(session, ctx, event)
        session.flush()
        return metrics.SQL_STATEMENTS._value.get() - before

    follower = Person(id=new_id(), name="Emil")
    followed = statements(accounts.AccountChanged(account=replace(account, version=2, followers=(follower,))))
    renamed = statements(accounts.AccountChanged(account=replace(account, version=3, name="Lee")))

    assert followed <= 3  # the row is found, locked, and keeps the version
    assert renamed > followed
    assert [row.name for row in lists.list_accounts(session, ctx, ListAccounts()).items] == ["Lee"]
