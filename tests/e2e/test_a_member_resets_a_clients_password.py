"""A member has a client choose a new password; who may not, or from where it can't be done, sends nothing."""

from uuid import UUID

import psycopg
import pytest

from chassis.context import Context, new_id
from contracts.portal import PortalResetRef
from tests.firms import PORTAL_PASSWORD, Client, Firm, on_the_bus, person
from tests.stack import until

FRESH = "Calm-harbour-31-quill"
LOGIN = "/auth/login"


class Household:
    """An account with a client in the portal, and a contact whose LOGIN is off; `paths` by address."""

    def __init__(self, stack, firm):
        self.stack, self.firm = stack, firm
        anna, bert = person(), person(first_name="Bert")
        self.account = firm.account("Roy Family", contacts=[{"new": anna}, {"new": bert}])
        self.email = anna["email"]
        self.client = firm.portal(self.account, self.email)
        at = f"/accounts/{self.account['id']}/contacts"
        self.paths = {}
        for item in firm.owner.made("GET", at)["items"]:
            (address,) = item["contact"]["addresses"]
            path = f"{at}/{item['contact']['id']}/addresses/{address['id']}/password-reset"
            self.paths[address["email"]] = path
        self.path, self.other = self.paths[self.email], self.paths[bert["email"]]

    def resets(self):
        with psycopg.connect(self.stack.database_of("identity")) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, false)", [self.firm.id])
            return [one for (one,) in connection.execute("SELECT id FROM portal_reset").fetchall()]

    def link(self):
        """The token of the one reset there is, as whoever mails it gets it."""
        (reset_id,) = self.resets()
        ctx, ref = Context(firm_id=UUID(self.firm.id)), PortalResetRef(reset_id=reset_id)
        made = on_the_bus(self.stack.env, lambda bus: bus.call(ctx, "identity", "make_reset_link", ref))
        return made["token"]


@pytest.fixture
def home(stack, firm):
    made = Household(stack, firm)
    yield made
    made.client.close()


@pytest.fixture
def nobody(firm):
    with Client(firm.url, None, base="/v1/portal") as client:
        yield client


def test_the_client_gets_a_link_and_chooses_another_password(home, firm, nobody):
    """R-POR-5"""
    key = {"Idempotency-Key": new_id().hex}
    sent = [firm.owner.post(home.path, headers=key) for _ in range(2)]
    assert [(one.status_code, one.content) for one in sent] == [(204, b"")] * 2
    token = home.link()  # there is one: the repeated request made no second
    assert home.client.get("/me").status_code == 200  # nothing changes until the link is followed

    nobody.made("POST", "/auth/reset/confirm", token=token, password=FRESH)

    assert until(lambda: home.client.get("/me").status_code == 401)
    assert nobody.post(LOGIN, json={"email": home.email, "password": PORTAL_PASSWORD}).status_code == 401
    assert nobody.post(LOGIN, json={"email": home.email, "password": FRESH}).status_code == 200


def test_a_later_one_closes_the_former(home, firm, nobody):
    firm.owner.made("POST", home.path)
    former = home.link()
    firm.owner.made("POST", home.path)
    latter = home.link()

    late = nobody.post("/auth/reset/confirm", json={"token": former, "password": FRESH})

    assert (late.status_code, late.json()["type"]) == (403, "/problems/reset_not_open")
    nobody.made("POST", "/auth/reset/confirm", token=latter, password=FRESH)


def test_not_from_an_archived_account(home, firm):
    """R-ARC-1"""
    firm.owner.made("POST", f"/accounts/{home.account['id']}/archive")

    refused = until(lambda: (answer := firm.owner.post(home.path)).status_code != 204 and answer)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/account_archived")


def test_only_of_who_has_a_password(home, firm):
    off = firm.owner.post(home.other)
    unknown = firm.owner.post(home.path.replace(home.path.split("/")[6], str(new_id())))

    assert (off.status_code, off.json()["type"], off.json()["state"]) == (409, "/problems/no_password_yet", "none")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/address_not_found")
    assert home.resets() == []


def test_only_by_who_may_change_the_switches(stack, home, firm):
    """R-ACC-1, R-ACC-5: an intruder is another firm, an employee out of sight or without the right, a client."""
    reader = firm.member("view_all_accounts")
    outsider = firm.member("manage_accounts")
    other = Firm(stack.url, stack.env)
    theirs = Household(stack, other)
    mixed = home.path.replace(home.account["id"], theirs.account["id"])
    try:
        assert reader.post(home.path).status_code == 403
        for client, path in ((outsider, home.path), (other.owner, home.path), (firm.owner, theirs.path)):
            assert (client.post(path).status_code, client.post(path).json()["type"]) == (
                404,
                "/problems/account_not_found",
            )
        assert other.owner.post(mixed).json()["type"] == "/problems/address_not_found"
        as_client = home.client.headers["Authorization"]
        assert firm.owner.post(home.path, headers={"Authorization": as_client}).status_code in (401, 403)
        assert (home.resets(), theirs.resets()) == ([], [])
    finally:
        theirs.client.close()
        other.owner.close()
