"""Remember what waits in QuickBooks for owner and admins, and by which happening they are told."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "attention",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("about_id", sa.Uuid, nullable=False),
        sa.Column("happening_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "about_id", name="pk_attention"),
    )
    op.create_index("ix_attention_happening", "attention", ["firm_id", "happening_id"])
    protect("attention")


def downgrade() -> None:
    op.drop_table("attention")
