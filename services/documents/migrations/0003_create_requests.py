"""Create approvals, signature requests with their signers, and locks until an invoice is paid."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect, record

revision = "0003"
down_revision = "0002"

TABLES = ("approval", "signature_request", "signer", "document_lock", "invoice_ref", "account_ref")
AT = sa.TIMESTAMP(timezone=True)
OPEN = "status IN ('prepared', 'pending', 'partially_signed')"


def upgrade() -> None:
    _create_approvals()
    _create_signatures()
    _create_signers()
    _create_locks()
    for table in TABLES:
        protect(table)
    # The sweep looks in every firm for what is due, then sees to each within its firm.
    op.execute(
        "CREATE POLICY sweep ON signature_request FOR SELECT"
        " USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )
    record("approval", about="account_id", key=("id",))
    record("signature_request", about="account_id", key=("id",))
    record("document_lock", about="account_id", key=("document_id",))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _request() -> list[sa.Column[Any]]:
    return [
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("created_by", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    ]


def _of_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", "document_id"],
        ["document.firm_id", "document.id"],
        name=f"fk_{table}_firm_id_document_id_document",
        ondelete="CASCADE",
    )


def _index_requests(table: str) -> None:
    op.create_index(
        f"ix_{table}_firm_id_account_id_created_at_id", table, ["firm_id", "account_id", "created_at", "id"]
    )
    op.create_index(f"ix_{table}_firm_id_document_id", table, ["firm_id", "document_id"])


def _create_approvals() -> None:
    op.create_table(
        "approval",
        *_request(),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("answered_at", AT),
        sa.Column("answered_by", JSONB),
        sa.Column("address", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_approval"),
        _of_document("approval"),
        sa.CheckConstraint("status IN ('pending', 'approved', 'disapproved', 'withdrawn')", name="ck_approval_status"),
    )
    _index_requests("approval")
    op.create_index(
        "uq_approval_pending",
        "approval",
        ["firm_id", "document_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )


def _create_signatures() -> None:
    op.create_table(
        "signature_request",
        *_request(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("order", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("intent", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("remind_after_days", sa.Integer, nullable=False),
        sa.Column("sent_at", AT),
        sa.Column("reminded_at", AT),
        sa.Column("reminder_due_at", AT),
        sa.Column("ended_at", AT),
        sa.Column("stamped_id", sa.Uuid),
        sa.Column("stamped_sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_signature_request"),
        _of_document("signature_request"),
        sa.CheckConstraint(
            "status IN ('prepared', 'pending', 'partially_signed', 'signed', 'declined', 'voided')",
            name="ck_signature_request_status",
        ),
    )
    _index_requests("signature_request")
    op.create_index(
        "uq_signature_request_open",
        "signature_request",
        ["firm_id", "document_id"],
        unique=True,
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        "ix_signature_request_reminder_due_at",
        "signature_request",
        ["reminder_due_at"],
        postgresql_where=sa.text("reminder_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_signature_request_unstamped",
        "signature_request",
        ["ended_at"],
        postgresql_where=sa.text("status = 'signed' AND stamped_id IS NULL"),
    )


def _create_signers() -> None:
    op.create_table(
        "signer",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("contact_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("signed_at", AT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", JSONB),
        sa.Column("is_unlinked", sa.Boolean, nullable=False),
        sa.Column("link_digest", sa.LargeBinary),
        sa.Column("link_expires_at", AT),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_signer"),
        sa.ForeignKeyConstraint(
            ["firm_id", "request_id"],
            ["signature_request.firm_id", "signature_request.id"],
            name="fk_signer_firm_id_request_id_signature_request",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("status IN ('pending', 'signed', 'declined')", name="ck_signer_status"),
        sa.CheckConstraint("way IN ('portal', 'link')", name="ck_signer_way"),
    )
    op.create_index("ix_signer_firm_id_request_id_position", "signer", ["firm_id", "request_id", "position"])
    op.create_index("uq_signer_link_digest", "signer", ["link_digest"], unique=True)
    op.create_index("ix_signer_firm_id_contact_id", "signer", ["firm_id", "contact_id"])


def _create_locks() -> None:
    op.create_table(
        "document_lock",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("invoice_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "document_id", name="pk_document_lock"),
        _of_document("document_lock"),
    )
    op.create_index("ix_document_lock_firm_id_invoice_id", "document_lock", ["firm_id", "invoice_id"])
    op.create_table(
        "invoice_ref",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("is_paid", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_invoice_ref"),
    )
    op.create_table(
        "account_ref",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("links_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account_ref"),
    )
