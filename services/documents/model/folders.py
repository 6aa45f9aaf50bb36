"""Folders, and who reaches more or less of them and of documents than they say."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.documents.model.base import Base, Trashable


class Folder(Trashable):
    __tablename__ = "folder"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "parent_id"], ["folder.firm_id", "folder.id"]),
        CheckConstraint("client_access IN ('edit', 'view', 'private')", name="client_access"),
        Index(None, "firm_id", "account_id"),
        Index(None, "firm_id", "parent_id"),
        Index("ix_folder_trashed_at", "trashed_at", postgresql_where=text("trash_id = id")),
    )

    parent_id: Mapped[UUID | None]
    name: Mapped[str]
    client_access: Mapped[str]


# No two folders in one place are called the same.
Index(
    "uq_folder_name",
    Folder.firm_id,
    Folder.account_id,
    Folder.parent_id,
    func.lower(Folder.name),
    unique=True,
    postgresql_where=text("trash_id IS NULL"),
    postgresql_nulls_not_distinct=True,
)


class Exemption(Base):
    """What a member or a contact may do with a document or folder and all in it, whatever else is said (R-ACC-7)."""

    __tablename__ = "exemption"
    __table_args__ = (
        CheckConstraint("kind IN ('member', 'contact')", name="kind"),
        CheckConstraint("access IN ('none', 'view', 'edit')", name="access"),
        Index(None, "firm_id", "account_id", "holder_id"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    holder_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    access: Mapped[str]
