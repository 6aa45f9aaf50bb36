"""Webhooks as they come: signed, late, twice, in disorder, again and again, or never."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.unit.quickbooks_simulator.conftest import library, new_name, payment

PATIENCE = 20  # s, for something to arrive


class Receiver:
    """An HTTP server that keeps what it is sent, and answers as `statuses` say, then with 200."""

    def __init__(self):
        self.deliveries = queue.Queue()
        self.statuses = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.send_response(status)
                self.end_headers()
                receiver.deliveries.put((body, self.headers["intuit-signature"]))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/quickbooks/webhooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return json.loads(self.deliveries.get(timeout=PATIENCE)[0])

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def types(events):
    return [each["type"] for each in events]


def test_tells_who_changed_and_never_what(own, receiver):
    intuit = own(webhook_url=receiver.url)

    customer = intuit.customer()

    (event,) = receiver.next()
    assert event["type"] == "qbo.customer.created.v1"
    assert (event["intuitentityid"], event["intuitaccountid"]) == (customer["Id"], intuit.sim.realm)
    assert (event["specversion"], event["data"]) == ("1.0", {})
    assert customer["DisplayName"] not in json.dumps(event)


def test_is_signed_as_the_library_checks_it(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_token="our verifier")
    intuit.customer()
    body, signature = receiver.deliveries.get(timeout=PATIENCE)

    qb = library(intuit.sim)

    assert qb.validate_webhook_signature(body, signature, "our verifier")
    assert not qb.validate_webhook_signature(body + " ", signature, "our verifier")
    assert not qb.validate_webhook_signature(body, signature, "their verifier")


def test_comes_in_the_legacy_shape_too(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_shape="legacy", webhook_window=2.0)
    gone, into = intuit.customer(), intuit.customer()
    created = receiver.next()
    intuit.sim.control("merge", kind="Customer", gone=gone["Id"], into=into["Id"])

    merged = receiver.next()

    (notification,) = created["eventNotifications"]
    assert notification["realmId"] == intuit.sim.realm
    assert {each["operation"] for each in notification["dataChangeEvent"]["entities"]} == {"Create"}
    last = merged["eventNotifications"][0]["dataChangeEvent"]["entities"][-1]
    assert (last["operation"], last["id"], last["deletedId"]) == ("Merge", into["Id"], gone["Id"])


def test_tells_of_every_kind_of_change(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_held=True)
    customer, other = intuit.customer(), intuit.customer()
    invoice = intuit.invoice(customer)
    paid = intuit.made("Payment", payment(customer, 100, ("Invoice", invoice, 100)))
    intuit.sim.control("remove", kind="Payment", id=paid["Id"])
    intuit.sim.control("remove", kind="Invoice", id=invoice["Id"], operation="void")
    intuit.sim.control("merge", kind="Customer", gone=customer["Id"], into=other["Id"])

    intuit.sim.control("release")

    told = types(receiver.next())
    assert {
        "qbo.customer.created.v1",
        "qbo.invoice.created.v1",
        "qbo.payment.created.v1",
        "qbo.invoice.updated.v1",
        "qbo.payment.deleted.v1",
        "qbo.invoice.voided.v1",
        "qbo.customer.updated.v1",
        "qbo.customer.merged.v1",
    } == set(told)


def test_comes_twice_and_out_of_order_when_a_test_says_so(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_held=True)
    customer = intuit.customer()
    intuit.sim.edit("Customer", customer["Id"], Notes="x")

    answered = intuit.sim.control("release", is_reversed=True, times=2, one_by_one=True)

    deliveries = [receiver.next() for _ in range(4)]
    updated, created = "qbo.customer.updated.v1", "qbo.customer.created.v1"
    assert answered == {"statuses": [200] * 4}
    assert [types(each) for each in deliveries] == [[updated], [created], [updated], [created]]
    assert deliveries[0][0]["id"] == deliveries[2][0]["id"]


def test_comes_twice_by_chance(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_duplicates=1)

    intuit.customer()

    assert receiver.next() == receiver.next()


def test_comes_in_disorder_by_chance(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_disorder=1, webhook_held=True)
    customer = intuit.customer()
    intuit.sim.edit("Customer", customer["Id"], Notes="x")

    intuit.sim.knobs(webhook_held=False)

    assert types(receiver.next()) == ["qbo.customer.updated.v1", "qbo.customer.created.v1"]


def test_is_sent_again_until_it_is_taken_and_the_next_waits_behind_it(own, receiver):
    receiver.statuses = [500, 503, 404]
    intuit = own(webhook_url=receiver.url, webhook_scale=0.02)
    first = intuit.customer()
    taken = [receiver.next()]
    second = intuit.customer()

    taken += [receiver.next() for _ in range(4)]

    assert [each[0]["intuitentityid"] for each in taken] == [first["Id"]] * 4 + [second["Id"]]
    delivered = intuit.sim.state()["webhooks"]["delivered"]
    assert [(each["attempt"], each["status"]) for each in delivered[:4]] == [(1, 500), (2, 503), (3, 404), (4, 200)]


def test_is_not_sent_before_it_is_released(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_held=True)
    intuit.customer()

    assert (receiver.deliveries.empty(), intuit.sim.state()["webhooks"]["waiting"]) == (True, 1)


def test_may_never_come(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_loss=1)

    intuit.customer()

    webhooks = intuit.sim.state()["webhooks"]
    assert (webhooks["lost"], webhooks["waiting"], webhooks["delivered"]) == (1, 0, [])


def test_may_come_late(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_delay=60)  # of which the seed takes 8 s
    intuit.customer()

    assert intuit.sim.state()["webhooks"]["delivered"] == []
    assert types(receiver.next()) == ["qbo.customer.created.v1"]


def test_of_several_companies_comes_in_one_delivery(own, receiver):
    intuit = own(webhook_url=receiver.url, webhook_held=True)
    intuit.sim.control("company", realm="42", name="Another Firm")
    for realm in (intuit.sim.realm, "42"):
        intuit.sim.control("create", realm=realm, kind="Customer", entity={"DisplayName": new_name()})

    intuit.sim.control("release")

    assert {each["intuitaccountid"] for each in receiver.next()} == {intuit.sim.realm, "42"}
