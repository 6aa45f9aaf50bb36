"""A program outside Dossier that follows its clients: their codes, names and states, kept in a file of its own.

    subscriber.py

It needs kombu alone. Settings: AMQP_URI, DOSSIER_NAMESPACE (dossier), SUBSCRIBER_QUEUE (crm.accounts),
SUBSCRIBER_FILE (accounts.sqlite). docs/subscribing.md explains what it relies on.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from typing import Any

from kombu import Connection, Exchange, Queue
from kombu.mixins import ConsumerMixin

CREATED, CHANGED, DELETED = (f"accounts.account_{what}.v1" for what in ("created", "changed", "deleted"))
TABLES = """
CREATE TABLE IF NOT EXISTS account (
    id TEXT PRIMARY KEY, firm_id TEXT, code TEXT, name TEXT, state TEXT, version INTEGER
);
CREATE TABLE IF NOT EXISTS applied (event_id TEXT PRIMARY KEY, type TEXT, by TEXT, at TEXT DEFAULT current_timestamp);
CREATE TABLE IF NOT EXISTS unreadable (event_id TEXT, type TEXT, body TEXT, error TEXT);
"""
PUT = """
INSERT INTO account VALUES (:id, :firm_id, :code, :name, :state, :version)
ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, state = excluded.state,
    version = excluded.version
WHERE account.version < excluded.version
"""


def apply(db: sqlite3.Connection, event_id: str, kind: str, context: dict[str, Any], body: dict[str, Any]) -> bool:
    """Apply an event once, its effect and the memory of it in one transaction; whether it was the first time."""
    with db:
        by = context["actor"][4] or context["actor"][0]
        first = db.execute(
            "INSERT INTO applied (event_id, type, by) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (event_id, kind, by)
        ).rowcount
        if not first:
            return False
        if kind == DELETED:
            account = {"id": body["account_id"], "code": "", "name": "", "state": "deleted", "version": body["version"]}
        else:
            account = {name: body["account"][name] for name in ("id", "code", "name", "state", "version")}
        db.execute(PUT, {**account, "firm_id": context["firm_id"]})
        return True


class Subscriber(ConsumerMixin):
    """Takes events from a queue of its own; when the connection goes, it connects again and goes on."""

    def __init__(self, connection: Connection, namespace: str, queue: str, db: sqlite3.Connection) -> None:
        self.connection, self.db = connection, db
        exchange = Exchange(f"{namespace}.events", "topic", durable=True, no_declare=True)  # Dossier's to declare
        bindings = [exchange.binding(routing_key=kind) for kind in (CREATED, CHANGED, DELETED)]
        self.queue = Queue(queue, bindings=bindings, durable=True, queue_arguments={"x-queue-type": "quorum"})

    def get_consumers(self, consumer: Any, _channel: Any) -> list[Any]:
        return [consumer([self.queue], on_message=self.on_message, prefetch_count=20)]

    def on_message(self, message: Any) -> None:
        kind, event_id = message.properties.get("type"), message.properties.get("message_id")
        try:
            context, body = json.loads(message.headers["nameko.context"]), json.loads(message.body)
            outcome = "applied" if apply(self.db, event_id, kind, context, body) else "known"
        except (KeyError, TypeError, ValueError) as exc:  # it will be no better next time: set it aside
            row, outcome = (event_id, kind, message.body, repr(exc)), "unreadable"
            with self.db:
                self.db.execute("INSERT INTO unreadable VALUES (?, ?, ?, ?)", row)
        print(f"{kind} {event_id} {outcome}", flush=True)
        message.ack()  # after the commit: what is lost in between comes again, and is known

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        print(f"no connection: {exc}; trying again in {interval} s", file=sys.stderr, flush=True)


def main() -> None:
    with closing(sqlite3.connect(os.environ.get("SUBSCRIBER_FILE", "accounts.sqlite"))) as db:
        db.executescript(TABLES)
        with Connection(os.environ["AMQP_URI"], heartbeat=10) as connection:
            namespace = os.environ.get("DOSSIER_NAMESPACE", "dossier")
            queue = os.environ.get("SUBSCRIBER_QUEUE", "crm.accounts")
            Subscriber(connection, namespace, queue, db).run()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
