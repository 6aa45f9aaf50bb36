"""Create the connection with its secrets, the budget of requests, customers, accounts with their steps, and jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect, record

revision = "0001"
down_revision = None

TABLES = ("connection", "credential", "connecting", "budget", "asking", "customer", "account", "step", "job")
COUNTERS = ("problem", "paused_until", "customers_read_at", "customers_until")


def upgrade() -> None:
    _create_connection()
    _create_budget()
    _create_accounts()
    for table in TABLES:
        protect(table)
    # The workers look for what is due in every firm, then do each within its firm.
    op.execute("CREATE POLICY sweep ON job FOR SELECT USING (nullif(current_setting('app.firm_id', true), '') IS NULL)")
    record("connection", about="firm_id", key=("firm_id",), ignored=COUNTERS)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _firm() -> sa.Column[Any]:
    return sa.Column("firm_id", sa.Uuid, nullable=False)


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _sealed(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("firm_id", *columns, name=f"pk_{table}")


def _index(table: str, *columns: str, **options: Any) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), **options)


def _create_connection() -> None:
    op.create_table(
        "connection",
        _firm(),
        _text("state"),
        _text("client_id"),
        _text("redirect_url"),
        _text("which_accounts"),
        sa.Column("start_on", sa.Date),
        _text("realm_id", nullable=True),
        _text("company_name"),
        _id("connected_by_id", nullable=True),
        _text("connected_by_name"),
        _at("connected_at", nullable=True),
        _at("expired_at", nullable=True),
        _text("problem"),
        _at("paused_until", nullable=True),
        _at("customers_read_at", nullable=True),
        _at("customers_until", nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        _at("updated_at"),
        _key("connection"),
        sa.CheckConstraint("state IN ('unset', 'disconnected', 'connected', 'expired')", name="ck_connection_state"),
        sa.CheckConstraint("which_accounts IN ('billed', 'all')", name="ck_connection_which_accounts"),
    )
    op.create_table(
        "credential",
        _firm(),
        _sealed("client_secret"),
        _sealed("access_token"),
        _at("access_until", nullable=True),
        _sealed("refresh_token"),
        _at("refresh_until", nullable=True),
        sa.Column("serial", sa.Integer, nullable=False),
        _id("renewing_by", nullable=True),
        _at("renewing_until", nullable=True),
        _key("credential"),
    )
    op.create_table(
        "connecting",
        _firm(),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        _id("member_id"),
        _at("expires_at"),
        _key("connecting", "digest"),
    )


def _create_budget() -> None:
    op.create_table(
        "budget", _firm(), _text("realm_id"), _at("next_at"), _at("next_batch_at"), _key("budget", "realm_id")
    )
    op.create_table("asking", _firm(), _id(), _text("realm_id"), _at("until"), _key("asking", "id"))
    _index("asking", "firm_id", "realm_id")


def _create_accounts() -> None:
    op.create_table(
        "customer",
        _firm(),
        _text("id"),
        _text("name"),
        _text("folded"),
        sa.Column("is_active", sa.Boolean, nullable=False),
        _text("sync_token"),
        _key("customer", "id"),
    )
    _index("customer", "firm_id", "folded")
    op.create_table(
        "account",
        _firm(),
        _id(),
        _text("name", server_default=""),
        _text("code", server_default=""),
        _text("state", server_default=""),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("is_billed", sa.Boolean, nullable=False, server_default=sa.false()),
        _text("wish", server_default="rule"),
        _text("status", server_default="not_eligible"),
        _at("since", nullable=True),
        _text("customer_id", nullable=True),
        sa.Column("is_shared", sa.Boolean, nullable=False, server_default=sa.false()),
        _at("synced_at", nullable=True),
        sa.Column("problem", JSONB),
        _key("account", "id"),
        sa.CheckConstraint("wish IN ('rule', 'sync', 'skip')", name="ck_account_wish"),
    )
    op.create_index(
        "uq_account_firm_id_customer_id",
        "account",
        ["firm_id", "customer_id"],
        unique=True,
        postgresql_where=sa.text("NOT is_shared"),
    )
    _index("account", "firm_id", "status", "since")
    op.create_table(
        "step",
        _firm(),
        _id(),
        _id("account_id"),
        _at("at"),
        _text("status"),
        _text("author"),
        _text("customer_id", nullable=True),
        _text("intuit_tid"),
        sa.Column("problem", JSONB),
        _key("step", "id"),
    )
    _index("step", "firm_id", "account_id", "id")
    op.create_table(
        "job",
        _firm(),
        _id(),
        _text("subject"),
        _id("subject_id"),
        _text("kind"),
        sa.Column("arguments", JSONB, nullable=False),
        _text("author"),
        _at("asked_at"),
        _at("due_at", nullable=True),
        _id("taken_by", nullable=True),
        _at("taken_until", nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        _key("job", "id"),
    )
    _index("job", "firm_id", "subject", "subject_id", unique=True)
    _index("job", "due_at")
