"""Create the accounts of the ledger, and the choice of which takes what."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0003"
down_revision = "0002"

CHOICES = ("income_ledger_id", "deposit_ledger_id", "refund_ledger_id", "fee_ledger_id")


def upgrade() -> None:
    for name in CHOICES:
        op.add_column("connection", sa.Column(name, sa.Text))
    op.create_table(
        "ledger_account",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subtype", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_ledger_account"),
    )
    protect("ledger_account")


def downgrade() -> None:
    op.drop_table("ledger_account")
    for name in reversed(CHOICES):
        op.drop_column("connection", name)
