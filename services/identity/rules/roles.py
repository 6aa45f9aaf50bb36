"""Who may do what to which member (domain.md §2.1)."""

from collections.abc import Mapping
from typing import Any

from chassis.errors import wrong
from contracts.identity import NotAllowed, OwnerStays

ABOVE = ("system", "owner")  # who stands above admins and employees
RIGHTS = frozenset({"role", "rights", "has_default_access"})  # what nobody changes of themselves


def may_manage(standing: str, role: str) -> bool:
    """Whether an actor of this standing adds, changes, deactivates and restores members of `role`."""
    return standing in ABOVE or (standing == "admin" and role == "employee")


def check_change(standing: str, role: str, changes: Mapping[str, Any], *, is_self: bool) -> None:
    """Refuse `changes`, the values that really differ, of a member of `role`.

    Raises NotAllowed, OwnerStays, Invalid.
    """
    if role == "owner" and "role" in changes and (is_self or standing in ABOVE):
        raise OwnerStays
    if is_self and not RIGHTS.isdisjoint(changes):
        raise NotAllowed("Nobody changes their own rights: ask the owner or an admin.")
    if not is_self and not may_manage(standing, role):
        raise NotAllowed
    if "role" in changes and standing not in ABOVE:
        raise NotAllowed("Only the owner makes and unmakes admins.")
    check_rights(changes.get("role", role), changes)


def check_rights(role: str, wanted: Mapping[str, Any]) -> None:
    """Refuse rights that mean nothing for this role. Raises Invalid."""
    if wanted.get("rights") and role != "employee":
        raise wrong("rights", "The owner and admins hold every right; leave the list empty.")
    if role == "owner" and wanted.get("has_default_access") is False:
        raise wrong("has_default_access", "The owner is always on the team of a new account (R-ACC-2).")
