"""The sample firm in a running system: made once, found by its owner, hidden from who may not see it."""

import json
import secrets
import subprocess
import sys

import httpx
import psycopg
import pytest

from chassis.config import load_settings
from contracts.overview import SECTIONS
from deploy.local.services import ROOT
from tests.firms import Firm
from tests.stack import Stack, until

CLIENTS = 56  # the first ones, of every kind

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # s; they are made twice


@pytest.fixture(scope="module")
def filled(servers, folder):
    """A system of its own, and what was said at the end of the first and of a second filling."""
    file = folder / f"sample-{secrets.token_hex(4)}.json"
    with Stack(servers, folder / "sample-logs", {"DOSSIER_SAMPLE_FILE": str(file)}) as stack:
        first = stack.run("deploy.sample", "--clients", str(CLIENTS), timeout=300)
        assert first.returncode == 0, first.stdout + first.stderr
        before = written(stack, file)
        second = stack.run("deploy.sample", "--clients", str(CLIENTS), timeout=300)
        yield stack, file, (first, second), (before, written(stack, file))


def written(stack, file):
    """How many changes the owners of clients and people have recorded."""
    settings = load_settings(stack.env)
    firm_id = json.loads(file.read_text())["firm"]["id"]
    counts = {}
    for service in ("accounts", "contacts"):
        with psycopg.connect(settings.database_for(service)) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, true)", [firm_id])  # row-level security
            counts[service] = connection.execute("SELECT count(*) FROM change").fetchone()[0]
    return counts


@pytest.fixture
def signed_in(filled):
    """`signed_in(3)`: an HTTP client of the fourth sign-in of the sample."""
    stack, file, *_ = filled
    clients = []

    def enter(number):
        person = json.loads(file.read_text())["sign_ins"][number]
        client = httpx.Client(base_url=stack.url, timeout=20, trust_env=False)
        clients.append(client)
        login = {"email": person["email"], "password": person["password"]}
        client.headers["Authorization"] = f"Bearer {client.post('/v1/auth/login', json=login).json()['token']}"
        return client

    yield enter
    for client in clients:
        client.close()


def total(client):
    answer = client.get("/v1/accounts", params={"state": "all", "limit": 1})
    return answer.json()["total"] if answer.status_code == 200 else 0


def test_filling_twice_makes_one_firm(filled, signed_in):
    _, _, (first, second), (before, after) = filled

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    owner = signed_in(0)
    assert until(lambda: total(owner) >= CLIENTS, 60)
    assert min(before.values()) > 0
    assert after == before
    assert total(owner) == int(first.stdout.split(": ")[-1].split()[0])


def test_some_clients_have_a_photo_and_no_upload_is_left(filled, signed_in):
    """R-PHOTO-2."""
    stack, *_ = filled
    owner = signed_in(0)
    rows = until(lambda: owner.get("/v1/accounts", params={"limit": 100}).json()["items"], 60)

    kinds = [owner.get(f"/v1/accounts/{row['id']}/photo").headers["content-type"] for row in rows]

    assert set(kinds) == {"image/webp", "image/svg+xml"}
    assert list((stack.blobs / "incoming").glob("*")) == []


def test_sign_ins_are_for_our_user_alone(filled):
    _, file, *_ = filled

    assert file.stat().st_mode & 0o077 == 0
    assert [one["role"].split()[0] for one in json.loads(file.read_text())["sign_ins"]] == [
        "owner",
        "admin",
        "employee",
        "employee",
    ]


def test_every_section_has_rows_and_most_have_more_than_the_page_shows(signed_in):
    """R-OV-2, R-OV-3: "view all" of those has more to show."""
    owner = signed_in(0)
    until(lambda: total(owner) >= CLIENTS, 60)
    rows = owner.get("/v1/accounts", params={"limit": 100}).json()["items"]

    most = {}
    for row in rows:
        for section in owner.get(f"/v1/accounts/{row['id']}/overview").json()["sections"]:
            most[section["name"]] = max(section["total"], most.get(section["name"], 0))

    assert set(most) == set(SECTIONS)
    assert min(most.values()) >= 1
    overflowing = {"documents", "tasks", "emails", "jobs", "notes", "time"}
    assert {name for name, total in most.items() if total > 5} >= overflowing


def test_clients_are_described_and_every_state_of_the_portal_is_there(signed_in):
    """R-STAT-1, R-CF-8."""
    owner = signed_in(0)
    until(lambda: total(owner) >= CLIENTS, 60)
    ids = [row["id"] for row in owner.get("/v1/accounts", params={"limit": 100}).json()["items"]]

    accounts = [owner.get(f"/v1/accounts/{one}").json() for one in ids]
    linked = [owner.get(f"/v1/accounts/{one}/contacts").json() for one in ids]

    assert {each["portal_status"] for each in linked} == {"active", "pending", "off"}
    assert sum(len(each["custom_fields"]) > 1 for each in accounts) > len(ids) / 2
    assert sum(bool(each["roles"]) for each in accounts) > len(ids) / 4
    assert all(each["timezone"] for each in accounts)


def test_the_employee_with_few_rights_sees_some_clients(signed_in):
    """R-ACC-1."""
    owner, few = signed_in(0), signed_in(3)
    until(lambda: total(owner) >= CLIENTS, 60)

    assert 0 < total(few) < total(owner) / 2


def test_no_sample_is_made_beside_somebodys_own_firm(stack, tmp_path):
    """A firm whose passwords everybody knows has no place beside real ones."""
    Firm(stack.url, stack.env)
    file = tmp_path / "sample.json"

    done = subprocess.run(
        [sys.executable, "-m", "deploy.sample"],
        cwd=ROOT,
        env={**stack.env, "DOSSIER_SAMPLE_FILE": str(file)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert "no sample firm is made" in done.stdout
    assert not file.exists()
