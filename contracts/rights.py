"""Who may do what: the matrix of domain.md §2.4, the one table that everything which weighs rights goes by."""

from typing import Literal, NamedTuple

from chassis.context import Actor
from contracts.identity import Right, holds

# What may be done on one account, by whoever sees it (R-ACC-1).
Action = Literal[
    "view", "edit_details", "edit_team", "apply_tags", "link_contacts", "edit_contacts", "edit_switches",
    "archive", "change_photo",
    "edit_any_note", "see_all_time", "see_rates", "mark_billed", "see_all_jobs",
]  # fmt: skip
# What concerns the firm rather than one account.
FirmAction = Literal[
    "create_account", "manage_tags", "answer_requests", "import", "create_contact", "delete_contact", "merge_contacts",
    "set_name_format", "manage_pipelines", "manage_account_fields", "manage_account_roles", "see_trash",
    "manage_contact_fields", "export_accounts", "export_contacts", "see_exports",
]  # fmt: skip


class Rule(NamedTuple):
    """Owner and admins may everything here (§2.1); an employee with any one of `rights`, with none named every one.

    `needs_all`: with all of them. `employees` False: owner and admins alone. `portal`: a portal user of the account
    may too.
    """

    rights: tuple[Right, ...] = ()
    needs_all: bool = False
    employees: bool = True
    portal: bool = False


ACCOUNT: dict[Action, Rule] = {
    "view": Rule(),
    "edit_details": Rule(("manage_accounts",)),
    "edit_team": Rule(("assign_team_members", "manage_accounts")),  # U-4
    "apply_tags": Rule(("manage_tags", "manage_accounts")),
    "link_contacts": Rule(("manage_accounts", "manage_contacts")),
    "edit_contacts": Rule(("manage_contacts", "manage_accounts")),  # U-3
    "edit_switches": Rule(("manage_accounts",)),
    "archive": Rule(("manage_accounts",)),
    "change_photo": Rule(("manage_accounts",), portal=True),  # R-PHOTO-1
    "edit_any_note": Rule(("manage_accounts",)),  # R-NTE-2
    "see_all_time": Rule(("manage_time_entries",)),  # C-TIME
    "see_rates": Rule(("manage_rates",)),  # C-TIME
    "mark_billed": Rule(("manage_time_entries", "manage_invoices")),
    "see_all_jobs": Rule(("manage_pipelines",)),
}
FIRM: dict[FirmAction, Rule] = {
    "create_account": Rule(("manage_accounts",)),
    "manage_tags": Rule(("manage_tags",)),
    "answer_requests": Rule(("assign_team_members",)),
    "import": Rule(("manage_accounts", "manage_contacts"), needs_all=True),
    "create_contact": Rule(("manage_contacts",)),
    "delete_contact": Rule(("manage_contacts",)),
    "merge_contacts": Rule(("manage_contacts",)),
    "set_name_format": Rule(employees=False),
    "manage_pipelines": Rule(("manage_pipelines",)),
    "manage_account_fields": Rule(("manage_custom_fields",)),  # R-CF-4
    "manage_contact_fields": Rule(("manage_custom_fields",)),
    "manage_account_roles": Rule(("manage_accounts",)),
    "export_accounts": Rule(("manage_accounts",)),  # R-LST-3
    "export_contacts": Rule(("manage_contacts",)),
    "see_exports": Rule(employees=False),  # R-EXP-2
    "see_trash": Rule(("manage_accounts",)),  # R-ARC-5
}


def is_staff(actor: Actor) -> bool:
    """Whether the actor is somebody of the firm, or the system working for it; a portal user is neither."""
    return actor.kind == "system" or (actor.kind == "member" and actor.id is not None)


def allows(rule: Rule, actor: Actor) -> bool:
    """Whether a rule lets the actor do it, as far as rights go: who sees which account is decided elsewhere."""
    if not is_staff(actor):
        return rule.portal and actor.kind == "portal"
    if holds(actor):
        return True
    if not rule.employees:
        return False
    if rule.needs_all:
        return all(holds(actor, right) for right in rule.rights)
    return not rule.rights or holds(actor, *rule.rights)


def needed(rule: Rule) -> str:
    """What it takes, in words for people."""
    if not rule.employees:
        return "owner or admin"
    joint = " and " if rule.needs_all else " or "
    return joint.join(f"`{right}`" for right in rule.rights)
