"""Remember what is unpaid on accounts, as billing tells."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "owed_ref",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("amounts", JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", name="pk_owed_ref"),
    )
    protect("owed_ref")


def downgrade() -> None:
    op.drop_table("owed_ref")
