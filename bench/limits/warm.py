"""The statement of a warm profile by psycopg alone, within the same transaction, its rows as JSON."""

import os
from itertools import cycle
from typing import Any
from uuid import UUID

import orjson
import psycopg

from services.overview.memory import EVERY_ACCOUNT, RECALL


class WarmView:
    """Views the accounts of BENCH_VIEW in turn; one connection, one statement at a time."""

    def __init__(self) -> None:
        view = orjson.loads(os.environ["BENCH_VIEW"])
        self._begin = f"BEGIN READ ONLY; SET LOCAL app.firm_id = '{UUID(view['firm'])}'"
        common = {"names": view["names"], "scopes": view["scopes"], "firm": view["firm"], "every": EVERY_ACCOUNT}
        self._values = cycle([common | {"account": account} for account in view["accounts"]])
        self._connection = psycopg.connect(view["url"], autocommit=True, connect_timeout=5)

    def answer(self) -> bytes:
        """This will read the next account's remembered sections and give them as JSON."""
        run = self._connection.execute
        run(self._begin)
        rows = run(RECALL, next(self._values)).fetchall()
        run("COMMIT")
        return orjson.dumps({"sections": list(map(_section, rows))})


def _section(row: tuple[Any, ...]) -> dict[str, Any]:
    name, rows, total, footer, as_of, _, _ = row
    kept = [None if text is None else orjson.Fragment(text) for text in (rows, footer)]
    return {"name": name, "rows": kept[0], "total": total, "footer": kept[1], "as_of": as_of}
