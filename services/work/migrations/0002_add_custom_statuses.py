"""Add custom statuses of jobs, and what clients are told of a job."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _create_custom_statuses()
    protect("custom_status")
    _extend()


def downgrade() -> None:
    op.drop_column("stage", "client_status")
    op.drop_column("job", "client_status_override")
    op.drop_column("job", "custom_status_id")
    op.drop_table("custom_status")


def _create_custom_statuses() -> None:
    op.create_table(
        "custom_status",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("pipeline_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_custom_status"),
        sa.ForeignKeyConstraint(
            ["firm_id", "pipeline_id"],
            ["pipeline.firm_id", "pipeline.id"],
            name="fk_custom_status_firm_id_pipeline_id_pipeline",
        ),
        sa.CheckConstraint("kind IN ('active', 'completed')", name="ck_custom_status_kind"),
    )
    op.create_index("ix_custom_status_firm_id_pipeline_id", "custom_status", ["firm_id", "pipeline_id"])


def _extend() -> None:
    op.add_column("stage", sa.Column("client_status", sa.Text, nullable=False, server_default=""))
    op.add_column("job", sa.Column("custom_status_id", sa.Uuid))
    op.add_column("job", sa.Column("client_status_override", sa.Text))
    # Not validated: every row there is holds null, and to look at each would hold up who writes jobs meanwhile.
    op.create_foreign_key(
        "fk_job_firm_id_custom_status_id_custom_status",
        "job",
        "custom_status",
        ["firm_id", "custom_status_id"],
        ["firm_id", "id"],
        postgresql_not_valid=True,
    )
