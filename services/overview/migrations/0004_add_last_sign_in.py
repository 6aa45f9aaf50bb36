"""Add to the directory when somebody of an account's last signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("directory_account", sa.Column("signed_in_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.drop_column("directory_account", "signed_in_at")
