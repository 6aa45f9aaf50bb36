"""The AsyncAPI 3.0 document of the events, from the same declarations that publish and check them."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

import contracts
from chassis.wire import EVENTS
from gateway import schemas
from gateway.examples import NoExample, example
from gateway.schemas import Schema, Schemas

VERSION = "1"
DESCRIPTION = """\
What happens in an accounting firm's clients, told as it happens: each change with the state it led to.

Every event goes to one durable topic exchange under its type as routing key, `<owner>.<what happened>.v<version>`.
Declare a durable queue of your own and bind the types you want; `work.*.v1` and `#` work too. Events come at least
once: remember the `message_id` of what you applied. Those of one account or contact come in order from each owner;
after a redelivery go by `version` where there is one. docs/subscribing.md walks through it with a program that runs.
New fields may join a message at any time; whatever else changes gets a new version beside the old one.
"""
CONTEXT: Schema = {
    "type": "object",
    "description": "Who did it, for which firm, and by which request.",
    "properties": {
        "firm_id": {"type": ["string", "null"], "format": "uuid", "description": "Null: of no one firm."},
        "actor": {
            "type": "array",
            "description": "Kind (`anonymous` is about to sign in, `signer` and `reader` hold a mailed link), id, "
            "role, rights, name.",
            "items": [
                {"type": "string", "enum": ["member", "portal", "system", "anonymous", "signer", "reader"]},
                {"type": ["string", "null"], "format": "uuid"},
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "string"},
            ],
            "additionalItems": False,
            "minItems": 5,
        },
        "account_id": {
            "type": "string",
            "format": "uuid",
            "description": "Of a portal user alone: the account on which they act, as the contact that is the actor.",
        },
        "correlation_id": {"type": "string", "description": "X-Request-Id of the request that led to it."},
        "key": {
            "type": "string",
            "description": "Ends with the Idempotency-Key of that request, or what stood for it.",
        },
        "door": {"type": "string", "description": "How it came in: `page`, `api`, `import` or `system`."},
    },
    "required": ["firm_id", "actor", "correlation_id", "key", "door"],
    "examples": [
        {
            "firm_id": "018f0d5e-7c00-7000-8000-0000000000f1",
            "actor": ["member", "018f0d5e-7c00-7000-8000-0000000000a1", "owner", [], "Olga Owner"],
            "correlation_id": "3f0c7c1e5b9a4d6c8e2f",
            "key": "9b1d0c5a7e",
            "door": "page",
        }
    ],
}
HEADERS: Schema = {
    "type": "object",
    "description": "Headers of the AMQP message.",
    "properties": {
        "nameko.context": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "JSON as text; once parsed it is as `components.schemas.Context` says.",
        },
        "traceparent": {
            "type": "string",
            "description": "W3C Trace Context, where the request that led to it is traced.",
        },
    },
    "required": ["nameko.context"],
}
PROPERTIES: Schema = {
    "content_type": "application/json",
    "delivery_mode": 2,
    "message_id": "the event's id (UUID), the same however often it comes",
    "type": "the event's type, the same as the routing key",
}


def describe(exchange: str) -> dict[str, Any]:
    """Make the document of every event there is, as told on this exchange."""
    known = declared()
    made = Schemas()
    payloads = {name: made.reference(event, is_sent=False) for name, event in known.items()}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:dossier:events",
        "info": {
            "title": "Dossier: events",
            "version": VERSION,
            "description": DESCRIPTION,
            "tags": [{"name": owner} for owner in sorted({name.partition(".")[0] for name in known})],
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _server()},
        "channels": {name: _channel(name, exchange) for name in known},
        "operations": {f"tell {name}": _operation(name, known[name]) for name in known},
        "components": {
            "messages": {name: _message(name, event, payloads[name]) for name, event in known.items()},
            "schemas": dict(sorted({**made.named, "Context": CONTEXT}.items())),
            "securitySchemes": {"user": {"type": "userPassword", "description": "A user of the broker that may only "
                                         "configure and write its own queues, and read them and the exchange."}},
        },
    }  # fmt: skip


def declared() -> dict[str, Any]:
    """Every event by its type, once each contract page has declared its own."""
    for page in pkgutil.iter_modules(contracts.__path__):
        importlib.import_module(f"contracts.{page.name}")
    return {kind: event for kind, event in sorted(EVENTS.items()) if event.__module__.startswith("contracts.")}


def _server() -> Schema:
    return {
        "host": "{host}:{port}",
        "protocol": "amqp",
        "protocolVersion": "0-9-1",
        "description": "The firm's RabbitMQ.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": "5672"}},
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _channel(name: str, exchange: str) -> Schema:
    topic = {"name": exchange, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {
        "address": name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": topic, "bindingVersion": "0.3.0"}},
    }


def _operation(name: str, event: Any) -> Schema:
    binding = {"deliveryMode": 2, "mandatory": not event.OUTWARD, "ack": True, "bindingVersion": "0.3.0"}
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "bindings": {"amqp": binding},
    }


def _message(name: str, event: Any, payload: Schema) -> Schema:
    owner = name.partition(".")[0]
    sections = tuple(getattr(event, "SECTIONS", ()))
    text = [schemas.about(event), _changes(sections)]
    return {
        "name": name,
        "title": event.__name__,
        "description": " ".join(filter(None, text)),
        "tags": [{"name": tag} for tag in dict.fromkeys((owner, *(f"section {section}" for section in sections)))],
        "contentType": "application/json",
        "headers": HEADERS,
        "payload": payload,
        "bindings": {"amqp": {"messageType": name, "bindingVersion": "0.3.0"}},
        "examples": _examples(event),
        "x-version": int(name.rpartition(".v")[2]),
        "x-amqp-properties": PROPERTIES,
        "x-sections": list(sections),
    }


def _examples(event: Any) -> list[Schema]:
    """One, or none where nothing fits: the document is whole without."""
    try:
        return [{"name": "one", "payload": example(event)}]
    except NoExample:
        return []


def _changes(sections: Iterable[str]) -> str:
    named = ", ".join(sections)
    return f"Changes these sections of the overview: {named}." if named else ""
