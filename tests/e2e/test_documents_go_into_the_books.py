"""A client is billed and pays over HTTP; the firm's books in QuickBooks follow, whoever is killed meanwhile."""

import re
from contextlib import contextmanager

import pytest

from tests.e2e.test_accounts_are_synced_to_quickbooks import PATIENCE, await_status, connect, shorten_leases
from tests.firms import PASSWORD, Firm
from tests.stack import until
from tests.visiting import Browser, text_of


@pytest.fixture
def books(system, intuit, request):
    """A connected firm that bills in the currency of its company, with a client that is a customer there."""
    firm = Firm(system.url, system.env)
    firm.realm = str(abs(hash(request.node.nodeid)) % 10**12 + 10**12)
    intuit.control("company", realm=firm.realm, name="Whitfield Books")
    intuit.knobs(authorizes=firm.realm)
    version = firm.owner.made("GET", "/billing-settings")["version"]
    firm.owner.made("PATCH", "/billing-settings", version=version, currency="USD")
    intuit.control("create", realm=firm.realm, kind="Customer", entity={"DisplayName": "Ada Ltd"})
    firm.client = firm.account("Ada Ltd")
    firm.at = f"/accounts/{firm.client['id']}"
    connect(firm)
    yield firm
    firm.owner.close()


def issued(firm, amount):
    draft = firm.owner.made("POST", f"{firm.at}/invoices", lines=[{"name": "Tax return", "unit_price": amount}])
    return firm.owner.made("POST", f"{firm.at}/invoices/{draft['id']}/issue", version=draft["version"])


def paid(firm, invoice, amount):
    return firm.owner.made(
        "POST", f"{firm.at}/payments", amount=amount, method="check", received_on=invoice["posted_on"],
        invoices=[{"invoice_id": invoice["id"]}],
    )  # fmt: skip


def syncs(firm, by=None):
    found = (by or firm.owner).made("GET", f"{firm.at}/quickbooks/documents?limit=50")["items"]
    return {one["id"]: one for one in found}


def await_synced(firm, *documents):
    def are_synced():
        found = syncs(firm)
        return all(found.get(one["id"], {}).get("status") == "synced" for one in documents)

    until(are_synced, timeout=PATIENCE)
    return syncs(firm)


def there(firm, intuit, kind):
    return intuit.control("entities", realm=firm.realm, kind=kind).get(kind, [])


def test_what_is_billed_and_paid_is_in_the_books(books, intuit, system):
    """R-QB-13, R-QB-23, R-INV-5"""
    await_status(books, books.client, "not_eligible")
    invoice = issued(books, "120.50")
    payment = paid(books, invoice, "20.50")
    found = await_synced(books, invoice, payment)
    assert found[invoice["id"]]["url"].endswith(f"txnId={found[invoice['id']]['quickbooks_id']}")
    (kept,) = there(books, intuit, "Invoice")
    assert (kept["DocNumber"], kept["TotalAmt"], kept["Balance"]) == (invoice["number"], 120.5, 100.0)
    steps = books.owner.made("GET", f"{books.at}/quickbooks/documents/invoice/{invoice['id']}/steps")["items"]
    assert (steps[0]["status"], bool(steps[0]["intuit_tid"])) == ("synced", True)

    assert books.owner.delete(f"{books.at}/payments/{payment['id']}").status_code in {200, 204}
    until(lambda: there(books, intuit, "Payment") == [], timeout=PATIENCE)

    sees = books.member("manage_invoices", "view_all_accounts")
    shown = syncs(books, by=sees)[invoice["id"]]
    assert (shown["label"], shown["quickbooks_id"], shown["remedies"]) == ("Synced", None, [])
    stranger = Firm(system.url, system.env)
    blind = books.member()
    at = f"{books.at}/quickbooks/documents"
    for other, status in ((sees, 403), (blind, 404), (stranger.owner, 404)):
        for act in ("sync", "do-not-sync"):
            assert other.post(f"{at}/invoice/{invoice['id']}/{act}").status_code == status
        assert other.get("/quickbooks/services").status_code == (200 if other is stranger.owner else 403)
    assert blind.get(at).status_code == 404
    assert stranger.owner.made("GET", "/quickbooks/services")["items"] == []
    stranger.owner.close()
    wrong = books.owner.post(f"{at}/dream/{invoice['id']}/sync")
    assert wrong.status_code in {404, 422}


def test_a_killed_service_books_nothing_twice(books, intuit, system):
    """R-QB-21"""
    intuit.plan("drop", "batch", is_write=True)
    made = [issued(books, str(number)) for number in range(1, 9)]
    until(lambda: len(there(books, intuit, "Invoice")) >= 1, timeout=PATIENCE)

    system.kill("quickbooks")
    system.start("quickbooks")
    shorten_leases(system, books)

    await_synced(books, *made)
    assert sorted(one["TotalAmt"] for one in there(books, intuit, "Invoice")) == [float(one) for one in range(1, 9)]
    assert intuit.state()["limits"][books.realm]["exceeded"] == {}


def following(number):
    digits = len(number) - len(number.rstrip("0123456789"))
    return f"{number[:-digits]}{int(number[-digits:]) + 1:0{digits}d}"


@contextmanager
def signed_in(system, email):
    with Browser(system.url) as browser:
        assert browser.send_form("/sign-in", email=email, password=PASSWORD).status_code == 303
        yield browser


def test_a_number_that_is_taken_in_the_books_is_changed_there_by_a_form(books, intuit, system):
    """R-QB-20"""
    first = issued(books, "100")
    await_synced(books, first)
    (customer,) = there(books, intuit, "Customer")
    line = {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    taken = {"CustomerRef": {"value": customer["Id"]}, "DocNumber": following(first["number"]), "Line": [line]}
    intuit.control("create", realm=books.realm, kind="Invoice", entity=taken)
    second = issued(books, "50")
    until(lambda: syncs(books).get(second["id"], {}).get("status") == "failed", timeout=PATIENCE)
    solve = f"/settings/quickbooks{books.at}/documents/{second['id']}"
    stranger = Firm(system.url, system.env)

    with signed_in(system, books.email) as owner, signed_in(system, stranger.email) as other:
        shown = owner.get("/settings/quickbooks/errors")
        assert second["number"] in text_of(shown)
        assert f'action="{solve}"' in shown.text
        assert "has a document of this number already" in text_of(shown)
        form = {"remedy": "renumber", "kind": "invoice"}
        assert other.send_form(solve, **form, number="R-2").status_code == 404
        assert owner.send_form(solve, **form, number="").status_code == 422
        unknown = owner.send_form(solve, remedy="link_existing", kind="invoice", quickbooks_id="12 or so")
        assert unknown.status_code == 422
        assert 'value="12 or so"' in unknown.text
        assert owner.send_form(solve, **form, number="R-2").status_code == 303
        await_synced(books, second)
        assert "R-2" in {one["DocNumber"] for one in there(books, intuit, "Invoice")}
        assert "Nothing waits for a decision." in text_of(owner.get("/settings/quickbooks/errors"))
    stranger.owner.close()


def test_accounts_of_the_ledger_and_services_are_chosen_by_forms(books, system):
    """R-QB-2, R-QB-13"""
    await_synced(books, issued(books, "100"))

    with signed_in(system, books.email) as owner:
        settings = owner.get("/settings/quickbooks")
        assert "As usual: " in settings.text
        (select,) = re.findall(r'<select id="income_ledger_id".*?</select>', settings.text, re.DOTALL)
        chosen = re.findall(r'value="([0-9]+)"', select)[-1]
        version = re.search(r'name="version" value="([0-9]+)"', settings.text)[1]
        assert owner.send_form("/settings/quickbooks/ledger").status_code == 303
        done = owner.send_form("/settings/quickbooks", version=version, income_ledger_id=chosen, fee_ledger_id="")
        ledger = books.owner.made("GET", "/quickbooks")["ledger"]
        assert done.status_code == 303
        assert (ledger["income"]["account"]["id"], ledger["income"]["is_chosen"]) == (chosen, True)
        assert ledger["fee"]["is_chosen"] is False

        (service,) = books.owner.made("GET", "/quickbooks/services")["items"]
        path = f"/settings/quickbooks/services/{service['service_id']}"
        assert path in owner.get("/settings/quickbooks/services").text
        item = re.findall(r'name="item_id" value="([0-9]+)"', owner.get(path).text)[-1]
        assert owner.send_form(path, item_id=item).status_code == 303
    (service,) = books.owner.made("GET", "/quickbooks/services")["items"]
    assert (service["item_id"], service["is_chosen"]) == (item, True)
