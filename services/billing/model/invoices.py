"""Invoices, and what is applied to them."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.model.base import Authored, Base, Versioned, money


class Invoice(Authored, Versioned):
    """`state` is what was decided; the status that people see follows from it, from the sums and from the day.

    `sequence` is the number within its `year`. `paid` and `clearing` are the sums of its applications.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'scheduled', 'issued', 'voided')", name="state"),
        CheckConstraint("(number IS NOT NULL) = (state IN ('issued', 'voided'))", name="number"),
        CheckConstraint("state = 'draft' OR posted_on IS NOT NULL", name="posted_on"),
        CheckConstraint("number IS NULL OR (due_on IS NOT NULL AND issued_at IS NOT NULL)", name="issued"),
        CheckConstraint("paid >= 0 AND clearing >= 0 AND paid + clearing <= total", name="paid"),
        Index(None, "firm_id", "account_id", "due_on", "posted_on", "sequence"),
        Index("ix_invoice_open", "firm_id", "account_id", postgresql_where=text("state = 'issued' AND paid < total")),
        Index("ix_invoice_scheduled", "posted_on", postgresql_where=text("state = 'scheduled'")),
        Index("uq_invoice_number", "firm_id", "number", unique=True),
        Index("uq_invoice_sequence", "firm_id", "year", "sequence", unique=True),
    )

    state: Mapped[str]
    number: Mapped[str | None]
    year: Mapped[int | None]
    sequence: Mapped[int | None]
    currency: Mapped[str]
    posted_on: Mapped[dt.date | None]
    due_on: Mapped[dt.date | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    subtotal: Mapped[Decimal] = money()
    total: Mapped[Decimal] = money()
    paid: Mapped[Decimal] = money()
    clearing: Mapped[Decimal] = money()
    last_paid_on: Mapped[dt.date | None]
    memo: Mapped[str]
    issued_at: Mapped[dt.datetime | None]
    voided_at: Mapped[dt.datetime | None]
    void_reason: Mapped[str] = mapped_column(default="")


class Application(Base):
    """What goes to an invoice: of a payment, or of credit, which may be reserved by a payment in progress.

    One that was taken back stays, with `ended_at`.
    """

    __tablename__ = "application"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "invoice_id"], ["invoice.firm_id", "invoice.id"]),
        ForeignKeyConstraint(["firm_id", "payment_id"], ["payment.firm_id", "payment.id"]),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("is_credit OR payment_id IS NOT NULL", name="source"),
        CheckConstraint("NOT is_pending OR payment_id IS NOT NULL", name="pending"),
        Index(None, "firm_id", "invoice_id", postgresql_where=text("ended_at IS NULL")),
        Index(None, "firm_id", "payment_id", postgresql_where=text("ended_at IS NULL")),
        Index(None, "firm_id", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    account_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    payment_id: Mapped[UUID | None]
    is_credit: Mapped[bool]
    is_pending: Mapped[bool]
    amount: Mapped[Decimal] = money()
    applied_on: Mapped[dt.date]
    created_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
