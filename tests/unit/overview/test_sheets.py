"""Accounts and contacts as tables, and the record of who took them out (R-EXP-1, R-EXP-2, R-LST-3)."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid, Unavailable
from chassis.testing import database, member_ctx
from contracts import accounts, contacts, portal
from contracts.accounts import AccountList, RoleHolders
from contracts.common import Address, Person
from contracts.contacts import ContactPage
from contracts.overview import AccountSheet, ContactSheet, EndExport, ListExports, StartExport
from contracts.work import OpenWork, OpenWorks
from services.overview import exports, sheets
from services.overview.queries import filters
from tests.unit.overview.firm import (
    access_of,
    account_of,
    apply,
    balances_of,
    contact_of,
    field_of,
    links_of,
    tag_of,
    value_of,
)

ROY_CAME = dt.datetime(2026, 3, 2, 8, 15, tzinfo=dt.UTC)


class Owners:
    """What accounts, contacts and work answer: all they were told, three contacts to a page."""

    def __init__(self):
        self.accounts, self.contacts, self.counts = {}, [], []
        self.asked = []
        self.is_away = False

    def get_accounts(self, ctx, request):
        self.asked.append(request.account_ids)
        if self.is_away:
            raise Unavailable
        return AccountList(items=tuple(self.accounts[one] for one in request.account_ids if one in self.accounts))

    def count_open(self, ctx, request):
        return OpenWorks(items=tuple(one for one in self.counts if one.account_id in request.account_ids))

    def list_contacts(self, ctx, request):
        assert request.sort == "created_at"
        at = int(request.cursor or 0)
        following = str(at + 3) if at + 3 < len(self.contacts) else None
        return ContactPage(items=tuple(self.contacts[at : at + 3]), total=len(self.contacts), next_cursor=following)


@pytest.fixture
def owners():
    return Owners()


@pytest.fixture
def told(sessions, ctx, owners):
    """`told(account("Roy"))`: the owners know it, and have told the directory."""

    def tell(*events):
        with sessions() as session:
            apply(session, ctx, *events)
        for event in events:
            if isinstance(event, (accounts.AccountCreated, accounts.AccountChanged)):
                owners.accounts[event.account.id] = event.account
            elif isinstance(event, contacts.ContactCreated):
                owners.contacts.append(event.contact)
        return events[0].account.id if isinstance(events[0], accounts.AccountCreated) else None

    return tell


@pytest.fixture
def account(told):
    numbers = itertools.count(1)

    def make(name, **fields):
        made = account_of(name, **({"code": f"A{next(numbers)}"} | fields))
        return told(accounts.AccountCreated(account=made))

    return make


@pytest.fixture
def sheet(postgres_url, ctx, owners):
    """`sheet(AccountSheet())`: the rows of all pages, each by the names of its columns."""
    db = database(postgres_url, "overview")

    def page(request, caller=ctx):
        if isinstance(request, AccountSheet):
            return sheets.account_sheet(db, owners, owners, caller, request)
        return sheets.contact_sheet(db, owners, caller, request)

    def rows(request, caller=ctx, *, between=lambda: None):
        found, first = [], None
        while True:
            given = page(request, caller)
            first = first or given
            assert [column.key for column in given.columns] == [column.key for column in first.columns]
            names = [column.name for column in first.columns]
            assert len(set(names)) == len(names)
            found += [dict(zip(names, row, strict=True)) for row in given.rows]
            if given.next_cursor is None:
                return found
            between()
            request = replace(request, cursor=given.next_cursor, columns=tuple(one.key for one in first.columns))

    rows.page = page
    return rows


class TestAccounts:
    def test_a_row_has_the_columns_of_r_exp_1(self, told, account, sheet, owners):
        sector = field_of("Sector", "single_choice", "Bakery")
        emil, olga = Person(id=new_id(), name="Emil"), Person(id=new_id(), name="Olga")
        anna, boris = contact_of("Anna Roy"), contact_of("Boris Roy")
        bookkeepers = RoleHolders(role=Person(id=new_id(), name="Bookkeeper"), members=(emil, olga))
        said = {"timezone": "Europe/Paris", "custom_fields": (value_of(sector, str(sector.choices[0].id)),)}
        tags = [tag_of("VIP"), tag_of("Late")]
        roy = account("Roy", code="R1", type="company", company="Roy Ltd", tags=tags, roles=(bookkeepers,), **said)
        owners.accounts[roy] = replace(owners.accounts[roy], team=(emil, olga), followers=(olga,))
        told(*(contacts.ContactCreated(contact=one) for one in (anna, boris)), links_of(roy, anna.id, boris.id))
        told(
            accounts.AccountFieldChanged(field=sector), access_of(roy, login_emails=("anna@roy.example", "b@x.example"))
        )
        told(portal.ClientSignedIn(account_id=roy, contact_id=anna.id, email="anna@roy.example", at=ROY_CAME))
        owners.counts.append(OpenWork(account_id=roy, jobs=2, tasks=7))
        told(balances_of(roy, ("EUR", "120.00", "20.00"), ("USD", "0.00", "5.00")))

        (row,) = sheet(AccountSheet())

        assert row == {
            "Code": "R1", "Account name": "Roy", "State": "active", "Account type": "company",
            "Company name": "Roy Ltd", "Tags": "VIP; Late", "Team": "Emil; Olga", "Followers": "Olga",
            "Account roles": "Bookkeeper: Emil, Olga", "Created": "2026-01-05T09:30:00Z",
            "Updated": "2026-01-05T09:30:00Z", "Archived": "", "Time zone": "Europe/Paris",
            "Portal status": "active", "Login emails": "anna@roy.example; b@x.example",
            "Last login": "2026-03-02T08:15:00Z", "Balance due": "120.00 EUR; 0.00 USD",
            "Credit": "20.00 EUR; 5.00 USD", "Net due": "100.00 EUR; 0.00 USD", "Active jobs": "2",
            "Open tasks": "7", "Sector": "Bakery", "Linked contact #1": "Anna Roy", "Linked contact #2": "Boris Roy",
        }  # fmt: skip

    def test_only_counts_and_fields_of_numbers_are_numbers(self, told, account, sheet):
        told(accounts.AccountFieldChanged(field=field_of("Staff", "number")))
        told(accounts.AccountFieldChanged(field=field_of("Nickname", position=1)))
        account("Roy")

        columns = sheet.page(AccountSheet()).columns

        assert [column.name for column in columns if column.is_number] == ["Active jobs", "Open tasks", "Staff"]

    def test_pages_hold_every_account_once_whatever_is_renamed_between_them(
        self, told, account, sheet, owners, monkeypatch
    ):
        monkeypatch.setattr(sheets, "ACCOUNTS", 3)
        made = [account(f"Roy {n}", state="archived" if n % 3 == 0 else "active") for n in range(12)]

        def rename():
            changed = [replace(owners.accounts[one], version=len(owners.asked) + 1, name="Aaa") for one in made[::-2]]
            told(*(accounts.AccountChanged(account=one) for one in changed))

        rows = sheet(AccountSheet(), between=rename)
        everyone = sheet(AccountSheet(state="all"), between=rename)

        assert [row["Code"] for row in rows] == ["A2", "A3", "A5", "A6", "A8", "A9", "A11", "A12"]
        assert [row["Code"] for row in everyone] == [f"A{n}" for n in range(1, 13)]
        assert [len(asked) for asked in owners.asked] == [3, 3, 2, 3, 3, 3, 3]

    def test_columns_stay_those_of_the_first_page(self, told, account, sheet, owners, monkeypatch):
        """A field that is made or deleted meanwhile, a contact for whom there is no column: no cell is out of place."""
        monkeypatch.setattr(sheets, "ACCOUNTS", 1)
        sector, gone = field_of("Sector"), field_of("Gone", position=1)
        told(*(accounts.AccountFieldChanged(field=field) for field in (sector, gone)))
        values = (value_of(sector, "Bakery"), value_of(gone, "x"))
        first, second = (account(name, custom_fields=values) for name in ("First", "Second"))
        people = [contact_of(name) for name in ("Anna", "Boris", "Clara")]
        told(*(contacts.ContactCreated(contact=one) for one in people), links_of(first, people[0].id))

        def change():
            told(accounts.AccountFieldChanged(field=replace(gone, version=2), is_deleted=True))
            told(accounts.AccountFieldChanged(field=field_of("New")), links_of(second, *(one.id for one in people)))
            kept = replace(owners.accounts[second], custom_fields=values[:1])
            owners.accounts[second] = kept

        rows = sheet(AccountSheet(), between=change)

        assert [(row["Sector"], row["Gone"], row["Linked contact #1"]) for row in rows] == [
            ("Bakery", "x", "Anna"),
            ("Bakery", "", "Anna; Boris; Clara"),
        ]

    def test_the_filters_of_the_list_hold(self, told, account, sheet):
        sector = field_of("Sector")
        told(accounts.AccountFieldChanged(field=sector))
        account("Bread", custom_fields=(value_of(sector, "Bakery"),))
        account("Law", custom_fields=(value_of(sector, "Law"),))
        account("Old", state="archived")

        by_field = sheet(AccountSheet(custom_field=(f"{sector.id}:bakery",)))

        assert [row["Account name"] for row in by_field] == ["Bread"]
        assert [row["Account name"] for row in sheet(AccountSheet(state="archived"))] == ["Old"]
        assert sheet(AccountSheet(q="nobody")) == []

    def test_a_query_that_finds_too_much_is_refused_rather_than_cut(self, account, sheet, monkeypatch):
        """The list shows the first thousand and says so; a file would be silently shorter."""
        monkeypatch.setattr(filters, "MOST_FOUND", 2)
        for n in range(3):
            account(f"Roy {n}")

        with pytest.raises(Invalid) as refused:
            sheet(AccountSheet(q="roy"))

        assert refused.value.data["errors"][0]["field"] == "q"

    def test_an_account_its_owner_no_longer_shows_is_no_row(self, account, sheet, owners):
        account("Here")
        del owners.accounts[account("Gone since")]

        assert [row["Account name"] for row in sheet(AccountSheet())] == ["Here"]

    def test_an_owner_who_is_away_ends_it(self, account, sheet, owners):
        account("Roy")
        owners.is_away = True

        with pytest.raises(Unavailable):
            sheet(AccountSheet())

    def test_a_firm_without_accounts_gets_the_columns(self, sheet, owners):
        assert sheet(AccountSheet()) == []
        assert len(sheet.page(AccountSheet()).columns) == len(sheets.ACCOUNT_COLUMNS) + 1
        assert owners.asked == []

    @pytest.mark.parametrize("forged", ["x", "WzFd", "W10", "!!!"])
    def test_a_cursor_of_somebody_elses_making_is_refused(self, sheet, forged):
        with pytest.raises(Invalid):
            sheet(AccountSheet(cursor=forged))


class TestContacts:
    def test_a_row_has_the_columns_of_r_exp_1(self, told, account, sheet, owners):
        birthday = field_of("Birthday", "date")
        anna = replace(
            contact_of("Anna Roy", "anna@roy.example"), first_name="Anna", middle_name="B", last_name="Roy",
            phones=("+33 1 42", "+33 6 11"), company_name="Roy Ltd", notes="calls\nback", timezone="Europe/Paris",
            address=Address(street="3, rue X", city="Lyon", state="ARA", zip="69001", country="FR"),
            tags=(tag_of("VIP"),), custom_fields=(value_of(birthday, "1990-05-01"),),
        )  # fmt: skip
        private = contacts.EmailAddress(id=new_id(), label="Private", email="a@home.example")
        anna = replace(anna, addresses=(private, *anna.addresses))
        told(contacts.ContactCreated(contact=anna), contacts.ContactFieldChanged(field=birthday))
        for name in ("Shop", "Home"):
            told(links_of(account(name), anna.id))

        (row,) = sheet(ContactSheet())

        assert row == {
            "Contact name": "Anna Roy", "First name": "Anna", "Middle name": "B", "Last name": "Roy",
            "Email": "anna@roy.example", "Other emails": "a@home.example", "Phone": "+33 1 42; +33 6 11",
            "Company name": "Roy Ltd", "Street": "3, rue X", "City": "Lyon", "State": "ARA", "Zip": "69001",
            "Country": "FR", "Notes": "calls\nback", "Tags": "VIP", "Created": "2026-01-05T09:30:00Z",
            "Updated": "2026-01-05T09:30:00Z", "Time zone": "Europe/Paris", "Birthday": "1990-05-01",
            "Linked account #1": "Home", "Linked account #2": "Shop",
        }  # fmt: skip

    def test_pages_go_through_all(self, told, sheet):
        told(*(contacts.ContactCreated(contact=contact_of(f"N{n}")) for n in range(8)))

        assert [row["Contact name"] for row in sheet(ContactSheet())] == [f"N{n}" for n in range(8)]

    def test_accounts_out_of_sight_are_not_named_nor_counted(self, told, account, sheet, ctx):
        """R-ACC-5: not even by the number of columns."""
        emil, anna = member_ctx(ctx, rights=("manage_contacts", "view_all_contacts")), contact_of("Anna")
        told(contacts.ContactCreated(contact=anna))
        for name, team in (("Secret", ()), ("Mine", (emil.actor.id,)), ("Secret too", ())):
            told(links_of(account(name, team=team), anna.id))

        (row,) = sheet(ContactSheet(), emil)

        assert {name: cell for name, cell in row.items() if name.startswith("Linked")} == {"Linked account #1": "Mine"}


class TestAccess:
    @pytest.mark.parametrize(
        ("request_", "right"), [(AccountSheet(), "manage_accounts"), (ContactSheet(), "manage_contacts")]
    )
    def test_it_takes_the_right_of_its_kind(self, sheet, ctx, request_, right):
        """R-LST-3"""
        others = {"view_all_accounts", "view_all_contacts", "manage_accounts", "manage_contacts"} - {right}
        client = replace(ctx, actor=Actor(kind="portal", id=new_id(), role="owner"))

        for refused in (member_ctx(ctx, rights=tuple(others)), client):
            with pytest.raises(Forbidden):
                sheet(request_, refused)
        assert sheet(request_, member_ctx(ctx, rights=(right,))) == []

    def test_an_employee_gets_the_accounts_of_their_teams(self, account, sheet, ctx):
        emil = member_ctx(ctx, rights=("manage_accounts",))
        account("Secret", custom_fields=())
        account("Mine", team=[emil.actor.id])

        assert [row["Account name"] for row in sheet(AccountSheet(), emil)] == ["Mine"]


class TestRecord:
    """R-EXP-2"""

    @pytest.fixture
    def listed(self, session, ctx):
        return lambda caller=ctx, **asked: exports.list_exports(session, caller, ListExports(**asked))

    def test_says_who_took_out_what_and_how_it_ended(self, session, ctx, listed):
        emil = member_ctx(ctx, rights=("manage_accounts",))
        started = exports.start_export(session, emil, StartExport(kind="accounts", filters={"type": ["company"]}))
        cut = exports.start_export(session, ctx, StartExport(kind="contacts", filters={}))

        exports.end_export(session, emil, EndExport(export_id=started.id, rows=12, is_complete=True))

        last, first = listed().items
        assert (first.id, first.kind, first.filters) == (started.id, "accounts", {"type": ["company"]})
        assert first.member == Person(id=emil.actor.id, name="Emil Employee")
        assert (first.rows, first.is_complete, first.ended_at is not None) == (12, True, True)
        assert (last.id, last.rows, last.is_complete, last.ended_at) == (cut.id, 0, False, None)

    def test_nobody_ends_the_export_of_another_or_one_that_ended(self, session, ctx):
        started = exports.start_export(session, ctx, StartExport(kind="accounts", filters={}))
        end = EndExport(export_id=started.id, rows=1, is_complete=True)
        stranger = replace(ctx, firm_id=new_id())
        for other in (member_ctx(ctx, role="admin"), stranger):
            with pytest.raises(exports.ExportNotFound):
                exports.end_export(session, other, end)

        exports.end_export(session, ctx, end)

        with pytest.raises(exports.ExportNotFound):
            exports.end_export(session, ctx, end)

    def test_the_owner_and_admins_see_it_and_nobody_else(self, session, ctx, listed):
        exports.start_export(session, ctx, StartExport(kind="accounts", filters={}))
        client = replace(ctx, actor=Actor(kind="portal", id=new_id(), role="owner"))

        for refused in (member_ctx(ctx, rights=("manage_accounts", "view_all_accounts")), client):
            with pytest.raises(Forbidden):
                listed(refused)
        assert len(listed(member_ctx(ctx, role="admin")).items) == 1

    def test_without_the_right_nothing_is_begun(self, session, ctx):
        with pytest.raises(Forbidden):
            exports.start_export(session, member_ctx(ctx), StartExport(kind="accounts", filters={}))

    def test_pages_go_through_all_the_newest_first(self, session, ctx, listed):
        made = [exports.start_export(session, ctx, StartExport(kind="accounts", filters={})).id for _ in range(5)]

        seen, after = [], None
        while True:
            page = listed(limit=2, cursor=after)
            seen += [one.id for one in page.items]
            after = page.next_cursor
            if after is None:
                break

        assert seen == made[::-1]

    @pytest.mark.parametrize("forged", ["x", "WzFd", "WyJ4IiwieCJd", "!!!"])
    def test_a_cursor_of_somebody_elses_making_is_refused(self, listed, forged):
        with pytest.raises(Invalid):
            listed(cursor=forged)
