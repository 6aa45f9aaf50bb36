"""Create what is known of changes in QuickBooks, and what owner and admins were told."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

TABLES = ("watch", "told_change", "attention")


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("verifier", sa.LargeBinary),
        sa.Column("realm_id", sa.Text),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("looked_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("changes_until", sa.TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("firm_id", name="pk_watch"),
    )
    op.create_table(
        "told_change",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("realm_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("entity_id", sa.Text, nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_done", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_told_change"),
    )
    op.create_index("ix_told_change_firm_id_is_done_at", "told_change", ["firm_id", "is_done", "at"])
    op.create_index("ix_told_change_firm_id_received_at", "told_change", ["firm_id", "received_at"])
    op.create_table(
        "attention",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("about_id", sa.Uuid, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "about_id", name="pk_attention"),
    )
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
