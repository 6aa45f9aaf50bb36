"""Create documents with their steps, the requests that push them, where credit comes from, and items."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0004"
down_revision = "0003"

TABLES = ("document", "document_step", "push", "allocation", "item")


def upgrade() -> None:
    op.add_column("account", sa.Column("billed_on", sa.Date))
    op.add_column("connection", sa.Column("home_currency", sa.Text))
    _create_documents()
    _create_pushes()
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("connection", "home_currency")
    op.drop_column("account", "billed_on")


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, **{"nullable": False, **options})


def _at(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _count(name: str, first: int) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=sa.text(str(first)))


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _json(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, JSONB, nullable=nullable)


def _create_documents() -> None:
    op.create_table(
        "document",
        _id("firm_id"),
        _text("kind"),
        _id("id"),
        _text("entity"),
        _id("account_id", nullable=True),
        _id("parent_id", nullable=True),
        _text("name", server_default=""),
        _text("number", nullable=True),
        sa.Column("on_day", sa.Date),
        _count("version", 0),
        _count("serial", 1),
        _text("told", nullable=True),
        _text("wanted", server_default="there"),
        _text("wish", server_default="rule"),
        _text("status"),
        _at("since"),
        _text("waits_for", nullable=True),
        _at("due_at", nullable=True),
        _id("taken_by", nullable=True),
        _at("taken_until", nullable=True),
        _id("push_id", nullable=True),
        _count("attempts", 0),
        _text("quickbooks_id", nullable=True),
        _flag("is_chosen"),
        _text("digest", nullable=True),
        _text("sync_token", nullable=True),
        _json("pushed"),
        _text("author", server_default=""),
        _at("synced_at", nullable=True),
        _json("problem"),
        sa.PrimaryKeyConstraint("firm_id", "kind", "id", name="pk_document"),
        sa.CheckConstraint(
            "kind IN ('service', 'invoice', 'credit', 'payment', 'application', 'refund')", name="ck_document_kind"
        ),
        sa.CheckConstraint("wanted IN ('there', 'void', 'gone')", name="ck_document_wanted"),
        sa.CheckConstraint("wish IN ('rule', 'sync', 'skip')", name="ck_document_wish"),
        sa.CheckConstraint("(kind = 'service') = (account_id IS NULL)", name="ck_document_account_id"),
    )
    op.create_index("ix_document_account", "document", ["firm_id", "account_id", "kind"])
    op.create_index("ix_document_status", "document", ["firm_id", "status", "since"])
    for name, column in (("due", "due_at"), ("push", "push_id"), ("parent", "parent_id")):
        some = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_document_{name}", "document", ["firm_id", column], postgresql_where=some)
    op.create_index(
        "uq_document_quickbooks_id",
        "document",
        ["firm_id", "entity", "quickbooks_id"],
        unique=True,
        postgresql_where=sa.text("quickbooks_id IS NOT NULL AND kind <> 'service'"),
    )
    op.create_table(
        "document_step",
        _id("firm_id"),
        _id("id"),
        _text("kind"),
        _id("document_id"),
        _id("account_id", nullable=True),
        _at("at"),
        _text("status"),
        _text("author"),
        _text("quickbooks_id", nullable=True),
        _text("intuit_tid"),
        _json("problem"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_document_step"),
    )
    op.create_index("ix_document_step_document", "document_step", ["firm_id", "kind", "document_id", "id"])


def _create_pushes() -> None:
    op.create_table(
        "push",
        _id("firm_id"),
        _id("id"),
        _text("realm_id"),
        _text("path"),
        _json("params", nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        _json("items", nullable=False),
        _at("made_at"),
        _at("due_at"),
        _id("taken_by", nullable=True),
        _at("taken_until", nullable=True),
        _count("attempts", 0),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_push"),
    )
    op.create_index("ix_push_firm_id_due_at", "push", ["firm_id", "due_at"])
    op.create_table(
        "allocation",
        _id("firm_id"),
        _id("application_id"),
        _text("source_kind"),
        _id("source_id"),
        _id("account_id"),
        _id("invoice_id"),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "application_id", "source_kind", "source_id", name="pk_allocation"),
        sa.CheckConstraint("source_kind IN ('credit', 'payment')", name="ck_allocation_source_kind"),
        sa.CheckConstraint("cents > 0", name="ck_allocation_cents"),
    )
    op.create_index("ix_allocation_firm_id_account_id", "allocation", ["firm_id", "account_id"])
    op.create_table(
        "item",
        _id("firm_id"),
        _text("id"),
        _text("name"),
        _text("folded"),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_item"),
    )
    op.create_index("ix_item_firm_id_folded", "item", ["firm_id", "folded"])
