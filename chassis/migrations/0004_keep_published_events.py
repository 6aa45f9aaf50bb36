"""Keep published events for a while, and let a transaction of one firm see only that firm's events and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Unlike the firms' own tables: the relay and the sweeps, which belong to no firm, work on all of them.
RULE = (
    "nullif(current_setting('app.firm_id', true), '') IS NULL"
    " OR firm_id = nullif(current_setting('app.firm_id', true), '')::uuid"
)


def upgrade() -> None:
    op.create_table(
        "published",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("firm_id", sa.Uuid),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("context", sa.Text, nullable=False),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_published_published_at", "published", ["published_at"], postgresql_using="brin")
    for table in ("outbox", "published", "done_once"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY firm ON {table} USING ({RULE}) WITH CHECK ({RULE})")


def downgrade() -> None:
    for table in ("done_once", "outbox"):
        op.execute(f"DROP POLICY firm ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_table("published")
