"""What a warm profile costs: counted, not timed."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.stack import until


@pytest.fixture
def calls(stack):
    """`calls()`: RPC calls the gateway has made so far, by service and method."""

    def count():
        text = httpx.get(f"{stack.url}/metrics").text
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
        return {
            f"{one.labels['service']}.{one.labels['method']}": one.value
            for one in samples
            if one.name == "dossier_rpc_calls_total"
        }

    return count


def since(before, after):
    return {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}


def test_a_warm_profile_is_one_call(firm, calls):
    at = f"/accounts/{firm.account()['id']}/overview"

    def is_one_call():
        # The first view fills what is remembered; events of the account's creation may still drop it once more.
        firm.owner.made("GET", at)
        before = calls()
        firm.owner.made("GET", at)
        return since(before, calls()) == {"overview.get_profile": 1}

    until(is_one_call)


def test_every_request_is_counted_by_its_route(firm, stack):
    firm.owner.get("/accounts/0196f0f0-0000-7000-8000-000000000001")

    text = httpx.get(f"{stack.url}/metrics").text

    assert 'dossier_http_requests_total{route="GET /v1/accounts/{account_id}",status="404"}' in text
