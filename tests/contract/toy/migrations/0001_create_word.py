"""Create the toy's words."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "word",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("word", sa.Text, primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
    )
    protect("word")


def downgrade() -> None:
    op.drop_table("word")
