"""Everything that a running system tells its exchange of events, kept and held against the AsyncAPI document."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

import orjson
from amqp.exceptions import AMQPError
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from kombu.connection import Connection

from chassis import topology
from chassis.config import load_settings
from chassis.wire import to_json
from gateway.asyncapi import describe

LOST = (OSError, AMQPError)
LOOK = 0.2  # s between looks whether it is over


class Told(NamedTuple):
    """One event as it came."""

    type: str
    key: str
    exchange: str
    properties: dict[str, Any]
    body: dict[str, Any]


class Listener:
    """`with Listener(env) as listener`: a queue of its own, bound to everything; `listener.told` grows meanwhile."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.settings = load_settings(env)
        self.exchange = topology.events_exchange(self.settings)
        self.told: list[Told] = []
        self._is_over = threading.Event()
        self._is_bound = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_bound.wait(30), "no queue at the broker"
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(*LOST), Connection(self.settings.amqp_uri, connect_timeout=5) as connection:
                channel = connection.channel()
                topology.declare_exchanges(channel, self.settings)
                queue = channel.queue_declare("", exclusive=True, auto_delete=True).queue
                channel.queue_bind(queue, self.exchange, "#")
                channel.basic_consume(queue, no_ack=True, callback=self._on_message)
                self._is_bound.set()
                while not self._is_over.is_set():
                    with contextlib.suppress(TimeoutError):
                        connection.drain_events(timeout=LOOK)

    def _on_message(self, message: Any) -> None:
        info, properties = message.delivery_info, dict(message.properties)
        told = Told(
            properties.get("type", ""), info["routing_key"], info["exchange"], properties, orjson.loads(message.body)
        )
        self.told.append(told)

    def types(self) -> set[str]:
        return {one.type for one in list(self.told)}

    def faults(self) -> list[str]:
        """In what the events told differ from what the document says, no more than one line for each kind."""
        document = Document(self.exchange)
        found = {
            (one.type, fault.json_path, fault.message) for one in list(self.told) for fault in document.faults(one)
        }
        return sorted({kind: f"{kind} {path}: {text}" for kind, path, text in found}.values())


class Document:
    """The AsyncAPI document as a judge of events; objects may hold what it names, and have to hold all of it."""

    def __init__(self, exchange: str) -> None:
        self.whole = orjson.loads(to_json(describe(exchange)))
        known = self.whole["components"]["schemas"]
        schemas = {name: _exact(schema) for name, schema in known.items()}
        schemas["Context"] = {**known["Context"], "additionalProperties": False}  # only a portal user's has an account
        self._components = {"components": {"schemas": schemas}}
        self._validators: dict[str, Draft7Validator] = {}

    def faults(self, told: Told) -> Iterator[ValidationError]:
        """Everything about an event that the document would not let you expect."""
        channel = self.whole["channels"].get(told.key)
        if channel is None:
            yield ValidationError(f"no channel {told.key}")
            return
        message = self.whole["components"]["messages"][told.type]
        properties, headers = dict(told.properties), told.properties.get("application_headers", {})
        expected = message["x-amqp-properties"]
        for name in ("content_type", "delivery_mode"):
            if properties.get(name) != expected[name]:
                yield ValidationError(f"{name} is {properties.get(name)!r}")
        if set(properties) != {*expected, "application_headers"}:
            yield ValidationError(f"properties are {sorted(properties)}")
        if channel["bindings"]["amqp"]["exchange"]["name"] != told.exchange or told.type != told.key:
            yield ValidationError(f"came by {told.exchange} as {told.key}")
        yield from self._of("headers", message["headers"]).iter_errors(headers)
        context = orjson.loads(headers.get("nameko.context", "null"))
        for fault in self._of("context", {"$ref": "#/components/schemas/Context"}).iter_errors(context):
            yield ValidationError(f"context {fault.json_path}: {fault.message}")
        yield from self._of(told.type, message["payload"]).iter_errors(told.body)

    def _of(self, name: str, schema: dict[str, Any]) -> Draft7Validator:
        if name not in self._validators:
            # A reference has no neighbours in draft 7, so the schema stands apart from what it refers to.
            self._validators[name] = Draft7Validator(
                {"allOf": [schema], **self._components}, format_checker=Draft7Validator.FORMAT_CHECKER
            )
        return self._validators[name]


def _exact(node: Any) -> Any:
    """The schema that refuses fields it does not name and misses those it does."""
    if isinstance(node, list):
        return [_exact(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {key: _exact(inner) for key, inner in node.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made |= {"additionalProperties": False, "required": sorted(made["properties"])}
    return made
