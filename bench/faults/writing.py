"""What is written meanwhile, each write repeated with its key until it is acknowledged; and the ledger of them."""

import json
import random
import secrets
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.firms import Client, Firm, person

REPEAT = {408, 429, 502, 503, 504}  # what says "try again"
PATIENCE = 240.0  # s until a writer has its answer
PAUSE = 0.15  # s between two tries
BUSY = 409  # with the code below: the first try of the same key is still at work


@dataclass
class Ledger:
    """What was acknowledged: by kind and account the ids, and what the accounts were last named."""

    items: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    accounts: dict[str, str] = field(default_factory=dict)  # id -> name
    let_in: list[str] = field(default_factory=list)  # accounts whose contact may sign in
    links: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # account -> last names
    times: list[float] = field(default_factory=list)  # s since the beginning of each acknowledgement
    tries: Counter[str] = field(default_factory=Counter)  # by status or kind of failure, of those that were repeated
    longest: float = 0.0  # s until the slowest write was acknowledged
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _began: float = field(default_factory=time.monotonic)

    @property
    def count(self) -> int:
        return len(self.times)

    def keep(self, act: Callable[[], None], seconds: float) -> None:
        with self._lock:
            act()
            self.times.append(time.monotonic() - self._began)
            self.longest = max(self.longest, seconds)

    def tried(self, why: str) -> None:
        with self._lock:
            self.tries[why] += 1

    def save(self, path: Path) -> None:
        """Write down what the checker has to know."""
        known = {"items": self.items, "accounts": self.accounts, "let_in": self.let_in, "links": self.links}
        path.write_text(json.dumps(known, indent=1), encoding="utf-8")


class Refused(Exception):
    """A write was refused for good, which none of them should be."""


@dataclass
class Writer:
    """One program of the firm: it makes this and that, at whichever gateway answers."""

    firm: Firm
    urls: Sequence[str]  # of the gateways
    ledger: Ledger
    homes: Sequence[str]
    own: str  # an account that nobody else renames
    clients: Mapping[str, Client]  # of the portal, by account

    def write(self, chance: random.Random) -> None:
        """Make one thing of a kind by chance. Raises Refused, TimeoutError."""
        chance.choice(
            [self._account, self._link, self._rename, self._invoice, self._payment, self._document, *[self._item] * 6]
        )(chance)

    def _item(self, chance: random.Random) -> None:
        home, mark = chance.choice(self.homes), secrets.token_hex(6)
        kind, body = chance.choice(
            [
                ("tasks", {"title": f"Task {mark}"}),
                ("notes", {"body": f"Note {mark}"}),
                ("chats", {"subject": f"Thread {mark}", "text": "Please have a look."}),
                ("time-entries", {"on": "2026-03-02", "minutes": 30, "service": f"Hours {mark}", "rate": "120.00"}),
            ]
        )
        began = time.monotonic()
        made = self._send("POST", f"/accounts/{home}/{kind}", body)
        self._keep(kind, home, made["id"], began)

    def _account(self, chance: random.Random) -> None:
        mark = secrets.token_hex(6)
        began = time.monotonic()
        body = {"name": f"Client {mark}", "type": "other", "contacts": [{"new": person()}]}
        made = self._send("POST", "/accounts", body)
        self._told(lambda: self.ledger.accounts.update({made["id"]: f"Client {mark}"}), began)
        if chance.random() < 0.5:
            began = time.monotonic()
            self._let_in(made["id"])
            self._told(lambda: self.ledger.let_in.append(made["id"]), began)

    def _let_in(self, account: str) -> None:
        at = f"/accounts/{account}/contacts"
        there = self._send("GET", at)
        contact = there["items"][0]["contact"]
        path = f"{at}/{contact['id']}/addresses/{contact['addresses'][0]['id']}"
        self._send("PATCH", path, {"is_login_on": True, "version": there["version"]})

    def _link(self, chance: random.Random) -> None:
        home, name = chance.choice(self.homes), f"Roy {secrets.token_hex(6)}"
        began = time.monotonic()
        self._send("POST", f"/accounts/{home}/contacts", {"contact": {"new": person(last_name=name)}})
        self._told(lambda: self.ledger.links[home].append(name), began)

    def _rename(self, _: random.Random) -> None:
        name = f"Own {secrets.token_hex(6)}"
        began = time.monotonic()
        version = self._send("GET", f"/accounts/{self.own}")["version"]
        self._send("PATCH", f"/accounts/{self.own}", {"name": name, "version": version})
        self._told(lambda: self.ledger.accounts.update({self.own: name}), began)

    def _invoice(self, chance: random.Random) -> None:
        home = chance.choice(self.homes)
        began = time.monotonic()
        at = f"/accounts/{home}/invoices"
        made = self._send("POST", at, {"lines": [{"name": f"Work {secrets.token_hex(6)}", "unit_price": "120.00"}]})
        self._send("POST", f"{at}/{made['id']}/issue", {"version": made["version"]})
        self._keep("invoices", home, made["id"], began)

    def _payment(self, chance: random.Random) -> None:
        home = chance.choice(self.homes)
        began = time.monotonic()
        body = {"amount": "10.00", "method": "check", "received_on": "2026-03-02"}
        made = self._send("POST", f"/accounts/{home}/payments", body)
        self._keep("payments", home, made["id"], began)

    def _document(self, chance: random.Random) -> None:
        """The client uploads one in the portal."""
        home = chance.choice(sorted(self.clients))
        began = time.monotonic()
        made = self._send(
            "POST",
            f"/portal/accounts/{home}/documents?name={secrets.token_hex(6)}.txt",
            b"Bank statement",
            token=self.clients[home].headers["Authorization"],
        )
        self._keep("documents", home, made["id"], began)

    def _keep(self, kind: str, home: str, made_id: str, began: float) -> None:
        self._told(lambda: self.ledger.items[kind][home].append(made_id), began)

    def _told(self, act: Callable[[], None], began: float) -> None:
        self.ledger.keep(act, time.monotonic() - began)

    def _send(self, verb: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """Ask until there is an answer, with one key, each time at another gateway."""
        headers = {"Authorization": token or self.firm.owner.headers["Authorization"]}
        if verb != "GET":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        given = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        deadline, why, turn = time.monotonic() + PATIENCE, "", random.randrange(len(self.urls))
        with httpx.Client(timeout=15.0) as client:
            while time.monotonic() < deadline:
                turn += 1
                try:
                    answer = client.request(
                        verb, f"{self.urls[turn % len(self.urls)]}/v1{path}", headers=headers, **given
                    )
                except httpx.TransportError as fault:
                    why = type(fault).__name__
                else:
                    if answer.is_success:
                        return answer.json() if answer.content else None
                    why = str(answer.status_code)
                    if answer.status_code not in REPEAT and not _is_at_work(answer):
                        raise Refused(f"{verb} {path}: {answer.status_code} {answer.text}")
                self.ledger.tried(why)
                time.sleep(PAUSE)
        raise TimeoutError(f"{verb} {path}: {why} for {PATIENCE:g} s")


def _is_at_work(answer: httpx.Response) -> bool:
    """Whether the first try of the same key has not ended."""
    return answer.status_code == BUSY and "Retry-After" in answer.headers
