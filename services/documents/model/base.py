"""What the tables of documents have in common."""

import datetime as dt
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from chassis import db


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()

    firm_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)


class Versioned(Base):
    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    account_id: Mapped[UUID] = mapped_column(sort_order=-1)
    version: Mapped[int] = mapped_column(default=1, sort_order=1)
    created_at: Mapped[dt.datetime] = mapped_column(sort_order=2)
    updated_at: Mapped[dt.datetime] = mapped_column(sort_order=3)


class Trashable(Versioned):
    """`trash_id` is the id of what was deleted and took this along, its own where that was itself."""

    __abstract__ = True

    trash_id: Mapped[UUID | None]
    trashed_at: Mapped[dt.datetime | None]
    trashed_by: Mapped[str] = mapped_column(server_default="", default="")
