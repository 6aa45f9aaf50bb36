"""What the tables of billing have in common."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db

MONEY = Numeric(15, 3)  # as many digits as any currency has


def money(**kwargs: Any) -> Mapped[Decimal]:
    """A column of an amount that is never null."""
    return mapped_column(MONEY, **kwargs)


class Base(db.Model):
    __abstract__ = True
    metadata = db.metadata()

    firm_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class Authored(Base):
    """Who did it is a record of an act: the name stays as it was."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    account_id: Mapped[UUID] = mapped_column(sort_order=-1)
    author_kind: Mapped[str] = mapped_column(sort_order=1)
    author_id: Mapped[UUID | None] = mapped_column(sort_order=1)
    author_name: Mapped[str] = mapped_column(sort_order=1)
    created_at: Mapped[dt.datetime] = mapped_column(sort_order=3)


class Versioned(Base):
    __abstract__ = True

    version: Mapped[int] = mapped_column(default=1, sort_order=2)
    updated_at: Mapped[dt.datetime] = mapped_column(sort_order=3)
