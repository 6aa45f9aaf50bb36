"""Create settings, muted types, suppressed addresses, happenings and mails."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect, record

revision = "0001"
down_revision = None

TABLES = ("firm_settings", "muted_type", "suppression", "happening", "mail")
STATES = "'waiting', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'unknown', 'not_sent'"
INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _create_choices()
    _create_happening()
    _create_mail()
    for table in TABLES:
        protect(table)
    # Workers look for what is due in every firm, then take each up within its firm.
    for table in ("happening", "mail"):
        op.execute(
            f"CREATE POLICY due ON {table} FOR SELECT"
            " USING (due_at IS NOT NULL AND nullif(current_setting('app.firm_id', true), '') IS NULL)"
        )
    record("muted_type", about="account_id", key=("address_id", "type"), ignored=("contact_id",))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _firm() -> sa.Column[Any]:
    return sa.Column("firm_id", sa.Uuid, nullable=False)


def _text(name: str, *, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _create_choices() -> None:
    op.create_table(
        "firm_settings",
        _firm(),
        _text("firm_name"),
        _text("locale"),
        sa.Column("reply_to", sa.Text),
        sa.Column("bcc", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", name="pk_firm_settings"),
    )
    op.create_table(
        "muted_type",
        _firm(),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("address_id", sa.Uuid, nullable=False),
        _text("type"),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "address_id", "type", name="pk_muted_type"),
    )
    op.create_table(
        "suppression",
        _firm(),
        _text("email_folded"),
        _text("email"),
        _text("cause"),
        _text("detail"),
        sa.Column("suppressed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "email_folded", name="pk_suppression"),
    )


def _create_happening() -> None:
    op.create_table(
        "happening",
        _firm(),
        sa.Column("id", sa.Uuid, nullable=False),
        _text("kind"),
        sa.Column("account_id", sa.Uuid),
        sa.Column("contact_ids", sa.ARRAY(sa.Uuid)),
        sa.Column("except_id", sa.Uuid),
        sa.Column("email", sa.Text),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("about", JSONB, nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("taken_until", INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_happening"),
    )
    op.create_index("ix_happening_account", "happening", ["firm_id", "account_id"])
    op.create_index("ix_happening_due", "happening", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def _create_mail() -> None:
    op.create_table(
        "mail",
        _firm(),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("happening_id", sa.Uuid, nullable=False),
        _text("recipient"),
        _text("kind"),
        sa.Column("type", sa.Text),
        *(sa.Column(f"{whose}_id", sa.Uuid) for whose in ("account", "contact", "address", "member")),
        _text("email"),
        _text("email_folded"),
        _text("greeting"),
        _text("locale"),
        _text("timezone"),
        sa.Column("account_name", sa.Text),
        sa.Column("needs_activation", sa.Boolean, nullable=False),
        sa.Column("ignores_suppression", sa.Boolean, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("about", JSONB, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        _text("state"),
        sa.Column("reason", sa.Text),
        _text("subject"),
        sa.Column("message_id", sa.Text),
        sa.Column("unsubscribe_digest", sa.LargeBinary),
        _text("detail"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("taken_by", sa.Uuid),
        sa.Column("taken_until", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_mail"),
        sa.ForeignKeyConstraint(
            ["firm_id", "happening_id"],
            ["happening.firm_id", "happening.id"],
            name="fk_mail_firm_id_happening_id_happening",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.CheckConstraint("(state = 'not_sent') = (reason IS NOT NULL)", name="one_reason"),
    )
    unique = {"uq_mail_happening_id_recipient": ["firm_id", "happening_id", "recipient"]}
    unique |= {"uq_mail_message_id": ["message_id"], "uq_mail_unsubscribe_digest": ["unsubscribe_digest"]}
    for name, columns in unique.items():
        op.create_index(name, "mail", columns, unique=True)
    op.create_index("ix_mail_due", "mail", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_mail_account", "mail", ["firm_id", "account_id", "id"])
    op.create_index("ix_mail_email_folded", "mail", ["firm_id", "email_folded"])
