"""Names and arguments of every exchange and queue; declared the same by whoever comes first."""

import importlib
from collections.abc import Iterable
from typing import Any

from kombu.connection import Connection

from chassis.config import Settings

REPLIES_EXPIRE_MS = 60_000  # a reply queue outlives a lost connection by this, so that its owner finds it again
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
    """The queue of a service's requests goes when its last process goes, so that callers hear of it at once."""
    queue = f"{settings.namespace}.{service}.rpc"
    channel.queue_declare(queue, durable=True, auto_delete=True)
    channel.queue_bind(queue, rpc_exchange(settings), f"{service}.*")
    return queue


def declare_replies(channel: Any, settings: Settings, service: str, key: str) -> str:
    queue = f"{settings.namespace}.{service}.reply.{key}"
    channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-expires": REPLIES_EXPIRE_MS})
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
