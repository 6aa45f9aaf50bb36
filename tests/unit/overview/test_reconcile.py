"""A directory that drifted from its owners is made anew while it serves."""

from dataclasses import replace

import orjson
import pytest
from sqlalchemy import delete, update

from chassis.context import new_id
from chassis.errors import Unavailable
from chassis.testing import database
from chassis.wire import to_json
from contracts import accounts, contacts
from contracts.export import Exported, tell
from contracts.overview import AccountRef, ListAccounts, Search
from services.overview import model, reconcile
from services.overview.fields import defined
from services.overview.queries import lists
from services.overview.queries import search as searching
from tests.unit.overview.firm import access_of, account_of, apply, contact_of, field_of, links_of, tag_of, value_of


class Owner:
    """Tells these events, one a page, as an owner tells of what it has; the first time it is out of reach."""

    def __init__(self, *events):
        self.events = events
        self.meanwhile = lambda: None
        self.is_back = False

    def export(self, ctx, request):
        assert ctx.actor.kind == "system"
        if not self.is_back:
            self.is_back = True
            raise Unavailable
        at = int(request.cursor or 0)
        self.meanwhile()
        document = orjson.loads(to_json([tell(event) for event in self.events[at : at + 1]]))
        return Exported(events=tuple(document), next_cursor=str(at + 1) if at + 1 < len(self.events) else None)


@pytest.fixture
def transactions(postgres_url):
    return database(postgres_url, "overview")


@pytest.fixture
def told():
    """A firm: one account with two contacts and a tag, another that shares one of them."""
    vip, anna, boris = tag_of("VIP"), contact_of("Anna", "anna@roy.example"), contact_of("Boris")
    sector = field_of("Sector")
    home = account_of("Home", tags=[vip], version=3, custom_fields=(value_of(sector, "Bakery"),))
    shop = account_of("Shop", code="S1")
    return {
        "accounts": Owner(
            accounts.TagChanged(tag=vip),
            accounts.AccountFieldChanged(field=sector),
            accounts.AccountCreated(account=home),
            accounts.AccountCreated(account=shop),
        ),
        "contacts": Owner(
            contacts.ContactCreated(contact=anna),
            contacts.ContactCreated(contact=boris),
            links_of(home.id, anna.id, boris.id, version=2),
            links_of(shop.id, boris.id),
            contacts.ContactFieldChanged(field=field_of("Birthday", "date")),
            access_of(home.id, 2, unlinked=("old@roy.example",)),
            contacts.NameFormatChanged(
                before="first_last", format="last_first", renamed=0
            ),  # nothing the directory keeps
        ),
        "home": home,
    }


@pytest.fixture
def rebuilt(transactions, ctx, told):
    """`rebuilt()`: how many facts were applied."""
    return lambda: reconcile.reconcile(transactions, ctx.firm, (told["accounts"], told["contacts"]), lambda _: None)


@pytest.fixture
def shown(sessions, ctx, told):
    """What lists, search and related accounts say."""

    def show():
        with sessions() as session:
            rows = lists.list_accounts(session, ctx, ListAccounts(state="all")).items
            hits = searching.search(session, ctx, Search(q="anna@")).items
            hits += searching.search(session, ctx, Search(q="old@")).items
            bakeries = [row for row in rows for value in row.custom_fields if value.name == "Sector"]
            related = lists.list_related(session, ctx, AccountRef(account_id=told["home"].id)).items
        return (
            [(row.name, row.contacts, [tag.name for tag in row.tags]) for row in rows],
            [hit.name for hit in hits],
            [row.name for row in related],
            [(row.name, row.portal_status) for row in bakeries],
        )

    return show


AS_TOLD = (
    [("Home", ("Anna", "Boris"), ["VIP"]), ("Shop", ("Boris",), [])],
    ["Home", "Home"],
    ["Shop"],
    [("Home", "active")],
)


def test_an_empty_directory_is_filled(rebuilt, shown):
    assert rebuilt() == 10
    assert shown() == AS_TOLD


@pytest.mark.parametrize(
    "damage",
    [
        *(delete(table) for table in model.Base.metadata.tables.values() if table.name.startswith("directory_")),
        update(model.DirectoryAccount).values(name="Wrong", people=[], tags=[], fields=[], unlinked=[]),
        update(model.DirectoryField).values(name="Wrong"),
        update(model.DirectoryContact).values(name="Wrong", addresses=[]),
        update(model.DirectorySearch).values(keys=[], names="", addresses=""),
    ],
    ids=str,
)
def test_whatever_was_lost_or_wrong_is_mended(rebuilt, shown, sessions, ctx, told, damage):
    rebuilt()
    with sessions() as session:
        session.execute(damage)

    rebuilt()

    assert shown() == AS_TOLD


def test_what_the_owners_no_longer_have_is_dropped(rebuilt, shown, sessions, ctx):
    with sessions() as session:
        stray, clara, tag = account_of("Stray", tags=[tag_of("Old")]), contact_of("Clara"), tag_of("Old")
        apply(session, ctx, accounts.AccountCreated(account=stray), contacts.ContactCreated(contact=clara))
        apply(session, ctx, links_of(stray.id, clara.id), accounts.TagChanged(tag=tag))
        old, older = field_of("Old"), field_of("Older")
        apply(session, ctx, accounts.AccountFieldChanged(field=old), contacts.ContactFieldChanged(field=older))

    rebuilt()

    assert shown() == AS_TOLD
    with sessions() as session:
        names = [field.name for owner in ("accounts", "contacts") for field in defined(session, ctx, owner).values()]
    assert names == ["Sector", "Birthday"]


def test_changes_that_come_meanwhile_are_not_undone(rebuilt, shown, sessions, ctx, told):
    """The owner's page may be older than an event that was applied since, or an account newer than the question."""
    once = [True]

    def meanwhile():
        if once.pop() if once else False:
            with sessions() as session:
                renamed = account_of("Renamed", account_id=told["home"].id, version=4)
                apply(session, ctx, accounts.AccountChanged(account=renamed))
                apply(session, ctx, accounts.AccountCreated(account=account_of("New", code="N1", account_id=new_id())))

    told["accounts"].meanwhile = meanwhile

    rebuilt()

    assert [name for name, _, _ in shown()[0]] == ["New", "Renamed", "Shop"]


def test_an_account_in_the_trash_is_hidden_and_can_come_back(rebuilt, shown, sessions, ctx, told):
    """R-ARC-5: its owner tells of it all the thirty days."""
    home = told["home"]
    told["accounts"].events = tuple(
        accounts.AccountCreated(account=replace(home, state="trashed"))
        if isinstance(event, accounts.AccountCreated) and event.account.id == home.id
        else event
        for event in told["accounts"].events
    )
    rebuilt()
    hidden = shown()

    with sessions() as session:
        apply(session, ctx, accounts.AccountChanged(account=replace(home, version=4)))

    assert ([name for name, *_ in hidden[0]], hidden[1]) == (["Shop"], [])
    assert shown() == AS_TOLD


def test_one_that_left_the_trash_for_good_is_dropped(rebuilt, shown, sessions, ctx):
    with sessions() as session:
        binned = account_of("Binned", code="B1", state="trashed")
        apply(session, ctx, accounts.AccountCreated(account=binned))

    rebuilt()

    with sessions() as session:
        row = session.get_one(model.DirectoryAccount, (ctx.firm, binned.id))
        assert (row.state, row.name) == ("deleted", "")


def test_other_firms_are_left_alone(rebuilt, shown, transactions, ctx, told):
    rebuilt()

    reconcile.reconcile(transactions, new_id(), (Owner(), Owner()), lambda _: None)

    assert shown() == AS_TOLD
