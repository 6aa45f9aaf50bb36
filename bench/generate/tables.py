"""The tables that are filled and the columns of their rows, by service; a test holds them against the models."""

COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "identity": {
        "firm": ("firm_id", "name", "created_at"),
        "member": (
            "firm_id", "id", "email", "email_folded", "name", "role", "rights", "has_default_access", "is_active",
            "password_hash", "version", "created_at", "updated_at",
        ),
        "login": ("firm_id", "member_id", "email_folded"),
        "token": ("firm_id", "id", "member_id", "name", "scopes", "digest", "created_at"),
    },
    "accounts": {
        "member_ref": ("firm_id", "id", "name", "role", "rights", "is_active", "has_default_access", "version"),
        "tag": ("firm_id", "id", "name", "key", "colour"),
        "account_code_counter": ("firm_id", "prefix", "last"),
        "contact_ref": ("firm_id", "id", "name", "version"),
        "account": (
            "firm_id", "id", "code", "name", "name_mode", "type", "company_name", "company_address", "state",
            "naming_contact_id", "links_version", "version", "created_at", "updated_at", "archived_at",
        ),
        "account_team": ("firm_id", "account_id", "member_id"),
        "account_follower": ("firm_id", "account_id", "member_id"),
        "account_tag": ("firm_id", "account_id", "tag_id", "position"),
    },
    "contacts": {
        "member_ref": ("firm_id", "id", "folded", "is_active", "version"),
        "tag_ref": ("firm_id", "id", "name", "colour"),
        "account_ref": ("firm_id", "id", "code", "name", "state", "team", "version", "links_version", "is_open"),
        "contact": (
            "firm_id", "id", "display_name", "first_name", "last_name", "company_name", "street", "city", "state",
            "zip", "country", "timezone", "phones", "search", "created_for", "version", "created_at", "updated_at",
        ),
        "contact_address": ("firm_id", "id", "contact_id", "label", "email", "folded", "position"),
        "contact_link": ("firm_id", "account_id", "contact_id", "description", "position", "linked_at"),
    },
    "work": {
        "member_ref": ("firm_id", "id", "name", "is_active", "version"),
        "tag_ref": ("firm_id", "id", "name", "colour", "is_deleted"),
        "task_status": ("firm_id", "id", "name", "category", "position", "is_removed"),
        "pipeline": ("firm_id", "id", "name", "position", "is_removed", "version", "created_at", "updated_at"),
        "stage": ("firm_id", "id", "pipeline_id", "name", "position", "is_removed"),
        "job": (
            "firm_id", "id", "account_id", "name", "pipeline_id", "stage_id", "stage_since", "status", "assignee_ids",
            "priority", "due_on", "description", "version", "created_at", "updated_at",
        ),
        "task": (
            "firm_id", "id", "account_id", "title", "status_id", "assignee_ids", "priority", "due_on", "description",
            "subtasks", "tag_ids", "version", "created_at", "updated_at",
        ),
        "note": (
            "firm_id", "id", "account_id", "title", "body", "is_pinned", "author_id", "mention_ids", "version",
            "created_at", "updated_at",
        ),
        "time_entry": (
            "firm_id", "id", "account_id", "member_id", "worked_on", "minutes", "service", "description",
            "is_billable", "is_billed", "rate", "amount", "version", "created_at", "updated_at",
        ),
    },
    "overview": {
        "firm": ("id",),
        "directory_tag": ("firm_id", "tag_id", "version", "name", "colour"),
        "directory_contact": ("firm_id", "contact_id", "version", "name", "addresses"),
        "directory_link": ("firm_id", "account_id", "contact_id", "position"),
        "directory_account": (
            "firm_id", "account_id", "version", "links_version", "state", "code", "name", "company", "type", "tags",
            "team", "people", "created_at",
        ),
        "directory_mark": ("firm_id", "mark_id", "account_id"),
        "directory_search": (
            "firm_id", "account_id", "is_archived", "name", "code_key", "name_key", "names", "addresses", "team",
            "keys",
        ),
        "section_generation": ("firm_id", "account_id", "section", "generation"),
    },
}  # fmt: skip
