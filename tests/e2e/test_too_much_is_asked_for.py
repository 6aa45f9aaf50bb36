"""Intruders who ask without end, at two gateways at once: each is held to a minute's worth, and nobody else is."""

import dataclasses
import secrets
import time

import pytest

from deploy.local import ports
from deploy.local.children import Child, reachable
from tests.firms import Client, Firm, person, somewhere
from tests.stack import until

LIMITS = {"ADDRESS": "60", "MEMBER": "80", "PROGRAM": "40", "CLIENT": "30", "FIRM": "200"}


@pytest.fixture(scope="module")
def gateways(stack, tmp_path_factory):
    """Two more gateways to the system, whose limits are low."""
    children, template = [], stack.child("gateway")
    for port in ports.free_ports(2):
        env = template.environment | {f"DOSSIER_LIMIT_{name}": most for name, most in LIMITS.items()}
        env["DOSSIER_PORT"] = str(port)
        log = tmp_path_factory.mktemp("gateway") / "log"
        child = Child("gateway", template.command, env, log, reachable(ports.HOST, port))
        child.start()
        children.append(child)
    for child in children:
        until(child.is_ready, timeout=60)
    yield [child.address for child in children]
    for child in children:
        child.stop()


@dataclasses.dataclass
class Flood:
    """What became of many requests: at one gateway as fast as it answers, then at the other until it refuses."""

    answers: list

    def __init__(self, gateways, token=None, path="/v1/me", count=150, **headers):
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers.setdefault("X-Forwarded-For", somewhere())
        first, second = (Client(url, None, base="") for url in gateways)
        with first, second:
            self.answers = [first.get(path, headers=headers) for _ in range(count)]

            def is_refused():
                self.answers.append(second.get(path, headers=headers))
                return self.answers[-1].status_code == 429 or len(self.answers) >= 2 * count

            until(is_refused, every=0.02)  # time enough to hear of the other, too little for a limit of its own

    def count(self, *statuses):
        return sum(answer.status_code in statuses for answer in self.answers)

    @property
    def refused(self):
        return next(answer for answer in self.answers if answer.status_code == 429)


def within(found, limit, seconds):
    """What both let through: the limit, what came back meanwhile, and what one had not yet told the other."""
    return limit <= found <= limit + limit * seconds / 60 + 25


@pytest.fixture
def flood(gateways):
    def begin(*given, **headers):
        began = time.monotonic()
        made = Flood(gateways, *given, **headers)
        made.seconds = time.monotonic() - began
        return made

    return begin


def test_a_member_gets_a_minutes_worth_of_both_gateways_and_a_colleague_is_not_held_up(stack, firm, gateways, flood):
    firm.url = stack.url
    emil = firm.member()

    made = flood(firm.signed_in["token"])

    assert within(made.count(200), 80, made.seconds)
    assert made.count(200, 429) == len(made.answers)
    refused = made.refused
    assert refused.json()["type"] == "/problems/rate_limited"
    assert refused.json()["limit"] == "member"
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit-policy"] == '"member";q=80;w=60'
    assert refused.headers["ratelimit"].startswith('"member";r=0;t=')
    assert emil.get(f"{gateways[0]}/v1/me").status_code == 200


def test_a_program_and_its_member_are_counted_apart(firm, gateways, flood):
    made = firm.owner.made("POST", "/me/tokens", name="robot", scopes=["accounts:read"])

    flooded = flood(made["secret"], "/v1/accounts", 80)

    assert within(flooded.count(200), 40, flooded.seconds)
    assert flooded.refused.json()["limit"] == "program"
    assert firm.owner.get(f"{gateways[0]}/v1/me").status_code == 200


def test_a_clients_person_does_not_hold_up_the_firm(firm, gateways, flood):
    who = person()
    client = firm.portal(firm.account(contacts=[{"new": who}]), who["email"])
    token = client.headers["authorization"].removeprefix("Bearer ")

    flooded = flood(token, "/v1/portal/me", 60)

    assert within(flooded.count(200), 30, flooded.seconds)
    assert flooded.refused.json()["limit"] == "client"
    assert firm.owner.get(f"{gateways[0]}/v1/me").status_code == 200


def test_all_of_a_firm_together_have_a_limit_and_another_firm_has_its_own(stack, firm, gateways, flood):
    team = [firm.signed_in["token"]] + [_token(firm.member()) for _ in range(3)]
    floods = [flood(token, "/v1/me", 60) for token in team]

    seen = {answer.json()["limit"] for one in floods for answer in one.answers if answer.status_code == 429}
    assert "firm" in seen
    assert within(sum(one.count(200) for one in floods), 200, sum(one.seconds for one in floods))
    other = Firm(stack.url, stack.env)
    assert other.owner.get(f"{gateways[0]}/v1/me").status_code == 200


def _token(client):
    return client.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize(
    ("path", "token"), [("/v1/me", "guessed"), ("/v1/me", ""), ("/v1/nothing", ""), ("/v1/openapi.json", "")]
)
def test_a_stranger_is_held_by_their_address_whatever_they_ask(flood, path, token):
    made = flood(f"{token}{secrets.token_hex(8)}" if token else None, path, 60)

    assert within(len(made.answers) - made.count(429), 60, made.seconds)
    assert made.refused.json()["limit"] == "address"


def test_colleagues_of_the_stranger_at_the_same_address_go_on(firm, gateways, flood):
    where = somewhere()
    headers = {"X-Forwarded-For": where}
    refused = 0
    while not refused:
        assert firm.owner.get(f"{gateways[0]}/v1/me", headers=headers).status_code == 200
        refused = flood(None, "/v1/me", 20, **headers).count(429)

    assert firm.owner.get(f"{gateways[0]}/v1/me", headers=headers).status_code == 200


def test_a_person_reads_a_page_about_it_in_their_language(flood):
    made = flood(None, "/sign-in", 60, **{"Accept-Language": "fr"})

    assert made.refused.headers["content-type"].startswith("text/html")
    assert "C’était trop à la fois" in made.refused.text
    assert int(made.refused.headers["retry-after"]) >= 1


def test_probes_and_the_files_of_pages_are_never_refused(flood):
    where = somewhere()
    flood(None, "/v1/me", 60, **{"X-Forwarded-For": where})

    assert flood(None, "/healthz", 20, **{"X-Forwarded-For": where}).count(200) == 40
    assert flood(None, "/static/firm.css", 20, **{"X-Forwarded-For": where}).count(200) == 40
