"""Add account roles as assignees of tasks and jobs, and what is known of who fills them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0003"
down_revision = "0002"

TABLES = ("role_ref", "account_ref", "role_holder")


def upgrade() -> None:
    _create_references()
    for table in TABLES:
        protect(table)
    for table in ("task", "job"):
        op.add_column(table, sa.Column("role_ids", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"))


def downgrade() -> None:
    for table in ("task", "job"):
        op.drop_column(table, "role_ids")
    for table in reversed(TABLES):
        op.drop_table(table)


def _ids() -> list[sa.Column[Any]]:
    return [sa.Column("firm_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _create_references() -> None:
    op.create_table(
        "role_ref",
        *_ids(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_role_ref"),
    )
    op.create_table(
        "account_ref",
        *_ids(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account_ref"),
    )
    op.create_table(
        "role_holder",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("role_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "role_id", "member_id", name="pk_role_holder"),
    )
