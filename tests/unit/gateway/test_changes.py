"""A stream tells what its reader may see, tells all anew when something was missed, and ends with their access."""

import asyncio
from contextlib import asynccontextmanager

import aiormq
import orjson
import pytest
from pamqp.commands import Basic

from chassis.config import Settings
from chassis.context import Actor, Context, new_id
from chassis.errors import Unauthenticated, Unavailable
from contracts.changes import SectionsChanged
from gateway import changes
from gateway.bus import Bus
from gateway.changes import Streams
from tests.firms import connected
from tests.stack import namespace

PATIENT = 15.0  # s; a slow machine is no failure
FIRM, ACCOUNT = new_id(), new_id()
CTX = Context(firm_id=FIRM, actor=Actor(kind="member", id=new_id(), role="owner"))


class Side:
    """The broker's other side: answers `overview.get_generations`, and publishes events."""

    def __init__(self, settings):
        self.settings = settings
        self.generation = 1

    async def start(self):
        connection = await aiormq.connect(self.settings.amqp_uri)
        self.channel = await connection.channel(publisher_confirms=False)
        exchange = f"{self.settings.namespace}.rpc"
        await self.channel.exchange_declare(exchange, exchange_type="topic", durable=True)
        queue = (await self.channel.queue_declare("", exclusive=True)).queue
        await self.channel.queue_bind(queue, exchange, "overview.get_generations")
        await self.channel.basic_consume(queue, self.answer, no_ack=True)

    async def answer(self, message):
        asked = message.header.properties
        sections = [{"name": name, "generation": self.generation} for name in ("tasks", "notes")]
        reply = orjson.dumps({"result": {"sections": sections}, "error": None})
        told = Basic.Properties(correlation_id=asked.correlation_id)
        exchange = f"{self.settings.namespace}.rpc"
        await self.channel.basic_publish(reply, exchange=exchange, routing_key=asked.reply_to, properties=told)

    async def tell(self, *sections, account_id=ACCOUNT, firm_id=FIRM):
        body = {"firm_id": str(firm_id), "account_id": account_id and str(account_id), "sections": sections}
        exchange = f"{self.settings.namespace}.events"
        await self.channel.basic_publish(orjson.dumps(body), exchange=exchange, routing_key=SectionsChanged.TYPE)


class Reader:
    """Reads a stream event by event."""

    def __init__(self, response):
        self.parts = response.body_iterator

    async def next(self):
        async with asyncio.timeout(PATIENT):
            while (part := (await anext(self.parts)).decode()) == ":\n\n":
                pass
        lines = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line)
        return lines["event"], orjson.loads(lines["data"])


@asynccontextmanager
async def opened(amqp_uri, renew=None):
    settings = Settings(amqp_uri=amqp_uri, namespace=namespace())
    side, bus = Side(settings), Bus(settings)
    streams = Streams(bus)

    async def same():
        return Context(firm_id=FIRM, actor=CTX.actor)

    async with bus:
        await connected(bus)
        await side.start()
        await streams._generations(await same(), ACCOUNT)  # waits for the connection, before which all may be missed
        reader = Reader(await streams.answer(await same(), ACCOUNT, renew or same))
        assert (await reader.next())[0] == "generations"
        yield side, streams, reader


def test_only_what_its_reader_may_see_of_this_account_is_told(amqp_uri):
    """R-OV-5"""

    async def run():
        async with opened(amqp_uri) as (side, _, reader):
            await side.tell("tasks", account_id=new_id())
            await side.tell("tasks", account_id=None, firm_id=new_id())
            await side.tell("invoices")
            await side.tell("notes", "invoices", account_id=None)
            return await reader.next()

    assert asyncio.run(run()) == ("changed", {"sections": ["notes"]})


def test_a_burst_is_told_as_one(amqp_uri, monkeypatch):
    monkeypatch.setattr(changes, "GATHER_SECONDS", 1.0)

    async def run():
        async with opened(amqp_uri) as (side, _, reader):
            for _ in range(50):
                await side.tell("tasks")
            await side.tell("notes")
            return await reader.next()

    assert asyncio.run(run()) == ("changed", {"sections": ["notes", "tasks"]})


def test_an_event_that_can_not_be_read_makes_it_tell_all_anew(amqp_uri, monkeypatch):
    monkeypatch.setattr(changes, "SPREAD_SECONDS", 0.0)

    async def run():
        async with opened(amqp_uri) as (side, streams, reader):
            side.generation = 7
            streams._heard("overview.sections_changed.v1", b"not as its contract says")
            return await reader.next()

    kind, told = asyncio.run(run())
    assert (kind, told["sections"][0]) == ("generations", {"name": "tasks", "generation": 7})


def test_a_stream_ends_with_its_readers_session(amqp_uri):
    async def gone():
        raise Unauthenticated

    async def run():
        async with opened(amqp_uri, gone) as (_, streams, reader):
            streams.doubt_member(CTX.actor.id)
            return await reader.next()

    assert asyncio.run(run()) == ("ended", {"reason": "unauthenticated"})


def test_nothing_is_told_while_access_is_in_doubt_and_nothing_is_lost(amqp_uri, monkeypatch):
    monkeypatch.setattr(changes, "HEARTBEAT_SECONDS", 0.05)
    silent = [Unavailable(), Unavailable()]

    async def now_and_then():
        if silent:
            raise silent.pop()
        return Context(firm_id=FIRM, actor=CTX.actor)

    async def run():
        async with opened(amqp_uri, now_and_then) as (side, streams, reader):
            streams.doubt_account(ACCOUNT)
            await side.tell("tasks")
            return await reader.next()

    assert asyncio.run(run())[0] == "generations"
    assert silent == []


def test_a_process_that_stops_ends_its_streams(amqp_uri):
    async def run():
        async with opened(amqp_uri) as (_, streams, reader):
            streams.close()
            told = await reader.next()
            with pytest.raises(StopAsyncIteration):
                await anext(reader.parts)
            return told

    assert asyncio.run(run()) == ("ended", {"reason": "restart"})
