"""Create templates of organizers, organizers, and what happened to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

TABLES = ("organizer_template", "organizer", "organizer_event")
AT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "organizer_template",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sections", JSONB, nullable=False),
        sa.Column("is_startable", sa.Boolean, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_organizer_template"),
    )
    _create_organizers()
    op.create_table(
        "organizer_event",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("organizer_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("by", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "organizer_id", "position", name="pk_organizer_event"),
        sa.ForeignKeyConstraint(
            ["firm_id", "organizer_id"],
            ["organizer.firm_id", "organizer.id"],
            name="fk_organizer_event_firm_id_organizer_id_organizer",
            ondelete="CASCADE",
        ),
    )
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_organizers() -> None:
    op.create_table(
        "organizer",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("template_id", sa.Uuid, nullable=False),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("sections", JSONB, nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("progress", sa.Integer, nullable=False),
        sa.Column("is_sealed", sa.Boolean, nullable=False),
        sa.Column("is_archived", sa.Boolean, nullable=False),
        sa.Column("created_by", JSONB, nullable=False),
        sa.Column("sent_at", AT),
        sa.Column("submitted_at", AT),
        sa.Column("submitted_by", JSONB),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_organizer"),
        sa.CheckConstraint(
            "status IN ('not_opened', 'opened', 'in_progress', 'submitted', 'reopened')", name="ck_organizer_status"
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name="ck_organizer_progress"),
    )
    op.create_index(
        "ix_organizer_firm_id_account_id_created_at_id", "organizer", ["firm_id", "account_id", "created_at", "id"]
    )
