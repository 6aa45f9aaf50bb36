"""A section of a firm's own, "Tax returns": a program outside Dossier that speaks its wire format and no more.

    tax_returns.py serve
    tax_returns.py file --firm ID --account ID --year 2025 --preparer MEMBER_ID [--status filed]

It needs kombu alone. Settings: AMQP_URI, DOSSIER_NAMESPACE (dossier), TAX_RETURNS_FILE (tax_returns.sqlite).
docs/sections.md explains every line of what travels.
"""

import argparse
import datetime as dt
import json
import os
import sqlite3
import sys
import uuid
from collections.abc import Callable
from contextlib import closing
from typing import Any

from kombu import Connection, Exchange, Queue
from kombu.mixins import ConsumerMixin

SOURCE = SECTION = "tax_returns"
FILED = f"{SOURCE}.return_filed.v1"
DELETED = "accounts.account_deleted.v1"
ROWS = 5  # of the section; "view all" has the rest
TABLES = """
CREATE TABLE IF NOT EXISTS tax_return (
    firm_id TEXT, id TEXT, account_id TEXT, year INTEGER, status TEXT, preparer_id TEXT, filed_on TEXT,
    PRIMARY KEY (firm_id, id)
);
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT, type TEXT, body TEXT, context TEXT
);
"""

Ctx = dict[str, Any]


class Refused(Exception):
    """An error of the contract: `path` names its class in Dossier, `data` is what the caller can act on."""

    def __init__(self, path: str, detail: str, **data: Any) -> None:
        super().__init__(detail)
        self.path, self.detail, self.data = path, detail, data


def wrong(field: str, message: str) -> Refused:
    return Refused("chassis.errors.Invalid", "The request is not as it should be.",
                   errors=[{"field": field, "message": message}])  # fmt: skip


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(os.environ.get("TAX_RETURNS_FILE", "tax_returns.sqlite"))
    connection.executescript(TABLES)
    return connection


def file_return(db: sqlite3.Connection, asked: argparse.Namespace) -> str:
    """Keep a return and what is to be told of it, both or neither."""
    key, event_id = str(uuid.uuid4()), str(uuid.uuid4())
    told = {"account_id": asked.account, "return_id": key, "year": asked.year}
    context = {
        "firm_id": asked.firm, "actor": ["system", None, "", [], ""], "correlation_id": uuid.uuid4().hex,
        "key": event_id, "door": "system",
    }  # fmt: skip
    row = (
        asked.firm,
        key,
        asked.account,
        asked.year,
        asked.status,
        asked.preparer,
        dt.datetime.now(dt.UTC).date().isoformat(),
    )
    with db:
        db.execute("INSERT INTO tax_return VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("INSERT INTO outbox (event_id, type, body, context) VALUES (?, ?, ?, ?)",
                   (event_id, FILED, json.dumps(told), json.dumps(context)))  # fmt: skip
    return key


def get_sections(db: sqlite3.Connection, ctx: Ctx, request: dict[str, Any]) -> dict[str, Any]:
    """Answer with the newest rows of each section asked for, under the scope it is asked for."""
    sections = []
    for ask in request["sections"]:
        page = list_section(db, ctx, {**ask, "account_id": request["account_id"], "limit": ROWS})
        sections.append({"name": ask["name"], "rows": page["rows"], "total": page["total"], "footer": None})
    return {"as_of": dt.datetime.now(dt.UTC).isoformat(), "sections": sections}


def list_section(db: sqlite3.Connection, ctx: Ctx, request: dict[str, Any]) -> dict[str, Any]:
    """Answer with one page of all rows; the firm and the scope are in the query, before its limit."""
    if request["name"] != SECTION:
        raise Refused("contracts.sections.UnknownSection", "There is no such section.", name=request["name"])
    where, values = "firm_id = ? AND account_id = ?", [ctx["firm_id"], request["account_id"]]
    whose = request.get("scope", "firm").partition("+")[0]
    if whose != "firm":
        where, values = f"{where} AND preparer_id = ?", [*values, whose.removeprefix("member:")]
    for name, value in (request.get("filters") or {}).items():
        if name != "status":
            raise wrong(f"filters.{name}", "There is no such filter; there is status.")
        where, values = f"{where} AND status = ?", [*values, value]
    (total,) = db.execute(f"SELECT count(*) FROM tax_return WHERE {where}", values).fetchone()
    if request.get("cursor"):
        year, _, key = request["cursor"].partition(".")
        if not year.isdecimal() or not key:
            raise wrong("cursor", "This cursor is of another list.")
        where, values = f"{where} AND (year, id) < (?, ?)", [*values, int(year), key]
    limit = request.get("limit", 50)
    query = f"SELECT id, year, status, preparer_id, filed_on FROM tax_return WHERE {where} ORDER BY year DESC, id DESC"
    found = db.execute(f"{query} LIMIT ?", [*values, limit + 1]).fetchall()
    names = ("id", "year", "status", "preparer_id", "filed_on")
    rows = [dict(zip(names, row, strict=True)) for row in found[:limit]]
    cursor = f"{rows[-1]['year']}.{rows[-1]['id']}" if len(found) > limit else None
    return {"rows": rows, "total": total, "next_cursor": cursor}


CALLS: dict[str, Callable[[sqlite3.Connection, Ctx, dict[str, Any]], dict[str, Any]]] = {
    "get_sections": get_sections,
    "list_section": list_section,
}


class Source(ConsumerMixin):
    """Answers requests, forgets deleted accounts, and tells what is in the outbox; connects again by itself."""

    def __init__(self, connection: Connection, namespace: str, db: sqlite3.Connection) -> None:
        self.connection, self.db = connection, db
        # Both exchanges are Dossier's to declare. The queue of requests goes with us, so that callers hear of it.
        self.rpc = Exchange(f"{namespace}.rpc", "topic", durable=True, no_declare=True)
        self.events = Exchange(f"{namespace}.events", "topic", durable=True, no_declare=True)
        self.requests = Queue(f"{namespace}.{SOURCE}.rpc", self.rpc, f"{SOURCE}.*", durable=True, auto_delete=True)
        self.deletions = Queue(f"{namespace}.{SOURCE}.events", self.events, DELETED, durable=True)

    def get_consumers(self, consumer: Any, _channel: Any) -> list[Any]:
        self.producer = self.connection.Producer(self.connection.channel())
        return [
            consumer([self.requests], on_message=self.on_request, prefetch_count=10),
            consumer([self.deletions], on_message=self.on_deleted, prefetch_count=10),
        ]

    def on_request(self, message: Any) -> None:
        reply: dict[str, Any] = {"result": None, "error": None}
        try:
            call = CALLS[message.delivery_info["routing_key"].rpartition(".")[2]]
            (request,) = json.loads(message.body)["args"]
            reply["result"] = call(self.db, json.loads(message.headers["nameko.context"]), request)
        except Refused as exc:
            text = json.dumps([exc.detail, exc.data])
            kind = exc.path.rpartition(".")[2]
            reply["error"] = {"exc_type": kind, "exc_path": exc.path, "exc_args": [text], "value": exc.detail}
        except Exception as exc:  # noqa: BLE001 (a defect: the caller gets an answer, the log the reason)
            print(f"{message.delivery_info['routing_key']} failed: {exc!r}", file=sys.stderr)
            kind = type(exc).__name__
            reply["error"] = {"exc_type": kind, "exc_path": f"builtins.{kind}", "exc_args": [], "value": kind}
        self._reply(message.properties, reply)
        message.ack()

    def _reply(self, asked: dict[str, Any], reply: dict[str, Any]) -> None:
        try:
            self.producer.publish(
                reply, exchange=self.rpc, routing_key=asked["reply_to"], declare=[], serializer="json",
                correlation_id=asked["correlation_id"], delivery_mode=1,
            )  # fmt: skip
        except self.connection.channel_errors as exc:  # an address that is none: nobody waits there
            print(f"no reply: {exc}", file=sys.stderr)
            self.producer = self.connection.Producer(self.connection.channel())

    def on_deleted(self, message: Any) -> None:
        """Forget an account that is no more; doing it twice does no harm."""
        with self.db:
            self.db.execute("DELETE FROM tax_return WHERE account_id = ?", [json.loads(message.body)["account_id"]])
        message.ack()

    def on_iteration(self) -> None:
        """Tell what waits, oldest first; what is confirmed is gone from the outbox, the rest is told again."""
        for key, event_id, kind, body, context in self.db.execute("SELECT * FROM outbox ORDER BY id").fetchall():
            self.producer.publish(
                body, exchange=self.events, routing_key=kind, declare=[], content_type="application/json",
                content_encoding="utf-8", delivery_mode=2, message_id=event_id, type=kind,
                headers={"nameko.context": context},
            )  # fmt: skip
            with self.db:
                self.db.execute("DELETE FROM outbox WHERE id = ?", [key])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve")
    filing = commands.add_parser("file")
    for name in ("--firm", "--account", "--preparer"):
        filing.add_argument(name, type=lambda text: str(uuid.UUID(text)), required=True)
    filing.add_argument("--year", type=int, required=True)
    filing.add_argument("--status", choices=["draft", "filed", "assessed"], default="filed")
    asked = parser.parse_args(arguments)
    with closing(database()) as db:
        if asked.command == "file":
            print(file_return(db, asked))
            return 0
        options = {"confirm_publish": True}
        with Connection(os.environ["AMQP_URI"], heartbeat=10, transport_options=options) as connection:
            Source(connection, os.environ.get("DOSSIER_NAMESPACE", "dossier"), db).run()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(0)
