"""A call between processes keeps its types, errors and deadline, through the gateway's client and the services'."""

import asyncio
import time
from dataclasses import replace

import pytest
from nameko.exceptions import MalformedRequest
from nameko.standalone.rpc import ClusterRpcProxy

from chassis.context import new_id
from chassis.errors import AppError, DeadlineExceeded, Invalid, Unavailable
from chassis.once import KeyReused
from chassis.wire import to_json
from gateway.bus import Bus
from tests.contract.toy.contract import Say, WordRefused
from tests.firms import connected
from tests.stack import until

BOTH = pytest.mark.parametrize("service", ["toy", "echo"], ids=["gateway's client", "services' client"])


@BOTH
def test_an_answer_comes_back_with_its_fields(ask, ctx, service):
    said = ask(ctx, service, "say", word=f"hello {service}")

    assert (said["word"], said["times"]) == (f"hello {service}", 1)


@BOTH
def test_an_error_comes_back_as_its_class_with_its_data(ask, ctx, service):
    with pytest.raises(WordRefused) as refused:
        ask(ctx, service, "say", word="refused")

    assert refused.value.data == {"word": "refused", "letters": 7}
    assert refused.value.detail == "The toy does not take this word."


@BOTH
def test_a_crash_tells_the_caller_nothing_of_what_is_inside(ask, ctx, service):
    with pytest.raises(AppError) as crashed:
        ask(ctx, service, "crash", word="secret")

    assert crashed.value.code == "internal"
    assert "secret" not in f"{crashed.value} {crashed.value.data}"
    assert str(ctx.firm_id) not in f"{crashed.value} {crashed.value.data}"


@BOTH
def test_a_slow_service_costs_its_caller_the_deadline_and_no_more(ask, ctx, service):
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded):
        ask(replace(ctx, deadline=time.monotonic() + 0.6), service, "think", word="slow", seconds=30)

    assert time.monotonic() - began < 10  # and not the thirty seconds it would take


def test_a_missing_service_is_noticed_at_once_by_the_gateways_client(ask, ctx):
    with pytest.raises(Unavailable, match="missing service is not running") as gone:
        ask(ctx, "missing", "say", word="hello")

    assert not isinstance(gone.value, DeadlineExceeded)


def test_a_missing_service_is_noticed_at_once_by_the_services_client(ask, ctx):
    with pytest.raises(Unavailable, match="missing service is not running") as gone:
        ask(ctx, "echo", "ask_missing", word="hello")

    assert not isinstance(gone.value, DeadlineExceeded)


def test_a_call_that_is_not_in_the_contract_is_refused(ask, ctx):
    with pytest.raises(Unavailable, match="does not serve this call"):
        ask(ctx, "toy", "sing", word="hello")


def test_a_request_that_is_not_as_declared_names_the_field(ask, ctx):
    with pytest.raises(Invalid) as wrong:
        ask(ctx, "toy", "say", word="")

    assert [error["field"] for error in wrong.value.data["errors"]] == ["word"]


def test_no_call_is_made_inside_an_open_transaction(ask, ctx, toys):
    with pytest.raises(AppError):
        ask(ctx, "echo", "ask_in_transaction", word="never said")

    assert ask(ctx, "toy", "count", word="never said")["times"] == 0
    assert "was called inside an open transaction" in (toys.logs / "echo.log").read_text()


def test_the_same_write_asked_for_twice_is_done_once(ask, ctx):
    first = ask(ctx, "toy", "say", word="once")
    second = ask(ctx, "toy", "say", word="once")

    assert first == second
    assert ask(replace(ctx, key=new_id().hex), "toy", "count", word="once")["times"] == 1


def test_the_same_write_asked_for_at_once_is_done_once(toys, ctx):
    async def race():
        async with Bus(toys.settings, name="test") as bus:
            request = Say(word="raced", seconds=0.2)
            return await asyncio.gather(*[bus.call(ctx, "toy", "say", request) for _ in range(5)])

    answers = asyncio.run(race())

    assert [answer["times"] for answer in answers] == [1] * 5


def test_a_key_used_for_another_request_is_refused(ask, ctx):
    ask(ctx, "toy", "say", word="one thing")

    with pytest.raises(KeyReused):
        ask(ctx, "toy", "say", word="another thing")


def test_what_one_firm_writes_another_does_not_see(ask, ctx):
    ask(ctx, "toy", "say", word="ours")

    assert ask(replace(ctx, firm_id=new_id()), "toy", "count", word="ours")["times"] == 0


def test_two_slow_statements_overlap(toys, ctx):
    """psycopg waits cooperatively: without PSYCOPG_WAIT_FUNC eight sleeps of half a second take four."""

    async def sleepers():
        async with Bus(toys.settings, name="test") as bus:
            await connected(bus)
            began = time.monotonic()
            requests = [Say(word=f"sleeper {n}", seconds=0.5) for n in range(8)]
            await asyncio.gather(*[bus.call(replace(ctx, key=r.word), "toy", "say", r) for r in requests])
            return time.monotonic() - began

    assert asyncio.run(sleepers()) < 3.5


def test_stock_nameko_can_call_us(toys, ctx):
    config = {"AMQP_URI": toys.settings.amqp_uri, "rpc_exchange": f"{toys.prefix}.rpc"}
    context = {"context": to_json(ctx.to_wire()).decode()}

    with ClusterRpcProxy(config, context_data=context, timeout=10) as cluster:
        said = cluster.toy.say({"word": "from stock nameko", "seconds": 0.0})

    assert said["times"] == 1


def test_a_request_without_a_context_is_refused(toys):
    config = {"AMQP_URI": toys.settings.amqp_uri, "rpc_exchange": f"{toys.prefix}.rpc"}

    with ClusterRpcProxy(config, timeout=10) as cluster, pytest.raises(MalformedRequest):
        cluster.toy.say({"word": "nobody's", "seconds": 0.0})


class TestDyingProcesses:
    def test_a_killed_service_is_noticed_at_once_and_comes_back(self, ask, ctx, toys):
        toys.kill("toy")

        def told():
            """What a caller hears; a request that met the queue in its last moment hears nothing."""
            try:
                return ask(replace(ctx, deadline=time.monotonic() + 1), "toy", "count", word="hello") and None
            except DeadlineExceeded:
                return None
            except Unavailable as gone:
                return gone

        assert "toy service is not running" in str(until(told))
        toys.start("toy")
        assert ask(ctx, "toy", "count", word="hello")["times"] == 0

    def test_a_service_asked_to_stop_finishes_what_it_holds(self, toys, ctx):
        async def stop_midway():
            async with Bus(toys.settings, name="test") as bus:
                call = asyncio.create_task(bus.call(ctx, "toy", "say", Say(word="last words", seconds=1.0)))
                await asyncio.to_thread(until, lambda: toys_are_busy(toys))
                status = await asyncio.to_thread(toys.stop, "toy")
                return status, await call

        status, said = asyncio.run(stop_midway())
        toys.start("toy")

        assert status == 0
        assert said["times"] == 1


def toys_are_busy(toys):
    """Whether a statement of the toy's sleeps in the database."""
    import psycopg

    with psycopg.connect(toys.env["DATABASE_URL"]) as connection:
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND query LIKE '%%pg_sleep%%' AND state = 'active'"
        return connection.execute(query, [f"{toys.prefix}_toy"]).fetchone() is not None
