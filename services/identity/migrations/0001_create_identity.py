"""Create firms, members, what they sign in with, and what is written down of it."""

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0001"
down_revision = None

INSTANT = sa.TIMESTAMP(timezone=True)
MEMBER = (["firm_id", "member_id"], ["member.firm_id", "member.id"])


def upgrade() -> None:
    op.create_table(
        "firm",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", name="pk_firm"),
    )
    create_member()
    create_session()
    create_token()
    create_sign_in()
    create_audit()
    for table in ("firm", "member", "session", "token", "sign_in", "audit"):
        protect(table)


def create_member() -> None:
    op.create_table(
        "member",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("rights", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("has_default_access", sa.Boolean, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("deactivated_at", INSTANT),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_member"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.firm_id"], name="fk_member_firm_id_firm"),
        sa.UniqueConstraint("firm_id", "email_folded", name="uq_member_firm_id_email_folded"),
        sa.CheckConstraint("role IN ('owner', 'admin', 'employee')", name="ck_member_role"),
        sa.CheckConstraint("role <> 'owner' OR is_active", name="ck_member_owner_is_active"),
    )
    op.create_index("uq_member_owner", "member", ["firm_id"], unique=True, postgresql_where=sa.text("role = 'owner'"))
    op.create_table(
        "login",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("email_folded", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "member_id", name="pk_login"),
        sa.ForeignKeyConstraint(*MEMBER, name="fk_login_firm_id_member_id_member"),
    )
    op.create_index("ix_login_email_folded", "login", ["email_folded"])


def create_session() -> None:
    op.create_table(
        "session",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_session"),
        sa.ForeignKeyConstraint(*MEMBER, name="fk_session_firm_id_member_id_member"),
        sa.UniqueConstraint("firm_id", "digest", name="uq_session_firm_id_digest"),
    )
    op.create_index("ix_session_firm_id_member_id", "session", ["firm_id", "member_id"])


def create_token() -> None:
    op.create_table(
        "token",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.Column("expires_on", sa.Date),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_token"),
        sa.ForeignKeyConstraint(*MEMBER, name="fk_token_firm_id_member_id_member"),
        sa.UniqueConstraint("firm_id", "digest", name="uq_token_firm_id_digest"),
    )
    op.create_index("ix_token_firm_id_member_id", "token", ["firm_id", "member_id"])


def create_sign_in() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_key_at", "sign_in_attempt", ["key", "at"])
    op.create_index("ix_sign_in_attempt_at", "sign_in_attempt", ["at"])
    op.create_table(
        "sign_in",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_sign_in"),
    )
    op.create_index("ix_sign_in_firm_id_at_id", "sign_in", ["firm_id", "at", "id"])
    op.create_index("ix_sign_in_firm_id_member_id_at_id", "sign_in", ["firm_id", "member_id", "at", "id"])


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_audit"),
    )
    op.create_index("ix_audit_firm_id_at_id", "audit", ["firm_id", "at", "id"])


def downgrade() -> None:
    for table in ("audit", "sign_in", "sign_in_attempt", "token", "session", "login", "member", "firm"):
        op.drop_table(table)
