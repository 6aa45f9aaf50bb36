"""Add proposals, their signers, and what is invoiced each month since they were signed."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect, record

revision = "0002"
down_revision = "0001"

TABLES = ("proposal", "proposal_signer", "recurring_invoice", "recurring_issue", "signer_account")
RECORDED = (("proposal", ("id",)), ("proposal_signer", ("proposal_id", "contact_id")), ("recurring_invoice", ("id",)))
BEFORE_A_FIRM_IS_KNOWN = "nullif(current_setting('app.firm_id', true), '') IS NULL"


def upgrade() -> None:
    _proposals()
    _signers()
    _recurring()
    op.create_table(
        "signer_account",
        _id("firm_id"),
        _id("account_id"),
        _text("state", default="active"),
        _whole("version", default="0"),
        _whole("links_version", default="0"),
        _key("signer_account", "account_id"),
    )
    for table in TABLES:
        protect(table)
    for table, key in RECORDED:
        record(table, about="account_id", key=key)
    # What is due on a day, to be invoiced or to expire, is looked for in every firm, then done within its firm.
    for table in ("proposal", "recurring_invoice"):
        op.execute(f"CREATE POLICY sweep ON {table} FOR SELECT USING ({BEFORE_A_FIRM_IS_KNOWN})")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=default)


def _whole(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable, server_default=default)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB, nullable=False)


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date, nullable=nullable)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("firm_id", *columns, name=f"pk_{table}")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=f"ck_{table}_{name}")


def _proposals() -> None:
    op.create_table(
        "proposal",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        _text("kind"),
        _text("name"),
        _text("introduction"),
        _json("terms"),
        _json("packages"),
        _text("requirement"),
        _text("currency"),
        sa.Column("deposit", sa.Numeric(15, 3)),
        _text("payment_method"),
        _text("authorization"),
        _text("invoicing"),
        _flag("issues_invoices"),
        _day("recurs_from", nullable=True),
        _day("expires_on", nullable=True),
        _text("status"),
        _instant("sent_at"),
        _instant("signed_at"),
        _instant("withdrawn_at"),
        _text("withdrawal_reason", default=""),
        _id("package_id", nullable=True),
        _text("signed_content", nullable=True),
        _instant("deposit_received_at"),
        sa.Column("invoice_ids", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        _text("author_kind"),
        _id("author_id", nullable=True),
        _text("author_name"),
        _whole("version"),
        _instant("created_at", nullable=False),
        _instant("updated_at", nullable=False),
        _key("proposal", "id"),
        _check("proposal", "kind", "kind IN ('proposal', 'engagement_letter')"),
        _check(
            "proposal",
            "status",
            "status IN ('draft', 'pending', 'partially_signed', 'signed', 'expired', 'withdrawn')",
        ),
        _check("proposal", "requirement", "requirement IN ('all', 'one')"),
        _check("proposal", "invoicing", "invoicing IN ('on_signature', 'later', 'recurring')"),
        _check("proposal", "sent", "(status = 'draft') = (sent_at IS NULL)"),
    )
    op.create_index(
        "ix_proposal_sent",
        "proposal",
        ["firm_id", "account_id", "sent_at", "id"],
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_proposal_draft", "proposal", ["firm_id", "account_id", "id"], postgresql_where=sa.text("sent_at IS NULL")
    )
    op.create_index(
        "ix_proposal_expiring",
        "proposal",
        ["expires_on"],
        postgresql_where=sa.text("status IN ('pending', 'partially_signed') AND expires_on IS NOT NULL"),
    )


def _signers() -> None:
    op.create_table(
        "proposal_signer",
        _id("firm_id"),
        _id("proposal_id"),
        _id("contact_id"),
        _id("account_id"),
        _whole("position"),
        _text("name"),
        _text("email"),
        _flag("is_unlinked"),
        _instant("removed_at"),
        _instant("declined_at"),
        _text("decline_reason", default=""),
        _instant("signed_at"),
        _text("ip", default=""),
        _text("agent", default=""),
        _id("package_id", nullable=True),
        _whole("version_seen", nullable=True),
        _text("content_sha256", default=""),
        _key("proposal_signer", "proposal_id", "contact_id"),
        sa.ForeignKeyConstraint(
            ["firm_id", "proposal_id"],
            ["proposal.firm_id", "proposal.id"],
            name="fk_proposal_signer_firm_id_proposal_id_proposal",
            ondelete="CASCADE",
        ),
        _check("proposal_signer", "signed_stays", "signed_at IS NULL OR removed_at IS NULL"),
    )
    op.create_index(
        "ix_proposal_signer_firm_id_account_id_contact_id", "proposal_signer", ["firm_id", "account_id", "contact_id"]
    )


def _recurring() -> None:
    op.create_table(
        "recurring_invoice",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        _id("proposal_id"),
        _text("name"),
        _json("lines"),
        _text("currency"),
        _whole("day"),
        _day("next_on"),
        _flag("issues_invoices"),
        _instant("started_at", nullable=False),
        _instant("ended_at"),
        _key("recurring_invoice", "id"),
        _check("recurring_invoice", "day", "day BETWEEN 1 AND 31"),
    )
    op.create_index(
        "ix_recurring_invoice_firm_id_proposal_id", "recurring_invoice", ["firm_id", "proposal_id"], unique=True
    )
    op.create_index("ix_recurring_invoice_firm_id_account_id", "recurring_invoice", ["firm_id", "account_id"])
    op.create_index(
        "ix_recurring_invoice_due", "recurring_invoice", ["next_on"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "recurring_issue",
        _id("firm_id"),
        _id("recurring_id"),
        _day("due_on"),
        _id("account_id"),
        _id("invoice_id"),
        _key("recurring_issue", "recurring_id", "due_on"),
        sa.ForeignKeyConstraint(
            ["firm_id", "recurring_id"],
            ["recurring_invoice.firm_id", "recurring_invoice.id"],
            name="fk_recurring_issue_firm_id_recurring_id_recurring_invoice",
            ondelete="CASCADE",
        ),
    )
