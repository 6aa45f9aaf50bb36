"""What the gateway remembers goes by the event that makes it untrue, however long it would have been kept (R-LOG-5)."""

import asyncio
from dataclasses import dataclass, replace

import aiormq
import orjson
import pytest
from pamqp.commands import Basic

from chassis.config import Settings
from chassis.context import Actor, Context, new_id
from contracts import accounts, contacts, identity, portal, switches
from contracts.entries import Entry
from contracts.portal import PortalIdentity
from gateway import access, auth, events
from gateway.bus import Bus
from gateway.changes import Streams
from gateway.examples import example
from tests.stack import namespace

HOUR = 3600.0
PATIENT = 15.0  # s; a slow machine is no failure
ACCOUNT, PERSON = new_id(), new_id()
BY_CALL = {
    "identity.resolve": example(identity.Identity) | {"member": example(identity.Member) | {"id": str(PERSON)}},
    "identity.resolve_portal": example(PortalIdentity) | {"user": example(portal.PortalUser) | {"id": str(PERSON)}},
    "accounts.get_access": {"account_id": str(ACCOUNT), "actions": ["view"]},
    "contacts.get_entry": example(Entry) | {"account_id": str(ACCOUNT)},
}


@dataclass
class Owners:
    """Answers every call there is, and counts the calls."""

    settings: Settings
    asked: int = 0

    async def start(self):
        self.connection = await aiormq.connect(self.settings.amqp_uri)
        self.channel = await self.connection.channel(publisher_confirms=False)
        self.exchange = f"{self.settings.namespace}.rpc"
        await self.channel.exchange_declare(self.exchange, exchange_type="topic", durable=True)
        queue = (await self.channel.queue_declare("", exclusive=True)).queue
        for call in BY_CALL:
            await self.channel.queue_bind(queue, self.exchange, call)
        await self.channel.basic_consume(queue, self.answer, no_ack=True)
        return self

    async def answer(self, message):
        self.asked += 1
        asked = message.header.properties
        reply = orjson.dumps({"result": BY_CALL[message.delivery.routing_key], "error": None})
        told = Basic.Properties(correlation_id=asked.correlation_id)
        await self.channel.basic_publish(reply, exchange=self.exchange, routing_key=asked.reply_to, properties=told)

    async def tell(self, event, body):
        exchange = f"{self.settings.namespace}.events"
        await self.channel.basic_publish(orjson.dumps(body), exchange=exchange, routing_key=event.TYPE)


class Memories:
    """The four of a gateway."""

    def __init__(self, bus):
        self.callers, self.portal_callers = auth.Callers(bus), auth.PortalCallers(bus)
        self.access, self.entries = access.AccessMemory(bus), access.EntryMemory(bus)
        events.listen(bus, self.callers, self.access, self.portal_callers, self.entries, Streams(bus))

    def member(self, _ctx):
        return self.callers.caller("a-token", "request-1")

    def user(self, _ctx):
        return self.portal_callers.caller("a-token", "request-1")

    def view(self, ctx):
        return self.access.require(ctx, ACCOUNT, "view")

    def entry(self, ctx):
        user = Actor(kind="portal", id=PERSON, name="anna.roy@example.com")
        return self.entries.enter(replace(ctx, actor=user), ACCOUNT, "use_portal")


def changed(event, **fields):
    return event, example(event) | fields


MEMBER = {"member": example(identity.Member) | {"id": str(PERSON)}}
TOLD = [
    *[(changed(kind, **MEMBER), "member") for kind in (identity.MemberChanged, identity.MemberRestored)],
    *[
        (changed(kind, member_id=str(PERSON)), "member")
        for kind in (identity.MemberDeactivated, identity.CredentialsEnded)
    ],
    (changed(identity.MemberChanged, **MEMBER), "view"),
    (changed(accounts.AccountChanged, account=example(accounts.Account) | {"id": str(ACCOUNT)}), "view"),
    (changed(accounts.AccountChanged, account=example(accounts.Account) | {"id": str(ACCOUNT)}), "entry"),
    *[(changed(accounts.AccountDeleted, account_id=str(ACCOUNT)), memory) for memory in ("view", "entry")],
    *[
        (changed(kind, account_id=str(ACCOUNT)), "entry")
        for kind in (switches.AccessEnded, contacts.AccessChanged, contacts.LinksChanged)
    ],
    (changed(portal.PortalSessionsEnded, user_id=str(PERSON)), "user"),
    ((identity.MemberChanged, {"not": "as its contract says"}), "user"),
]


@pytest.fixture(autouse=True)
def _kept_for_an_hour(monkeypatch):
    for module in (auth, access):
        monkeypatch.setattr(module, "REMEMBERED_SECONDS", HOUR)


@pytest.mark.parametrize(("told", "memory"), TOLD, ids=[f"{told[0].TYPE}-{memory}" for told, memory in TOLD])
def test_an_event_makes_it_ask_again(amqp_uri, told, memory):
    settings = Settings(amqp_uri=amqp_uri, namespace=namespace())
    ctx = Context(firm_id=new_id(), actor=Actor(kind="member", id=PERSON, role="owner"))

    async def run():
        owners = await Owners(settings).start()
        bus = Bus(settings)
        ask = getattr(Memories(bus), memory)
        async with bus:
            await ask(ctx)  # waits for the first connection, before which events may have been missed: not kept
            await ask(ctx)
            before = owners.asked
            for _ in range(3):
                await ask(ctx)
            was_kept = owners.asked == before
            await owners.tell(*told)
            async with asyncio.timeout(PATIENT):
                while owners.asked == before:
                    await asyncio.sleep(0)  # what is remembered is answered without a turn for anybody else
                    await ask(ctx)
        await owners.connection.close()
        return was_kept

    assert asyncio.run(run())


def test_what_concerns_somebody_else_is_kept(amqp_uri):
    settings = Settings(amqp_uri=amqp_uri, namespace=namespace())
    ctx = Context(firm_id=new_id(), actor=Actor(kind="member", id=PERSON, role="owner"))
    others = [
        changed(identity.MemberDeactivated, member_id=str(new_id())),
        changed(portal.PortalSessionsEnded, user_id=str(new_id())),
        changed(switches.AccessEnded, account_id=str(new_id())),
    ]

    async def run():
        owners = await Owners(settings).start()
        bus = Bus(settings)
        memories = Memories(bus)
        async with bus:
            for ask in (memories.user, memories.entry, memories.member) * 2:
                await ask(ctx)
            before = owners.asked
            for other in others:
                await owners.tell(*other)
            # Events come in their order: when this one has been seen, so have those before it.
            await owners.tell(*changed(identity.MemberDeactivated, member_id=str(PERSON)))
            async with asyncio.timeout(PATIENT):
                while owners.asked == before:
                    await asyncio.sleep(0)
                    await memories.member(ctx)
            asked = owners.asked
            await memories.user(ctx)
            await memories.entry(ctx)
        await owners.connection.close()
        return owners.asked - asked

    assert asyncio.run(run()) == 0
