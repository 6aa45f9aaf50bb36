"""Who may do what on an account: domain.md §2.3 and §2.4 as one table."""

from typing import Literal

from chassis.context import Actor
from chassis.errors import Forbidden
from contracts.accounts import Action
from contracts.identity import Right, holds

# Any one of the rights is enough, for whoever sees the account; none named: seeing it is enough.
# Owner and admins hold them all (§2.1).
RIGHTS: dict[Action, tuple[Right, ...]] = {
    "view": (),
    "edit_details": ("manage_accounts",),
    "edit_team": ("assign_team_members", "manage_accounts"),  # U-4
    "apply_tags": ("manage_tags", "manage_accounts"),
    "link_contacts": ("manage_accounts", "manage_contacts"),
    "edit_contacts": ("manage_contacts", "manage_accounts"),  # U-3
    "archive": ("manage_accounts",),
    "edit_any_note": ("manage_accounts",),  # R-NTE-2
    "see_all_time": ("manage_time_entries",),  # C-TIME
    "see_rates": ("manage_rates",),  # C-TIME
    "see_all_jobs": ("manage_pipelines",),
    "request_access_answer": ("assign_team_members",),  # R-ACC-4
    "change_photo": ("manage_accounts",),  # R-PHOTO-1
}
# What a client may do in the portal on an account they see; rights are for members.
CLIENTS: frozenset[Action] = frozenset({"change_photo"})  # R-PHOTO-1
# What concerns the firm rather than one account: every right of one of the sets is needed.
FIRM_RIGHTS: dict[str, tuple[Right, ...]] = {
    "create_account": ("manage_accounts",),
    "manage_tags": ("manage_tags",),
    "answer_requests": ("assign_team_members",),
    "import": ("manage_accounts", "manage_contacts"),
}


def is_staff(actor: Actor) -> bool:
    """Whether the actor is somebody of the firm, or the system working for it; a portal user is neither."""
    return actor.kind == "system" or (actor.kind == "member" and actor.id is not None)


def sees_all(actor: Actor) -> bool:
    """Whether the actor sees accounts without being on their teams (R-ACC-1)."""
    return is_staff(actor) and holds(actor, "view_all_accounts")


def can_view(actor: Actor, *, is_assigned: bool) -> bool:
    """`visibility.visible` is the same decision in SQL."""
    return sees_all(actor) or (is_staff(actor) and is_assigned)


def may(actor: Actor, action: Action, *, is_assigned: bool) -> bool:
    """Whether the actor may do `action` on an account."""
    return can_view(actor, is_assigned=is_assigned) and suffices(actor, action)


def suffices(actor: Actor, action: Action) -> bool:
    """Whether who the actor is, and which rights they hold, is enough for `action` on an account they see."""
    if actor.kind == "portal":
        return action in CLIENTS
    needed = RIGHTS[action]
    return not needed or holds(actor, *needed)


def actions(actor: Actor) -> tuple[Action, ...]:
    """All that somebody may do who sees the account."""
    return tuple(action for action in RIGHTS if may(actor, action, is_assigned=True))


def side(actor: Actor) -> Literal["firm", "client"]:
    """On whose side the actor is (R-PHOTO-2)."""
    return "client" if actor.kind == "portal" else "firm"


def check(actor: Actor, action: Action) -> None:
    """Refuse what somebody who sees the account may not do with it. Raises Forbidden."""
    if not may(actor, action, is_assigned=True):
        raise Forbidden(action=action, needs=list(RIGHTS[action]))


def may_in_firm(actor: Actor, what: str) -> bool:
    """Whether the actor may do `what`, one of FIRM_RIGHTS."""
    return is_staff(actor) and all(holds(actor, right) for right in FIRM_RIGHTS[what])


def check_in_firm(actor: Actor, what: str) -> None:
    """Refuse what the actor may not do in the firm. Raises Forbidden."""
    if not may_in_firm(actor, what):
        raise Forbidden(action=what, needs=list(FIRM_RIGHTS[what]))


def check_staff(actor: Actor) -> None:
    """Refuse whoever does not work in the firm. Raises Forbidden."""
    if not is_staff(actor):
        raise Forbidden
