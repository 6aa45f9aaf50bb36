"""Add what QuickBooks said of the whole connection, and which of its documents may be ours a second time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("connection", sa.Column("refusal", JSONB))
    op.add_column("connection", sa.Column("refused_at", sa.DateTime(timezone=True)))
    op.add_column("document", sa.Column("double_id", sa.Text))
    op.add_column("document", sa.Column("apart", JSONB))


def downgrade() -> None:
    op.drop_column("document", "apart")
    op.drop_column("document", "double_id")
    op.drop_column("connection", "refused_at")
    op.drop_column("connection", "refusal")
