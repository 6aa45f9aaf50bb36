"""Add the switches per (account, contact, address), unlinked and suppressed addresses, and the signers' order."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect

revision = "0002"
down_revision = "0001"

INSTANT = sa.TIMESTAMP(timezone=True)
TABLES = ("address_switch", "unlinked_address", "suppressed_address")


def key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=False)


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, INSTANT)


def switches() -> list[sa.Column[Any]]:
    login: sa.Column[Any] = sa.Column("login", sa.Text, nullable=False, server_default=sa.text("'none'"))
    instants = map(instant, ("invited_at", "accepted_at"))
    return [login, *instants, *map(flag, ("is_notified", "is_synced", "is_signatory"))]


def of_link(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", "account_id", "contact_id"],
        ["contact_link.firm_id", "contact_link.account_id", "contact_link.contact_id"],
        name=f"fk_{table}_firm_id_account_id_contact_id_contact_link",
        ondelete="CASCADE",
        onupdate="CASCADE",
    )


def upgrade() -> None:
    op.add_column("contact_link", sa.Column("signer_rank", sa.Integer))
    op.create_table(
        "address_switch",
        *map(key, ("firm_id", "account_id", "address_id", "contact_id")),
        *switches(),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "address_id", name="pk_address_switch"),
        of_link("address_switch"),
        sa.ForeignKeyConstraint(
            ["firm_id", "address_id"],
            ["contact_address.firm_id", "contact_address.id"],
            name="fk_address_switch_firm_id_address_id_contact_address",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_address_switch_firm_id_address_id", "address_switch", ["firm_id", "address_id"])
    op.create_table(
        "unlinked_address",
        *map(key, ("firm_id", "account_id", "id", "contact_id")),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("unlinked_at", INSTANT, nullable=False),
        *switches(),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "id", name="pk_unlinked_address"),
        of_link("unlinked_address"),
    )
    op.create_table(
        "suppressed_address",
        key("firm_id"),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("suppressed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "folded", name="pk_suppressed_address"),
    )
    for table in TABLES:
        protect(table)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("contact_link", "signer_rank")
