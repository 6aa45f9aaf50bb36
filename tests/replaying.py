"""Whether what a service recorded tells what is there: history replayed to an instant against the rows themselves."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis import history
from chassis.context import Context
from chassis.db import Transactions, make_engine

Rows = dict[str, list[Any]]


class Records:
    """The recorded tables of one service's database, for one firm."""

    def __init__(self, url: str, firm_id: UUID | str) -> None:
        self._db = Transactions(make_engine(url, name="replaying", pool_size=1))
        self._ctx = Context(firm_id=UUID(str(firm_id)))

    def close(self) -> None:
        self._db.engine.dispose()

    def both(self) -> tuple[Rows, Rows, dt.datetime]:
        """The rows as they are, as history has them, and the instant of it: all of one snapshot."""
        with self._db.reading(self._ctx) as session:
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            at = session.scalar(text("SELECT clock_timestamp()"))
            recorded = history.recorded(session)
            present = {
                table: _sorted(
                    session.scalars(
                        text(f"SELECT to_jsonb(r) - cast(:ignored AS text[]) FROM {table} r"),
                        {"ignored": list(ignored)},
                    )
                )
                for table, ignored in recorded.items()
            }
            replayed = {table: _sorted(history.rows_at(session, self._ctx, table, at)) for table in recorded}
        assert at is not None
        return present, replayed, at

    def at(self, instant: dt.datetime) -> Rows:
        """The rows as history has them at an instant that is past."""
        with self._db.reading(self._ctx) as session:
            return {
                table: _sorted(history.rows_at(session, self._ctx, table, instant))
                for table in history.recorded(session)
            }


def _sorted(rows: Any) -> list[Any]:
    return sorted(rows, key=repr)
