"""Tell members of the firm: notices, what each chose, whom and what a happening concerns, who sees which account."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

TABLES = ("account_ref", "notice", "notice_choice")
INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("happening", sa.Column("member_ids", sa.ARRAY(sa.Uuid)))
    op.add_column("happening", sa.Column("about_id", sa.Uuid))
    op.create_index(
        "ix_happening_about", "happening", ["firm_id", "about_id"], postgresql_where=sa.text("about_id IS NOT NULL")
    )
    _create_account_ref()
    _create_notice()
    _create_notice_choice()
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index("ix_happening_about", "happening")
    op.drop_column("happening", "about_id")
    op.drop_column("happening", "member_ids")


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _create_account_ref() -> None:
    op.create_table(
        "account_ref",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        _text("state"),
        sa.Column("team", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account_ref"),
    )


def _create_notice() -> None:
    op.create_table(
        "notice",
        *(_id(name) for name in ("firm_id", "id", "happening_id", "member_id")),
        _text("kind"),
        _id("account_id", nullable=True),
        _id("about_id", nullable=True),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("read_at", INSTANT),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_notice"),
    )
    op.create_index("uq_notice_happening_id_member_id", "notice", ["firm_id", "happening_id", "member_id"], unique=True)
    op.create_index("ix_notice_member", "notice", ["firm_id", "member_id", "id"])
    op.create_index(
        "ix_notice_unread", "notice", ["firm_id", "member_id", "id"], postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_index("ix_notice_account", "notice", ["firm_id", "account_id"])


def _create_notice_choice() -> None:
    op.create_table(
        "notice_choice",
        _id("firm_id"),
        _id("member_id"),
        _text("kind"),
        sa.Column("is_listed", sa.Boolean, nullable=False),
        sa.Column("is_mailed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "member_id", "kind", name="pk_notice_choice"),
    )
