"""Fixtures for the tests of a service: its migrated database, rolled back after each test, and a firm of its own."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from chassis.config import Settings
from chassis.context import Actor, Context, new_id
from chassis.db import Transactions, bound, make_engine
from chassis.migrate import migrate

_MIGRATED: dict[tuple[str, str], Transactions] = {}


def database(postgres_url: str, service: str) -> Transactions:
    """The migrated database of a service on a test server, made once per run."""
    known = _MIGRATED.get((postgres_url, service))
    if known is None:
        settings = Settings(database_url=postgres_url, namespace=f"unit_{secrets.token_hex(4)}")
        url = migrate(settings, service)
        known = Transactions(make_engine(url, name=f"unit.{service}", pool_size=20))
        _MIGRATED[postgres_url, service] = known
    return known


def service_session(service: str) -> Any:
    """A fixture `session`: one transaction of the test's firm that never commits."""

    @pytest.fixture
    def session(postgres_url: str, ctx: Context) -> Iterator[Session]:
        engine = database(postgres_url, service).engine
        with engine.connect().execution_options(**bound(ctx)) as connection, connection.begin() as transaction:
            with Session(bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
                yield session
            transaction.rollback()

    return session


def service_sessions(service: str) -> Any:
    """A fixture `sessions`: `with sessions() as session` is a transaction that commits; `sessions(other_ctx)` too."""

    @pytest.fixture
    def sessions(postgres_url: str, ctx: Context) -> Callable[..., Any]:
        transactions = database(postgres_url, service)

        @contextmanager
        def begin(other: Context | None = None) -> Iterator[Session]:
            with transactions.transaction(other or ctx) as session:
                yield session

        return begin

    return sessions


def firm_context() -> Any:
    """A fixture `ctx`: the owner of a fresh firm."""

    @pytest.fixture
    def ctx() -> Context:
        return Context(firm_id=new_id(), actor=Actor(kind="member", id=new_id(), role="owner", name="Olga Owner"))

    return ctx


def member_ctx(ctx: Context, *, role: str = "employee", rights: tuple[str, ...] = (), **changes: Any) -> Context:
    """Another member of the same firm."""
    actor = Actor(kind="member", id=new_id(), role=role, rights=frozenset(rights), name="Emil Employee")
    return replace(ctx, actor=replace(actor, **changes), key=secrets.token_hex(8))
