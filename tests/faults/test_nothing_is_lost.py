"""Kill anything at any moment: what was acknowledged is there once, and everybody agrees about it in the end."""

import random
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from kombu.connection import Connection

from chassis import dead, topology
from chassis.config import load_settings
from tests.firms import Client, Firm, everything, person
from tests.replaying import Records
from tests.stack import Stack, until

WRITES = 504  # in all; the rounds share them evenly
WRITERS = 63  # at once
REPEAT = {408, 429, 502, 503, 504}  # what says "try again"
PATIENCE = 120.0  # s until every writer has its answer; the broker alone takes half a minute on a busy machine


@dataclass
class Ledger:
    """What the system acknowledged."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    accounts: dict[str, str] = field(default_factory=dict)  # name -> id
    tasks: dict[str, str] = field(default_factory=dict)  # title -> account id
    notes: dict[str, str] = field(default_factory=dict)  # body -> account id
    links: dict[str, str] = field(default_factory=dict)  # last name of the contact -> account id
    logins: dict[str, str] = field(default_factory=dict)  # name of an account whose contact was let in -> its id
    count: int = 0

    def acknowledge(self, kind: dict[str, str], key: str, value: str) -> None:
        with self.lock:
            assert key not in kind
            kind[key] = value
            self.count += 1


class Writer:
    """One client program: it repeats a write with the same key until it is told what became of it."""

    def __init__(self, firm: Firm, ledger: Ledger, homes: list[str]) -> None:
        self.firm, self.ledger, self.homes = firm, ledger, homes

    def write(self, seed: int) -> None:
        chance = random.Random(seed)
        home, mark = chance.choice(self.homes), f"{seed:x}-{secrets.token_hex(4)}"
        kind = chance.choice(["account", "login", "task", "task", "note", "link"])
        if kind in {"account", "login"}:
            made = self._post("/accounts", {"name": f"Client {mark}", "type": "other", "contacts": [{"new": person()}]})
            self.ledger.acknowledge(self.ledger.accounts, f"Client {mark}", made["id"])
            if kind == "login":
                self._let_in(made["id"])
                self.ledger.acknowledge(self.ledger.logins, f"Client {mark}", made["id"])
        elif kind == "task":
            self._post(f"/accounts/{home}/tasks", {"title": f"Task {mark}"})
            self.ledger.acknowledge(self.ledger.tasks, f"Task {mark}", home)
        elif kind == "note":
            self._post(f"/accounts/{home}/notes", {"body": f"Note {mark}"})
            self.ledger.acknowledge(self.ledger.notes, f"Note {mark}", home)
        else:
            self._post(f"/accounts/{home}/contacts", {"contact": {"new": person(last_name=f"Roy {mark}")}})
            self.ledger.acknowledge(self.ledger.links, f"Roy {mark}", home)

    def _let_in(self, account: str) -> None:
        at = f"/accounts/{account}/contacts"
        there = self._send("GET", at).json()
        contact = there["items"][0]["contact"]
        address = f"{at}/{contact['id']}/addresses/{contact['addresses'][0]['id']}"
        answer = self._send("PATCH", address, {"is_login_on": True, "version": there["version"]})
        assert answer.status_code == 200, f"PATCH {address}: {answer.status_code} {answer.text}"

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        response = self._send("POST", path, body)
        assert response.status_code == 201, f"POST {path}: {response.status_code} {response.text}"
        return response.json()

    def _send(self, verb: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        key = secrets.token_hex(16)
        with Client(self.firm.url, self.firm.signed_in["token"]) as client:

            def attempt() -> httpx.Response | None:
                try:
                    response = client.request(verb, path, json=body, headers={"Idempotency-Key": key})
                except httpx.TransportError:
                    return None  # the gateway itself is gone
                return None if response.status_code in REPEAT else response

            return until(attempt, timeout=PATIENCE, every=0.2)


@pytest.fixture(scope="module")
def aftermath(request: pytest.FixtureRequest) -> Any:
    """The system after eight rounds of writes, in each of which something was killed and started again."""
    start = request.getfixturevalue("module_private_stack")
    stack: Stack = start(DOSSIER_RETRY_SECONDS="0.5,1,2,5")
    firm = Firm(stack.url, stack.env)
    homes = [firm.account(f"Home {n}")["id"] for n in range(5)]
    ledger = Ledger()
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    victims = [*stack.names, "broker", "database"]
    share = WRITES // len(victims)
    with ThreadPoolExecutor(WRITERS) as pool:
        for round_number, victim in enumerate(victims):
            writer = Writer(firm, ledger, homes)
            goal = ledger.count + chance.randrange(1, share // 2)
            seeds = [chance.randrange(2**32) for _ in range(share)]
            writes = [pool.submit(writer.write, one) for one in seeds]
            until(lambda goal=goal, writes=writes: ledger.count >= goal or all(w.done() for w in writes), PATIENCE)
            print(f"round {round_number}: kill {victim} after {ledger.count} acknowledged writes")
            kill_and_start(stack, victim)
            for write in writes:
                write.result(timeout=PATIENCE)
    stack.wait_until_ready()
    return stack, firm, ledger


def kill_and_start(stack: Stack, victim: str) -> None:
    if victim in ("broker", "database"):
        server = getattr(stack, victim)
        server.kill()
        server.start()
    else:
        stack.kill(victim)
        stack.start(victim)


@pytest.fixture(scope="module")
def settled(aftermath: Any) -> Any:
    """The same, once no event is under way any more."""
    stack, firm, ledger = aftermath
    settings = load_settings(stack.env)
    for service in stack.names[:-1]:
        until(lambda service=service: stack.has_told_all(service), timeout=60)
    until(lambda: total(firm, "/accounts") == len(ledger.accounts) + 5, timeout=60)
    until(lambda: events_waiting(settings, stack) == 0, timeout=60)
    return stack, firm, ledger


def events_waiting(settings: Any, stack: Stack) -> int:
    with Connection(settings.amqp_uri) as connection:
        channel, waiting = connection.channel(), 0
        for service in stack.names[:-1]:
            if not topology.service_class(service).bindings(settings):
                continue
            names = [topology.events_queue(settings, service)]
            names += [topology.retry_queue(settings, service, seconds) for seconds in settings.retry_seconds]
            waiting += sum(channel.queue_declare(name, passive=True).message_count for name in names)
    return waiting


def total(firm: Firm, path: str) -> int:
    return int(firm.owner.made("GET", path)["total"])


def once_each(found: list[str], acknowledged: Callable[[], Any] | Any) -> None:
    assert sorted(name for name in found if name in acknowledged) == sorted(acknowledged)
    assert len(found) == len(set(found)), "something was done twice"


def test_every_acknowledged_account_is_there_once(settled):
    _, firm, ledger = settled

    found = [row["name"] for row in everything(firm.owner, "/accounts") if row["name"].startswith("Client")]
    once_each(found, ledger.accounts)


@pytest.mark.parametrize(("kind", "section", "field"), [("tasks", "tasks", "title"), ("notes", "notes", "title")])
def test_every_acknowledged_item_is_there_once(settled, kind, section, field):
    _, firm, ledger = settled
    acknowledged = getattr(ledger, kind)

    for home in set(acknowledged.values()):
        found = [row[field] for row in everything(firm.owner, f"/accounts/{home}/overview/{section}")]
        once_each(found, [name for name, where in acknowledged.items() if where == home])


def test_every_acknowledged_link_is_there_once(settled):
    _, firm, ledger = settled

    for home in set(ledger.links.values()):
        linked = firm.owner.made("GET", f"/accounts/{home}/contacts")["items"]
        found = [item["contact"]["last_name"] for item in linked if item["contact"]["last_name"].startswith("Roy ")]
        once_each(found, [name for name, where in ledger.links.items() if where == home])


def test_no_account_is_left_half_made(settled):
    """R-LNK-1: neither an account without a contact nor a link without an account."""
    stack, _, _ = settled

    until(lambda: stack.query("accounts", "SELECT count(*) FROM account WHERE state = 'opening'") == [(0,)], timeout=60)
    accounts = {row[0] for row in stack.query("accounts", "SELECT id FROM account")}
    linked = {row[0] for row in stack.query("contacts", "SELECT DISTINCT account_id FROM contact_link")}
    assert accounts == linked


def test_every_event_was_applied_once(settled):
    """Each creation of a task raises the section's generation by one: twice applied would show, and so would never."""
    stack, _, _ = settled

    told = dict(stack.query("work", "SELECT account_id, count(*) FROM task GROUP BY account_id"))

    def is_counted():
        query = "SELECT account_id, generation FROM section_generation WHERE section = 'tasks'"
        counted = dict(stack.query("overview", query))
        return {account: counted.get(account) for account in told} == told

    until(is_counted)


def test_no_event_was_set_aside(settled):
    stack, _, _ = settled
    settings = load_settings(stack.env)

    assert {name: dead.show(settings, name) for name in ("accounts", "contacts", "work", "overview")} == dict.fromkeys(
        ("accounts", "contacts", "work", "overview"), 0
    )


def test_everybody_agrees_who_was_let_in(settled):
    """R-STAT-2: contacts decide, accounts and the directory hear of it."""
    _, firm, ledger = settled

    listed = {row["name"]: row["portal_status"] for row in everything(firm.owner, "/accounts")}
    for name, account_id in ledger.accounts.items():
        expected = "pending" if name in ledger.logins else "off"
        owner = firm.owner.made("GET", f"/accounts/{account_id}/contacts")["portal_status"]
        account = firm.owner.made("GET", f"/accounts/{account_id}")["portal_status"]
        assert (owner, account, listed[name]) == (expected,) * 3


@pytest.mark.parametrize("service", ["accounts", "contacts"])
def test_history_replays_to_what_is_there(settled, service):
    """R-CF-7: a change and its history are there together or not at all."""
    stack, firm, _ = settled
    records = Records(stack.database_of(service), firm.id)

    present, replayed, _ = records.both()
    records.close()

    assert replayed == present


def test_the_directory_agrees_with_the_owners(settled):
    _, firm, ledger = settled

    for row in everything(firm.owner, "/accounts"):
        account = firm.owner.made("GET", f"/accounts/{row['id']}")
        linked = firm.owner.made("GET", f"/accounts/{row['id']}/contacts")["items"]
        assert (row["name"], row["code"], row["state"]) == (account["name"], account["code"], account["state"])
        assert sorted(row["contacts"]) == sorted(item["contact"]["display_name"] for item in linked)
    name = next(iter(ledger.accounts))
    assert [hit["name"] for hit in firm.owner.made("GET", f"/search?q={name}")["items"]] == [name]


def test_the_profile_agrees_with_the_owners(settled):
    _, firm, ledger = settled

    for home in set(ledger.tasks.values()):
        profile = firm.owner.made("GET", f"/accounts/{home}/overview")
        tasks = next(section for section in profile["sections"] if section["name"] == "tasks")
        assert tasks["state"] == "fresh"
        assert tasks["total"] == sum(where == home for where in ledger.tasks.values())
