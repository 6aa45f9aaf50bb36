"""Add portal users, their sessions and resets, and their login activity."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

INSTANT = sa.TIMESTAMP(timezone=True)
USER = (["firm_id", "user_id"], ["portal_user.firm_id", "portal_user.id"])
PROTECTED = ("portal_user", "portal_session", "portal_reset", "portal_sign_in", "portal_invitation")


def upgrade() -> None:
    op.create_table(
        "portal_user",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("password_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_portal_user"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.firm_id"], name="fk_portal_user_firm_id_firm"),
        sa.UniqueConstraint("firm_id", "email_folded", name="uq_portal_user_firm_id_email_folded"),
    )
    op.create_table(
        "portal_login",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "user_id", name="pk_portal_login"),
        sa.ForeignKeyConstraint(*USER, name="fk_portal_login_firm_id_user_id_portal_user"),
    )
    op.create_index("ix_portal_login_email_folded", "portal_login", ["email_folded"])
    create_sessions()
    create_sign_ins()
    for table in PROTECTED:
        protect(table)


def create_sessions() -> None:
    op.create_table(
        "portal_session",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_portal_session"),
        sa.ForeignKeyConstraint(*USER, name="fk_portal_session_firm_id_user_id_portal_user"),
        sa.UniqueConstraint("firm_id", "digest", name="uq_portal_session_firm_id_digest"),
    )
    op.create_index("ix_portal_session_firm_id_user_id", "portal_session", ["firm_id", "user_id"])
    op.create_table(
        "portal_reset",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_portal_reset"),
        sa.UniqueConstraint("firm_id", "digest", name="uq_portal_reset_firm_id_digest"),
    )
    op.create_index("ix_portal_reset_firm_id_user_id", "portal_reset", ["firm_id", "user_id"])
    op.create_index("ix_portal_reset_firm_id_requested_at", "portal_reset", ["firm_id", "requested_at"])


def create_sign_ins() -> None:
    texts = ("how", "account_name", "contact_name", "email", "email_folded", "address", "agent", "door")
    op.create_table(
        "portal_sign_in",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_portal_sign_in"),
    )
    op.create_index("ix_portal_sign_in_firm_id_at_id", "portal_sign_in", ["firm_id", "at", "id"])
    op.create_index(
        "ix_portal_sign_in_firm_id_account_id_at_id", "portal_sign_in", ["firm_id", "account_id", "at", "id"]
    )
    op.create_table(
        "portal_invitation",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.Column("contact_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "contact_id", "email_folded", name="pk_portal_invitation"),
    )


def downgrade() -> None:
    for table in ("portal_login", *reversed(PROTECTED)):
        op.drop_table(table)
