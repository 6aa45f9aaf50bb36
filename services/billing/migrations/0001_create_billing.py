"""Create the price list, invoices, payments and the ledger of credit."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from chassis.migrate import protect

revision = "0001"
down_revision = None

TABLES = (
    "billing_settings",
    "billed_service",
    "number_counter",
    "invoice",
    "payment",
    "application",
    "ledger",
    "balance",
    "credit_entry",
)


def upgrade() -> None:
    _firm()
    _invoices()
    _payments()
    _credit()
    for table in TABLES:
        protect(table)
    # Invoices are issued on their day for every firm: what is due is looked for before a firm is known.
    op.execute(
        "CREATE POLICY sweep ON invoice FOR SELECT USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _money(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(15, 3), nullable=False)


def _day(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.Date, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=nullable)


def _author() -> list[sa.Column[Any]]:
    return [_text("author_kind"), _id("author_id", nullable=True), _text("author_name")]


def _versioned() -> list[sa.Column[Any]]:
    return [_whole("version"), _instant("updated_at")]


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("firm_id", *columns, name=f"pk_{table}")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=f"ck_{table}_{name}")


def _firm() -> None:
    op.create_table(
        "billing_settings",
        _id("firm_id"),
        _text("currency"),
        _whole("due_days"),
        _whole("overdue_days"),
        _text("number_format"),
        _whole("number_digits"),
        *_versioned(),
        _key("billing_settings"),
    )
    op.create_table(
        "billed_service",
        _id("firm_id"),
        _id("id"),
        _text("name"),
        _text("description"),
        sa.Column("price", sa.Numeric(15, 4), nullable=False),
        sa.Column("tax_rate", sa.Numeric(6, 3), nullable=False),
        _text("unit"),
        _flag("is_active"),
        *_versioned(),
        _instant("created_at"),
        _key("billed_service", "id"),
        _check("billed_service", "price", "price >= 0"),
        _check("billed_service", "tax_rate", "tax_rate BETWEEN 0 AND 100"),
    )
    op.execute("CREATE UNIQUE INDEX uq_billed_service_name ON billed_service (firm_id, lower(name)) WHERE is_active")
    op.create_table("number_counter", _id("firm_id"), _whole("year"), _whole("last"), _key("number_counter", "year"))


def _invoices() -> None:
    op.create_table(
        "invoice",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        _text("state"),
        _text("number", nullable=True),
        _whole("year", nullable=True),
        _whole("sequence", nullable=True),
        _text("currency"),
        _day("posted_on"),
        _day("due_on"),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("taxes", JSONB, nullable=False),
        _money("subtotal"),
        _money("total"),
        _money("paid"),
        _money("clearing"),
        _day("last_paid_on"),
        _text("memo"),
        _instant("issued_at", nullable=True),
        _instant("voided_at", nullable=True),
        _text("void_reason"),
        *_author(),
        *_versioned(),
        _instant("created_at"),
        _key("invoice", "id"),
        _check("invoice", "state", "state IN ('draft', 'scheduled', 'issued', 'voided')"),
        _check("invoice", "number", "(number IS NOT NULL) = (state IN ('issued', 'voided'))"),
        _check("invoice", "posted_on", "state = 'draft' OR posted_on IS NOT NULL"),
        _check("invoice", "issued", "number IS NULL OR (due_on IS NOT NULL AND issued_at IS NOT NULL)"),
        _check("invoice", "paid", "paid >= 0 AND clearing >= 0 AND paid + clearing <= total"),
    )
    op.create_index(
        "ix_invoice_firm_id_account_id_due_on_posted_on_sequence",
        "invoice",
        ["firm_id", "account_id", "due_on", "posted_on", "sequence"],
    )
    op.create_index(
        "ix_invoice_open",
        "invoice",
        ["firm_id", "account_id"],
        postgresql_where=sa.text("state = 'issued' AND paid < total"),
    )
    op.create_index("ix_invoice_scheduled", "invoice", ["posted_on"], postgresql_where=sa.text("state = 'scheduled'"))
    op.create_index("uq_invoice_number", "invoice", ["firm_id", "number"], unique=True)
    op.create_index("uq_invoice_sequence", "invoice", ["firm_id", "year", "sequence"], unique=True)


def _payments() -> None:
    op.create_table(
        "payment",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        _money("amount"),
        _text("currency"),
        _text("method"),
        _text("status"),
        _day("received_on", nullable=False),
        _day("cleared_on"),
        _text("reference"),
        _text("note"),
        _text("rest"),
        _money("applied"),
        _money("credit"),
        _money("refunded"),
        *_author(),
        *_versioned(),
        _instant("created_at"),
        _key("payment", "id"),
        _check("payment", "status", "status IN ('pending', 'cleared', 'failed', 'deleted')"),
        _check("payment", "amounts", "amount > 0 AND applied >= 0 AND credit >= 0 AND refunded >= 0"),
        _check("payment", "whole", "status <> 'cleared' OR amount = applied + credit + refunded"),
    )
    op.create_index(
        "ix_payment_firm_id_account_id_received_on_id", "payment", ["firm_id", "account_id", "received_on", "id"]
    )
    op.create_table(
        "application",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        _id("invoice_id"),
        _id("payment_id", nullable=True),
        _flag("is_credit"),
        _flag("is_pending"),
        _money("amount"),
        _day("applied_on", nullable=False),
        _instant("created_at"),
        _instant("ended_at", nullable=True),
        _key("application", "id"),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", f"{table}_id"],
                [f"{table}.firm_id", f"{table}.id"],
                name=f"fk_application_firm_id_{table}_id_{table}",
            )
            for table in ("invoice", "payment")
        ),
        _check("application", "amount", "amount > 0"),
        _check("application", "source", "is_credit OR payment_id IS NOT NULL"),
        _check("application", "pending", "NOT is_pending OR payment_id IS NOT NULL"),
    )
    for column in ("invoice_id", "payment_id"):
        op.create_index(
            f"ix_application_firm_id_{column}",
            "application",
            ["firm_id", column],
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    op.create_index("ix_application_firm_id_account_id", "application", ["firm_id", "account_id"])


def _credit() -> None:
    op.create_table("ledger", _id("firm_id"), _id("account_id"), _whole("version"), _key("ledger", "account_id"))
    op.create_table(
        "balance",
        _id("firm_id"),
        _id("account_id"),
        _text("currency"),
        _money("credit"),
        _money("reserved"),
        _money("due"),
        _money("clearing"),
        _key("balance", "account_id", "currency"),
        _check("balance", "credit", "reserved >= 0 AND credit >= reserved"),
        _check("balance", "due", "due >= 0 AND clearing >= 0"),
    )
    op.create_table(
        "credit_entry",
        _id("firm_id"),
        _id("id"),
        _id("account_id"),
        sa.Column("place", sa.BigInteger, sa.Identity(always=True), nullable=False),
        _text("currency"),
        _text("kind"),
        _money("amount"),
        _money("balance"),
        _day("entered_on", nullable=False),
        _id("invoice_id", nullable=True),
        _id("payment_id", nullable=True),
        _text("note"),
        *_author(),
        _instant("created_at"),
        _key("credit_entry", "id"),
        _check("credit_entry", "amount", "amount <> 0 AND balance >= 0"),
    )
    op.create_index("ix_credit_entry_firm_id_account_id_place", "credit_entry", ["firm_id", "account_id", "place"])
