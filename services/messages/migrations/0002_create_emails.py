"""Create mailboxes, e-mails, where they are filed and what waits to be sent, and what is known of accounts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect, record

revision = "0002"
down_revision = "0001"

TABLES = (
    "account_ref",
    "synced_address",
    "mailbox",
    "mailbox_turn",
    "mail_folder",
    "fetched_address",
    "email",
    "email_person",
    "email_sighting",
    "thread_link",
    "email_filing",
    "account_thread",
    "outgoing_email",
    "email_adoption",
    "email_leftover",
    "email_purge",
)
SWEPT = ("mailbox_turn", "outgoing_email", "email_adoption", "email_leftover")
ROLE = "role IN ('inbox', 'sent')"


def upgrade() -> None:
    _create_references()
    _create_mailboxes()
    _create_emails()
    _create_filings()
    _create_queues()
    for table in TABLES:
        protect(table)
    for table in SWEPT:
        # The workers look for what is due in every firm, then do each within its firm.
        op.execute(
            f"CREATE POLICY sweep ON {table} FOR SELECT"
            " USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
        )
    record("email_filing", about="account_id", key=("email_id", "account_id"), ignored=("thread_id",))
    record("email_purge", about="account_id", key=("id",))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _firm() -> sa.Column[Any]:
    return sa.Column("firm_id", sa.Uuid, nullable=False)


def _id(name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=False)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("firm_id", *columns, name=f"pk_{table}")


def _of(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", column],
        [f"{other}.firm_id", f"{other}.id"],
        name=f"fk_{table}_firm_id_{column}_{other}",
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str, **options: Any) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), **options)


def _create_references() -> None:
    op.create_table(
        "account_ref",
        _firm(),
        _id(),
        _text("code", server_default=""),
        _text("name", server_default=""),
        sa.Column("is_hidden", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("team", sa.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("is_synced", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("links_version", sa.Integer, nullable=False, server_default="0"),
        _at("saves_since", nullable=True),
        _key("account_ref", "id"),
    )
    op.create_table(
        "synced_address",
        _firm(),
        _id("account_id"),
        _id("contact_id"),
        _text("folded"),
        _text("email"),
        _key("synced_address", "account_id", "contact_id", "folded"),
    )
    _index("synced_address", "firm_id", "folded")


def _create_mailboxes() -> None:
    op.create_table(
        "mailbox",
        _firm(),
        _id(),
        _id("member_id"),
        _text("email"),
        _text("folded"),
        sa.Column("imap", JSONB, nullable=False),
        sa.Column("smtp", JSONB, nullable=False),
        _text("user_name"),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        _text("state"),
        _text("problem"),
        _at("synced_at", nullable=True),
        _at("connected_at"),
        _key("mailbox", "id"),
        sa.CheckConstraint("state IN ('waiting', 'ok', 'refused', 'unreachable')", name="ck_mailbox_state"),
    )
    _index("mailbox", "firm_id", "folded", unique=True)
    _index("mailbox", "firm_id", "member_id")
    op.create_table(
        "mailbox_turn",
        _firm(),
        _id("mailbox_id"),
        _at("due_at"),
        sa.Column("taken_by", sa.Uuid),
        _at("taken_until", nullable=True),
        _key("mailbox_turn", "mailbox_id"),
        _of("mailbox_turn", "mailbox", "mailbox_id"),
    )
    _index("mailbox_turn", "due_at")
    op.create_table(
        "mail_folder",
        _firm(),
        _id("mailbox_id"),
        _text("role"),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        _key("mail_folder", "mailbox_id", "role"),
        _of("mail_folder", "mailbox", "mailbox_id"),
        sa.CheckConstraint(ROLE, name="ck_mail_folder_role"),
    )
    op.create_table(
        "fetched_address",
        _firm(),
        _id("mailbox_id"),
        _text("folded"),
        _at("fetched_at"),
        _key("fetched_address", "mailbox_id", "folded"),
        _of("fetched_address", "mailbox", "mailbox_id"),
    )
    _index("fetched_address", "firm_id", "folded")


def _create_emails() -> None:
    op.create_table(
        "email",
        _firm(),
        _id(),
        _id("thread_id"),
        _text("message_id"),
        _text("identity"),
        _text("answers", nullable=True),
        sa.Column("references", sa.ARRAY(sa.Text), nullable=False),
        _text("direction"),
        _text("sender_name"),
        _text("sender_email"),
        sa.Column("to", JSONB, nullable=False),
        sa.Column("cc", JSONB, nullable=False),
        _text("subject"),
        _text("text"),
        sa.Column("is_cut", sa.Boolean, nullable=False),
        sa.Column("files", JSONB, nullable=False),
        _at("sent_at"),
        _text("status"),
        _text("problem"),
        sa.Column("blob_id", sa.Uuid),
        sa.Column("candidates", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("is_waiting", sa.Boolean, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),
        sa.Column("author_id", sa.Uuid),
        _key("email", "id"),
        sa.CheckConstraint("direction IN ('received', 'sent')", name="ck_email_direction"),
        sa.CheckConstraint(
            "status IN ('unread', 'read', 'answered', 'queued', 'sent', 'delivered', 'bounced', 'failed')",
            name="ck_email_status",
        ),
    )
    _index("email", "firm_id", "identity", unique=True)
    _index("email", "firm_id", "message_id")
    is_answer = sa.text("direction = 'sent' AND answers IS NOT NULL")
    _index("email", "firm_id", "answers", postgresql_where=is_answer)
    _index("email", "firm_id", "thread_id")
    op.create_index("ix_email_waiting", "email", ["firm_id", "sent_at", "id"], postgresql_where=sa.text("is_waiting"))
    op.create_table(
        "email_person",
        _firm(),
        _id("email_id"),
        _text("folded"),
        _key("email_person", "email_id", "folded"),
        _of("email_person", "email", "email_id"),
    )
    _index("email_person", "firm_id", "folded")
    op.create_table(
        "email_sighting",
        _firm(),
        _id("mailbox_id"),
        _text("role"),
        sa.Column("uid", sa.BigInteger, nullable=False),
        _id("email_id"),
        _key("email_sighting", "mailbox_id", "role", "uid"),
        _of("email_sighting", "mailbox", "mailbox_id"),
        _of("email_sighting", "email", "email_id"),
        sa.CheckConstraint(ROLE, name="ck_email_sighting_role"),
    )
    _index("email_sighting", "firm_id", "email_id")


def _create_filings() -> None:
    op.create_table(
        "thread_link",
        _firm(),
        _text("message_id"),
        _id("thread_id"),
        _key("thread_link", "message_id"),
    )
    _index("thread_link", "firm_id", "thread_id")
    op.create_table(
        "email_filing",
        _firm(),
        _id("email_id"),
        _id("account_id"),
        _id("thread_id"),
        _text("reason"),
        _at("filed_at"),
        sa.Column("filed_by", sa.Uuid),
        _key("email_filing", "email_id", "account_id"),
        _of("email_filing", "email", "email_id"),
        sa.CheckConstraint(
            "reason IN ('only', 'choice', 'thread', 'recipients', 'code')", name="ck_email_filing_reason"
        ),
    )
    _index("email_filing", "firm_id", "account_id", "thread_id")
    _index("email_filing", "firm_id", "thread_id")
    op.create_table(
        "account_thread",
        _firm(),
        _id("account_id"),
        _id("thread_id"),
        _id("latest_id"),
        _at("latest_at"),
        sa.Column("count", sa.Integer, nullable=False),
        _key("account_thread", "account_id", "thread_id"),
        _of("account_thread", "email", "latest_id"),
    )
    _index("account_thread", "firm_id", "account_id", "latest_at", "thread_id")
    op.create_table(
        "email_purge",
        _firm(),
        _id(),
        _id("account_id"),
        _text("email"),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("purged_by", sa.Uuid),
        _text("purged_by_name"),
        _at("purged_at"),
        _key("email_purge", "id"),
    )
    _index("email_purge", "firm_id", "account_id")


def _create_queues() -> None:
    op.create_table(
        "outgoing_email",
        _firm(),
        _id("email_id"),
        _text("stage"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _at("due_at"),
        sa.Column("taken_by", sa.Uuid),
        _at("taken_until", nullable=True),
        _key("outgoing_email", "email_id"),
        _of("outgoing_email", "email", "email_id"),
        sa.CheckConstraint(
            "stage IN ('queued', 'sending', 'handing_over', 'accepted')", name="ck_outgoing_email_stage"
        ),
    )
    _index("outgoing_email", "due_at")
    op.create_table(
        "email_adoption",
        _firm(),
        _id("email_id"),
        _id("account_id"),
        _at("due_at"),
        _key("email_adoption", "email_id", "account_id"),
        _of("email_adoption", "email", "email_id"),
    )
    _index("email_adoption", "due_at")
    op.create_table(
        "email_leftover",
        _firm(),
        _id("blob_id"),
        sa.Column("files", sa.Integer, nullable=False),
        _at("due_at"),
        _key("email_leftover", "blob_id"),
    )
    _index("email_leftover", "due_at")
