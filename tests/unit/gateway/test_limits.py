"""What a limit counts, and what one gateway hears from another."""

import hashlib
import time
from collections import Counter

import orjson
import pytest
from starlette.requests import Request

from chassis.config import Settings
from chassis.context import Actor, new_id
from gateway.auth import Caller, Callers, PortalCallers
from gateway.bus import Bus
from gateway.limits import Limit, Limits, RateLimited
from gateway.traffic import Exchange

NOWHERE = "amqp://nobody@127.0.0.1:1/"


def exchange(host="192.0.2.1"):
    return Exchange(Request({"type": "http", "client": (host, 5000), "headers": []}), "request")


def caller(**fields):
    known = {"firm_id": new_id(), "firm_name": "", "session_id": new_id(), "scopes": None, "until": time.monotonic()}
    return Caller(**(known | {"actor": Actor(kind="member", id=new_id())} | fields))


def gateway(**limits):
    settings = Settings(amqp_uri=NOWHERE, **{f"limit_{name}": most for name, most in limits.items()})
    bus = Bus(settings)
    return Limits(settings, bus, Callers(bus), PortalCallers(bus))


def answered(limits, who, times, host="192.0.2.1"):
    """How many of so many requests of a caller were not refused."""
    count = 0
    for _ in range(times):
        one = exchange(host)
        try:
            limits.arrive(one)
            if who:
                limits.know(one, who)
            count += 1
        except RateLimited:
            pass
    return count


def test_a_minutes_worth_is_answered_at_once_and_the_next_is_refused(monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit, last = Limit("member", 60, Counter()), exchange()
    for _ in range(60):
        limit.spend("anna", last)

    assert (last.quota.left, last.quota.headers()["RateLimit-Policy"]) == (0, '"member";q=60;w=60')
    with pytest.raises(RateLimited) as refused:
        limit.spend("anna", last)
    assert 0.9 < refused.value.data["retry_after_seconds"] <= 1.0
    assert limit.spend("ben", exchange())


def test_what_is_refused_spends_nothing(monkeypatch):
    limit, began = Limit("member", 60, Counter()), time.monotonic()
    for second in (0, 30, 60):
        monkeypatch.setattr(time, "monotonic", lambda second=second: began + second)
        got = 0
        for _ in range(200):
            try:
                limit.spend("anna", exchange())
                got += 1
            except RateLimited:
                pass
        assert got == (60 if second == 0 else 30)


def test_no_limit_is_no_limit():
    assert answered(gateway(address=0, member=0, firm=0), caller(), 5000) == 5000


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 3),
        ({"scopes": frozenset()}, 5),
        ({"actor": Actor(kind="portal", id=new_id())}, 2),
    ],
)
def test_members_their_programs_and_clients_have_limits_of_their_own(fields, expected):
    limits = gateway(member=3, program=5, client=2)

    assert answered(limits, caller(**fields), 10) == expected


def test_a_firm_of_many_is_limited_as_one():
    limits, firm_id = gateway(member=3, firm=5), new_id()

    assert [answered(limits, caller(firm_id=firm_id), 4) for _ in range(3)] == [3, 2, 0]
    assert answered(limits, caller(), 4) == 3


def test_an_address_counts_for_strangers_only():
    limits = gateway(address=5, member=100)

    assert answered(limits, caller(), 50) == 50
    assert answered(limits, None, 50) == 5
    assert answered(limits, None, 50, host="192.0.2.2") == 5


def test_addresses_of_one_network_of_ipv6_are_one():
    limits = gateway(address=5)

    assert sum(answered(limits, None, 1, host=f"2001:db8:0:7::{number:x}") for number in range(20)) == 5
    assert answered(limits, None, 1, host="2001:db8:0:8::1") == 1


def test_who_is_remembered_is_not_locked_out_by_strangers_at_the_same_address():
    limits, known = gateway(address=5), caller(until=time.monotonic() + 5)
    answered(limits, None, 10)
    late = exchange()
    late.request.scope["headers"] = [(b"authorization", b"Bearer good")]

    with pytest.raises(RateLimited):
        limits.arrive(late)
    limits._members._known[hashlib.sha256(b"good").digest()] = known
    limits.arrive(late)


def test_what_is_spent_elsewhere_counts_here():
    here, who = gateway(member=10), caller()
    elsewhere = orjson.dumps(["another", {f"member {who.actor.id}": 7}])

    here._heard("spent", elsewhere)
    here._heard("spent", orjson.dumps([here._me, {f"member {who.actor.id}": 7}]))

    assert answered(here, who, 10) == 3


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[1]", b'["a", 3]', b'["a", {"other x": 1}]', b'["a", {"member x": "y"}]']
)
def test_nonsense_from_elsewhere_changes_nothing(body):
    here = gateway(member=10)

    here._heard("spent", body)

    assert answered(here, caller(), 20) == 10


def test_a_request_counts_once_however_often_its_caller_is_looked_at():
    limits, who, one = gateway(member=2), caller(), exchange()
    for _ in range(10):
        limits.know(one, who)

    assert answered(limits, who, 5) == 1


def test_only_so_many_callers_are_kept(monkeypatch):
    monkeypatch.setattr("gateway.limits.MOST_KEPT", 100)
    limit = Limit("address", 10, Counter())
    for number in range(1000):
        limit.spend(str(number), exchange())

    assert len(limit._free_at) == 100
