"""The database of a service: one transaction per call, bound to the caller's firm, cooperative under green threads."""

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")  # before psycopg: its C wait freezes every green thread

import orjson
import psycopg
from nameko.extensions import DependencyProvider, SharedExtension
from sqlalchemy import TIMESTAMP, Connection, Engine, MetaData, Text, Uuid, create_engine, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from chassis import statements
from chassis.config import Settings
from chassis.context import Context
from chassis.errors import AppError, Invalid, Unavailable
from chassis.metrics import POOL_SIZE, POOL_USED, SQL_FAILURES, SQL_STATEMENTS, SQL_TRANSACTIONS
from chassis.wire import to_json

# Classes of SQLSTATE: no connection; no room or memory, too many sessions; told to end.
GONE = ("08", "53", "57")
APP_ROLE = "dossier_app"  # holds no right to bypass row-level security; the login role owns tables and migrates
FENCE = 7312  # the advisory lock that every writing transaction shares, so that a backup can wait for the end of all
STATEMENT_SECONDS = 5
LOCK_SECONDS = 3
IDLE_SECONDS = 30  # an open transaction that does nothing is a bug; end it before it holds locks for long

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)


def metadata() -> MetaData:
    """A service's own collection of tables."""
    return MetaData(naming_convention=NAMING)


class Model(DeclarativeBase):
    """The root of all models; each service derives its abstract `Base` with `metadata = db.metadata()`."""

    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own convention)
        str: Text,
        UUID: Uuid,
        dt.datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
    }


def make_engine(url: str, *, name: str = "dossier", pool_size: int = 5) -> Engine:
    """Make an engine whose transactions begin with the firm and the actor of their execution options.

    BEGIN, both, and where it may write the fence (ADR 23) go out in one message, so that they cost no round trip.
    """
    options = (
        f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"
        f" -c idle_in_transaction_session_timeout={IDLE_SECONDS}s -c timezone=UTC"
    )
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=STATEMENT_SECONDS,
        pool_recycle=1800,
        json_serializer=lambda value: to_json(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={"autocommit": True, "connect_timeout": 5, "application_name": name, "options": options},
    )
    event.listen(engine, "connect", _become_app)
    event.listen(engine, "begin", _begin)
    statements.watch(engine)
    return engine


def bound(ctx: Context, *, read_only: bool = False) -> dict[str, Any]:
    """The execution options of a connection whose transaction is this call's."""
    options: dict[str, Any] = {"firm": ctx.firm_id, "read_only": read_only}
    return options if read_only else options | {"actor": actor_setting(ctx)}


def _become_app(connection: Any, _: Any) -> None:
    member = connection.execute(
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')", (APP_ROLE,)
    ).fetchone()
    if member:
        connection.execute(f"SET ROLE {APP_ROLE}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    firm = options.get("firm")
    is_reading = options.get("read_only")
    start = "BEGIN READ ONLY" if is_reading else "BEGIN"
    by = f"; SET LOCAL app.actor = '{options['actor']}'" if "actor" in options else ""
    fenced = "" if is_reading else f"; SELECT pg_advisory_xact_lock_shared({FENCE})"
    connection.exec_driver_sql(f"{start}; SET LOCAL app.firm_id = '{UUID(str(firm)) if firm else ''}'{by}{fenced}")


def actor_setting(ctx: Context) -> str:
    """Who writes and how they came in, as the trigger behind `chassis.history` reads it; safe inside quotes of SQL."""
    actor = ctx.actor
    said = {"kind": actor.kind, "id": actor.id, "name": actor.name, "door": ctx.door, "request": ctx.correlation_id}
    # The driver would take % for a parameter, PostgreSQL the quote for the end; JSON can spell both otherwise.
    return to_json(said).decode().replace("%", "\\u0025").replace("'", "\\u0027")


def translated(exc: DBAPIError) -> AppError | None:
    """The error a caller may act on, where the database's own has one."""
    state = getattr(exc.orig, "sqlstate", None) or ""
    if exc.connection_invalidated or (isinstance(exc, OperationalError) and not state) or state[:2] in GONE:
        SQL_FAILURES.labels("gone").inc()
        return Unavailable("The database does not answer at the moment; try again.")
    if state[:2] in ("40", "55"):
        SQL_FAILURES.labels("busy").inc()
        return Unavailable("Too many changes of the same thing at once; try again.")
    if state[:2] == "22":
        return Invalid("A value is out of the range that can be kept.")
    return None


def is_gone(exc: BaseException) -> bool:
    """Whether the database itself was out of reach, as opposed to refusing a statement."""
    if not isinstance(exc, DBAPIError):
        return False
    state = getattr(exc.orig, "sqlstate", None) or ""
    lost = exc.connection_invalidated or (isinstance(exc, OperationalError) and not state)
    return lost or (state[:2] in GONE and state != "57014")  # 57014: only this statement was cancelled


class Transactions:
    """The transactions of one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self, ctx: Context, *, read_only: bool = False) -> Iterator[Session]:
        """One transaction with the caller's firm set: committed at the end, rolled back by any exception.

        Raises Unavailable when the database is out of reach or too busy.
        """
        try:
            connection = self._connect(ctx, read_only=read_only)
            mark, began = in_transaction.set(True), time.perf_counter()
            try:
                with connection, Session(bind=connection, expire_on_commit=False) as session:
                    yield session
                    session.flush()
                    with statements.traced("COMMIT"):
                        connection.commit()
            finally:
                in_transaction.reset(mark)
                SQL_TRANSACTIONS.labels("read" if read_only else "write").observe(time.perf_counter() - began)
        except PoolTimeout as exc:
            SQL_FAILURES.labels("full").inc()
            raise Unavailable("Too many requests at once; try again.") from exc
        except DBAPIError as exc:
            known = translated(exc)
            if known is None:
                raise
            raise known from exc

    def reading(self, ctx: Context) -> Any:
        """The same for reading only: PostgreSQL refuses what writes."""
        return self.transaction(ctx, read_only=True)

    def fetch(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of one read outside any transaction: a third of the cost of one inside.

        For the hottest reads, as a function in the database that binds itself to the firm it is given
        (`set_config('app.firm_id', …, true)`), so that row-level security holds. Raises Unavailable.
        """
        for is_last in (False, True):
            try:
                connection = self.engine.raw_connection()
            except (PoolTimeout, DBAPIError) as exc:
                SQL_FAILURES.labels("full" if isinstance(exc, PoolTimeout) else "gone").inc()
                raise Unavailable("The database does not answer at the moment; try again.") from exc
            try:
                SQL_STATEMENTS.inc()
                driver: Any = connection.driver_connection
                with statements.traced(statement):
                    rows: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
            except psycopg.OperationalError as exc:
                connection.invalidate()
                # A restarted database leaves dead connections in the pool; reading twice does no harm.
                if is_last or exc.sqlstate is not None:
                    SQL_FAILURES.labels("gone").inc()
                    raise Unavailable("The database does not answer at the moment; try again.") from exc
            else:
                return rows
            finally:
                connection.close()
        raise AssertionError

    def _connect(self, ctx: Context, *, read_only: bool) -> Connection:
        for is_last in (False, True):
            connection = self.engine.connect().execution_options(**bound(ctx, read_only=read_only))
            try:
                connection.begin()
            except DBAPIError as exc:
                connection.close()
                # A restarted database leaves dead connections in the pool: nothing was done yet, so once more.
                if is_last or not exc.connection_invalidated:
                    raise
            else:
                return connection
        raise AssertionError


class Pool(SharedExtension):
    """The one engine of a container."""

    transactions: Transactions
    listen_url: str

    def setup(self) -> None:
        settings: Settings = self.container.config["settings"]
        name = self.container.service_name
        url = settings.database_for(name)
        self.listen_url = settings.listening_for(name)
        size = settings.rpc_workers + settings.event_workers + 2  # as many as there are workers, and the relay
        engine = make_engine(url, name=f"{settings.namespace}.{name}", pool_size=size)
        self.transactions = Transactions(engine)
        pool: Any = engine.pool
        POOL_SIZE.set(size)
        POOL_USED.set_function(pool.checkedout)

    def stop(self) -> None:
        self.transactions.engine.dispose()


class Database(DependencyProvider):
    """`self.db.transaction(ctx)` in a service."""

    pool = Pool()

    def get_dependency(self, worker_ctx: Any) -> Transactions:  # noqa: ARG002
        return self.pool.transactions


def advisory_lock(session: Session, name: str) -> bool:
    """Whether this transaction got the database-wide lock of that name; it is let go at the transaction's end."""
    return bool(session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}))


def await_lock(session: Session, name: str) -> None:
    """Wait for the database-wide lock of that name, at most LOCK_SECONDS; it is let go at the transaction's end."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
