"""A client accepts an invitation, signs in, switches between accounts, and is shut out again."""

from uuid import UUID

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from chassis.context import Context
from contracts.portal import PortalResetRef
from tests.firms import PORTAL_PASSWORD, Client, on_the_bus, person
from tests.pictures import plain
from tests.stack import until

LOGIN = "/auth/login"


@pytest.fixture
def anna():
    return person(first_name="Anna")


@pytest.fixture
def account(firm, anna):
    return firm.account(name="Roy Bakery", contacts=[{"new": anna}])


@pytest.fixture
def client(firm, account, anna):
    with firm.portal(account, anna["email"]) as signed_in:
        yield signed_in


def test_from_the_link_to_the_account(firm, account, anna):
    """R-LOG-3, R-LOG-7, R-POR-1: the link is followed once, a password chosen, the account entered."""
    stranger = Client(firm.url, None, base="/v1/portal")
    token = firm.invite(account["id"], anna["email"])

    weak = stranger.post("/invitations/accept", json={"token": token, "password": "toosimple"})
    accepted = stranger.post("/invitations/accept", json={"token": token, "password": PORTAL_PASSWORD})
    again = stranger.post("/invitations/accept", json={"token": token, "password": PORTAL_PASSWORD})

    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "password")
    assert accepted.status_code == 200
    assert [one["name"] for one in accepted.json()["accounts"]] == ["Roy Bakery"]
    assert (again.status_code, again.json()["type"]) == (404, "/problems/invitation_not_found")
    client = Client(firm.url, accepted.json()["token"], base="/v1/portal")
    home = client.made("GET", "/me")
    assert home["user"]["email"] == anna["email"]
    assert [one["code"] for one in home["accounts"]] == [account["code"]]
    entered = client.made("POST", f"/accounts/{account['id']}/enter")
    assert entered["contact_id"] == home["accounts"][0]["contact_id"]
    assert firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["portal_status"] == "active"


def test_login_that_goes_off_shuts_out_at_once(firm, account, client):
    """R-LOG-5: a session that is under way loses the account."""
    photo = f"/accounts/{account['id']}/photo"
    assert client.get(photo).status_code == 200
    linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")
    contact = linked["items"][0]["contact"]
    path = f"/accounts/{account['id']}/contacts/{contact['id']}/addresses/{contact['addresses'][0]['id']}"

    firm.owner.made("PATCH", path, version=linked["version"], is_login_on=False)

    until(lambda: client.get(photo).status_code == 404)
    assert client.made("GET", "/me")["accounts"] == []
    refused = Client(firm.url, None, base="/v1/portal").post(
        LOGIN, json={"email": contact["addresses"][0]["email"], "password": PORTAL_PASSWORD}
    )
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/nothing_to_enter")


def test_the_photo_is_the_clients_to_change(firm, account, client):
    """R-PHOTO-1, R-PHOTO-2: with the client as its author, in the account and in its history."""
    at = f"/accounts/{account['id']}/photo"
    assert client.get(at).headers["content-type"] == "image/svg+xml"

    put = client.put(at, content=plain("#aa00aa"), headers={"Content-Type": "image/png"})

    assert (put.status_code, put.json()["by"]) == (200, "client")
    assert client.get(at).headers["content-type"] == "image/webp"
    assert firm.owner.get(at).content == client.get(at).content
    assert firm.owner.made("GET", f"/accounts/{account['id']}")["photo"]["by"] == "client"
    latest = firm.owner.made("GET", f"/accounts/{account['id']}/history")["items"][0]
    assert (latest["by"]["kind"], latest["by"]["id"]) == ("portal", client.accounts[0]["contact_id"])
    assert client.delete(at).status_code == 204
    assert client.get(at).headers["content-type"] == "image/svg+xml"


def test_login_activity(firm, account, anna):
    """R-LA-1, R-LA-2, R-LA-3, R-LA-4, R-LA-5"""
    at = f"/accounts/{account['id']}/overview"
    employee = firm.member("view_all_accounts")

    def line(who):
        return next(one for one in who.made("GET", at)["sections"] if one["name"] == "logins")

    def listed(**query):
        return [one["name"] for one in firm.owner.get("/accounts", params=query).json()["items"]]

    assert (line(firm.owner)["rows"], line(employee)["rows"]) == ([], [])
    assert until(lambda: listed(has_signed_in="false") == ["Roy Bakery"])
    firm.invite(account["id"], anna["email"])
    (waiting,) = until(lambda: firm.owner.made("GET", f"{at}/logins")["rows"])
    assert (waiting["last"], waiting["invitation"]["days"]) == (None, 0)

    client = firm.portal(account, anna["email"])

    (row,) = until(lambda: line(firm.owner)["rows"])
    assert (row["email"], row["contact"]["name"][:4], row["how"]) == (anna["email"], "Anna", "accepted")
    (seen,) = until(lambda: line(employee)["rows"])
    assert set(seen) == {"at"}
    (detail,) = until(lambda: [one for one in firm.owner.made("GET", f"{at}/logins")["rows"] if not one["invitation"]])
    assert detail["times_in_90_days"] == 1
    assert detail["last"]["address"].startswith("10.")  # where who is not signed in yet calls from, in these tests
    assert [set(one) for one in employee.made("GET", f"{at}/logins")["rows"]] == [{"at"}]
    assert until(lambda: listed(has_signed_in="true") == ["Roy Bakery"])
    day = row["at"][:10]
    assert listed(signed_in_from=day, signed_in_until=day) == ["Roy Bakery"]
    assert listed(signed_in_until="2020-01-01") == listed(has_signed_in="false") == []
    (fed,) = firm.owner.made("GET", "/client-sign-ins")["items"]
    assert (fed["account_name"], fed["email"], fed["how"]) == ("Roy Bakery", anna["email"], "accepted")
    assert employee.get("/client-sign-ins").status_code == 403
    client.close()


def test_one_person_switches_between_accounts(firm, account, client, anna):
    """R-POR-2, R-LOG-3"""
    contact = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"][0]["contact"]
    mill = firm.account("Roy Mill", contacts=[{"id": contact["id"]}])
    token = firm.invite(mill["id"], anna["email"])

    accepted = Client(firm.url, None, base="/v1/portal").made("POST", "/invitations/accept", token=token)

    assert [one["name"] for one in accepted["accounts"]] == ["Roy Bakery", "Roy Mill"]
    for one in client.made("GET", "/me")["accounts"]:
        entered = client.made("POST", f"/accounts/{one['account_id']}/enter")
        assert (entered["account_id"], entered["contact_id"]) == (one["account_id"], contact["id"])


def test_a_forgotten_password_is_replaced(firm, stack, client, anna):
    """R-POR-5: the link comes by mail; whoever mails asks for it with what the event says."""
    stranger = Client(firm.url, None, base="/v1/portal")
    assert stranger.post("/auth/reset", json={"email": anna["email"]}).status_code == 204
    with psycopg.connect(stack.database_of("identity")) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
        ((reset_id,),) = connection.execute("SELECT id FROM portal_reset").fetchall()
    ctx = Context(firm_id=UUID(firm.id))
    link = on_the_bus(
        stack.env, lambda bus: bus.call(ctx, "identity", "make_reset_link", PortalResetRef(reset_id=reset_id))
    )
    fresh = "Calm-harbour-31-quill"

    done = stranger.post("/auth/reset/confirm", json={"token": link["token"], "password": fresh})
    again = stranger.post("/auth/reset/confirm", json={"token": link["token"], "password": fresh})

    assert (done.status_code, again.status_code) == (204, 403)
    assert until(lambda: client.get("/me").status_code == 401)
    assert stranger.post(LOGIN, json={"email": anna["email"], "password": PORTAL_PASSWORD}).status_code == 401
    assert stranger.post(LOGIN, json={"email": anna["email"], "password": fresh}).status_code == 200


def test_a_warm_request_of_a_client_is_one_call(firm, account, client):
    """What the gateway remembers of sessions and entries costs no call."""

    def calls():
        families = text_string_to_metric_families(httpx.get(f"{firm.url}/metrics").text)
        samples = [one for family in families for one in family.samples if one.name == "dossier_rpc_calls_total"]
        return {f"{one.labels['service']}.{one.labels['method']}": one.value for one in samples}

    def is_one_call():
        client.get(f"/accounts/{account['id']}/photo")
        before = calls()
        client.get(f"/accounts/{account['id']}/photo")
        after = calls()
        return {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)} == {
            "accounts.get_photo": 1
        }

    until(is_one_call)
