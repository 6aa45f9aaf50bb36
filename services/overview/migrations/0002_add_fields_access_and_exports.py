"""Add custom fields, portal status and switches to the directory; what members opened, and what was exported."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

INSTANT = sa.TIMESTAMP(timezone=True)
NO = sa.text("false")
ZERO = sa.text("0")
ADDED: tuple[sa.Column[Any], ...] = (
    sa.Column("fields", postgresql.JSONB, nullable=False, server_default="[]"),
    sa.Column("access_version", sa.Integer, nullable=False, server_default=ZERO),
    sa.Column("portal_status", sa.Text, nullable=False, server_default="off"),
    sa.Column("is_notified", sa.Boolean, nullable=False, server_default=NO),
    sa.Column("is_synced", sa.Boolean, nullable=False, server_default=NO),
    sa.Column("login_emails", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("unlinked", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
)


def upgrade() -> None:
    for column in ADDED:
        op.add_column("directory_account", column)
    op.create_table(
        "directory_field",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("field_id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default=ZERO),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=NO),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("choices", postgresql.JSONB, nullable=False, server_default="[]"),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "opened_account",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("opened_at", INSTANT, nullable=False),
    )
    op.create_index("ix_opened_account_firm_id_account_id", "opened_account", ["firm_id", "account_id"])
    op.create_table(
        "export_run",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("filters", postgresql.JSONB, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("rows", sa.Integer, nullable=False, server_default=ZERO),
        sa.Column("is_complete", sa.Boolean, nullable=False, server_default=NO),
    )
    op.create_index("ix_export_run_firm_id_started_at_id", "export_run", ["firm_id", "started_at", "id"])
    for table in ("directory_field", "opened_account", "export_run"):
        protect(table)


def downgrade() -> None:
    for table in ("export_run", "opened_account", "directory_field"):
        op.drop_table(table)
    for column in ADDED:
        op.drop_column("directory_account", column.name)
