"""A node of three that RabbitMQ runs on is lost: calls and events go on, and nothing waits for its return."""

import pytest

from deploy.local.servers import BROKER, DATABASE, Found, Servers, Way
from tests.cluster import cluster
from tests.firms import Firm
from tests.stack import Stack, until

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def nodes(folder):
    with cluster(folder / "cluster") as running:
        yield running


@pytest.fixture
def stack(nodes, database_server, folder):
    """A system whose processes all know the first node; what it declares lies on all three."""
    broker = Found(BROKER, Way.PRIVATE, "a cluster", {}, nodes[0])
    servers = Servers([database_server[DATABASE], broker])
    with Stack(servers, folder / "clustered", {"DOSSIER_REQUEST_QUEUES": "quorum"}) as running:
        yield running


def states(firm, account):
    answer = firm.owner.get(f"/accounts/{account['id']}/overview")
    return {section["state"] for section in answer.json()["sections"]} if answer.is_success else {answer.text}


def listed(firm):
    answer = firm.owner.get("/accounts")
    return {row["name"] for row in answer.json()["items"]} if answer.is_success else {answer.text}


def make(firm, name):
    """A client by that name, made once however often it is asked for."""
    body = {"name": name, "type": "company", "contacts": [{"new": {"last_name": name}}]}
    key = {"Idempotency-Key": f"make-{name}"}
    response = until(lambda: (one := firm.owner.post("/accounts", json=body, headers=key)).is_success and one)
    return response.json()


def test_calls_and_events_go_on_without_a_node(nodes, stack):
    firm = Firm(stack.url, stack.env)
    known = {"Before"}
    make(firm, "Before")
    until(lambda: listed(firm) == known)

    for number, lost in enumerate(nodes[1:]):
        lost.kill()
        account = make(firm, f"Without {number}")
        known.add(account["name"])

        until(lambda account=account: states(firm, account) == {"fresh"})
        until(lambda: listed(firm) == known)
        lost.start()
