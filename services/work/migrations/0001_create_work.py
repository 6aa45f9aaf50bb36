"""Create pipelines, jobs, tasks, notes, time entries, and what is known of members and tags."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0001"
down_revision = None

TABLES = ("member_ref", "tag_ref", "pipeline", "stage", "job", "task_status", "task", "note", "time_entry")
PRIORITIES = "priority IN ('low', 'medium', 'high', 'urgent')"


def upgrade() -> None:
    _create_references()
    _create_pipelines()
    _create_tasks()
    _create_notes()
    _create_time_entries()
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _ids() -> list[sa.Column[Any]]:
    return [sa.Column("firm_id", sa.Uuid, nullable=False), sa.Column("id", sa.Uuid, nullable=False)]


def _versioned() -> list[sa.Column[Any]]:
    return [
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    ]


def _create_references() -> None:
    op.create_table(
        "member_ref",
        *_ids(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_member_ref"),
    )
    op.create_table(
        "tag_ref",
        *_ids(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("colour", sa.Text, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_tag_ref"),
    )


def _create_pipelines() -> None:
    op.create_table(
        "pipeline",
        *_ids(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("available_to", sa.ARRAY(sa.Uuid)),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_pipeline"),
    )
    op.create_table(
        "stage",
        *_ids(),
        sa.Column("pipeline_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", "pipeline_id", name="pk_stage"),
        sa.ForeignKeyConstraint(
            ["firm_id", "pipeline_id"],
            ["pipeline.firm_id", "pipeline.id"],
            name="fk_stage_firm_id_pipeline_id_pipeline",
        ),
    )
    op.create_table(
        "job",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("pipeline_id", sa.Uuid, nullable=False),
        sa.Column("stage_id", sa.Uuid, nullable=False),
        sa.Column("stage_since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("assignee_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("start_on", sa.Date),
        sa.Column("due_on", sa.Date),
        sa.Column("description", sa.Text, nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_job"),
        sa.ForeignKeyConstraint(
            ["firm_id", "stage_id", "pipeline_id"],
            ["stage.firm_id", "stage.id", "stage.pipeline_id"],
            name="fk_job_firm_id_stage_id_pipeline_id_stage",
        ),
        sa.CheckConstraint("status IN ('active', 'completed', 'archived')", name="ck_job_status"),
        sa.CheckConstraint(PRIORITIES, name="ck_job_priority"),
    )
    op.create_index("ix_job_firm_id_account_id", "job", ["firm_id", "account_id"])
    op.create_index(
        "ix_job_firm_id_pipeline_id_stage_id",
        "job",
        ["firm_id", "pipeline_id", "stage_id"],
        postgresql_where=sa.text("status <> 'archived'"),
    )


def _create_tasks() -> None:
    op.create_table(
        "task_status",
        *_ids(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_task_status"),
        sa.CheckConstraint(
            "category IN ('planned', 'in_progress', 'waiting', 'done', 'canceled')", name="ck_task_status_category"
        ),
    )
    op.create_table(
        "task",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status_id", sa.Uuid, nullable=False),
        sa.Column("assignee_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("start_on", sa.Date),
        sa.Column("due_on", sa.Date),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("subtasks", JSONB, nullable=False),
        sa.Column("tag_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("job_id", sa.Uuid),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_task"),
        sa.ForeignKeyConstraint(
            ["firm_id", "status_id"],
            ["task_status.firm_id", "task_status.id"],
            name="fk_task_firm_id_status_id_task_status",
        ),
        sa.CheckConstraint(PRIORITIES, name="ck_task_priority"),
    )
    op.create_index(
        "ix_task_firm_id_account_id_status_id_created_at_id",
        "task",
        ["firm_id", "account_id", "status_id", "created_at", "id"],
    )
    op.create_index("ix_task_firm_id_status_id", "task", ["firm_id", "status_id"])


def _create_notes() -> None:
    op.create_table(
        "note",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("is_pinned", sa.Boolean, nullable=False),
        sa.Column("author_id", sa.Uuid, nullable=False),
        sa.Column("mention_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("job_id", sa.Uuid),
        sa.Column("task_id", sa.Uuid),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_note"),
    )
    op.create_index(
        "ix_note_firm_id_account_id_is_pinned_updated_at_id",
        "note",
        ["firm_id", "account_id", "is_pinned", "updated_at", "id"],
    )


def _create_time_entries() -> None:
    op.create_table(
        "time_entry",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("worked_on", sa.Date, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("is_billable", sa.Boolean, nullable=False),
        sa.Column("is_billed", sa.Boolean, nullable=False),
        sa.Column("rate", sa.Numeric(10, 2)),
        sa.Column("amount", sa.Numeric(12, 2)),
        sa.Column("running_since", sa.TIMESTAMP(timezone=True)),
        sa.Column("job_id", sa.Uuid),
        sa.Column("task_id", sa.Uuid),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_time_entry"),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name="ck_time_entry_minutes"),
    )
    op.create_index(
        "ix_time_entry_firm_id_account_id_worked_on_id",
        "time_entry",
        ["firm_id", "account_id", "worked_on", "id"],
    )
    op.create_index(
        "ix_time_entry_running",
        "time_entry",
        ["firm_id", "account_id"],
        postgresql_where=sa.text("running_since IS NOT NULL"),
    )
