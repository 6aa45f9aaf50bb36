"""Create what echo has heard."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("word", sa.Text, primary_key=True),
        sa.Column("times", sa.Integer, nullable=False),
    )
    protect("heard")
    op.create_table("deaf", sa.Column("word", sa.Text, primary_key=True))


def downgrade() -> None:
    op.drop_table("deaf")
    op.drop_table("heard")
