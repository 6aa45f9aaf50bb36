"""Tell the faults of refused rows so that they can be translated, and which rows no choice of columns mends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("import_line", sa.Column("faults", JSONB, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("import_line", sa.Column("is_broken", sa.Boolean, nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    op.drop_column("import_line", "is_broken")
    op.drop_column("import_line", "faults")
