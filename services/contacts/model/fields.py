"""Tables of the custom fields of contacts and of what stands in them (R-CF-1)."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contracts.custom_fields import FieldType
from services.contacts.model.base import Base


class ContactField(Base):
    """A custom field of contacts (R-CF-1); `key` is its name as names are compared."""

    __tablename__ = "contact_field"
    __table_args__ = (UniqueConstraint("firm_id", "key"),)

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str]
    type: Mapped[FieldType] = mapped_column(Text)
    position: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)

    choices: Mapped[list["ContactFieldChoice"]] = relationship(
        lazy="selectin", order_by="ContactFieldChoice.position", cascade="all, delete-orphan", passive_deletes=True
    )


class ContactFieldChoice(Base):
    """A value that a field offers, or offered when somebody chose it."""

    __tablename__ = "contact_field_choice"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "field_id"], ["contact_field.firm_id", "contact_field.id"], ondelete="CASCADE"
        ),
        Index(None, "firm_id", "field_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID]
    name: Mapped[str]
    position: Mapped[int]
    is_offered: Mapped[bool] = mapped_column(server_default=true(), default=True)


class ContactFieldValue(Base):
    """What a contact has in a custom field; one of type email has an address instead (R-EM-1)."""

    __tablename__ = "contact_field_value"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "contact_id"], ["contact.firm_id", "contact.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["firm_id", "field_id"], ["contact_field.firm_id", "contact_field.id"], ondelete="CASCADE"
        ),
        Index(None, "firm_id", "field_id"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
