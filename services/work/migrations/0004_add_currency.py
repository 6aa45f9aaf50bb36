"""Add the firm's currency as billing tells it, in which rates and amounts of time are."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "firm_ref",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", name="pk_firm_ref"),
    )
    protect("firm_ref")


def downgrade() -> None:
    op.drop_table("firm_ref")
