"""What goes wrong, each a function of the world and chance that undoes what it did and tells it in a few words."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from kombu.connection import Connection

from bench.faults.hosts import Wire
from bench.faults.world import World
from chassis import topology
from chassis.config import load_settings
from deploy.local.children import Child
from deploy.local.private import PrivateServer
from deploy.local.problem import CannotStart
from deploy.local.services import ROOT

Act = Callable[[World, random.Random], str]
BROKER_LEAVES = 20_000_000  # bytes: less than its limit, under which it takes nothing in
KEPT = 500  # events that may be told again


@dataclass(frozen=True)
class Fault:
    """`weight`: how often, beside the others of its list."""

    name: str
    act: Act
    weight: int = 1


def _any(world: World, chance: random.Random) -> Child:
    return chance.choice(world.children)


def _again(world: World, child: Child, chance: random.Random) -> str:
    """Start it after a moment, where there is older code sometimes with that."""
    time.sleep(chance.uniform(0, 1))
    code = ROOT
    if world.old is not None and not world.is_upgraded:
        code = chance.choice([world.old, ROOT]) if world.is_migrated else world.old
    world.start(child, code)
    return f"{child.name}{' (old code)' if code != ROOT else ''}"


def kill(world: World, chance: random.Random) -> str:
    child = _any(world, chance)
    child.kill()
    return _again(world, child, chance)


def roll(world: World, chance: random.Random) -> str:
    """As a rollout does: told to end, waited for, replaced."""
    child = _any(world, chance)
    child.stop()
    return _again(world, child, chance)


def freeze(world: World, chance: random.Random) -> str:
    """It neither answers nor lets go: a stopped virtual machine, a swapping host."""
    child = _any(world, chance)
    seconds = chance.uniform(2, 8)
    child.send(signal.SIGSTOP)
    time.sleep(seconds)
    child.send(signal.SIGCONT)
    return f"{child.name} for {seconds:.0f} s"


def kill_server(server: PrivateServer, chance: random.Random) -> str:
    server.kill()
    time.sleep(chance.uniform(0, 3))
    server.start()
    return ""


def stop_broker(world: World, _: random.Random) -> str:
    world.broker.stop()
    world.broker.start()
    return ""


def end_sessions(world: World, chance: random.Random) -> str:
    """Every session of one service's database ends, as when a pooler is restarted."""
    service = chance.choice(world.services)
    with psycopg.connect(world.database.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [f"{world.env['DOSSIER_NAMESPACE']}_{service}"],
        )
    return service


def cut(wire: Wire, chance: random.Random) -> str:
    """The wire between the hosts carries nothing: those beyond it hang rather than fail."""
    seconds = chance.choice([1.0, 3.0, 8.0, 25.0])
    wire.cut()
    time.sleep(seconds)
    wire.mend()
    return f"for {seconds:.0f} s"


def reset(wire: Wire) -> str:
    wire.reset()
    return ""


def fill_database(world: World, chance: random.Random) -> str:
    """No byte is left to PostgreSQL, which may give up; then there is room again."""
    world.disks["postgres"].fill()
    seconds = chance.uniform(2, 6)
    time.sleep(seconds)
    world.disks["postgres"].free()
    try:
        world.database.start()
    except CannotStart:  # it was about to give up while it was looked at
        world.database.start()
    return f"for {seconds:.0f} s"


def fill_broker(world: World, chance: random.Random) -> str:
    """Less is left to RabbitMQ than it wants: it takes nothing in until there is room again."""
    world.disks["rabbitmq"].fill(BROKER_LEAVES)
    seconds = chance.uniform(5, 15)
    time.sleep(seconds)
    world.disks["rabbitmq"].free()
    return f"for {seconds:.0f} s"


EMPTY = {"nameko.context": "[]"}
POISON: tuple[tuple[bytes, dict[str, Any]], ...] = (
    (b"", {}),
    (b"{", {}),
    (b"\xff\xfe", {"type": "accounts.account_created.v1"}),
    (b"[]", {"type": "accounts.account_created.v1", "message_id": "nobody", "headers": EMPTY}),
    (b"{}", {"type": "accounts.account_created.v1", "message_id": str(UUID(int=1)), "headers": EMPTY}),
)


def poison(world: World, chance: random.Random) -> str:
    """Messages that nobody can read, straight into a service's queue: they are set aside, and hold up nothing."""
    config = load_settings(world.env)
    service = chance.choice(world.listening)
    queue = topology.events_queue(config, service)
    surely = {"confirm_publish": True}
    with Connection(config.amqp_uri, connect_timeout=5, transport_options=surely) as made, made.Producer() as producer:
        for body, properties in POISON:
            producer.publish(
                body, routing_key=queue, content_type="application/json", delivery_mode=2, retry=False, **properties
            )
    world.poison[service] += 1
    return service


def tell_again(world: World, chance: random.Random) -> str:
    """Events that were told already are told once more, in any order."""
    known = list(world.kept)
    again = chance.sample(known, min(len(known), 50))
    config = load_settings(world.env)
    with Connection(config.amqp_uri, connect_timeout=5) as connection:
        channel = connection.channel()
        for message in again:
            channel.basic_publish(
                type(message)(message.body, **message.properties),
                exchange=topology.events_exchange(config),
                routing_key=message.delivery_info["routing_key"],
            )
    return f"{len(again)} events"


PROCESSES = (
    Fault("a process is killed", kill, 5),
    Fault("a process is replaced", roll, 3),
    Fault("a process is frozen", freeze, 2),
)


def of_servers(world: World) -> list[Fault]:
    """What can go wrong around the processes, on this machine."""
    found = [
        Fault("the broker is killed", lambda _, chance: kill_server(world.broker, chance), 2),
        Fault("the broker is restarted", stop_broker),
        Fault("the database server is killed", lambda _, chance: kill_server(world.database, chance), 3),
        Fault("a service's database sessions end", end_sessions, 3),
        Fault("unreadable messages arrive", poison, 3),
        Fault("events are told again", tell_again, 3),
    ]
    wire = world.wire
    if wire is not None:
        found.append(Fault("the wire between the hosts is cut", lambda _, chance: cut(wire, chance), 4))
        found.append(Fault("connections are reset", lambda *_: reset(wire), 2))
    if world.disks:
        found.append(Fault("the database's disk is full", fill_database, 2))
        found.append(Fault("the broker's disk is full", fill_broker))
    return found
