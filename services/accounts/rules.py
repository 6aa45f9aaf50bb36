"""Who sees an account and may do what on it: domain.md §2.3, and the table of contracts/rights.py."""

from typing import Literal

from chassis.context import Actor
from chassis.errors import Forbidden
from contracts import rights
from contracts.identity import holds
from contracts.rights import Action, FirmAction, is_staff


def sees_all(actor: Actor) -> bool:
    """Whether the actor sees accounts without being on their teams (R-ACC-1)."""
    return is_staff(actor) and holds(actor, "view_all_accounts")


def can_view(actor: Actor, *, is_assigned: bool) -> bool:
    """`visibility.visible` is the same decision in SQL."""
    return sees_all(actor) or (is_staff(actor) and is_assigned)


def can_act(actor: Actor, *, is_assigned: bool) -> bool:
    """Whether the account is there to act on: for a portal user, the one they entered (`visibility.depicted`)."""
    return can_view(actor, is_assigned=is_assigned) or (actor.kind == "portal" and actor.account_id is not None)


def may(actor: Actor, action: Action, *, is_assigned: bool) -> bool:
    """Whether the actor may do `action` on an account."""
    return can_act(actor, is_assigned=is_assigned) and rights.allows(rights.ACCOUNT[action], actor)


def actions(actor: Actor) -> tuple[Action, ...]:
    """All that somebody may do who sees the account."""
    return tuple(action for action in rights.ACCOUNT if may(actor, action, is_assigned=True))


def side(actor: Actor) -> Literal["firm", "client"]:
    """On whose side the actor is (R-PHOTO-2)."""
    return "client" if actor.kind == "portal" else "firm"


def check(actor: Actor, action: Action) -> None:
    """Refuse what somebody who sees the account may not do with it. Raises Forbidden."""
    if not may(actor, action, is_assigned=True):
        raise Forbidden(action=action, needs=list(rights.ACCOUNT[action].rights))


def may_in_firm(actor: Actor, what: FirmAction) -> bool:
    """Whether the actor may do `what` in the firm."""
    return rights.allows(rights.FIRM[what], actor)


def check_in_firm(actor: Actor, what: FirmAction) -> None:
    """Refuse what the actor may not do in the firm. Raises Forbidden."""
    if not may_in_firm(actor, what):
        raise Forbidden(action=what, needs=list(rights.FIRM[what].rights))


def check_staff(actor: Actor) -> None:
    """Refuse whoever does not work in the firm. Raises Forbidden."""
    if not is_staff(actor):
        raise Forbidden
