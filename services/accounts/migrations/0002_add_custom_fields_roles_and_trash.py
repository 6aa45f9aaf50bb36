"""Add custom fields, account roles, the trash, time zones, and what contacts report of portal access."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

TABLES = (
    "account_field", "account_field_choice", "account_field_value", "account_role", "account_role_holder",
    "account_trash",
)  # fmt: skip


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _whole(name: str, *, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=sa.text(default) if default else None)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=False)


def _of(table: str, column: str, referred: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", column],
        [f"{referred}.firm_id", f"{referred}.id"],
        name=f"fk_{table}_firm_id_{column}_{referred}",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.add_column("account", sa.Column("timezone", sa.Text, nullable=False, server_default=""))
    op.add_column("account", sa.Column("portal_status", sa.Text, nullable=False, server_default="off"))
    op.add_column("account", _whole("access_version", default="0"))
    op.drop_constraint("ck_account_state", "account")
    op.create_check_constraint("ck_account_state", "account", "state IN ('opening', 'active', 'archived', 'trashed')")
    op.create_check_constraint("ck_account_portal_status", "account", "portal_status IN ('active', 'pending', 'off')")
    _fields()
    _roles()
    _trash()
    for table in TABLES:
        protect(table)
    # The sweep looks for what is due in every firm, then deletes each within its firm.
    op.execute(
        "CREATE POLICY sweep ON account_trash FOR SELECT"
        " USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )


def _fields() -> None:
    op.create_table(
        "account_field",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        _text("key"),
        _text("type"),
        _whole("position"),
        _flag("is_deleted"),
        _whole("version", default="1"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account_field"),
    )
    op.create_index(
        "uq_account_field_key",
        "account_field",
        ["firm_id", "key"],
        unique=True,
        postgresql_where=sa.text("NOT is_deleted"),
    )
    op.create_table(
        "account_field_choice",
        _id("firm_id"),
        _id("field_id"),
        _id("id"),
        _text("name"),
        _whole("position"),
        _flag("is_removed"),
        sa.PrimaryKeyConstraint("firm_id", "field_id", "id", name="pk_account_field_choice"),
        _of("account_field_choice", "field_id", "account_field"),
    )
    op.create_table(
        "account_field_value",
        _id("firm_id"),
        _id("account_id"),
        _id("field_id"),
        sa.Column("value", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "field_id", name="pk_account_field_value"),
        _of("account_field_value", "account_id", "account"),
        _of("account_field_value", "field_id", "account_field"),
    )
    op.create_index("ix_account_field_value_firm_id_field_id", "account_field_value", ["firm_id", "field_id"])


def _roles() -> None:
    op.create_table(
        "account_role",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        _text("key"),
        _whole("version", default="1"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account_role"),
        sa.UniqueConstraint("firm_id", "key", name="uq_account_role_firm_id_key"),
    )
    op.create_table(
        "account_role_holder",
        _id("firm_id"),
        _id("account_id"),
        _id("role_id"),
        _id("member_id"),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "role_id", "member_id", name="pk_account_role_holder"),
        _of("account_role_holder", "account_id", "account"),
        _of("account_role_holder", "role_id", "account_role"),
    )
    for column in ("role_id", "member_id"):
        op.create_index(f"ix_account_role_holder_firm_id_{column}", "account_role_holder", ["firm_id", column])


def _trash() -> None:
    op.create_table(
        "account_trash",
        _id("firm_id"),
        _id("account_id"),
        _id("deleted_by", nullable=True),
        _instant("deleted_at"),
        _instant("due_at"),
        sa.PrimaryKeyConstraint("firm_id", "account_id", name="pk_account_trash"),
        _of("account_trash", "account_id", "account"),
    )
    op.create_index("ix_account_trash_due_at", "account_trash", ["due_at"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint("ck_account_portal_status", "account")
    op.drop_constraint("ck_account_state", "account")
    op.create_check_constraint("ck_account_state", "account", "state IN ('opening', 'active', 'archived')")
    for column in ("access_version", "portal_status", "timezone"):
        op.drop_column("account", column)
