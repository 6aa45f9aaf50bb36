"""Tables of organizers: templates, what was sent or started, and what happened to each."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.documents.model.base import Base, Versioned


class OrganizerTemplate(Base):
    """A deleted one stays for the organizers that were made of it."""

    __tablename__ = "organizer_template"

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    name: Mapped[str]
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    is_startable: Mapped[bool]
    is_deleted: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class Organizer(Versioned):
    """`sections` are the template's of the day it was made; `status` follows the steps, `is_sealed` stands above it."""

    __tablename__ = "organizer"
    __table_args__ = (
        CheckConstraint("status IN ('not_opened', 'opened', 'in_progress', 'submitted', 'reopened')", name="status"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        Index(None, "firm_id", "account_id", "created_at", "id"),
    )

    name: Mapped[str]
    template_id: Mapped[UUID]
    template_version: Mapped[int]
    sections: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str]
    progress: Mapped[int]
    is_sealed: Mapped[bool] = mapped_column(default=False)
    is_archived: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sent_at: Mapped[dt.datetime | None]
    submitted_at: Mapped[dt.datetime | None]
    submitted_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class OrganizerEvent(Base):
    """`position` counts the organizer's steps, of which several may have one instant."""

    __tablename__ = "organizer_event"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "organizer_id"], ["organizer.firm_id", "organizer.id"], ondelete="CASCADE"),
    )

    organizer_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[dict[str, Any]] = mapped_column(JSONB)
