"""Who may act, and how they are written down."""

from typing import Any

from chassis.context import Context
from chassis.errors import Forbidden
from contracts.invoices import Author
from contracts.rights import ACCOUNT, FIRM, Action, FirmAction, Rule, allows, is_staff, needed


def may(ctx: Context, action: Action) -> None:
    """Raise Forbidden unless somebody of the firm may do that on an account; who sees it is the gateway's to ask."""
    _weigh(ctx, ACCOUNT[action])


def may_in_firm(ctx: Context, action: FirmAction) -> None:
    """Raise Forbidden unless somebody of the firm may do that."""
    _weigh(ctx, FIRM[action])


def client(ctx: Context) -> None:
    """Raise Forbidden for all but portal users, of whose account the gateway has made sure."""
    if ctx.actor.kind != "portal":
        raise Forbidden("Only a client in the portal can do this.")


def author(ctx: Context) -> dict[str, Any]:
    """Who acts, as a row keeps it."""
    return {"author_kind": ctx.actor.kind, "author_id": ctx.actor.id, "author_name": ctx.actor.name}


def written(row: Any) -> Author:
    """Who acted, as a row has kept it."""
    return Author(kind=row.author_kind, id=row.author_id, name=row.author_name)


def _weigh(ctx: Context, rule: Rule) -> None:
    if not is_staff(ctx.actor):
        raise Forbidden
    if not allows(rule, ctx.actor):
        raise Forbidden(f"This needs {needed(rule)}.")
