"""Secrets go in by every door there is; no process writes one of them down."""

import dataclasses
import secrets
from uuid import UUID

import httpx
import psycopg

from chassis.context import Context
from contracts.portal import PortalResetRef
from tests.firms import PASSWORD, PORTAL_PASSWORD, Client, Firm, on_the_bus, person


@dataclasses.dataclass
class Passing:
    """What must not be found afterwards, by what it is."""

    secrets: dict = dataclasses.field(default_factory=dict)

    def new(self, what):
        return self.of(what, f"{what.replace(' ', '-')}-{secrets.token_hex(12)}")

    def of(self, what, secret):
        self.secrets[what] = secret
        return secret


def test_no_secret_that_passed_through_is_in_any_log(stack, firm):
    passing = Passing()
    passing.of("password", PASSWORD)
    passing.of("session", firm.signed_in["token"])
    _members(firm, stack, passing)
    _clients(firm, stack, passing)
    _keys(firm, passing)
    _strangers(stack, passing)

    logs = {name: stack.logs(name) for name in stack.names}
    written = [(name, what) for name, log in logs.items() for what, secret in passing.secrets.items() if secret in log]
    seen = [name for name, log in logs.items() if '"event"' in log or '"service"' in log]

    assert len(passing.secrets) >= 14
    assert "gateway" in seen, "nothing is logged at all"
    assert written == []


def _members(firm: Firm, stack, passing):
    nobody = Client(stack.url, None)
    nobody.post("/auth/login", json={"email": firm.email, "password": passing.new("wrong password")})
    passing.of("API token", firm.owner.made("POST", "/me/tokens", name="robot", scopes=["accounts:read"])["secret"])
    wrong = {"current_password": passing.new("wrong current"), "new_password": passing.new("chosen password") + "A7!?"}
    firm.owner.put("/me/password", json=wrong)
    firm.owner.get("/me", headers={"Cookie": f"dossier_session={passing.new('cookie')}"})
    httpx.post(
        f"{stack.url}/sign-in",
        data={"email": firm.email, "password": passing.new("page password")},
        headers={"Origin": stack.url, "X-Forwarded-For": "10.9.8.7"},
    )


def _clients(firm: Firm, stack, passing):
    who = person()
    account = firm.account(contacts=[{"new": who}])
    link = passing.of("invitation", firm.invite(account["id"], who["email"]))
    httpx.get(f"{stack.url}/portal/invitations/{link}")
    nobody = Client(stack.url, None, base="/v1/portal")
    signed_in = nobody.made(
        "POST", "/invitations/accept", token=link, password=passing.of("portal password", PORTAL_PASSWORD)
    )
    passing.of("portal session", signed_in["token"])
    nobody.post("/auth/login", json={"email": who["email"], "password": passing.new("wrong portal password")})
    nobody.post("/auth/reset", json={"email": who["email"]})
    nobody.post(
        "/auth/reset/confirm", json={"token": passing.new("reset"), "password": passing.new("reset password") + "A7!?"}
    )
    ref, ctx = PortalResetRef(reset_id=_reset(stack, firm)), Context(firm_id=UUID(firm.id))
    made = on_the_bus(stack.env, lambda bus: bus.call(ctx, "identity", "make_reset_link", ref))
    httpx.get(f"{stack.url}/portal/resets/{passing.of('reset link', made['token'])}")


def _reset(stack, firm):
    with psycopg.connect(stack.database_of("identity")) as connection:
        connection.execute("SELECT set_config('app.firm_id', %s, false)", [firm.id])
        return connection.execute("SELECT id FROM portal_reset").fetchone()[0]


def _keys(firm: Firm, passing):
    settings = firm.owner.made("GET", "/quickbooks")
    firm.owner.made(
        "PATCH",
        "/quickbooks/settings",
        version=settings["version"],
        client_id="app",
        client_secret=passing.new("QuickBooks secret"),
        redirect_url="https://dossier.example.com/back",
    )
    firm.owner.put("/quickbooks/webhooks", json={"verifier": passing.new("webhook verifier")})
    nowhere = {"host": "127.0.0.1", "port": 9, "security": "none"}
    account = {"email": "box@example.com", "user": "box", "password": passing.new("mailbox password")}
    firm.owner.post("/mailboxes", json={**account, "imap": nowhere, "smtp": nowhere})


def _strangers(stack, passing):
    guessed = passing.new("guessed token")
    httpx.get(f"{stack.url}/v1/me", headers={"Authorization": f"Bearer {guessed}"})
    httpx.get(f"{stack.url}/v1/{passing.new('path')}", params={"token": passing.new("query")})
    httpx.post(f"{stack.url}/v1/auth/login", content=f'{{"password": "{passing.new("broken body")}'.encode())
