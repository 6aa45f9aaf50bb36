"""How a change begins: by right, and on the version that is there."""

from typing import Any

import orjson

from chassis.context import Context
from chassis.errors import Conflict, Forbidden
from chassis.wire import to_json
from contracts.rights import ACCOUNT, FIRM, Action, FirmAction, allows, needed
from services.documents import access


def needs(ctx: Context, action: FirmAction) -> None:
    """Raise Forbidden unless the one table of rights lets the caller do it in the firm."""
    access.staff(ctx)
    if not allows(FIRM[action], ctx.actor):
        raise Forbidden(f"This needs {needed(FIRM[action])}.")


def needs_on_account(ctx: Context, action: Action) -> None:
    """Raise Forbidden unless the one table of rights lets the caller do it on an account they see."""
    access.staff(ctx)
    if not allows(ACCOUNT[action], ctx.actor):
        raise Forbidden(f"This needs {needed(ACCOUNT[action])}.")


def changed_meanwhile(error: type[Conflict], current: Any) -> Conflict:
    """The refusal of a change made on an older version."""
    return error(current=as_json(current))


def as_json(made: Any) -> Any:
    """A message, or several, as JSON keeps it."""
    return orjson.loads(to_json(made))
