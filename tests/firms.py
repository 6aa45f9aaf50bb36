"""Firms, members and their clients over HTTP, for tests that act as people do."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from chassis.config import load_settings
from chassis.context import Context
from contracts.identity import CreateFirm
from gateway.bus import Bus

PASSWORD = "Correct-horse-42-battery"
PATIENCE = 30.0  # s for one answer on a busy machine


def on_the_bus(env: Mapping[str, str], act: Callable[[Bus], Any]) -> Any:
    """Run `act(bus)`, a coroutine function, with a connection of its own."""

    async def run() -> Any:
        async with Bus(load_settings(env), name="test") as bus:
            return await act(bus)

    return asyncio.run(run())


class Client(httpx.Client):
    """One signed-in member; calls are relative to /v1, `made` expects success and gives the JSON."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(base_url=f"{url}/v1", headers=headers, timeout=PATIENCE)

    def made(self, verb: str, path: str, **json: Any) -> Any:
        response = self.request(verb, path, json=json) if json else self.request(verb, path)
        assert response.is_success, f"{verb} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None


class Firm:
    """A fresh firm on a running system."""

    def __init__(self, url: str, env: Mapping[str, str], name: str = "Whitfield & Sons") -> None:
        self.url = url
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


def person(**fields: Any) -> dict[str, Any]:
    mark = secrets.token_hex(4)
    return {"first_name": "Anna", "last_name": f"Roy{mark}", "email": f"anna.{mark}@example.com", **fields}
