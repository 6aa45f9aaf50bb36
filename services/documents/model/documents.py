"""Documents, the files that they were, who has seen them, files that no document shows."""

import datetime as dt
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.documents.model.base import Base, Trashable

ORIGINS = "origin IN ('page', 'portal', 'chat', 'email', 'link', 'organizer')"
SIDES = "side IN ('client', 'firm')"


class Uploaded(Base):
    """A file as it came: what and how large it is, who brought it, and how."""

    __abstract__ = True

    file_id: Mapped[UUID]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    uploaded_at: Mapped[dt.datetime]
    side: Mapped[str]
    uploader_id: Mapped[UUID | None]
    uploader_name: Mapped[str]
    origin: Mapped[str]


class Document(Trashable, Uploaded):
    """What a list shows of the file is its last version's. `source` says which file of another service this was."""

    __tablename__ = "document"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "folder_id"], ["folder.firm_id", "folder.id"]),
        CheckConstraint(ORIGINS, name="origin"),
        CheckConstraint(SIDES, name="side"),
        Index(
            "ix_document_latest",
            "firm_id",
            "account_id",
            "side",
            "uploaded_at",
            "id",
            postgresql_where=text("trash_id IS NULL"),
        ),
        Index(None, "firm_id", "folder_id"),
        Index("uq_document_source", "firm_id", "source", unique=True),
        Index("ix_document_trashed_at", "trashed_at", postgresql_where=text("trash_id = id")),
    )

    folder_id: Mapped[UUID]
    name: Mapped[str]
    description: Mapped[str]
    is_new: Mapped[bool]
    source: Mapped[str | None]


class DocumentVersion(Uploaded):
    """A restored one has the file of that which it restores."""

    __tablename__ = "document_version"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "document_id"], ["document.firm_id", "document.id"], ondelete="CASCADE"),
        CheckConstraint(ORIGINS, name="origin"),
        CheckConstraint(SIDES, name="side"),
        Index(None, "firm_id", "document_id", "number", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    document_id: Mapped[UUID]
    number: Mapped[int]
    restored_from: Mapped[int | None]


class Seen(Base):
    """When a member last saw a document, and which file it showed them (R-DOC-3)."""

    __tablename__ = "seen"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "document_id"], ["document.firm_id", "document.id"], ondelete="CASCADE"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    file_id: Mapped[UUID]
    seen_at: Mapped[dt.datetime]


class Leftover(Base):
    """A file that is about to be shown or is no longer; the sweep removes what is left of it when it is due."""

    __tablename__ = "leftover"
    __table_args__ = (Index(None, "due_at"),)

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    due_at: Mapped[dt.datetime]
