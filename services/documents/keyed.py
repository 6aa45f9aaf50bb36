"""Writes that need more than their transaction, done once per key all the same."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import once
from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError, Unavailable

R = TypeVar("R")


def once_done(db: Transactions, ctx: Context, asked: bytes, kind: type[R], act: Callable[[Session], R]) -> R:
    """Act in one transaction; asked for again under the same key, give the first answer."""
    try:
        with db.transaction(ctx) as session:
            answer = act(session)
            once.remember(session, ctx, asked, answer)
    except Unavailable:
        raise
    except (AppError, IntegrityError):
        known: Any = once.recall(db, ctx, asked, kind)
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return answer
