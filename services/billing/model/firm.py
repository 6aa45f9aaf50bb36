"""What the firm sets: its price list, its settings, and the numbers it has given."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.model.base import Base, Versioned


class BillingSettings(Versioned):
    """Of a firm that never set them there is no row."""

    __tablename__ = "billing_settings"

    currency: Mapped[str]
    due_days: Mapped[int]
    overdue_days: Mapped[int]
    number_format: Mapped[str]
    number_digits: Mapped[int]


class BilledService(Versioned):
    __tablename__ = "billed_service"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("tax_rate BETWEEN 0 AND 100", name="tax_rate"),
        Index("uq_billed_service_name", "firm_id", func.lower(text("name")), unique=True, postgresql_where="is_active"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    name: Mapped[str]
    description: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric(15, 4))
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    unit: Mapped[str]
    is_active: Mapped[bool]
    created_at: Mapped[dt.datetime] = mapped_column(sort_order=3)


class NumberCounter(Base):
    """The last number given in a year, or in year 0 where numbers go on; its lock is held until the invoice is kept."""

    __tablename__ = "number_counter"

    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
