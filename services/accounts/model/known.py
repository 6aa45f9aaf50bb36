"""What accounts remembers of members and contacts."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.model.base import Base


class MemberRef(Base):
    """A member as identity last told of them."""

    __tablename__ = "member_ref"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_active: Mapped[bool]
    has_default_access: Mapped[bool]
    version: Mapped[int]


class ContactRef(Base):
    """What a contact lends to automatic names, as contacts last told of it."""

    __tablename__ = "contact_ref"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]


class OwedRef(Base):
    """What is unpaid on an account by currency, as billing last told."""

    __tablename__ = "owed_ref"
    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    amounts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int]
