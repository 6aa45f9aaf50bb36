"""Create threads, their participants, messages, attachments, read marks and client tasks, and known members."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect, record

revision = "0001"
down_revision = None

TABLES = ("member_ref", "thread", "participant", "message", "attachment", "read_mark", "client_task")
SIDE = "IN ('firm', 'client')"
# What the newest messages, files and tasks say of a thread is no change of the thread.
FACTS = (
    "numbered",
    "sent_position",
    "received_position",
    "internal_position",
    "read_position",
    "responded_at",
    "attachments",
    "internal_attachments",
    "tasks_done",
    "tasks_total",
    "is_unread",
)


def upgrade() -> None:
    op.create_table(
        "member_ref",
        *_ids(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_member_ref"),
    )
    _create_threads()
    _create_messages()
    _create_attachments()
    _create_marks_and_tasks()
    for table in TABLES:
        protect(table)
    # The sweep looks for files that are due in every firm, then removes each within its firm.
    op.execute(
        "CREATE POLICY sweep ON attachment FOR SELECT"
        " USING (due_at IS NOT NULL AND nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )
    record("thread", about="account_id", key=("id",), ignored=FACTS)
    record("participant", about="account_id", key=("thread_id", "contact_id"), ignored=("name",))
    record("client_task", about="account_id", key=("id",))


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


def _of_thread(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", "thread_id"],
        ["thread.firm_id", "thread.id"],
        name=f"fk_{table}_firm_id_thread_id_thread",
        ondelete="CASCADE",
    )


def _create_threads() -> None:
    op.create_table(
        "thread",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("is_for_all", sa.Boolean, nullable=False),
        sa.Column("assignee_id", sa.Uuid),
        sa.Column("is_archived", sa.Boolean, nullable=False),
        sa.Column("started_by_side", sa.Text, nullable=False),
        sa.Column("started_by_id", sa.Uuid, nullable=False),
        sa.Column("started_by_name", sa.Text, nullable=False),
        sa.Column("numbered", sa.Integer, nullable=False),
        sa.Column("sent_position", sa.Integer, nullable=False),
        sa.Column("received_position", sa.Integer, nullable=False),
        sa.Column("internal_position", sa.Integer, nullable=False),
        sa.Column("read_position", sa.Integer, nullable=False),
        sa.Column("responded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("attachments", sa.Integer, nullable=False),
        sa.Column("internal_attachments", sa.Integer, nullable=False),
        sa.Column("tasks_done", sa.Integer, nullable=False),
        sa.Column("tasks_total", sa.Integer, nullable=False),
        sa.Column(
            "is_unread",
            sa.Boolean,
            sa.Computed("received_position > read_position", persisted=True),
            nullable=False,
        ),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_thread"),
        sa.CheckConstraint(f"started_by_side {SIDE}", name="ck_thread_started_by_side"),
    )
    order = ["firm_id", "account_id", "is_archived", "is_unread", "responded_at", "id"]
    op.create_index("ix_thread_section", "thread", order)
    op.create_index(
        "ix_thread_assignee", "thread", ["firm_id", "assignee_id"], postgresql_where=sa.text("NOT is_archived")
    )
    op.create_table(
        "participant",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("thread_id", sa.Uuid, nullable=False),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "thread_id", "contact_id", name="pk_participant"),
        _of_thread("participant"),
    )
    op.create_index("ix_participant_firm_id_contact_id", "participant", ["firm_id", "contact_id"])


def _create_messages() -> None:
    op.create_table(
        "message",
        *_ids(),
        sa.Column("thread_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author_id", sa.Uuid, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mention_ids", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_message"),
        _of_thread("message"),
        sa.CheckConstraint("kind IN ('sent', 'received', 'internal')", name="ck_message_kind"),
    )
    op.create_index("uq_message_position", "message", ["firm_id", "thread_id", "position"], unique=True)
    op.create_index(
        "ix_message_kind",
        "message",
        ["firm_id", "thread_id", "kind", "position"],
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _create_attachments() -> None:
    op.create_table(
        "attachment",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("thread_id", sa.Uuid),
        sa.Column("message_id", sa.Uuid),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("is_internal", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("by_side", sa.Text, nullable=False),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("kept_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("due_at", sa.TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_attachment"),
        sa.CheckConstraint(f"by_side {SIDE}", name="ck_attachment_by_side"),
    )
    op.create_index("ix_attachment_firm_id_thread_id", "attachment", ["firm_id", "thread_id"])
    op.create_index("ix_attachment_firm_id_account_id", "attachment", ["firm_id", "account_id"])
    op.create_index("ix_attachment_due_at", "attachment", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def _create_marks_and_tasks() -> None:
    op.create_table(
        "read_mark",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("thread_id", sa.Uuid, nullable=False),
        sa.Column("reader_id", sa.Uuid, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "thread_id", "reader_id", name="pk_read_mark"),
        _of_thread("read_mark"),
        sa.CheckConstraint(f"side {SIDE}", name="ck_read_mark_side"),
    )
    op.create_table(
        "client_task",
        *_ids(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("thread_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("done_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("done_by_side", sa.Text),
        sa.Column("done_by_id", sa.Uuid),
        sa.Column("done_by_name", sa.Text),
        *_versioned(),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_client_task"),
        _of_thread("client_task"),
        sa.CheckConstraint(f"done_by_side {SIDE}", name="ck_client_task_done_by_side"),
    )
    op.create_index("ix_client_task_firm_id_thread_id", "client_task", ["firm_id", "thread_id"])
