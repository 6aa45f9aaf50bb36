"""Create contacts, their addresses, links to accounts, and what is known of accounts, members and tags."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.migrate import protect

revision = "0001"
down_revision = None

INSTANT = sa.TIMESTAMP(timezone=True)
SORTED = sa.Text(collation="und-x-icu")
TABLES = ("contact", "contact_address", "account_ref", "contact_link", "member_ref", "tag_ref", "contact_setting")
NO_TEXTS = sa.text("'{}'::text[]")
NO_UUIDS = sa.text("'{}'::uuid[]")


def key(name: str = "id") -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=False)


def line(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    create_contact()
    create_links()
    create_references()
    for table in TABLES:
        protect(table)


def create_contact() -> None:
    op.create_table(
        "contact",
        key("firm_id"),
        key(),
        sa.Column("display_name", SORTED, nullable=False),
        flag("is_name_typed"),
        *map(line, ("first_name", "middle_name", "last_name", "company_name", "street", "city", "state", "zip")),
        sa.Column("country", sa.Text),
        *map(line, ("notes", "timezone")),
        sa.Column("phones", postgresql.ARRAY(sa.Text), nullable=False, server_default=NO_TEXTS),
        sa.Column("tag_ids", postgresql.ARRAY(sa.Uuid), nullable=False, server_default=NO_UUIDS),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("created_for", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_contact"),
    )
    op.create_index("ix_contact_firm_id_display_name_id", "contact", ["firm_id", "display_name", "id"])
    op.create_index("ix_contact_firm_id_last_name_first_name", "contact", ["firm_id", "last_name", "first_name"])
    op.create_index(
        "ix_contact_firm_id_created_for",
        "contact",
        ["firm_id", "created_for"],
        postgresql_where=sa.text("created_for IS NOT NULL"),
    )
    op.create_index(
        "ix_contact_firm_id_search",
        "contact",
        ["firm_id", "search"],
        postgresql_using="gin",
        postgresql_ops={"search": "gin_trgm_ops"},
    )
    op.create_table(
        "contact_address",
        key("firm_id"),
        key(),
        key("contact_id"),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_contact_address"),
        sa.ForeignKeyConstraint(
            ["firm_id", "contact_id"],
            ["contact.firm_id", "contact.id"],
            name="fk_contact_address_firm_id_contact_id_contact",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("firm_id", "contact_id", "folded", name="uq_contact_address_firm_id_contact_id_folded"),
    )
    op.create_index("ix_contact_address_firm_id_folded", "contact_address", ["firm_id", "folded"])


def create_links() -> None:
    op.create_table(
        "account_ref",
        key("firm_id"),
        key(),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", SORTED, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("team", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("links_version", sa.Integer, nullable=False, server_default=sa.text("0")),
        flag("is_open"),
        flag("is_gone"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_account_ref"),
    )
    op.create_table(
        "contact_link",
        key("firm_id"),
        key("account_id"),
        key("contact_id"),
        line("description"),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "account_id", "contact_id", name="pk_contact_link"),
        sa.ForeignKeyConstraint(
            ["firm_id", "account_id"],
            ["account_ref.firm_id", "account_ref.id"],
            name="fk_contact_link_firm_id_account_id_account_ref",
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "contact_id"],
            ["contact.firm_id", "contact.id"],
            name="fk_contact_link_firm_id_contact_id_contact",
        ),
    )
    op.create_index("ix_contact_link_firm_id_contact_id", "contact_link", ["firm_id", "contact_id"])


def create_references() -> None:
    op.create_table(
        "member_ref",
        key("firm_id"),
        key(),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_member_ref"),
    )
    op.create_index("ix_member_ref_firm_id_folded", "member_ref", ["firm_id", "folded"])
    op.create_table(
        "tag_ref",
        key("firm_id"),
        key(),
        sa.Column("name", SORTED, nullable=False),
        sa.Column("colour", sa.Text, nullable=False),
        flag("is_deleted"),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_tag_ref"),
    )
    op.create_table(
        "contact_setting",
        key("firm_id"),
        sa.Column("name_format", sa.Text, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", name="pk_contact_setting"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
