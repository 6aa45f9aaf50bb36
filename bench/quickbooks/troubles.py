"""What goes wrong during the run: answers are lost, tokens end, our processes are killed, people rename customers."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

from deploy.local import ports
from deploy.local.children import Child
from tests.firms import Firm
from tests.quickbooks.launching import Simulator
from tests.stack import Stack

SERVICE, SECOND = "quickbooks", "quickbooks beside"
BACK = "http://localhost:8000/quickbooks/connected"
# One answer in twenty is lost after the write; a few more requests fail in every other way there is.
FAULTS = {
    "drop_rate": 0.05,
    "lost_rate": 0.01,
    "error_rate": 0.01,
    "error_after_rate": 0.01,
    "slow_rate": 0.01,
    "slow_seconds": 3,
    "html_rate": 0.5,
    "fault_200_rate": 0.2,
    "access_seconds": 240,  # tokens are renewed all the time
}
CALM = dict.fromkeys(("drop_rate", "lost_rate", "error_rate", "error_after_rate", "slow_rate", "fault_200_rate"), 0)
# Webhooks come up to some seconds late, one delivery in five twice, neighbours out of order, and one in fifty never.
# What nobody took, as all are dead, comes again after 1.2 s, 1.8 s …: Intuit's 20 minutes and more outlast the run.
WEBHOOKS = {
    "webhook_delay": 4,
    "webhook_duplicates": 0.2,
    "webhook_disorder": 0.3,
    "webhook_loss": 0.02,
    "webhook_scale": 0.001,
}
PROMPT = {"webhook_delay": 0, "webhook_duplicates": 0, "webhook_disorder": 0}
VERIFIER = "c0ffee-verifier"
RENAMED = 10
UNAVAILABLE = {503, 504}  # as the gateway answers while both processes are down


def beside(stack: Stack, logs: Any) -> Child:
    """Describe a second process of the service, on a port of its own."""
    first = stack.child(SERVICE)
    port = ports.free_ports(1)[0]
    environment = {**first.environment, "DOSSIER_OPS_PORT": str(port)}
    command = first.command
    return Child(SECOND, command, environment, logs / "quickbooks-beside.log", f"http://{ports.HOST}:{port}")


def connect(firm: Firm) -> None:
    """Do what the owner and their browser do, the first time or once more."""
    known = firm.owner.made("GET", "/quickbooks")
    if known["state"] == "unset":
        keys = {"client_id": "client", "client_secret": "secret", "redirect_url": BACK}
        firm.owner.made("PATCH", "/quickbooks/settings", version=known["version"], **keys)
    way = firm.owner.made("POST", "/quickbooks/connect")
    landed = httpx.get(way["authorization_url"], follow_redirects=False).headers["location"]
    told = {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}
    firm.owner.made("POST", "/quickbooks/callback", code=told["code"], state=told["state"], realm_id=told["realmId"])


def listen(firm: Firm, sim: Simulator) -> None:
    """Have Intuit tell what changes, as the owner enters it at both sides, with all that may go wrong with it."""
    path = firm.owner.made("PUT", "/quickbooks/webhooks", verifier=VERIFIER)["path"]
    sim.knobs(webhook_url=f"{firm.url}{path}", webhook_token=VERIFIER, **WEBHOOKS)


@dataclass
class Counts:
    kills: int = 0
    revoked: int = 0
    reconnected: int = 0
    ended: int = 0  # access tokens before their time
    renamed: int = 0


@dataclass
class Troubles:
    """Kills on and on, every `between` seconds from … to; the rest as the work proceeds, by `share`."""

    firm: Firm
    sim: Simulator
    children: list[Child]
    chance: random.Random
    between: tuple[float, float]
    say: Callable[[str], None]
    share: Callable[[], float]
    throttles: bool
    counts: Counts = field(default_factory=Counts)
    faults: list[BaseException] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.sim.knobs(**FAULTS)
        self.sim.plan("drop", "batch", is_write=True, times=2)  # a small run has few writes, and chance may spare them
        self._threads = [
            threading.Thread(target=self._kept, args=(act,), daemon=True) for act in (self._kill, self._disturb)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        for child in self.children:  # whom a thread started is told to end with it, so all begin once more
            child.stop()
            child.start()
        self.sim.knobs(**CALM, **PROMPT)

    def _kept(self, act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as fault:  # noqa: BLE001 (told by whoever waits)
            self.faults.append(fault)

    def _kill(self) -> None:
        while not self._over.is_set():
            # On a busy machine one takes long to start: somebody gets to work before the next dies.
            while not any(child.is_ready() for child in self.children):
                if self._over.wait(0.2):
                    return
            if self._over.wait(self.chance.uniform(*self.between)):
                return
            victim = self.chance.choice(self.children)
            victim.kill()
            self.counts.kills += 1
            self._over.wait(self.chance.uniform(0, 1))
            victim.start()

    def _disturb(self) -> None:
        """Revoke twice, end access tokens and rename between."""
        acts = [
            (0.1, self._throttle),
            (0.2, self._end_access),
            (0.3, self._revoke),
            (0.45, self._rename),
            (0.6, self._end_refresh),
            (0.75, self._end_access),
            (0.85, self._throttle),
        ]
        for share, act in acts if self.throttles else [one for one in acts if one[1] != self._throttle]:
            while self.share() < share:
                if self._over.wait(0.2):
                    return
            act()

    def _throttle(self) -> None:
        self.sim.plan("throttle", times=1)

    def _end_access(self) -> None:
        self.sim.control("expire", which="access")
        self.counts.ended += 1

    def _revoke(self) -> None:
        """Somebody disconnects the app in QuickBooks."""
        self.sim.control("settings", is_disconnected=True)
        self._reconnect("disconnected in QuickBooks")

    def _end_refresh(self) -> None:
        """The permission ends: neither token is taken any more."""
        self.sim.control("expire", which="refresh")
        self.sim.control("expire", which="access")
        self._reconnect("the permission ended")

    def _reconnect(self, why: str) -> None:
        """The owner sees that the connection expired, and connects again."""
        self.counts.revoked += 1
        began = time.monotonic()
        while not self._is_expired():
            if self._over.wait(0.5):
                return
        self.say(f"{why}: seen after {time.monotonic() - began:.0f} s; the owner connects again")
        while not self._over.is_set():
            try:
                connect(self.firm)
            except AssertionError:  # the process that was asked was killed meanwhile, or Intuit's answer was lost
                self._over.wait(1)
            else:
                self.counts.reconnected += 1
                return

    def _is_expired(self) -> bool:
        """Whether the owner sees it; while processes are killed, nobody may be there to answer."""
        answer = self.firm.owner.get("/quickbooks")
        if answer.status_code in UNAVAILABLE:
            return False
        answer.raise_for_status()
        return bool(answer.json()["state"] == "expired")

    def _rename(self) -> None:
        """People give customers other names; they stay who they are (R-QB-11)."""
        for customer in self.sim.entities("Customer")[:RENAMED]:
            self.sim.edit("Customer", customer["Id"], DisplayName=f"{customer['DisplayName'].strip()} & Co")
            self.counts.renamed += 1
