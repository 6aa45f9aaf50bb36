"""What one request does in every process is one trace, without a word about anybody; and what is counted beside."""

import re
import secrets

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local import ports
from deploy.local.children import GATEWAY, Child, reachable
from deploy.local.services import service_names
from tests.asked import asked_metrics
from tests.firms import Client, person
from tests.stack import until

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
OUTSIDE = ("rabbitmq_", "up")  # RabbitMQ's own exporter, and what Prometheus says of each process it asks


@pytest.fixture(scope="module")
def traced(stack, tmp_path_factory):
    """A second gateway, which traces each request, with a port of its own for what only the operator reads."""
    port, ops = ports.free_ports(2)
    extra = {"OTEL_TRACES_SAMPLER_ARG": "1", "DOSSIER_PORT": str(port), "DOSSIER_OPS_PORT": str(ops)}
    command, log = stack.child(GATEWAY).command, tmp_path_factory.mktemp("traced") / "gateway.log"
    gateway = Child("traced", command, stack.env | extra, log, reachable(ports.HOST, port))
    gateway.metrics = f"http://{ports.HOST}:{ops}/metrics"
    gateway.start()
    until(gateway.is_ready, 60)
    yield gateway
    gateway.stop()


@pytest.fixture
def owner(firm, traced):
    return Client(traced.address, firm.signed_in["token"])


def asked(owner, verb, path, **json):
    """The answer, and the id of a request that nobody else makes."""
    request_id = f"trace-{secrets.token_hex(8)}"
    return owner.request(verb, path, headers={"X-Request-Id": request_id}, json=json or None), request_id


def whole(collector, request_id):
    """The spans of the request's trace, once each one's parent has come, too."""
    found = collector.of_request(request_id)
    return found if {one.parent_id for one in found} <= {"", *(one.id for one in found)} else []


def above(spans, span):
    """Every span from this one's parent up to the root, by service, kind and name."""
    by_id = {one.id: one for one in spans}
    found = []
    while span.parent_id:
        span = by_id[span.parent_id]
        found.append((span.service, span.kind, span.name))
    return found


def test_a_write_is_one_trace_down_to_what_hears_of_it(collector, firm, owner, stack):
    contact, name = person(), f"Brindlewick {secrets.token_hex(4)}"

    answer, request_id = asked(owner, "POST", "/accounts", name=name, type="individual", contacts=[{"new": contact}])
    assert answer.status_code == 201

    def heard():
        found = whole(collector, request_id)
        kinds = {(one.service, one.kind, one.name) for one in found}
        wanted = {
            ("overview", "consumer", "process accounts.account_created.v1"),
            ("gateway", "server", "POST /v1/accounts"),
        }
        return found if wanted <= kinds else None

    spans = until(heard)
    (root,) = [one for one in spans if one.is_root]
    assert (root.service, root.name, root.said["http.response.status_code"]) == ("gateway", "POST /v1/accounts", 201)

    call = ("accounts", "server", "accounts.create_account")
    request = [("gateway", "client", "accounts.create_account"), ("gateway", "server", "POST /v1/accounts")]
    statement = next(one for one in spans if one.service == "accounts" and one.name == "INSERT account")
    assert above(spans, statement)[-3:] == [call, *request]

    created = "process accounts.account_created.v1"
    heard = next(one for one in spans if one.service == "overview" and one.name == created)
    assert above(spans, heard)[0] == ("accounts", "producer", "send accounts.account_created.v1")
    assert above(spans, heard)[-2:] == request
    applied = [one for one in spans if one.parent_id == heard.id]
    assert {"INSERT inbox", "COMMIT"} <= {one.name for one in applied}

    texts = "\n".join(one.text for one in spans).lower()
    private = [name, contact["first_name"], contact["last_name"], contact["email"], firm.email, "olga", firm.id]
    assert [word for word in private if word.lower() in texts] == []
    assert UUID.findall(texts) == []


def test_what_owners_are_asked_side_by_side_is_in_the_same_trace(collector, firm, owner):
    account = firm.account()["id"]

    _, request_id = asked(owner, "GET", f"/accounts/{account}/overview")

    def composed():
        owners = [
            one for one in whole(collector, request_id) if one.kind == "server" and one.name.endswith(".get_sections")
        ]
        return owners if {"work", "documents", "messages", "billing"} <= {one.service for one in owners} else None

    owners = until(composed)
    spans = collector.of_request(request_id)
    assert all(("overview", "server", "overview.get_profile") in above(spans, one) for one in owners)


def test_a_refusal_is_told_by_its_code_and_its_lines_name_the_trace(collector, owner, stack, traced):
    answer, request_id = asked(
        owner, "PATCH", "/accounts/0196f0f0-0000-7000-8000-000000000001", name="Nobody", version=1
    )
    assert answer.status_code == 404

    spans = until(lambda: [one for one in collector.of_request(request_id) if one.service == "accounts"])
    (refused,) = [one for one in spans if one.kind == "server"]
    assert not refused.is_error
    (line,) = [orjson.loads(line) for line in traced.log.read_text().splitlines() if request_id in line]
    assert line["trace_id"] == refused.trace_id
    told = [orjson.loads(line) for line in stack.logs("accounts").splitlines() if request_id in line]
    assert {one["trace_id"] for one in told} == {refused.trace_id}


def test_everything_that_alerts_and_dashboards_ask_is_counted(stack, traced):
    texts = [httpx.get(f"{stack.ops_url(name)}/metrics").text for name in service_names()]
    texts.append(httpx.get(traced.metrics).text)
    told, labels = set(), {}
    for family in (one for text in texts for one in text_string_to_metric_families(text)):
        told |= {family.name, *(f"{family.name}_{end}" for end in ("total", "bucket", "count", "sum"))}
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
            assert not any(UUID.search(value) for value in sample.labels.values()), f"{sample} names somebody"

    wanted = {name for name in asked_metrics() if not name.startswith(OUTSIDE)}
    assert wanted - told == set()


def test_numbers_are_not_for_the_world(traced):
    assert httpx.get(f"{traced.address}/metrics").status_code == 404
    assert "dossier_http_requests_total" in httpx.get(traced.metrics).text


def test_who_stops_hands_over_what_it_holds(collector, firm, owner, traced):
    """Last: the traced gateway is gone after it."""
    _, request_id = asked(owner, "GET", "/accounts")

    assert traced.is_running
    traced.ask_to_stop()
    until(lambda: not traced.is_running)

    assert any(one.is_root for one in collector.of_request(request_id))
    assert traced.exit_status == 0
