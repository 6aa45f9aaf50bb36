"""A write that needs an answer of another service first: asked before the transaction, done once per key."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis import once
from chassis.context import Actor, Context
from chassis.db import Transactions
from chassis.errors import AppError, Unavailable
from contracts.contacts import AccountRef, Contacts

A = TypeVar("A")


def linked(contacts: Contacts, ctx: Context, account_id: UUID) -> dict[UUID, str]:
    """The names of the account's contacts by id, asked as the system: who may name them was checked before."""
    found = contacts.list_account_contacts(replace(ctx, actor=Actor()), AccountRef(account_id=account_id))
    return {one.contact.id: one.contact.display_name for one in found.items}


def write(db: Transactions, ctx: Context, operation: Callable[..., A], request: Any, kind: type[A], *given: Any) -> A:
    """Do `operation(session, ctx, request, *given)` in one transaction, once per `ctx.key`."""
    asked = once.digest(operation.__name__, request)
    try:
        with db.transaction(ctx) as session:
            answer = operation(session, ctx, request, *given)
            once.remember(session, ctx, asked, answer)
    except Unavailable:
        raise
    except (AppError, IntegrityError):
        known = once.recall(db, ctx, asked, kind)
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return answer
