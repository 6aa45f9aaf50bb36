"""The owner connects the firm's books; clients with invoices become customers, and whatever dies, each only once."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest

from tests.firms import PASSWORD, Firm
from tests.stack import until
from tests.visiting import Browser, text_of

BACK = "http://localhost:8000/quickbooks"
PATIENCE = 60.0  # s, for work that goes on behind


@pytest.fixture
def books(system, intuit, request):
    """A firm, and a company of its own at Intuit."""
    firm = Firm(system.url, system.env)
    firm.realm = str(abs(hash(request.node.nodeid)) % 10**12 + 10**12)
    intuit.control("company", realm=firm.realm, name="Whitfield Books")
    intuit.knobs(authorizes=firm.realm)
    yield firm
    firm.owner.close()


def connect(firm):
    """What the owner and their browser do."""
    version = firm.owner.made("GET", "/quickbooks")["version"]
    keys = {"client_id": "client", "client_secret": "secret", "redirect_url": BACK}
    firm.owner.made("PATCH", "/quickbooks/settings", version=version, **keys)
    way = firm.owner.made("POST", "/quickbooks/connect")
    landed = httpx.get(way["authorization_url"], follow_redirects=False).headers["location"]
    told = {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}
    back = {"code": told["code"], "state": told["state"], "realm_id": told["realmId"]}
    return firm.owner.made("POST", "/quickbooks/callback", **back)


def bill(firm, account):
    at = f"/accounts/{account['id']}"
    draft = firm.owner.made("POST", f"{at}/invoices", lines=[{"name": "Tax return", "unit_price": "100"}])
    firm.owner.made("POST", f"{at}/invoices/{draft['id']}/issue", version=draft["version"])


def sync_of(firm, account, by=None):
    return (by or firm.owner).made("GET", f"/accounts/{account['id']}/quickbooks")


def await_status(firm, account, *statuses):
    until(lambda: sync_of(firm, account)["status"] in statuses, timeout=PATIENCE)
    return sync_of(firm, account)


def customers(firm, intuit):
    return intuit.control("entities", realm=firm.realm, kind="Customer")["Customer"]


def test_a_client_becomes_a_customer_once_it_is_billed(books, intuit):
    """R-QB-1, R-QB-10, R-QB-12, R-QB-23"""
    intuit.control("create", realm=books.realm, kind="Customer", entity={"DisplayName": "ada ltd"})
    before = books.account("Ada Ltd")
    bill(books, before)
    assert sync_of(books, before)["status"] == "not_connected"

    connection = connect(books)
    assert (connection["state"], connection["company_name"]) == ("connected", "Whitfield Books")
    assert await_status(books, before, "synced")["customer"]["name"] == "ada ltd"

    later = books.account("Byron Ltd")
    assert await_status(books, later, "not_eligible")["remedies"] == ["sync", "do_not_sync"]
    bill(books, later)
    await_status(books, later, "no_match")
    assert [one["account_name"] for one in books.owner.made("GET", "/quickbooks/errors")["items"]] == ["Byron Ltd"]

    books.owner.made("POST", f"/accounts/{later['id']}/quickbooks/create")
    made = await_status(books, later, "synced", "failed")
    assert (made["status"], made["customer"]["name"]) == ("synced", "Byron Ltd")
    steps = books.owner.made("GET", f"/accounts/{later['id']}/quickbooks/steps")["items"]
    assert (steps[0]["status"], steps[0]["author"]) == ("synced", "Olga Owner")
    assert steps[0]["intuit_tid"]
    assert books.owner.made("GET", "/quickbooks/errors")["counts"] == {}


def test_who_may_not_act_sees_a_label_at_most(books, intuit, system):
    """R-QB-1: owner and admins operate, the owner connects, everybody who sees the account sees its status."""
    account = books.account("Ada Ltd")
    connect(books)
    bill(books, account)
    await_status(books, account, "no_match")
    sees = books.member("manage_invoices", "manage_accounts", "view_all_accounts")
    admin = books.member(role="admin")
    at = f"/accounts/{account['id']}/quickbooks"

    seen = sync_of(books, account, by=sees)
    assert (seen["label"], seen["customer"], seen["candidates"], seen["remedies"]) == ("No match", None, [], [])
    for verb, path in (
        ("GET", "/quickbooks"), ("GET", "/quickbooks/errors"), ("GET", "/quickbooks/customers"),
        ("POST", "/quickbooks/connect"), ("POST", "/quickbooks/disconnect"), ("GET", f"{at}/steps"),
        ("POST", f"{at}/sync"), ("POST", f"{at}/do-not-sync"), ("POST", f"{at}/create"),
    ):  # fmt: skip
        assert sees.request(verb, path).status_code == 403, path
    for path in ("/quickbooks/connect", "/quickbooks/disconnect"):
        assert admin.post(path).status_code == 403
    assert admin.post(f"{at}/do-not-sync").json()["status"] == "do_not_sync"

    blind = books.member()
    stranger = Firm(system.url, system.env)
    for other in (blind, stranger.owner):
        for verb, path in (("GET", at), ("POST", f"{at}/sync"), ("POST", f"{at}/do-not-sync")):
            assert other.request(verb, path).status_code == 404
    assert stranger.owner.made("GET", "/quickbooks")["state"] == "unset"
    stranger.owner.close()


def test_what_is_sent_wrongly_is_told_field_by_field(books):
    version = books.owner.made("GET", "/quickbooks")["version"]
    wrong = books.owner.patch("/quickbooks/settings", json={"version": version, "redirect_url": "http://example.com"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "redirect_url")

    early = books.owner.post("/quickbooks/connect")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/quickbooks_not_set")
    back = {"code": "x", "state": "y", "realm_id": "12"}
    assert books.owner.post("/quickbooks/callback", json=back).status_code == 409


def test_a_killed_service_loses_nothing_and_makes_nothing_twice(books, intuit, system):
    """R-QB-21"""
    made = [books.account(f"Client {number}") for number in range(6)]
    connect(books)
    intuit.plan("drop", "customer", is_write=True, times=2)
    for account in made:
        until(
            lambda account=account: books.owner.post(f"/accounts/{account['id']}/quickbooks/create").status_code == 200,
            timeout=PATIENCE,
        )
    until(lambda: len(customers(books, intuit)) >= 1, timeout=PATIENCE)

    system.kill("quickbooks")
    system.start("quickbooks")
    shorten_leases(system, books)

    for account in made:
        assert await_status(books, account, "synced", "failed")["status"] == "synced"
    names = sorted(one["DisplayName"] for one in customers(books, intuit))
    assert names == [f"Client {number}" for number in range(6)]
    assert intuit.state()["limits"][books.realm]["exceeded"] == {}


def shorten_leases(system, firm):
    """The lease of the killed worker is over, as if its minutes had passed."""
    with psycopg.connect(system.database_of("quickbooks")) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.signed_in["firm"]["id"]])
        for table in ("job", "push", "document"):
            connection.execute(f"UPDATE {table} SET taken_until = now() WHERE taken_until > now()")
        connection.execute("DELETE FROM asking")


def test_waiting_for_quickbooks_holds_up_nobody(books, intuit):
    """Somebody reads while the service waits for an answer: it would be over, were the process held up."""
    account = books.account("Ada Ltd")
    connect(books)
    intuit.knobs(slow_seconds=8)
    intuit.plan("slow", "customer", is_write=True)
    until(lambda: books.owner.post(f"/accounts/{account['id']}/quickbooks/create").status_code == 200, timeout=PATIENCE)

    await_status(books, account, "syncing")

    await_status(books, account, "synced")


def test_an_admin_links_a_customer_on_the_clients_page(books, intuit):
    """R-QB-10, R-QB-12: by forms, as the page offers them."""
    account = books.account("Ada Ltd")
    connect(books)
    intuit.control("create", realm=books.realm, kind="Customer", entity={"DisplayName": "Lovelace & Co"})
    bill(books, account)
    await_status(books, account, "no_match")
    at = f"/clients/{account['id']}/info"
    with Browser(books.url) as browser:
        browser.send_form("/sign-in", email=books.email, password=PASSWORD)
        assert "Choose customer" in text_of(browser.get(at))
        books.owner.made("POST", f"/accounts/{account['id']}/quickbooks/sync")
        until(lambda: "Lovelace & Co" in text_of(browser.get(f"{at}/quickbooks?choose&q=love")), timeout=PATIENCE)
        found = browser.get(f"{at}/quickbooks?choose&q=love").text
        customer = re.search(r'name="customer_id" value="(\d+)"', found)[1]

        missing = browser.send_form(f"{at}/quickbooks", do="link", q="love")
        linked = browser.send_form(f"{at}/quickbooks", do="link", customer_id=customer)

        assert (missing.status_code, linked.status_code) == (422, 303)
        assert await_status(books, account, "synced")["customer"]["name"] == "Lovelace & Co"
        assert "Lovelace & Co" in text_of(browser.get(at))
        assert "Synced" in text_of(browser.get(f"{at}/quickbooks/steps"))
        browser.send_form(f"{at}/quickbooks", do="skip")
        assert await_status(books, account, "do_not_sync")
