"""What all tables of messages begin with, and the members of the firm as identity last told."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis import db


class Owned(db.Model):
    __abstract__ = True
    metadata = db.metadata()

    firm_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class Base(Owned):
    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


class Versioned(Base):
    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, sort_order=1)
    created_at: Mapped[dt.datetime] = mapped_column(sort_order=2)
    updated_at: Mapped[dt.datetime] = mapped_column(sort_order=3)


class MemberRef(Base):
    """A member as identity last told; version 0: as they introduced themselves by their first call."""

    __tablename__ = "member_ref"

    name: Mapped[str]
    is_active: Mapped[bool]
    version: Mapped[int]
