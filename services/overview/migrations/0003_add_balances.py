"""Add to the directory what accounts owe and their credit, as billing tells."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("directory_account", sa.Column("balances_version", sa.Integer, nullable=False, server_default="0"))
    op.add_column("directory_account", sa.Column("balances", postgresql.JSONB, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("directory_account", "balances")
    op.drop_column("directory_account", "balances_version")
