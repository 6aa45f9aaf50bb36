"""Webhooks as they come in: kept once, when Intuit signed them for this firm and its company, and not otherwise."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chassis.context import Actor, Context, new_id
from chassis.errors import Forbidden, Invalid
from contracts.common import Done
from contracts.quickbooks_webhooks import SetWebhookVerifier, TakeWebhook, WebhookRefused
from services.quickbooks import model, webhooks
from services.quickbooks.client import deliveries
from services.quickbooks.queries.webhooks import get_webhooks
from tests.unit.quickbooks_service.telling import NOW, Sender, event, legacy


@pytest.fixture
def sender(firm):
    firm.connect()
    made = Sender(firm)
    made.is_set()
    return made


def about(firm):
    return firm.does(get_webhooks, Done())


class TestTakeWebhook:
    """R-QB-22"""

    def test_keeps_who_changed_and_has_it_looked_into(self, firm, intuit, sender):
        assert sender.send([event(intuit.realm, "1"), event(intuit.realm, "2", "created")]) == 2

        assert sender.kept() == ["1", "2"]
        assert {one.subject for one in firm.rows(model.Job)} == {"told", "changes"}
        assert about(firm).told_at is not None

    @pytest.mark.parametrize("signature", ["", "x", "é", "A" * 44, "forged"])
    def test_keeps_nothing_that_intuit_did_not_sign(self, firm, intuit, sender, signature):
        document = [event(intuit.realm, "1")]
        if signature == "forged":
            signature = sender.sign(json.dumps(document).encode(), "their verifier")

        with pytest.raises(WebhookRefused):
            sender.send(document, signature=signature)

        assert sender.kept() == []
        assert about(firm).told_at is None

    def test_takes_the_very_bytes_that_were_signed(self, intuit, sender):
        body = json.dumps([event(intuit.realm, "1")]).encode()

        with pytest.raises(WebhookRefused):
            sender.send(body + b" ", signature=sender.sign(body))

    def test_tells_strangers_the_same_of_every_address(self, firm, intuit, sender):
        """A firm that is not there, one without a verifier, one with another: all answer alike."""
        document = [event(intuit.realm, "1")]
        said = set()
        for firm_id, signature in ((new_id(), None), (firm.ctx.firm, "x")):
            with pytest.raises(WebhookRefused) as refused:
                sender.send(document, firm_id=firm_id, signature=signature)
            said.add(str(refused.value))
        webhooks.set_verifier(firm.tools, firm.fresh(), SetWebhookVerifier(verifier=None))
        with pytest.raises(WebhookRefused) as refused:
            sender.send(document)

        assert said == {str(refused.value)}
        assert not about(firm).has_verifier

    def test_counts_once_what_is_told_twice(self, intuit, sender):
        document = [event(intuit.realm, "1"), event(intuit.realm, "1", event_id="two")]

        assert [sender.send(document), sender.send(document), sender.send(document * 2)] == [2, 0, 0]

    def test_counts_once_what_comes_twice_at_the_same_moment(self, intuit, sender):
        document = [event(intuit.realm, str(number)) for number in range(20)]

        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(sender.send, [document, document[::-1]] * 6))

        assert sorted(found) == [0] * 11 + [20]
        assert len(sender.kept()) == 20

    def test_takes_the_older_shape_too(self, intuit, sender):
        merged = {"name": "Customer", "id": "1", "operation": "Merge", "lastUpdated": NOW.isoformat(), "deletedId": "2"}
        document = legacy(intuit.realm, merged, {**merged, "name": "Vendor"})

        assert [sender.send(document), sender.send(document)] == [2, 0]

        assert sender.kept() == ["1", "2"]

    def test_leaves_out_other_companies_and_kinds(self, intuit, sender, firm):
        assert sender.send([event("77", "1"), event(intuit.realm, "2", kind="vendor"), event(intuit.realm, "3")]) == 1
        assert sender.kept() == ["3"]

        firm.disconnect()
        assert sender.send([event(intuit.realm, "4")]) == 0
        assert sender.kept() == ["3"]

    def test_of_another_company_says_nothing_of_this_one(self, firm, sender):
        assert sender.send([event("77", "1")]) == 0

        assert about(firm).told_at is None

    def test_takes_what_it_cannot_read_and_looks_itself(self, firm, sender):
        before = about(firm).looks_at

        assert sender.send(b"<html>") == 0

        assert about(firm).looks_at < before

    def test_does_not_let_itself_be_flooded(self, firm, intuit, sender, monkeypatch):
        monkeypatch.setattr("services.quickbooks.operations.changes.MOST_WAITING", 3)
        before = about(firm).looks_at

        assert [sender.tell("1", "2"), sender.tell("3", "4")] == [2, 0]

        assert sender.kept() == ["1", "2"]
        assert about(firm).looks_at < before

    def test_wants_base64(self, firm, sender):
        with pytest.raises(Invalid):
            webhooks.take(firm.tools, Context(), TakeWebhook(firm_id=firm.ctx.firm, body="ü", signature=""))


class TestSetWebhookVerifier:
    def test_keeps_it_sealed_and_tells_nobody(self, firm):
        sender = Sender(firm)

        told = sender.is_set()

        assert (told.has_verifier, told.path) == (True, f"/v1/quickbooks/webhooks/{firm.ctx.firm}")
        (row,) = firm.rows(model.Watch)
        assert sender.verifier.encode() not in row.verifier
        assert sender.verifier not in str(told)

    def test_is_the_owners_alone(self, firm):
        actor = Actor(kind="member", id=new_id(), role="admin")
        with pytest.raises(Forbidden):
            Sender(firm).is_set(by=replace(firm.ctx, actor=actor))
        for kind in ("portal", "anonymous"):
            with pytest.raises(Forbidden):
                firm.does(get_webhooks, Done(), by=replace(firm.ctx, actor=Actor(kind=kind, id=new_id())))


GOOD = event("12", "1")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{}", b"3", b'"x"', b'{"eventNotifications": 3}'])
def test_what_is_no_delivery_is_told_as_none(body):
    assert deliveries.told(body) is None


@pytest.mark.parametrize(
    "wrong",
    [
        3, [], None, {}, {"eventNotifications": []},
        GOOD | {"id": 3}, GOOD | {"id": "a\u0000b"}, GOOD | {"id": "x" * 101}, GOOD | {"type": "qbo.customer.sold.v1"},
        GOOD | {"intuitentityid": "1' OR 1"}, GOOD | {"intuitentityid": "١"}, GOOD | {"intuitaccountid": None},
        GOOD | {"time": "yesterday"}, GOOD | {"time": "0001-01-01T00:00:00+12:00"},
    ],
)  # fmt: skip
def test_what_is_not_as_intuit_says_is_left_out(wrong):
    (found,) = deliveries.told(json.dumps([wrong, GOOD]).encode())

    assert (found.realm_id, found.kind, found.entity_id) == ("12", "customer", "1")


@pytest.mark.parametrize("wrong", [None, {}, {"realmId": "12"}, {"dataChangeEvent": {"entities": 3}}])
def test_so_it_is_in_the_older_shape(wrong):
    assert deliveries.told(json.dumps({"eventNotifications": [wrong]}).encode()) == []
    assert deliveries.told(json.dumps(legacy("12", wrong)).encode()) == []
