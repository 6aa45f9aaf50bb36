"""The statement of a warm profile by psycopg alone, outside a transaction as there, its rows as JSON."""

import os
from itertools import cycle
from typing import Any
from uuid import UUID

import orjson
import psycopg

from services.overview.memory import RECALL


class WarmView:
    """Views the accounts of BENCH_VIEW in turn; one connection, one statement at a time."""

    def __init__(self) -> None:
        view = orjson.loads(os.environ["BENCH_VIEW"])
        common = {"names": view["names"], "scopes": view["scopes"], "firm": UUID(view["firm"])}
        self._values = cycle([common | {"account": UUID(account)} for account in view["accounts"]])
        self._connection = psycopg.connect(view["url"], autocommit=True, connect_timeout=5)

    def answer(self) -> bytes:
        """Read the next account's remembered sections and give them as JSON."""
        rows = self._connection.execute(RECALL, next(self._values)).fetchall()
        return orjson.dumps({"sections": list(map(_section, rows))})


def _section(row: tuple[Any, ...]) -> dict[str, Any]:
    name, rows, total, footer, as_of, _, _ = row
    kept = [None if text is None else orjson.Fragment(text) for text in (rows, footer)]
    return {"name": name, "rows": kept[0], "total": total, "footer": kept[1], "as_of": as_of}
