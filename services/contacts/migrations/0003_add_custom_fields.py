"""Add the custom fields of contacts, their choices and values, and the field whose value an address is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis.migrate import protect

revision = "0003"
down_revision = "0002"

TABLES = ("contact_field", "contact_field_choice", "contact_field_value")


def key(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid, nullable=False)


def of_field(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", "field_id"],
        ["contact_field.firm_id", "contact_field.id"],
        name=f"fk_{table}_firm_id_field_id_contact_field",
        ondelete="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "contact_field",
        *map(key, ("firm_id", "id")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_contact_field"),
        sa.UniqueConstraint("firm_id", "key", name="uq_contact_field_firm_id_key"),
    )
    op.create_table(
        "contact_field_choice",
        *map(key, ("firm_id", "id", "field_id")),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("is_offered", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_contact_field_choice"),
        of_field("contact_field_choice"),
    )
    op.create_table(
        "contact_field_value",
        *map(key, ("firm_id", "contact_id", "field_id")),
        sa.Column("value", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "contact_id", "field_id", name="pk_contact_field_value"),
        sa.ForeignKeyConstraint(
            ["firm_id", "contact_id"],
            ["contact.firm_id", "contact.id"],
            name="fk_contact_field_value_firm_id_contact_id_contact",
            ondelete="CASCADE",
        ),
        of_field("contact_field_value"),
    )
    for table in TABLES[1:]:
        op.create_index(f"ix_{table}_firm_id_field_id", table, ["firm_id", "field_id"])
    for table in TABLES:
        protect(table)
    op.add_column("contact_address", sa.Column("field_id", sa.Uuid))
    op.execute(
        "ALTER TABLE contact_address ADD CONSTRAINT fk_contact_address_firm_id_field_id_contact_field"
        " FOREIGN KEY (firm_id, field_id) REFERENCES contact_field (firm_id, id) NOT VALID"
    )
    op.execute("ALTER TABLE contact_address VALIDATE CONSTRAINT fk_contact_address_firm_id_field_id_contact_field")


def downgrade() -> None:
    op.drop_column("contact_address", "field_id")
    for table in reversed(TABLES):
        op.drop_table(table)
