"""Create folders, documents with their versions, who saw them, exemptions, files that no document shows."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.migrate import protect, record

revision = "0001"
down_revision = None

TABLES = ("folder", "document", "document_version", "seen", "exemption", "leftover")
SWEPT = ("folder", "document", "leftover")
ORIGINS = "origin IN ('page', 'portal', 'chat', 'email', 'link', 'organizer')"
SIDES = "side IN ('client', 'firm')"
AT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _create_folders()
    _create_documents()
    _create_versions()
    _create_the_rest()
    for table in TABLES:
        protect(table)
    for table in SWEPT:
        # The sweep looks for what is due in every firm, then removes each within its firm.
        op.execute(
            f"CREATE POLICY sweep ON {table} FOR SELECT"
            " USING (nullif(current_setting('app.firm_id', true), '') IS NULL)"
        )
    record("folder", about="account_id", key=("id",))
    record("document", about="account_id", key=("id",), ignored=("is_new",))
    record("exemption", about="account_id", key=("item_id", "kind", "holder_id"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _trashable() -> list[sa.Column[Any]]:
    return [
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.Column("trash_id", sa.Uuid),
        sa.Column("trashed_at", AT),
        sa.Column("trashed_by", sa.Text, nullable=False, server_default=""),
    ]


def _uploaded() -> list[sa.Column[Any]]:
    return [
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("uploaded_at", AT, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("uploader_id", sa.Uuid),
        sa.Column("uploader_name", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
    ]


def _create_folders() -> None:
    op.create_table(
        "folder",
        *_trashable(),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("client_access", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_folder"),
        sa.ForeignKeyConstraint(
            ["firm_id", "parent_id"], ["folder.firm_id", "folder.id"], name="fk_folder_firm_id_parent_id_folder"
        ),
        sa.CheckConstraint("client_access IN ('edit', 'view', 'private')", name="ck_folder_client_access"),
    )
    op.create_index("ix_folder_firm_id_account_id", "folder", ["firm_id", "account_id"])
    op.create_index("ix_folder_firm_id_parent_id", "folder", ["firm_id", "parent_id"])
    op.create_index("ix_folder_trashed_at", "folder", ["trashed_at"], postgresql_where=sa.text("trash_id = id"))
    op.create_index(
        "uq_folder_name",
        "folder",
        ["firm_id", "account_id", "parent_id", sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("trash_id IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def _create_documents() -> None:
    op.create_table(
        "document",
        *_trashable(),
        sa.Column("folder_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        *_uploaded(),
        sa.Column("is_new", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_document"),
        sa.ForeignKeyConstraint(
            ["firm_id", "folder_id"], ["folder.firm_id", "folder.id"], name="fk_document_firm_id_folder_id_folder"
        ),
        sa.CheckConstraint(ORIGINS, name="ck_document_origin"),
        sa.CheckConstraint(SIDES, name="ck_document_side"),
    )
    op.create_index(
        "ix_document_latest",
        "document",
        ["firm_id", "account_id", "side", "uploaded_at", "id"],
        postgresql_where=sa.text("trash_id IS NULL"),
    )
    op.create_index("ix_document_firm_id_folder_id", "document", ["firm_id", "folder_id"])
    op.create_index("uq_document_source", "document", ["firm_id", "source"], unique=True)
    op.create_index("ix_document_trashed_at", "document", ["trashed_at"], postgresql_where=sa.text("trash_id = id"))


def _create_versions() -> None:
    op.create_table(
        "document_version",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *_uploaded(),
        sa.Column("restored_from", sa.Integer),
        sa.PrimaryKeyConstraint("firm_id", "id", name="pk_document_version"),
        _of_document("document_version"),
        sa.CheckConstraint(ORIGINS, name="ck_document_version_origin"),
        sa.CheckConstraint(SIDES, name="ck_document_version_side"),
    )
    op.create_index(
        "ix_document_version_firm_id_document_id_number",
        "document_version",
        ["firm_id", "document_id", "number"],
        unique=True,
    )


def _create_the_rest() -> None:
    op.create_table(
        "seen",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("seen_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "document_id", "member_id", name="pk_seen"),
        _of_document("seen"),
    )
    op.create_table(
        "exemption",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("holder_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("access", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "item_id", "kind", "holder_id", name="pk_exemption"),
        sa.CheckConstraint("kind IN ('member', 'contact')", name="ck_exemption_kind"),
        sa.CheckConstraint("access IN ('none', 'view', 'edit')", name="ck_exemption_access"),
    )
    op.create_index("ix_exemption_firm_id_account_id_holder_id", "exemption", ["firm_id", "account_id", "holder_id"])
    op.create_table(
        "leftover",
        sa.Column("firm_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "file_id", name="pk_leftover"),
    )
    op.create_index("ix_leftover_due_at", "leftover", ["due_at"])


def _of_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", "document_id"],
        ["document.firm_id", "document.id"],
        name=f"fk_{table}_firm_id_document_id_document",
        ondelete="CASCADE",
    )
