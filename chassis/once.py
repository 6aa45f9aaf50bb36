"""A write asked for twice under one key is done once: the second asker gets the first answer."""

import datetime as dt
import hashlib
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import KeyReused
from chassis.wire import dump, load, to_json

INSERT = text("INSERT INTO done_once (firm_id, key, request, answer) VALUES (:firm_id, :key, :request, :answer)")
SELECT = text("SELECT request, answer FROM done_once WHERE firm_id = :firm_id AND key = :key")
KEPT = dt.timedelta(days=2)  # a caller that repeats a request later than this does it anew
PUBLISHED_KEPT = dt.timedelta(days=3)  # less than the inbox, so that whoever gets one again knows it


def digest(operation: str, request: Any) -> bytes:
    """What tells one request from another."""
    return hashlib.sha256(to_json([operation, dump(request)])).digest()


def remember(session: Session, ctx: Context, request: bytes, answer: Any) -> None:
    """Keep the answer with the write itself; a concurrent twin fails here and rolls back."""
    values = {"firm_id": ctx.firm, "key": ctx.key, "request": request, "answer": to_json(answer).decode()}
    session.execute(INSERT, values)


def recall(db: Transactions, ctx: Context, request: bytes, kind: Any) -> Any:
    """The answer an earlier call under this key got, or None. Raises KeyReused."""
    with db.reading(ctx) as session:
        row = session.execute(SELECT, {"firm_id": ctx.firm, "key": ctx.key}).one_or_none()
    if row is None:
        return None
    if bytes(row.request) != request:
        raise KeyReused
    return load(kind, orjson.loads(row.answer))


def sweep(session: Session) -> None:
    """Forget answers and events, published and applied ones, that nobody repeats any more."""
    session.execute(text("DELETE FROM published WHERE published_at < now() - :kept"), {"kept": PUBLISHED_KEPT})
    session.execute(text("DELETE FROM done_once WHERE done_at < now() - :kept"), {"kept": KEPT})
    session.execute(text("DELETE FROM inbox WHERE applied_at < now() - interval '30 days'"))
