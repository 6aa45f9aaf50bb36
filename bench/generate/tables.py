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
        "portal_user": (
            "firm_id", "id", "email", "email_folded", "password_hash", "created_at", "password_at",
        ),
        "portal_login": ("firm_id", "user_id", "email_folded"),
        "portal_session": (
            "firm_id", "id", "user_id", "digest", "created_at", "last_seen_at", "expires_at", "address", "agent",
        ),
        "portal_sign_in": (
            "firm_id", "id", "at", "how", "account_id", "account_name", "contact_id", "contact_name", "email",
            "email_folded", "address", "agent", "door",
        ),
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
        "address_switch": (
            "firm_id", "account_id", "address_id", "contact_id", "login", "invited_at", "accepted_at", "is_notified",
            "is_synced", "is_signatory",
        ),
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
    "documents": {
        "folder": (
            "firm_id", "id", "account_id", "name", "client_access", "version", "created_at", "updated_at",
        ),
        "document": (
            "firm_id", "id", "account_id", "folder_id", "name", "description", "is_new", "file_id", "media_type",
            "size", "sha256", "uploaded_at", "side", "uploader_id", "uploader_name", "origin", "version", "created_at",
            "updated_at",
        ),
        "document_version": (
            "firm_id", "id", "document_id", "number", "file_id", "media_type", "size", "sha256", "uploaded_at", "side",
            "uploader_id", "uploader_name", "origin",
        ),
        "approval": (
            "firm_id", "id", "account_id", "document_id", "file_id", "number", "created_by", "status", "note",
            "reason", "address", "version", "created_at", "updated_at",
        ),
        "signature_request": (
            "firm_id", "id", "account_id", "document_id", "file_id", "number", "created_by", "kind", "order", "status",
            "message", "intent", "sha256", "remind_after_days", "sent_at", "reason", "stamped_sha256", "version",
            "created_at", "updated_at",
        ),
        "signer": (
            "firm_id", "id", "account_id", "request_id", "position", "contact_id", "name", "email", "way", "status",
            "fields", "reason", "is_unlinked",
        ),
        "organizer_template": (
            "firm_id", "id", "name", "sections", "is_startable", "is_deleted", "version", "created_at", "updated_at",
        ),
        "organizer": (
            "firm_id", "id", "account_id", "name", "template_id", "template_version", "sections", "answers", "status",
            "progress", "is_sealed", "is_archived", "created_by", "sent_at", "version", "created_at", "updated_at",
        ),
        "organizer_event": ("firm_id", "organizer_id", "position", "step", "at", "by"),
    },
    "messages": {
        "member_ref": ("firm_id", "id", "name", "is_active", "version"),
        "account_ref": ("firm_id", "id", "code", "name", "team", "version", "is_synced", "links_version"),
        "synced_address": ("firm_id", "account_id", "contact_id", "folded", "email"),
        "thread": (
            "firm_id", "id", "account_id", "subject", "is_for_all", "assignee_id", "is_archived", "started_by_side",
            "started_by_id", "started_by_name", "numbered", "sent_position", "received_position", "internal_position",
            "read_position", "responded_at", "attachments", "internal_attachments", "tasks_done", "tasks_total",
            "version", "created_at", "updated_at",
        ),
        "message": (
            "firm_id", "id", "thread_id", "position", "kind", "author_id", "author_name", "text", "mention_ids",
            "sent_at", "version",
        ),
        "read_mark": ("firm_id", "thread_id", "reader_id", "side", "name", "position", "read_at"),
        "email": (
            "firm_id", "id", "thread_id", "message_id", "identity", "references", "direction", "sender_name",
            "sender_email", "to", "cc", "subject", "text", "is_cut", "files", "sent_at", "status", "problem",
            "candidates", "is_waiting",
        ),
        "email_person": ("firm_id", "email_id", "folded"),
        "thread_link": ("firm_id", "message_id", "thread_id"),
        "email_filing": ("firm_id", "email_id", "account_id", "thread_id", "reason", "filed_at"),
        "account_thread": ("firm_id", "account_id", "thread_id", "latest_id", "latest_at", "count"),
    },
    "billing": {
        "number_counter": ("firm_id", "year", "last"),
        "invoice": (
            "firm_id", "id", "account_id", "author_kind", "author_id", "author_name", "state", "number", "year",
            "sequence", "currency", "posted_on", "due_on", "lines", "taxes", "subtotal", "total", "paid", "clearing",
            "memo", "issued_at", "void_reason", "version", "created_at", "updated_at",
        ),
        "ledger": ("firm_id", "account_id", "version"),
        "balance": ("firm_id", "account_id", "currency", "credit", "reserved", "due", "clearing"),
        "credit_entry": (
            "firm_id", "id", "account_id", "author_kind", "author_id", "author_name", "currency", "kind", "amount",
            "balance", "entered_on", "note", "created_at",
        ),
        "proposal": (
            "firm_id", "id", "account_id", "author_kind", "author_id", "author_name", "kind", "name", "introduction",
            "terms", "packages", "requirement", "currency", "payment_method", "authorization", "invoicing",
            "issues_invoices", "status", "sent_at", "version", "created_at", "updated_at",
        ),
        "proposal_signer": (
            "firm_id", "proposal_id", "contact_id", "account_id", "position", "name", "email", "is_unlinked",
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
