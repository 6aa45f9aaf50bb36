"""Who may do what: the matrix of domain.md §2.4, the one table that everything which weighs rights goes by."""

from typing import Literal, NamedTuple

from chassis.context import Actor
from contracts.identity import Right, holds

# What may be done on one account, by whoever sees it (R-ACC-1).
Action = Literal[
    "view", "edit_details", "edit_team", "apply_tags", "link_contacts", "edit_contacts", "edit_switches",
    "archive", "change_photo",
    "edit_any_note", "see_all_time", "see_rates", "mark_billed", "see_all_jobs",
    "manage_documents", "see_all_documents", "purge_emails",
    "manage_invoices", "manage_payments", "manage_proposals", "see_logins", "use_portal",
    "sync_quickbooks",
]  # fmt: skip
# What concerns the firm rather than one account.
FirmAction = Literal[
    "create_account", "manage_tags", "answer_requests", "import", "create_contact", "delete_contact", "merge_contacts",
    "set_name_format", "manage_pipelines", "manage_account_fields", "manage_account_roles", "see_trash",
    "manage_contact_fields", "export_accounts", "export_contacts", "see_exports", "see_client_sign_ins",
    "manage_services", "send_proposals", "manage_organizer_templates", "set_notifications",
    "manage_quickbooks",
]  # fmt: skip


class Rule(NamedTuple):
    """Owner and admins may everything here (§2.1); an employee with any one of `rights`, with none named every one.

    `needs_all`: with all of them. `employees` False: owner and admins alone. `portal`: a portal user of the account
    may too. `staff` False: only a portal user, nobody of the firm.
    """

    rights: tuple[Right, ...] = ()
    needs_all: bool = False
    employees: bool = True
    portal: bool = False
    staff: bool = True


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
    "see_logins": Rule(employees=False),  # R-LA-5: who signed in, from where; a date is for everybody who sees it
    "manage_invoices": Rule(("manage_invoices",)),  # R-INV-5
    "manage_payments": Rule(("manage_payments",)),  # R-INV-5, R-CRD-7
    "manage_proposals": Rule(("manage_proposals",)),  # R-PRP-4
    "purge_emails": Rule(employees=False),  # R-SYN-4
    "manage_documents": Rule(("manage_documents",)),  # §2.2; an exception of one document goes before it (R-ACC-7)
    "see_all_documents": Rule(employees=False),  # whom no exception of a document concerns (R-ACC-7)
    "sync_quickbooks": Rule(employees=False),  # R-QB-1; how the account stands is for everybody who sees it
    "use_portal": Rule(portal=True, staff=False),  # R-POR-1: what its people see and do of an account in the portal
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
    "see_client_sign_ins": Rule(employees=False),  # R-LA-4
    "manage_services": Rule(("manage_invoices",)),
    "send_proposals": Rule(("manage_proposals",)),  # to many accounts at once; which, is asked of accounts
    "see_trash": Rule(("manage_accounts",)),  # R-ARC-5
    "set_notifications": Rule(employees=False),  # how the firm's mails look, who gets none (R-NOT-6, R-LOG-8)
    "manage_organizer_templates": Rule(("manage_organizers",)),  # §2.2; to send one takes access alone
    "manage_quickbooks": Rule(employees=False),  # R-QB-1; to connect the firm's books is the owner's alone
}


def is_staff(actor: Actor) -> bool:
    """Whether the actor is somebody of the firm, or the system working for it; a portal user is neither."""
    return actor.kind == "system" or (actor.kind == "member" and actor.id is not None)


def allows(rule: Rule, actor: Actor) -> bool:
    """Whether a rule lets the actor do it, as far as rights go: who sees which account is decided elsewhere."""
    if not is_staff(actor):
        return rule.portal and actor.kind == "portal"
    if not rule.staff:
        return False
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


def edits_contact(actor: Actor, *, is_linked: bool) -> bool:
    """Whether the actor may edit a contact that they see (U-3); `is_linked` to some account that they see."""
    return is_staff(actor) and holds(actor, "manage_contacts", *(("manage_accounts",) if is_linked else ()))
