"""Firms and members for tests; each has addresses and a caller of its own, so that tests may run side by side."""

import datetime as dt
import secrets
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from sqlalchemy import event

from chassis.context import Actor
from chassis.db import in_transaction
from contracts.identity import CreateFirm, CreateMember, SignIn
from services.identity import hashing
from services.identity.operations import firms, members

PASSWORD = "a long walk home 7"


@cache
def password_hash():
    return hashing.hash_password(PASSWORD)


def email():
    return f"{secrets.token_hex(6)}@firm.example"


def address():
    return f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}::1"


def here(function, *arguments):
    return function(*arguments)


class Counting:
    """Runs what it is given and counts it by name."""

    def __init__(self):
        self.done = []

    def __call__(self, function, *arguments):
        self.done.append(function.__name__)
        return function(*arguments)


def acting(ctx, member):
    """The context in which the member acts."""
    actor = Actor(kind="member", id=member.id, role=member.role, rights=frozenset(member.rights), name=member.name)
    return replace(ctx, actor=actor, key=secrets.token_hex(8))


def later(ctx, **passed):
    """The same caller after `passed`, as in timedelta."""
    return replace(ctx, now=ctx.now + dt.timedelta(**passed), key=secrets.token_hex(8))


def add_firm(session, ctx, owner_email=None):
    """Make the context's firm; answers the context of its owner."""
    request = CreateFirm(
        name="Olga & Co", owner_name="Olga Owner", owner_email=owner_email or email(), owner_password=PASSWORD
    )
    member = firms.create_firm(session, replace(ctx, actor=Actor()), request, password_hash())
    session.flush()
    return acting(ctx, member)


def add(session, owner, *, email=email, **fields):
    """Make a member of the owner's firm."""
    fields = {"name": "Emil Employee", "email": email() if callable(email) else email} | fields
    return members.create_member(
        session, replace(owner, key=secrets.token_hex(8)), CreateMember(**fields), password_hash()
    )


def attempt(who, password=PASSWORD, **fields):
    return SignIn(email=who, password=password, **fields)


class Watching(Counting):
    """Also notes whether a transaction was open meanwhile."""

    def __init__(self):
        super().__init__()
        self.was_in_transaction = []

    def __call__(self, function, *arguments):
        self.was_in_transaction.append(in_transaction.get())
        return super().__call__(function, *arguments)


@contextmanager
def counted(engine):
    """The statements sent meanwhile, transaction frames left out."""
    statements = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
