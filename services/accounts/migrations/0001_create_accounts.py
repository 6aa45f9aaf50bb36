"""Create accounts, their teams, followers, tags, codes, and what is remembered of members and contacts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0001"
down_revision = None

TABLES = (
    "account", "account_team", "account_follower", "tag", "account_tag", "account_code_counter", "account_opening",
    "member_ref", "contact_ref", "access_request",
)  # fmt: skip


def _id(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", "account_id"],
        ["account.firm_id", "account.id"],
        name=f"fk_{table}_firm_id_account_id_account",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "account",
        _id("firm_id"),
        _id("id"),
        _text("code", nullable=True),
        _text("name"),
        _text("name_mode"),
        _text("type"),
        _text("company_name", nullable=True),
        sa.Column("company_address", JSONB, nullable=True),
        _text("state"),
        sa.Column("naming_contact_id", sa.Uuid, nullable=True),
        sa.Column("links_version", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        _instant("created_at"),
        _instant("updated_at"),
        _instant("archived_at", nullable=True),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account"),
        sa.UniqueConstraint("firm_id", "code", name="uq_account_firm_id_code"),
        sa.CheckConstraint("state IN ('opening', 'active', 'archived')", name="ck_account_state"),
        sa.CheckConstraint("state = 'opening' OR code IS NOT NULL", name="ck_account_code"),
    )
    op.create_index("ix_account_firm_id_name", "account", ["firm_id", "name"])
    op.create_index("ix_account_firm_id_naming_contact_id", "account", ["firm_id", "naming_contact_id"])
    for table in ("account_team", "account_follower"):
        op.create_table(
            table,
            _id("firm_id"),
            _id("account_id"),
            _id("member_id"),
            sa.PrimaryKeyConstraint("firm_id", "account_id", "member_id", name=f"pk_{table}"),
            _of_account(table),
        )
        op.create_index(f"ix_{table}_firm_id_member_id", table, ["firm_id", "member_id"])
    _tags()
    _records()
    _remembered()
    for table in TABLES:
        protect(table)
    # The sweep looks for openings that are due in every firm, then takes up each within its firm.
    op.execute(
        "CREATE POLICY sweep ON account_opening FOR SELECT"
        " USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )


def _tags() -> None:
    op.create_table(
        "tag",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        _text("key"),
        _text("colour"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_tag"),
        sa.UniqueConstraint("firm_id", "key", name="uq_tag_firm_id_key"),
    )
    op.create_table(
        "account_tag",
        _id("firm_id"),
        _id("account_id"),
        _id("tag_id"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "tag_id", name="pk_account_tag"),
        _of_account("account_tag"),
        sa.ForeignKeyConstraint(
            ["firm_id", "tag_id"],
            ["tag.firm_id", "tag.id"],
            name="fk_account_tag_firm_id_tag_id_tag",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_account_tag_firm_id_tag_id", "account_tag", ["firm_id", "tag_id"])


def _records() -> None:
    op.create_table(
        "account_code_counter",
        _id("firm_id"),
        _text("prefix"),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "prefix", name="pk_account_code_counter"),
    )
    op.create_table(
        "account_opening",
        _id("firm_id"),
        _id("account_id"),
        sa.Column("request", JSONB, nullable=False),
        sa.Column("context", JSONB, nullable=False),
        sa.Column("is_import", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        _instant("due_at"),
        sa.Column("refusal", JSONB, nullable=True),
        sa.PrimaryKeyConstraint("firm_id", "account_id", name="pk_account_opening"),
    )
    op.create_index("ix_account_opening_due_at", "account_opening", ["due_at"])
    op.create_table(
        "access_request",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        _id("member_id"),
        _instant("requested_at"),
        _instant("answered_at", nullable=True),
        sa.Column("answered_by", sa.Uuid, nullable=True),
        sa.Column("is_granted", sa.Boolean, nullable=True),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_access_request"),
        _of_account("access_request"),
    )
    op.create_index(
        "uq_access_request_open",
        "access_request",
        ["firm_id", "account_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _remembered() -> None:
    op.create_table(
        "member_ref",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        _text("role"),
        sa.Column("rights", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("has_default_access", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_member_ref"),
    )
    op.create_table(
        "contact_ref",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_contact_ref"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
