"""Firms, members and their clients over HTTP, for tests that act as people do."""

import asyncio
import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx

from chassis.config import load_settings
from chassis.context import Context
from contracts.entries import InvitationNotFound, InvitationRef, InvitationToken
from contracts.identity import CreateFirm
from gateway.bus import Bus

PASSWORD = "Correct-horse-42-battery"
PORTAL_PASSWORD = "Tidy-ledger-97-lantern"
PATIENCE = 30.0  # s for one answer on a busy machine


async def connected(bus: Bus) -> None:
    """Wait for the connection: a call itself waits two seconds, and a busy broker may take more."""
    async with asyncio.timeout(PATIENCE):
        while not bus.is_connected:  # noqa: ASYNC110 (the bus tells nobody when it is)
            await asyncio.sleep(0.01)


def on_the_bus(env: Mapping[str, str], act: Callable[[Bus], Any]) -> Any:
    """Run `act(bus)`, a coroutine function, with a connection of its own."""

    async def run() -> Any:
        async with Bus(load_settings(env), name="test") as bus:
            await connected(bus)
            return await act(bus)

    # In a thread of its own: where a browser is driven, this one has a loop that runs already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def somewhere() -> str:
    """An address that nobody else calls from."""
    return ".".join(["10", *(str(part) for part in secrets.token_bytes(3))])


class Client(httpx.Client):
    """One signed-in person; calls are relative to `base`, `made` expects success and gives the JSON.

    Who is not signed in comes from an address of their own: failed sign-ins are counted by address, too.
    """

    def __init__(self, url: str, token: str | None, base: str = "/v1") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {"X-Forwarded-For": somewhere()}
        super().__init__(base_url=f"{url}{base}", headers=headers, timeout=PATIENCE)

    def made(self, verb: str, path: str, **json: Any) -> Any:
        response = self.request(verb, path, json=json) if json else self.request(verb, path)
        assert response.is_success, f"{verb} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None


class Firm:
    """A fresh firm on a running system."""

    def __init__(self, url: str, env: Mapping[str, str], name: str = "Whitfield & Sons") -> None:
        self.url, self.env = url, env
        self.email = f"owner-{secrets.token_hex(6)}@example.com"
        request = CreateFirm(name=name, owner_name="Olga Owner", owner_email=self.email, owner_password=PASSWORD)
        self.signed_in = on_the_bus(env, lambda bus: bus.call(Context(), "identity", "create_firm", request))
        self.id = self.signed_in["firm"]["id"]
        self.owner = Client(url, self.signed_in["token"])

    def member(self, *rights: str, role: str = "employee", **fields: Any) -> Client:
        """A new member, signed in; `client.member` is what the firm knows of them."""
        email = f"member-{secrets.token_hex(6)}@example.com"
        made = self.owner.made(
            "POST",
            "/members",
            email=email,
            name=f"Emil {email[7:13]}",
            role=role,
            rights=rights,
            password=PASSWORD,
            **fields,
        )
        client = Client(self.url, self.token(email))
        client.member = made["member"]  # type: ignore[attr-defined]
        return client

    def token(self, email: str) -> str:
        signed_in = Client(self.url, None).made("POST", "/auth/login", email=email, password=PASSWORD)
        return str(signed_in["token"])

    def account(self, name: str | None = None, *, by: Client | None = None, **fields: Any) -> dict[str, Any]:
        """A new account with one new contact, unless told otherwise."""
        fields.setdefault("contacts", [{"new": person()}])
        fields.setdefault("type", "individual")
        return (by or self.owner).made("POST", "/accounts", name=name, **fields)  # type: ignore[no-any-return]

    def invite(self, account_id: str, email: str) -> str:
        """Switch LOGIN on for an address of one of the account's contacts, invite it, and give the link's token."""
        at = f"/accounts/{account_id}"
        linked = self.owner.made("GET", f"{at}/contacts")
        contact_id, address_id, settings = _address(linked, email)
        path = f"{at}/contacts/{contact_id}/addresses/{address_id}"
        if settings["login"] in ("none", "revoked"):
            self.owner.made("PATCH", path, version=linked["version"], is_login_on=True)
        invited = self.owner.made("POST", f"{path}/invitation", message="")
        sent_at = dt.datetime.fromisoformat(_address(invited, email)[2]["invited_at"])
        request = InvitationRef(account_id=UUID(account_id), address_id=UUID(address_id), sent_at=sent_at)
        ctx = Context(firm_id=UUID(self.id))

        async def link(bus: Bus) -> str:
            made = await bus.call(ctx, "contacts", "make_invitation_link", request)
            await _opens(bus, ctx, made["token"])
            return str(made["token"])

        return str(on_the_bus(self.env, link))

    def portal(self, account: Mapping[str, Any], email: str) -> Client:
        """Whoever has the address, let into the account and signed in to the portal; calls are relative to /v1/portal.

        `client.user` is what the portal knows of them, `client.accounts` where they may enter.
        """
        token = self.invite(account["id"], email)
        stranger = Client(self.url, None, base="/v1/portal")
        signed_in = stranger.made("POST", "/invitations/accept", token=token, password=PORTAL_PASSWORD)
        client = Client(self.url, signed_in["token"], base="/v1/portal")
        client.user, client.accounts = signed_in["user"], signed_in["accounts"]  # type: ignore[attr-defined]
        return client


def everything(client: Client, path: str) -> list[dict[str, Any]]:
    """All rows of a paged list."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params={"limit": "100", **cursor}).raise_for_status().json()
        found += page["items"] if "items" in page else page["rows"]
        if not page["next_cursor"]:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def _opens(bus: Bus, ctx: Context, token: str) -> None:
    """Wait until the link leads somewhere: an account of this moment is open when contacts has heard that it is."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await bus.call(ctx, "contacts", "find_invitation", InvitationToken(token=token))
            except InvitationNotFound:
                await asyncio.sleep(0.05)
            else:
                return


def _address(linked: Mapping[str, Any], email: str) -> tuple[str, str, dict[str, Any]]:
    return next(
        (item["contact"]["id"], one["address"]["id"], one)
        for item in linked["items"]
        for one in item["addresses"]
        if one["address"]["email"] == email
    )


def person(**fields: Any) -> dict[str, Any]:
    mark = secrets.token_hex(4)
    return {"first_name": "Anna", "last_name": f"Roy{mark}", "email": f"anna.{mark}@example.com", **fields}
