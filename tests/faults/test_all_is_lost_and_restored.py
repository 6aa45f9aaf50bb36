"""A backup while people write; then all is destroyed, restored, and asked over HTTP whether all services agree."""

import secrets
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from kombu.connection import Connection

from chassis import topology
from chassis.config import load_settings
from deploy.local.servers import DATABASE
from tests.firms import Client, Firm, everything, person
from tests.pdfs import blank_pdf
from tests.stack import Stack, drop_databases, until

WRITERS = 3
BEFORE = 6  # clients that are whole before the backup begins
AFTER = 3  # clients that are whole after it ended
RAW = {"Content-Type": "application/octet-stream"}

pytestmark = [pytest.mark.slow, pytest.mark.long]


@dataclass
class Made:
    """A client that one writer made, as far as the system acknowledged it."""

    name: str
    account_id: str = ""
    contact: str = ""
    steps: list[str] = field(default_factory=list)
    invoice_id: str = ""
    number: str = ""
    document_id: str = ""
    renamed: str = ""


class Writers:
    """People of the firm who write without a pause; a write that is refused fails the test."""

    def __init__(self, firm):
        self.firm, self.made, self._ended = firm, [], threading.Event()
        self._pool = ThreadPoolExecutor(WRITERS)
        self._running = [self._pool.submit(self._write) for _ in range(WRITERS)]

    @property
    def whole(self):
        return [one for one in self.made if len(one.steps) == 6]

    def stop(self):
        self._ended.set()
        for one in self._running:
            one.result(timeout=60)
        self._pool.shutdown()

    def wait_for(self, count):
        until(lambda: len(self.whole) >= count or any(one.done() for one in self._running), timeout=120)

    def _write(self):
        with Client(self.firm.url, self.firm.signed_in["token"]) as client:
            while not self._ended.is_set():
                self._write_one(client)

    def _write_one(self, client):
        mark = secrets.token_hex(4)
        one = Made(f"Client {mark}", contact=f"Roy{mark}")
        account = client.made(
            "POST", "/accounts", name=one.name, type="other", contacts=[{"new": person(last_name=one.contact)}]
        )
        one.account_id = account["id"]
        at = f"/accounts/{account['id']}"
        one.steps.append("account")
        self.made.append(one)
        client.made("POST", f"{at}/tasks", title=f"Task {mark}")
        one.steps.append("task")
        draft = client.made("POST", f"{at}/invoices", lines=[{"name": "Tax return", "unit_price": "70"}])
        one.invoice_id = draft["id"]
        issued = client.made("POST", f"{at}/invoices/{draft['id']}/issue", version=draft["version"])
        one.number = issued["number"]
        one.steps.append("invoice")
        content = blank_pdf()
        sent = client.post(f"{at}/documents", params={"name": f"Paper {mark}"}, content=content, headers=RAW)
        one.document_id = sent.raise_for_status().json()["id"]
        one.steps.append("document")
        client.made("PATCH", at, version=client.made("GET", at)["version"], name=f"Renamed {mark}")
        one.renamed = f"Renamed {mark}"
        one.steps.append("name")
        client.made("POST", f"{at}/contacts", contact={"new": person(last_name=f"Lee{mark}")})
        one.steps.append("link")


@dataclass
class Story:
    stack: Stack
    firm: Firm
    before: list
    after: list
    said: str


@pytest.fixture(scope="module")
def restored(servers, folder):
    """The system after it was lost with its databases, its broker's queues and its files, and put back."""
    backups, database = folder / "backups", servers[DATABASE]
    admin = getattr(database.server, "admin_url", "")
    extra = {"BACKUP_DATABASE_URL": admin} if admin else {}
    with Stack(servers, folder / "lost", extra) as stack:
        firm = Firm(stack.url, stack.env)
        writers = Writers(firm)
        writers.wait_for(BEFORE)
        before, began = list(writers.whole), len(writers.made)
        done = stack.run("deploy.backup", str(backups), timeout=400)
        assert done.returncode == 0, done.stderr
        assert len(writers.made) > began, "nobody wrote while the backup was made"
        first = len(writers.whole)
        writers.wait_for(first + AFTER)
        writers.stop()
        destroy(stack)
        (backup,) = [path for path in backups.iterdir() if path.name != "blobs"]
        again = stack.run("deploy.backup.restore", str(backup), timeout=400)
        assert again.returncode == 0, again.stderr
        stack.start()
        rebuilt = stack.run("services.overview.rebuild", timeout=400)
        assert rebuilt.returncode == 0, rebuilt.stderr
        print(done.stdout, again.stdout)
        after = [one for one in writers.made if one not in before]
        settle(stack)
        yield Story(stack, firm, before, after, done.stdout)


def destroy(stack):
    for name in stack.names:
        stack.kill(name)
    drop_databases(stack.env["DATABASE_URL"], stack.namespace)
    settings = load_settings(stack.env)
    with Connection(settings.amqp_uri) as connection:
        channel = connection.channel()
        for service in stack.names[:-1]:
            names = [topology.events_queue(settings, service), topology.dead_queue(settings, service)]
            names += [topology.retry_queue(settings, service, seconds) for seconds in settings.retry_seconds]
            for name in names:
                channel.queue_delete(name)
        for name in (topology.rpc_exchange(settings), topology.events_exchange(settings)):
            channel.exchange_delete(name)
    shutil.rmtree(stack.blobs)


def settle(stack):
    settings = load_settings(stack.env)
    for service in stack.names[:-1]:
        until(lambda service=service: stack.has_told_all(service), timeout=60)

    def waiting():
        with Connection(settings.amqp_uri) as connection:
            channel = connection.channel()
            return sum(
                channel.queue_declare(topology.events_queue(settings, service), passive=True).message_count
                for service in stack.names[:-1]
                if topology.service_class(service).bindings(settings)
            )

    until(lambda: waiting() == 0, timeout=60)


def rows(firm, account_id, section):
    return firm.owner.made("GET", f"/accounts/{account_id}/overview/{section}")["rows"]


def test_all_that_was_acknowledged_before_the_backup_is_there(restored):
    firm = restored.firm
    for one in restored.before:
        at = f"/accounts/{one.account_id}"
        assert firm.owner.made("GET", at)["name"] == one.renamed
        linked = {item["contact"]["last_name"] for item in firm.owner.made("GET", f"{at}/contacts")["items"]}
        mark = one.name.split()[1]
        assert linked == {one.contact, f"Lee{mark}"}
        assert [row["title"] for row in rows(firm, one.account_id, "tasks")] == [f"Task {mark}"]
        assert firm.owner.made("GET", f"{at}/invoices/{one.invoice_id}")["number"] == one.number
        content = firm.owner.get(f"{at}/documents/{one.document_id}/file")
        assert (content.status_code, content.content[:4]) == (200, b"%PDF")


def test_nothing_is_there_in_part(restored):
    """R-LNK-1: what was made after the backup is whole or nowhere, for every service that knows of it."""
    firm = restored.firm
    until(lambda: not [row for row in everything(firm.owner, "/accounts") if row["state"] == "opening"], timeout=60)
    listed = {row["id"]: row["name"] for row in everything(firm.owner, "/accounts")}
    people = {one["last_name"] for one in everything(firm.owner, "/contacts")}
    lost = 0

    for one in restored.after:
        at, is_there = f"/accounts/{one.account_id}", one.account_id in listed
        lost += not is_there
        assert firm.owner.get(at).status_code == (200 if is_there else 404)
        assert firm.owner.get(f"{at}/contacts").status_code == (200 if is_there else 404)
        assert firm.owner.get(f"{at}/overview").status_code == (200 if is_there else 404)
        assert (one.contact in people) == is_there
    assert lost >= AFTER, "what was written after the backup is in it"


def test_every_service_tells_the_same_of_every_client(restored):
    firm = restored.firm
    numbers = []
    for row in everything(firm.owner, "/accounts"):
        at = f"/accounts/{row['id']}"
        account = firm.owner.made("GET", at)
        assert account["name"] == row["name"]
        assert firm.owner.made("GET", f"{at}/contacts")["items"]
        overview = firm.owner.made("GET", f"{at}/overview")
        states = {section["name"]: section.get("state") for section in overview["sections"]}
        assert not {"stale", "unavailable"} & set(states.values()), states
        numbers += [one["number"] for one in rows(firm, row["id"], "invoices")]
        found = firm.owner.get("/search", params={"q": row["name"]}).json()
        assert row["id"] in str(found)
    assert len(numbers) == len(set(numbers))


def test_work_goes_on(restored):
    firm = restored.firm
    made = firm.account(f"Fresh {secrets.token_hex(3)}")
    firm.owner.made("POST", f"/accounts/{made['id']}/tasks", title="First")

    until(lambda: made["id"] in {row["id"] for row in everything(firm.owner, "/accounts")})
    assert [row["title"] for row in rows(firm, made["id"], "tasks")] == ["First"]


def test_writers_hardly_noticed(restored):
    waited = int(restored.said.rsplit("writers waited ", 1)[1].split()[0])

    assert waited < 1500
