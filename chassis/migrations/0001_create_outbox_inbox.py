"""Create the tables behind events that are not lost and calls that are done once."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("firm_id", sa.Uuid),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("context", sa.Text, nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("held_until", sa.TIMESTAMP(timezone=True)),
    )
    op.execute(
        """
        CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NOTIFY outbox; RETURN NULL; END $$
        """
    )
    op.execute("CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake()")
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("handler", sa.Text, primary_key=True),
        sa.Column("applied_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_inbox_applied_at", "inbox", ["applied_at"])
    op.create_table(
        "done_once",
        sa.Column("firm_id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_done_once_done_at", "done_once", ["done_at"])


def downgrade() -> None:
    op.drop_table("done_once")
    op.drop_table("inbox")
    op.drop_table("outbox")
    op.execute("DROP FUNCTION outbox_wake()")
