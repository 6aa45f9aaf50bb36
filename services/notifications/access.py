"""Who may do and see what here, by the one table of rights (contracts/rights.py)."""

from sqlalchemy import ColumnElement, or_, true

from chassis.context import Context
from chassis.errors import Forbidden
from contracts.rights import ACCOUNT, FIRM, Action, FirmAction, allows, is_staff, needed
from services.notifications.model import Mail

# Who may not see what a mail tells of does not see that it went out (R-INV-5, R-PRP-4).
TAKES: dict[str, Action] = {"invoices": "manage_invoices", "proposals": "manage_proposals"}
# Of documents only owner and admins know that no exception hides them (R-ACC-7): others read no names of them.
NAMELESS = ("documents", "signatures", "approvals")


def require(ctx: Context, action: FirmAction) -> None:
    """Raise Forbidden unless the caller may do what concerns the whole firm."""
    if not allows(FIRM[action], ctx.actor):
        raise Forbidden(needs=needed(FIRM[action]))


def staff(ctx: Context) -> None:
    """Raise Forbidden for clients, who have calls of their own."""
    if not is_staff(ctx.actor):
        raise Forbidden


def client(ctx: Context) -> None:
    """Raise Forbidden for all but clients."""
    if ctx.actor.kind != "portal" or ctx.actor.id is None:
        raise Forbidden


def sees(ctx: Context) -> ColumnElement[bool]:
    """The mails of an account whose subject matter the caller may see."""
    hidden = [kind for kind, action in TAKES.items() if not allows(ACCOUNT[action], ctx.actor)]
    return or_(Mail.type.is_(None), Mail.type.not_in(hidden)) if hidden else true()


def reads_names(ctx: Context) -> bool:
    """Whether the caller may read the names of all documents."""
    return allows(ACCOUNT["see_all_documents"], ctx.actor)
