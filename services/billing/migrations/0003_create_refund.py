"""Keep each refund, with those that were made before as one for each payment."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "refund",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("payment_id", sa.Uuid, nullable=False),
        sa.Column("amount", sa.Numeric(15, 3), nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author_kind", sa.Text, nullable=False),
        sa.Column("author_id", sa.Uuid),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_refund"),
        sa.CheckConstraint("amount > 0", name="ck_refund_amount"),
    )
    op.create_index("ix_refund_firm_id_account_id", "refund", ["firm_id", "account_id"])
    # The owner of the tables is bound by row-level security too, and a migration belongs to no firm.
    op.execute("ALTER TABLE payment NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO refund SELECT firm_id, gen_random_uuid(), account_id, id, refunded, currency, updated_at::date,"
        " '', 'system', NULL, '', updated_at FROM payment WHERE refunded > 0"
    )
    op.execute("ALTER TABLE payment FORCE ROW LEVEL SECURITY")
    protect("refund")


def downgrade() -> None:
    op.drop_table("refund")
