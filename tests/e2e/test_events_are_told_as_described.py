"""What travels through the broker is what /v1/asyncapi.json says: exchange, key, properties, context, payload."""

import httpx
import orjson
import pytest

from chassis.context import Context
from tests.firms import person
from tests.listening import Document, Listener
from tests.stack import until


@pytest.fixture
def listener(stack):
    with Listener(stack.env) as listening:
        yield listening


@pytest.fixture
def of_firm(listener, firm):
    """`of_firm()`: what was told of this firm so far."""

    def told():
        return [one for one in list(listener.told) if context_of(one)["firm_id"] == str(firm.id)]

    return told


def context_of(told):
    return orjson.loads(told.properties["application_headers"]["nameko.context"])


def walk(firm):
    """A firm's day, for an event of each owner."""
    owner = firm.owner
    firm.member("manage_accounts")
    owner.made("POST", "/tags", name="VAT monthly", colour="#336699")
    account = firm.account("Before")
    at = f"/accounts/{account['id']}"
    account = owner.made("PATCH", at, name="After", version=account["version"])
    owner.made("PUT", f"{at}/tags", tags=["VAT monthly"], version=account["version"])
    owner.made("POST", f"{at}/contacts", contact={"new": person()})
    linked = owner.made("GET", f"{at}/contacts")
    contact = linked["items"][0]["contact"]
    address = f"{at}/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"
    owner.made("PATCH", address, version=linked["version"], is_login_on=True)
    owner.made("POST", f"{address}/invitation")
    task = owner.made("POST", f"{at}/tasks", title="Call Anna", due_on="2026-12-31")
    owner.made("PATCH", f"{at}/tasks/{task['id']}", title="Call Boris", version=1)
    owner.made("DELETE", f"{at}/tasks/{task['id']}")
    owner.made("POST", f"{at}/notes", body="Prefers the phone.")
    owner.made("POST", f"{at}/time-entries", minutes=30, on="2026-03-02", service="Bookkeeping")
    owner.made("POST", f"{at}/archive")


EXPECTED = {
    "identity.member_created.v1",
    "accounts.tag_changed.v1",
    "accounts.account_created.v1",
    "accounts.account_changed.v1",
    "contacts.contact_created.v1",
    "contacts.links_changed.v1",
    "contacts.access_changed.v1",
    "contacts.invitation_requested.v1",
    "work.task_created.v1",
    "work.task_changed.v1",
    "work.task_deleted.v1",
    "work.note_created.v1",
    "work.time_entry_created.v1",
}


def test_a_firms_day_is_told_as_described(stack, firm, listener, of_firm):
    walk(firm)
    until(lambda: {one.type for one in of_firm()} >= EXPECTED)

    assert listener.faults() == []
    document = httpx.get(f"{stack.url}/v1/asyncapi.json").json()
    assert {one.key for one in of_firm()} <= document["channels"].keys()


def test_the_context_names_who_did_it_and_the_request(firm, of_firm):
    account = firm.account()
    at = f"/v1/accounts/{account['id']}/tasks"

    response = firm.owner.post(
        at.removeprefix("/v1"),
        json={"title": "Call Anna"},
        headers={"X-Request-Id": "task-4711", "Idempotency-Key": "once-4711"},
    )

    assert response.status_code == 201
    (told,) = until(lambda: [one for one in of_firm() if one.type == "work.task_created.v1"])
    context = context_of(told)
    assert (context["correlation_id"], context["door"]) == ("task-4711", "api")
    assert context["key"].endswith(":once-4711")
    kind, member_id, role, _, name = context["actor"]
    assert (kind, role, name) == ("member", "owner", "Olga Owner")
    assert member_id == firm.signed_in["member"]["id"]


def test_an_event_that_differs_would_be_noticed(stack, listener, firm, of_firm):
    firm.account()
    told = until(lambda: [one for one in of_firm() if one.type == "accounts.account_created.v1"])[0]
    judge = Document(listener.exchange)
    without_name = {"account": {key: value for key, value in told.body["account"].items() if key != "name"}}
    with_more = {**told.body, "shoe_size": 43}
    nobody = Context().to_wire() | {"actor": ["ghost", None, "", [], ""]}
    ghost = {"nameko.context": orjson.dumps(nobody).decode()}

    wrong = [
        told._replace(body=without_name),
        told._replace(body=with_more),
        told._replace(key="accounts.account_created.v2"),
        told._replace(properties={**told.properties, "delivery_mode": 1}),
        told._replace(properties={**told.properties, "application_headers": {}}),
        told._replace(properties={**told.properties, "application_headers": ghost}),
    ]

    assert list(judge.faults(told)) == []
    assert [bool(list(judge.faults(one))) for one in wrong] == [True] * len(wrong)
