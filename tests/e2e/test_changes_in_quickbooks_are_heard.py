"""Somebody changes a customer in QuickBooks: its webhooks come late, twice and in disorder, forged, or never."""

import json
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest

from contracts.quickbooks import AttentionNeeded
from tests.firms import Firm
from tests.stack import until

BACK = "http://localhost:8000/quickbooks"
PATIENCE = 60.0  # s, for work that goes on behind
ANSWERED = 3.0  # s, in which Intuit wants an answer
VERIFIER = "3d4b1d62-verifier"


class Books:
    """A firm with one client, synced to a customer of a company of its own at Intuit."""

    def __init__(self, system, intuit, realm):
        self.system, self.intuit, self.realm = system, intuit, realm
        self.firm = Firm(system.url, system.env)
        self.owner, self.address = self.firm.owner, f"{system.url}/v1/quickbooks/webhooks/{self.firm.id}"
        intuit.reset(authorizes=realm, webhook_held=True, webhook_url=self.address, webhook_token=VERIFIER)
        intuit.control("company", realm=realm, name="Whitfield Books")
        self.customer = intuit.control("create", realm=realm, kind="Customer", entity={"DisplayName": "Ada Ltd"})["Id"]
        self.account = self.firm.account("Ada Ltd")
        self.connect()
        self.owner.made("PUT", "/quickbooks/webhooks", verifier=VERIFIER)
        until(lambda: self.owner.post(f"{self.at}/sync").status_code == 200, timeout=PATIENCE)
        self.await_status("synced")
        until(lambda: self.webhooks()["looks_at"] is not None, timeout=PATIENCE)

    @property
    def at(self):
        return f"/accounts/{self.account['id']}/quickbooks"

    def connect(self):
        version = self.owner.made("GET", "/quickbooks")["version"]
        keys = {"client_id": "client", "client_secret": "secret", "redirect_url": BACK}
        self.owner.made("PATCH", "/quickbooks/settings", version=version, **keys)
        way = self.owner.made("POST", "/quickbooks/connect")
        landed = httpx.get(way["authorization_url"], follow_redirects=False).headers["location"]
        told = {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}
        back = {"code": told["code"], "state": told["state"], "realm_id": told["realmId"]}
        self.owner.made("POST", "/quickbooks/callback", **back)

    def edit(self, **changes):
        self.intuit.control("edit", realm=self.realm, kind="Customer", id=self.customer, changes=changes)

    def release(self, **how):
        """Let the webhooks that were held go; every one must be taken, and in time."""
        statuses = self.intuit.control("release", **how)["statuses"]
        assert statuses
        assert set(statuses) == {200}
        assert all(one["seconds"] < ANSWERED for one in self.intuit.state()["webhooks"]["delivered"])

    def webhooks(self):
        return self.owner.made("GET", "/quickbooks/webhooks")

    def sync(self):
        return self.owner.made("GET", self.at)

    def await_status(self, status):
        until(lambda: self.sync()["status"] == status, timeout=PATIENCE)

    def await_looked_into(self):
        until(lambda: self.told() and all(is_done for _, is_done in self.told()), timeout=PATIENCE)

    def told(self):
        return self.query("SELECT id, is_done FROM told_change")

    def query(self, statement):
        """The rows of a statement within the firm, for what HTTP does not tell."""
        with psycopg.connect(self.system.database_of("quickbooks")) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, false)", (self.firm.id,))
            return connection.execute(statement).fetchall()

    def attentions(self):
        kind = AttentionNeeded.TYPE
        bodies = [one.body for one in list(self.system.listener.told) if one.type == kind]
        return [body for body in bodies if self.account["id"] in json.dumps(body)]


@pytest.fixture
def books(system, intuit, request):
    made = Books(system, intuit, str(abs(hash(request.node.nodeid)) % 10**12 + 10**12))
    yield made
    made.owner.close()


@pytest.mark.parametrize("shape", ["cloudevents", "legacy"])
def test_the_last_state_wins_however_the_webhooks_come(books, intuit, shape):
    """R-QB-22, R-QB-20: late, each twice, the last first, and owner and admins are told once."""
    intuit.knobs(webhook_shape=shape)
    books.edit(DisplayName="Byron Ltd")
    for is_active in (False, True, False):
        books.edit(Active=is_active)

    books.release(is_reversed=True, times=2, one_by_one=True)

    books.await_status("changed_in_quickbooks")
    books.await_looked_into()
    assert books.sync()["remedies"] == ["reactivate", "choose", "create", "do_not_sync"]
    assert [one["account_name"] for one in books.owner.made("GET", "/quickbooks/errors")["items"]] == ["Ada Ltd"]
    until(books.attentions, timeout=PATIENCE)
    assert len(books.attentions()) == 1
    assert books.webhooks()["told_at"] is not None


def test_our_own_writes_come_back_as_no_news(books, intuit):
    """R-QB-22"""
    books.edit(Active=False)
    books.release()
    books.await_status("changed_in_quickbooks")
    books.owner.made("POST", f"{books.at}/reactivate")
    books.await_status("synced")
    steps = books.owner.made("GET", f"{books.at}/steps")["items"]

    books.release(times=2)

    books.await_looked_into()
    assert books.owner.made("GET", f"{books.at}/steps")["items"] == steps
    assert len(books.attentions()) == 1


def test_what_intuit_did_not_sign_leaves_no_trace(books, intuit, system):
    """R-QB-22: forged, unsigned, signed for another firm, or to no firm at all: one answer for all."""
    books.edit(Active=False)
    other = Firm(system.url, system.env)
    other.owner.made("PUT", "/quickbooks/webhooks", verifier="another-verifier")
    nowhere = books.address.replace(books.firm.id, books.account["id"])
    intuit.knobs(webhook_token="not the verifier")
    assert intuit.control("release")["statuses"] == [401]
    body = json.dumps(intuit.state()["webhooks"]["delivered"][-1]["body"])

    answers = [
        httpx.post(address, content=body, headers=headers)
        for address in (books.address, nowhere, f"{system.url}/v1/quickbooks/webhooks/{other.id}")
        for headers in ({}, {"intuit-signature": "x"}, {"intuit-signature": "é".encode("latin-1")})
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.json()["type"], answer.json()["detail"]) for answer in answers}) == 1
    assert httpx.post(books.address, content=b"x" * 2_000_000).status_code == 413
    assert httpx.post(books.address, content=b"x" * 400_000).status_code == 422
    assert httpx.get(books.address).status_code == 405
    assert (books.told(), books.webhooks()["told_at"]) == ([], None)
    assert books.sync()["status"] == "synced"
    other.owner.close()


def test_asking_is_enough_where_no_webhook_reaches_us(books, intuit):
    """R-QB-22"""
    intuit.knobs(webhook_url=None)
    books.edit(Active=False)

    # The minutes to the next look are over.
    assert len(books.query("UPDATE job SET due_at = now() WHERE subject = 'changes' RETURNING id")) == 1

    books.await_status("changed_in_quickbooks")
    assert (books.told(), books.webhooks()["told_at"]) == ([], None)


def test_the_owner_alone_sets_the_verifier_and_nobody_reads_it(books):
    """R-QB-1"""
    admin, employee = books.firm.member(role="admin"), books.firm.member("manage_invoices")
    token = books.owner.made("POST", "/me/tokens", name="Robot", scopes=["settings:read"])["secret"]

    assert admin.put("/quickbooks/webhooks", json={"verifier": "x"}).status_code == 403
    assert employee.put("/quickbooks/webhooks", json={"verifier": "x"}).status_code == 403
    assert employee.get("/quickbooks/webhooks").status_code == 403
    robot = httpx.put(
        f"{books.system.url}/v1/quickbooks/webhooks",
        json={"verifier": "x"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert robot.status_code == 403
    wrong = books.owner.put("/quickbooks/webhooks", json={"verifier": "a b"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "verifier")
    seen = admin.get("/quickbooks/webhooks")
    assert seen.json()["has_verifier"]
    assert VERIFIER not in seen.text
    assert books.owner.made("PUT", "/quickbooks/webhooks", verifier=None)["has_verifier"] is False
