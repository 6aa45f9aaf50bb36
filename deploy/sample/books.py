"""The sample firm's books in a simulated QuickBooks: most clients are customers there, a few are in trouble."""

import asyncio
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from chassis.errors import AppError
from contracts.accounts import Account
from contracts.common import Done
from contracts.quickbooks import AccountSync, CreateCustomer, SyncRef
from contracts.quickbooks import QuickBooks as Contract
from contracts.quickbooks_connection import ChangeQuickBooksSettings, FinishConnecting
from contracts.quickbooks_webhooks import SetWebhookVerifier
from deploy.sample.calls import Caller
from deploy.sample.clients import Client

SECONDS = 10.0  # for one answer of the simulator
MATCHED_SECONDS = 4.0  # for the client whose customer changes to be linked to it; mostly it is by then
LOOK_SECONDS = 0.2
TAKEN = 6240  # QuickBooks' code for a name that somebody has
CLIENT_ID, CLIENT_SECRET = "client", "secret"  # the app that the simulator knows
# What is special about the first billed clients: no customer of the name, two of nearly the name, a vendor of the name,
# a customer that somebody makes inactive.
ROLES = ("missing", "several", "vendor", "changed")


class QuickBooks:
    """The simulator, as a browser reaches it and as somebody who works in it."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def consent(self, url: str) -> dict[str, str]:
        """Let the firm in, and give what the browser is sent back with."""
        answer = await asyncio.to_thread(requests.get, url, allow_redirects=False, timeout=SECONDS)
        told = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        return {name: values[0] for name, values in told.items()}

    async def control(self, call: str, **given: Any) -> Any:
        """Do something to it, and give its answer, also that it can't be done."""
        url = f"{self._address}/_control/{call}"
        answer = await asyncio.to_thread(requests.post, url, json=given, timeout=SECONDS)
        return answer.json()

    async def create(self, kind: str, name: str) -> None:
        """Make somebody of a name, unless somebody has it. Raises RuntimeError with QuickBooks' words."""
        answer = await self.control("create", kind=kind, entity={"DisplayName": name})
        if answer.get("code", TAKEN) != TAKEN:
            raise RuntimeError(f"{kind} {name}: {answer['error']}")


@dataclass
class Books:
    """`gateway` is where webhooks are sent."""

    caller: Caller
    quickbooks: QuickBooks
    gateway: str
    _roles: dict[str, str] = field(default_factory=dict)
    _met: dict[str, Account] = field(default_factory=dict)  # by role

    async def open(self, billed: Sequence[Client]) -> None:
        """Connect the firm, and share out the roles among clients who are billed; done again, it connects no more."""
        self._roles = dict(zip((client.key for client in _distinct(billed)), ROLES, strict=False))
        known = await self._ask("get_connection", Done(), "connection")
        if known.state == "connected":
            return
        await self._hear()
        change = ChangeQuickBooksSettings(
            version=known.version,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_url=f"{self.gateway}/quickbooks/connected",
        )
        await self._ask("change_quickbooks_settings", change, f"settings/{known.version}")
        way = await self._ask("start_connecting", Done(), "start")
        told = await self.quickbooks.consent(way.authorization_url)
        back = FinishConnecting(code=told["code"], state=told["state"], realm_id=told["realmId"])
        await self._ask("finish_connecting", back, f"finish/{told['code']}")

    async def _hear(self) -> None:
        """Have what changes in QuickBooks told at once."""
        verifier = secrets.token_urlsafe()
        hooks = await self._ask("set_webhook_verifier", SetWebhookVerifier(verifier=verifier), f"verifier/{verifier}")
        await self.quickbooks.control("knobs", webhook_url=f"{self.gateway}{hooks.path}", webhook_token=verifier)

    async def meet(self, client: Client, account: Account) -> None:
        """Make the client whoever it is in QuickBooks, before it is billed here."""
        role = self._roles.get(client.key, "same")
        if role == "several":  # two names for QuickBooks, one for us, who compare without regard to spaces (R-QB-15)
            await self.quickbooks.create("Customer", account.name.replace(" ", "  ", 1))
        if role == "vendor":
            await self.quickbooks.create("Vendor", account.name)
            made = CreateCustomer(account_id=account.id)
            await self._ask("create_customer", made, f"{client.key}/create")
        elif role != "missing":
            await self.quickbooks.create("Customer", account.name.replace(":", "-"))
        self._met[role] = account

    async def close(self) -> None:
        """Have somebody in QuickBooks make a customer inactive that an account is linked to."""
        account = self._met.get("changed")
        if account is None:
            return
        until = time.monotonic() + MATCHED_SECONDS
        while (sync := await self._sync(account)) is None or sync.status != "synced" or sync.customer is None:
            if time.monotonic() > until:
                return
            await asyncio.sleep(LOOK_SECONDS)
        await self.quickbooks.control("edit", kind="Customer", id=sync.customer.id, changes={"Active": False})

    async def _sync(self, account: Account) -> AccountSync | None:
        with suppress(AppError):
            return await self._ask("get_account_sync", SyncRef(account_id=account.id), "sync")  # type: ignore[no-any-return]
        return None

    async def _ask(self, call: str, request: Any, key: str) -> Any:
        return await self.caller.ask(Contract, call, request, as_="owner", key=f"quickbooks/{key}")


def _distinct(clients: Iterable[Client]) -> list[Client]:
    """Leave out those whose name another has too, of whom one alone is the customer, or QuickBooks does not take."""
    found = list(clients)
    names = [_name(client) for client in found]
    return [one for one in found if names.count(_name(one)) == 1 and " " in _name(one) and ":" not in _name(one)]


def _name(client: Client) -> str:
    return client.name or client.company_name or client.contacts[0].person.name
