"""Give accounts a photo, and keep record of photos in the store of files that no account shows."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("account", sa.Column("photo_id", sa.Uuid, nullable=True))
    op.add_column("account", sa.Column("photo_by", sa.Text, nullable=True))
    op.add_column("account", sa.Column("photo_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.create_table(
        "photo_leftover",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("photo_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "photo_id", name="pk_photo_leftover"),
    )
    op.create_index("ix_photo_leftover_due_at", "photo_leftover", ["due_at"])
    protect("photo_leftover")
    # The sweep looks for files that are due in every firm, then removes each within its firm.
    op.execute(
        "CREATE POLICY sweep ON photo_leftover FOR SELECT"
        " USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )


def downgrade() -> None:
    op.drop_table("photo_leftover")
    for column in ("photo_at", "photo_by", "photo_id"):
        op.drop_column("account", column)
