"""Who may do what with QuickBooks (R-QB-1)."""

from chassis.context import Context
from chassis.errors import Forbidden
from contracts.identity import holds


def manages(ctx: Context) -> bool:
    """Whether the caller is owner or admin, or the system working for them."""
    return ctx.actor.kind in {"member", "system"} and holds(ctx.actor)


def manager(ctx: Context) -> None:
    """Raise Forbidden to all but owner and admins."""
    if not manages(ctx):
        raise Forbidden("Only owner and admins do this.")


def owner(ctx: Context) -> None:
    """Raise Forbidden to all but the owner: who connects the firm's books answers for them."""
    if ctx.actor.kind != "member" or ctx.actor.role != "owner" or ctx.actor.id is None:
        raise Forbidden("Only the owner of the firm connects and disconnects QuickBooks.")


def staff(ctx: Context) -> None:
    """Raise Forbidden to clients."""
    if ctx.actor.kind not in {"member", "system"}:
        raise Forbidden
