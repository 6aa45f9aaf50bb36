"""The client against a real broker and a callee that speaks the wire format by itself."""

import asyncio
import contextlib
import secrets
import time
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import aiormq
import orjson
import pytest
from pamqp.commands import Basic

from chassis.config import Settings
from chassis.context import Actor, Context, new_id
from chassis.errors import AppError, DeadlineExceeded, Unavailable
from contracts.accounts import AccountNotFound, AccountRef, ChangeAccount
from gateway.bus import Bus
from tests.firms import connected
from tests.stack import namespace

ENDLESS = 10**12
PATIENT = 15.0  # s; a slow machine is no failure


@pytest.fixture
def settings(amqp_uri):
    return Settings(amqp_uri=amqp_uri, namespace=namespace())


@pytest.fixture
def ctx():
    actor = Actor(kind="member", id=new_id(), role="employee", rights=frozenset({"manage_tags"}), name="Anaïs")
    return Context(firm_id=new_id(), actor=actor, correlation_id="c-1", key="k-1", door="api")


def within(settings, ctx, seconds=PATIENT):
    return replace(ctx, deadline=time.monotonic() + seconds)


class Callee:
    """A peer: answers `accounts.*` with what the test says, and keeps what it was sent."""

    def __init__(self, settings):
        self.settings = settings
        self.requests = []
        self.reply = {"result": {}, "error": None}
        self.is_mute = False
        self.got_one = asyncio.Event()

    async def start(self):
        self.connection = await aiormq.connect(self.settings.amqp_uri)
        self.channel = await self.connection.channel(publisher_confirms=False)
        exchange, queue = f"{self.settings.namespace}.rpc", f"{self.settings.namespace}.accounts.rpc"
        await self.channel.exchange_declare(exchange, exchange_type="topic", durable=True)
        await self.channel.queue_declare(queue, auto_delete=True)
        await self.channel.queue_bind(queue, exchange, "accounts.*")
        await self.channel.basic_consume(queue, self.on_request, no_ack=True)
        return self

    async def on_request(self, message):
        self.requests.append(message)
        self.got_one.set()
        if not self.is_mute:
            await self.channel.basic_publish(
                self.reply if isinstance(self.reply, bytes) else orjson.dumps(self.reply),
                exchange=f"{self.settings.namespace}.rpc",
                routing_key=message.header.properties.reply_to,
                properties=Basic.Properties(correlation_id=message.header.properties.correlation_id),
            )


@contextlib.asynccontextmanager
async def calling(settings):
    """A callee and a bus that is connected."""
    callee = await Callee(settings).start()
    async with Bus(settings, name="test") as bus:
        await connected(bus)
        yield callee, bus
    await callee.connection.close()


class Cable:
    """Carries bytes to the broker until it is cut."""

    def __init__(self, settings, lengths=()):
        self.target = urlsplit(settings.amqp_uri)
        self.ends = []
        self.most_carried = 0  # bytes from the broker, of all connections
        self.lengths = list(lengths)  # bytes from the broker after which a connection is cut; none left: never

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_):
        self.server.close()
        self.cut()

    def through(self, settings):
        port = self.server.sockets[0].getsockname()[1]
        host = self.target.netloc.rpartition("@")[0] + f"@127.0.0.1:{port}"
        return replace(settings, amqp_uri=urlunsplit(self.target._replace(netloc=host)))

    async def connect(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection(self.target.hostname, self.target.port)
        self.ends += [writer, far_writer]
        length = self.lengths.pop(0) if self.lengths else ENDLESS
        await asyncio.gather(self.carry(reader, far_writer), self.carry(far_reader, writer, length))

    async def carry(self, reader, writer, length=None):
        is_reply, length, carried = length is not None, length or ENDLESS, 0
        with contextlib.suppress(OSError):
            while block := await reader.read(65_536):
                writer.write(block[: length - carried])
                carried += len(block)
                if carried >= length:
                    self.cut()
                if is_reply:
                    self.most_carried = max(self.most_carried, carried)
        writer.close()

    def cut(self):
        """Nobody says goodbye."""
        for end in self.ends:
            end.transport.abort()
        self.ends.clear()


def test_a_request_is_in_the_wire_format(settings, ctx):
    async def run():
        async with calling(settings) as (callee, bus):
            callee.reply = {"result": {"id": "1"}, "error": None}
            request = ChangeAccount(account_id=new_id(), version=3, name=None)
            result = await bus.call(within(settings, ctx), "accounts", "change_account", request, seconds=4)
            return request, result, callee.requests[0]

    request, result, message = asyncio.run(run())

    properties = message.header.properties
    assert result == {"id": "1"}
    assert message.delivery.routing_key == "accounts.change_account"
    assert message.delivery.exchange == f"{settings.namespace}.rpc"
    assert orjson.loads(message.body) == {
        "args": [{"account_id": str(request.account_id), "version": 3, "name": None, "dates": "iso"}],
        "kwargs": {},
    }
    assert orjson.loads(properties.headers["nameko.context"]) == {
        "firm_id": str(ctx.firm_id),
        "actor": ["member", str(ctx.actor.id), "employee", ["manage_tags"], "Anaïs"],
        "correlation_id": "c-1",
        "key": "k-1",
        "door": "api",
    }
    assert 3000 < properties.headers["nameko.remaining_ms"] <= 4000
    assert properties.expiration == str(properties.headers["nameko.remaining_ms"])
    assert (properties.delivery_mode, properties.content_type) == (1, "application/json")


def test_a_body_larger_than_a_frame_arrives_whole(settings, ctx):
    text = secrets.token_hex(200_000)

    async def run():
        async with calling(settings) as (callee, bus):
            callee.reply = {"result": {"text": text}, "error": None}
            request = ChangeAccount(account_id=new_id(), version=1, company_name=text)
            result = await bus.call(within(settings, ctx), "accounts", "change_account", request, seconds=PATIENT)
            return result, orjson.loads(callee.requests[0].body)

    result, sent = asyncio.run(run())

    assert result == {"text": text}
    assert sent["args"][0]["company_name"] == text


def test_replies_find_their_callers_in_any_order(settings, ctx):
    async def run():
        async with calling(settings) as (callee, bus):
            callee.is_mute = True
            asked = [
                asyncio.create_task(
                    bus.call(within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()))
                )
                for _ in range(20)
            ]
            while len(callee.requests) < len(asked):
                callee.got_one.clear()
                await asyncio.wait_for(callee.got_one.wait(), PATIENT)
            callee.is_mute = False
            for message in reversed(callee.requests[:]):
                callee.reply = {"result": orjson.loads(message.body)["args"][0], "error": None}
                callee.requests.clear()
                await callee.on_request(message)
            sent = [orjson.loads(message.body)["args"][0] for message in callee.requests]
            return await asyncio.gather(*asked), sent

    answers, _ = asyncio.run(run())

    assert len({answer["account_id"] for answer in answers}) == 20


def test_the_callees_error_is_raised_as_its_class_with_its_data(settings, ctx):
    async def run():
        async with calling(settings) as (callee, bus):
            arguments = [orjson.dumps(["Gone.", {"account_id": "7"}]).decode()]
            path = "contracts.accounts.AccountNotFound"
            error = {"exc_type": "AccountNotFound", "exc_path": path, "exc_args": arguments, "value": "…"}
            callee.reply = {"result": None, "error": error}
            await bus.call(within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()))

    with pytest.raises(AccountNotFound) as raised:
        asyncio.run(run())

    assert (raised.value.detail, raised.value.data) == ("Gone.", {"account_id": "7"})


@pytest.mark.parametrize(
    "reply",
    [
        {"result": None, "error": {"exc_type": "X", "exc_path": "x.X", "exc_args": ["secret"], "value": "secret"}},
        b"secret {",
        b"",
        b"[]",
        b'{"secret": 1}',
    ],
)
def test_a_reply_that_is_none_tells_nothing_of_what_is_inside(settings, ctx, reply):
    async def run():
        async with calling(settings) as (callee, bus):
            callee.reply = reply
            await bus.call(within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()))

    with pytest.raises(AppError) as raised:
        asyncio.run(run())

    assert "secret" not in f"{raised.value} {raised.value.data}"


@pytest.mark.parametrize(
    ("reply", "json"),
    [
        (b'{"result":{"id":"1","error":null},"error":null}', b'{"id":"1","error":null}'),
        (b'{"result":[{"rows": [1.10]}],"error":null}', b'[{"rows": [1.10]}]'),
        (b'{"error": null, "result": {"id": 1}}', b'{"id":1}'),
    ],
)
def test_an_answer_may_be_passed_on_as_it_came(settings, ctx, reply, json):
    async def run():
        async with calling(settings) as (callee, bus):
            callee.reply = reply
            request = AccountRef(account_id=new_id())
            return await bus.call_for_json(within(settings, ctx), "accounts", "get_account", request)

    assert asyncio.run(run()) == json


def test_an_error_is_never_passed_on_as_an_answer(settings, ctx):
    async def run():
        async with calling(settings) as (callee, bus):
            path, arguments = "contracts.accounts.AccountNotFound", [orjson.dumps(["Gone.", {}]).decode()]
            error = {"exc_type": "AccountNotFound", "exc_path": path, "exc_args": arguments, "value": "…"}
            callee.reply = {"result": None, "error": error}
            await bus.call_for_json(within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()))

    with pytest.raises(AccountNotFound):
        asyncio.run(run())


def test_a_service_that_does_not_run_is_noticed_at_once(settings, ctx):
    async def run():
        async with calling(settings) as (_, bus):
            began = time.monotonic()
            with pytest.raises(Unavailable, match="billing service is not running"):
                await bus.call(
                    within(settings, ctx), "billing", "list_invoices", AccountRef(account_id=new_id()), seconds=60
                )
            return time.monotonic() - began

    assert asyncio.run(run()) < PATIENT


def test_a_silent_service_costs_the_deadline(settings, ctx):
    async def run():
        async with calling(settings) as (callee, bus):
            callee.is_mute = True
            began = time.monotonic()
            with pytest.raises(DeadlineExceeded):
                await bus.call(
                    within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()), seconds=0.3
                )
            return time.monotonic() - began, bus._waiting

    seconds, waiting = asyncio.run(run())

    assert 0.3 <= seconds < PATIENT
    assert waiting == {}


def test_a_deadline_that_has_passed_asks_nobody(settings, ctx):
    async def run():
        async with calling(settings) as (callee, bus):
            await bus.call(within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()))
            with pytest.raises(DeadlineExceeded):
                await bus.call(within(settings, ctx, 0.01), "accounts", "get_account", AccountRef(account_id=new_id()))
            return len(callee.requests)

    assert asyncio.run(run()) == 1


def test_without_a_broker_a_call_waits_its_deadline_and_no_longer(ctx):
    settings = Settings(amqp_uri="amqp://guest:guest@127.0.0.1:1/", namespace="nobody")

    async def run():
        async with Bus(settings) as bus:
            began = time.monotonic()
            with pytest.raises(Unavailable, match="broker"):
                await bus.call(within(settings, ctx, 0.5), "accounts", "get_account", AccountRef(account_id=new_id()))
            return time.monotonic() - began, bus.is_connected

    seconds, is_connected = asyncio.run(run())

    assert 0.4 < seconds < PATIENT
    assert not is_connected


def test_a_lost_connection_fails_what_waits_at_once_and_is_mended(settings, ctx):
    async def run():
        callee = await Callee(settings).start()
        async with Cable(settings) as cable, Bus(cable.through(settings), name="test") as bus:
            callee.is_mute = True
            asked = asyncio.create_task(
                bus.call(
                    within(settings, ctx, 60), "accounts", "get_account", AccountRef(account_id=new_id()), seconds=60
                )
            )
            await asyncio.wait_for(callee.got_one.wait(), PATIENT)
            callee.is_mute = False
            cable.cut()
            with pytest.raises(Unavailable, match="connection was lost"):
                await asyncio.wait_for(asked, PATIENT)
            # Asked while there is no connection: it waits for the next one.
            answer = await bus.call(within(settings, ctx), "accounts", "get_account", AccountRef(account_id=new_id()))
        await callee.connection.close()
        return answer

    assert asyncio.run(run()) == {}


def test_a_connection_that_breaks_while_it_is_made_is_made_again(settings, ctx, monkeypatch):
    """Cut after so many bytes, in every step of the handshake and of the declarations."""
    monkeypatch.setattr("gateway.bus.FIRST_DELAY", 0.001)
    monkeypatch.setattr("gateway.bus.LAST_DELAY", 0.001)

    async def connect(cable):
        bus = Bus(cable.through(settings), name="test")
        ready = asyncio.Event()
        bus.subscribe(("accounts.*.v1",), lambda *_: None, lambda: cable.lengths or ready.set())
        async with bus:
            await asyncio.wait_for(ready.wait(), PATIENT)
            needed = cable.most_carried
            request = AccountRef(account_id=new_id())
            return needed, await bus.call(within(settings, ctx), "accounts", "get_account", request)

    async def run():
        callee = await Callee(settings).start()
        async with Cable(settings) as whole:
            needed, _ = await connect(whole)
        async with Cable(settings, range(1, needed, 20)) as broken:
            _, answer = await connect(broken)
        await callee.connection.close()
        return needed, answer, broken.lengths

    needed, answer, lengths = asyncio.run(run())

    assert needed > 400
    assert (answer, lengths) == ({}, [])


def test_events_arrive_and_a_gap_is_told(settings, ctx):
    async def run():
        heard, gaps = asyncio.Queue(), asyncio.Queue()
        callee = await Callee(settings).start()
        await callee.channel.exchange_declare(f"{settings.namespace}.events", exchange_type="topic", durable=True)
        cable = Cable(settings)
        await cable.__aenter__()
        bus = Bus(cable.through(settings), name="test")
        bus.subscribe(
            ("accounts.*.v1",), lambda kind, body: heard.put_nowait((kind, body)), lambda: gaps.put_nowait(True)
        )

        async def tell(kind, body):
            await callee.channel.basic_publish(body, exchange=f"{settings.namespace}.events", routing_key=kind)

        async with bus:
            await asyncio.wait_for(gaps.get(), PATIENT)
            await tell("identity.member_changed.v1", b"not ours")
            await tell("accounts.account_changed.v1", b"first")
            first = await asyncio.wait_for(heard.get(), PATIENT)
            cable.cut()
            await asyncio.wait_for(gaps.get(), PATIENT)
            await tell("accounts.account_changed.v1", b"second")
            second = await asyncio.wait_for(heard.get(), PATIENT)
        await cable.__aexit__()
        await callee.connection.close()
        return first, second, gaps.qsize(), heard.qsize()

    assert asyncio.run(run()) == (
        ("accounts.account_changed.v1", b"first"),
        ("accounts.account_changed.v1", b"second"),
        0,
        0,
    )
