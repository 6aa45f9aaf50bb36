"""The simulator with its limits off, and the two ways to it: Intuit's libraries, and HTTP as it is."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks

from tests.quickbooks.launching import Simulator, simulator

UNLIMITED = {"per_minute": None, "per_second": None, "at_once": None, "batches_per_minute": None}
REDIRECT = "http://127.0.0.1:9/quickbooks/callback"


@dataclass
class Intuit:
    """One company over HTTP, with a token that is good."""

    sim: Simulator
    http: httpx.Client

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(f"company/{self.sim.realm}/{path}", params=params)

    def post(self, path: str, body: Any, **params: Any) -> httpx.Response:
        return self.http.post(f"company/{self.sim.realm}/{path}", json=body, params=params)

    def made(self, kind: str, body: Any, **params: Any) -> dict[str, Any]:
        answer = self.post(kind.lower(), body, **params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()[kind])

    def refused(self, path: str, body: Any, **params: Any) -> int:
        """The code of the one error that a POST is answered with."""
        answer = self.post(path, body, **params)
        assert answer.status_code == 400, answer.text
        (error,) = answer.json()["Fault"]["Error"]
        return int(error["code"])

    def query(self, text: str) -> httpx.Response:
        return self.get("query", query=text)

    def customer(self, **more: Any) -> dict[str, Any]:
        return self.made("Customer", {"DisplayName": new_name(), **more})

    def invoice(self, customer: dict[str, Any], amount: float = 100, **more: Any) -> dict[str, Any]:
        return self.made("Invoice", {**sale(customer, amount), **more})


def new_name() -> str:
    return f"Ada {secrets.token_hex(4)}"


def sale(customer: dict[str, Any], amount: float = 100) -> dict[str, Any]:
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    return {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}


def payment(customer: dict[str, Any], amount: float, *paid: tuple[str, dict[str, Any], float]) -> dict[str, Any]:
    """`paid`: kind, transaction, how much of it."""
    lines = [{"Amount": part, "LinkedTxn": [{"TxnId": txn["Id"], "TxnType": kind}]} for kind, txn, part in paid]
    return {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": amount, "Line": lines}


def connected(sim: Simulator) -> Intuit:
    token = sim.connect()["access_token"]
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    return Intuit(sim, httpx.Client(base_url=sim.api, headers=headers, timeout=20))


@pytest.fixture(scope="package", autouse=True)
def _plain_http() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        yield


@pytest.fixture(scope="package")
def shared() -> Iterator[Simulator]:
    """For tests that only add to it."""
    with simulator(**UNLIMITED) as running:
        yield running


@pytest.fixture(scope="package")
def intuit(shared: Simulator) -> Iterator[Intuit]:
    found = connected(shared)
    with found.http:
        yield found


@pytest.fixture(scope="package")
def _another() -> Iterator[Simulator]:
    with simulator() as running:
        yield running


@pytest.fixture
def own(_another: Simulator) -> Iterator[Callable[..., Intuit]]:
    """`own(**knobs)`: a simulator begun anew, with the documented limits off unless they are named."""
    opened: list[Intuit] = []

    def start(**knobs: Any) -> Intuit:
        _another.reset(**{**UNLIMITED, **knobs})
        opened.append(connected(_another))
        return opened[-1]

    yield start
    for each in opened:
        each.http.close()
    _another.reset()


def auth_client(sim: Simulator, **more: Any) -> AuthClient:
    return AuthClient("client", "secret", REDIRECT, sim.discovery, state_token=secrets.token_urlsafe(), **more)


def library(sim: Simulator) -> QuickBooks:
    """python-quickbooks, connected and pointed at the simulator."""
    tokens = sim.connect()
    auth = auth_client(sim, access_token=tokens["access_token"], refresh_token=tokens["refresh_token"])
    qb = QuickBooks(auth_client=auth, refresh_token=auth.refresh_token, company_id=sim.realm, minorversion=75)
    qb.api_url_v3 = sim.api
    return qb


@pytest.fixture
def qb(shared: Simulator) -> QuickBooks:
    return library(shared)
