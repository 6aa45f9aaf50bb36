"""Names and arguments of every exchange and queue; declared the same by whoever comes first."""

import importlib
from collections.abc import Iterable
from typing import Any

from kombu.connection import Connection

from chassis.config import Settings

UNUSED_MS = 1_000  # that a quorum queue of requests outlives the last process that served it
DELIVERY_LIMIT = 20  # a message that has killed its process this often goes to the dead letters


def rpc_exchange(settings: Settings) -> str:
    return f"{settings.namespace}.rpc"


def events_exchange(settings: Settings) -> str:
    return f"{settings.namespace}.events"


def events_queue(settings: Settings, service: str) -> str:
    return f"{settings.namespace}.{service}.events"


def retry_queue(settings: Settings, service: str, seconds: float) -> str:
    return f"{events_queue(settings, service)}.retry-{seconds:g}s"


def dead_queue(settings: Settings, service: str) -> str:
    return f"{events_queue(settings, service)}.dead"


def declare_exchanges(channel: Any, settings: Settings) -> None:
    for name in (rpc_exchange(settings), events_exchange(settings)):
        channel.exchange_declare(name, "topic", durable=True, auto_delete=False)


def declare_requests(channel: Any, settings: Settings, service: str) -> str:
    """The queue of a service's requests goes when its last process goes, so that callers hear of it at once.

    A classic queue lies on one node of a cluster, and cannot be declared anew while that node is lost; a quorum queue
    is on several, costs more for each request, and knows no auto-delete (ADR 1).
    """
    queue = f"{settings.namespace}.{service}.rpc"
    if settings.request_queues == "quorum":
        arguments = {"x-queue-type": "quorum", "x-expires": UNUSED_MS}
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
    else:
        channel.queue_declare(queue, durable=True, auto_delete=True)
    channel.queue_bind(queue, rpc_exchange(settings), f"{service}.*")
    return queue


def declare_replies(channel: Any, settings: Settings, service: str, key: str) -> str:
    """The queue of one connection's replies; it lies where the connection leads, and goes with it."""
    queue = f"{settings.namespace}.{service}.reply.{key}"
    channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=True)
    channel.queue_bind(queue, rpc_exchange(settings), key)
    return queue


def declare_events(channel: Any, settings: Settings, service: str, bindings: Iterable[str]) -> str:
    """A service's one queue of events, its delays before another try, and the place where it gives up."""
    queue, dead = events_queue(settings, service), dead_queue(settings, service)
    channel.queue_declare(dead, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
    to_dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
    safe = {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-dead-letter-strategy": "at-least-once"}
    arguments = safe | to_dead | {"x-delivery-limit": DELIVERY_LIMIT}
    channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)
    for seconds in settings.retry_seconds:
        back = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue, "x-message-ttl": int(seconds * 1000)}
        name = retry_queue(settings, service, seconds)
        channel.queue_declare(name, durable=True, auto_delete=False, arguments=safe | back)
    for key in sorted(bindings):
        channel.queue_bind(queue, events_exchange(settings), key)
    return queue


def service_class(service: str) -> Any:
    """The service class of `services/<service>/service.py`, or of a module named with dots, wherever it lies."""
    module = importlib.import_module(service if "." in service else f"services.{service}.service")
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and isinstance(vars(value).get("name"), str):
            return value
    message = f"{module.__name__} declares no service: no class with a name"
    raise LookupError(message)


def declare_service(settings: Settings, service: str) -> None:
    """Declare what a service listens to before it first runs."""
    found = service_class(service)
    bindings = found.bindings(settings)
    with Connection(settings.amqp_uri, connect_timeout=5) as connection:
        channel = connection.channel()
        declare_exchanges(channel, settings)
        if bindings:
            declare_events(channel, settings, found.name, bindings)


def purge(settings: Settings, service: str) -> None:
    """Throw away every event on its way to a service, the ones that wait and those set aside included."""
    found = service_class(service)
    if not found.bindings(settings):
        return
    names = [events_queue(settings, found.name), dead_queue(settings, found.name)]
    names += [retry_queue(settings, found.name, seconds) for seconds in settings.retry_seconds]
    with Connection(settings.amqp_uri, connect_timeout=5) as connection:
        channel = connection.channel()
        for name in names:
            channel.queue_purge(name)
