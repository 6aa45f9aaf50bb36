"""Keep client lists that are read and loaded row by row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.migrate import protect

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "import",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("encoding", sa.Text, nullable=False),
        sa.Column("delimiter", sa.Text, nullable=False),
        sa.Column("dates", sa.Text, nullable=False),
        sa.Column("header", ARRAY(sa.Text), nullable=False),
        sa.Column("columns", JSONB, nullable=False),
        sa.Column("new_accounts", sa.Integer, nullable=False),
        sa.Column("known_accounts", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("context", JSONB),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_import"),
    )
    op.create_index("ix_import_due_at", "import", ["due_at"], postgresql_where=sa.text("state = 'running'"))
    op.create_table(
        "import_line",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("import_id", sa.Uuid, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("account_name", sa.Text, nullable=False),
        sa.Column("cells", ARRAY(sa.Text), nullable=False),
        sa.Column("request", JSONB),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "import_id", "place", name="pk_import_line"),
        sa.ForeignKeyConstraint(
            ["firm_id", "import_id"],
            ["import.firm_id", "import.id"],
            name="fk_import_line_firm_id_import_id_import",
            ondelete="CASCADE",
        ),
    )
    protect("import")
    protect("import_line")
    # The worker looks for imports that are due in every firm, then loads each within its firm.
    op.execute(
        "CREATE POLICY sweep ON import FOR SELECT USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )


def downgrade() -> None:
    op.drop_table("import_line")
    op.drop_table("import")
