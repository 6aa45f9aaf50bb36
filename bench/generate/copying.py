"""Rows as PostgreSQL's COPY takes them, and tables stripped of what slows a bulk load, all in one transaction."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
UNSAFE = re.compile(r"[\\\t\n\r]")
QUOTES = str.maketrans({"\\": r"\\", '"': r"\""})
WORK_MEMORY = "256MB"  # for building indexes; more gains little at a million rows

Row = tuple[Any, ...]


def encoded(rows: Iterable[Row]) -> bytes:
    """Rows in COPY's text format."""
    return "".join(["\t".join([WRITERS[type(value)](value) for value in row]) + "\n" for row in rows]).encode()


def _array(values: list[Any]) -> str:
    if values and isinstance(values[0], str):
        return _text("{" + ",".join(f'"{value.translate(QUOTES)}"' for value in values) + "}")
    return "{" + ",".join(map(str, values)) + "}"


def _text(value: str) -> str:
    # Most text needs no escape, and looking is quicker than translating.
    return value.translate(ESCAPES) if UNSAFE.search(value) else value


WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: r"\N",
    bool: lambda value: "t" if value else "f",
    bytes: lambda value: rf"\\x{value.hex()}",
    int: str,
    list: _array,
    str: _text,
    UUID: str,
}


class Load:
    """The tables of one database, being filled in one transaction."""

    def __init__(self, connection: psycopg.Connection[Any], columns: Mapping[str, tuple[str, ...]]) -> None:
        self._connection, self._columns = connection, columns

    def copy(self, table: str, payload: bytes) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self._columns[table]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self._connection.cursor().copy(statement) as copy:
            copy.write(payload)


@contextmanager
def loading(url: str, columns: Mapping[str, tuple[str, ...]], *, is_bulk: bool) -> Iterator[Load]:
    """Tables ready to be filled: row-level security does not bind their owner meanwhile, as COPY can't go through it.

    What is loaded has no history: that of a generated account begins with its first change.
    With `is_bulk` indexes and foreign keys are taken off and made again at the end, which also checks the rows.
    """
    with psycopg.connect(url, connect_timeout=5) as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.execute(f"SET LOCAL maintenance_work_mem = '{WORK_MEMORY}'")
        forced = _forced(connection, columns)
        for table in forced:
            connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
        recorded = _recorded(connection, columns)
        for table in recorded:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER record_change").format(sql.Identifier(table)))
        again = _strip(connection, list(columns)) if is_bulk else []
        yield Load(connection, columns)
        for statement in again:
            connection.execute(statement)
        for table in recorded:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER record_change").format(sql.Identifier(table)))
        for table in forced:
            connection.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        for table in columns:
            connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(table)))


def _forced(connection: psycopg.Connection[Any], tables: Iterable[str]) -> list[str]:
    query = "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relname = ANY(%s) ORDER BY relname"
    return [name for (name,) in connection.execute(query, [list(tables)])]


def _recorded(connection: psycopg.Connection[Any], tables: Iterable[str]) -> list[str]:
    query = (
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname = 'record_change' AND c.relname = ANY(%s) ORDER BY c.relname"
    )
    return [name for (name,) in connection.execute(query, [list(tables)])]


def _strip(connection: psycopg.Connection[Any], tables: list[str]) -> list[sql.SQL]:
    """Take off foreign keys and plain indexes; the statements that put them back."""
    keys = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY conname",
        [tables],
    ).fetchall()
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE NOT indisunique AND indrelid = ANY(%s::regclass[]) ORDER BY 1",
        [tables],
    ).fetchall()
    for table, name, _ in keys:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    made = [definition for _, definition in indexes]
    made += [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for table, name, definition in keys]
    return [sql.SQL(statement) for statement in made]
