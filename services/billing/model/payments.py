"""Payments, and the credit of an account: a ledger, its balances, and the one lock over an account's money."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.model.base import Authored, Base, Versioned, money


class Payment(Authored, Versioned):
    """Once cleared, `amount` = `applied` + `credit` + `refunded`. A deleted one stays for the ledger that names it."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'cleared', 'failed', 'deleted')", name="status"),
        CheckConstraint("amount > 0 AND applied >= 0 AND credit >= 0 AND refunded >= 0", name="amounts"),
        CheckConstraint("status <> 'cleared' OR amount = applied + credit + refunded", name="whole"),
        Index(None, "firm_id", "account_id", "received_on", "id"),
    )

    amount: Mapped[Decimal] = money()
    currency: Mapped[str]
    method: Mapped[str]
    status: Mapped[str]
    received_on: Mapped[dt.date]
    cleared_on: Mapped[dt.date | None]
    reference: Mapped[str]
    note: Mapped[str]
    rest: Mapped[str]
    applied: Mapped[Decimal] = money()
    credit: Mapped[Decimal] = money()
    refunded: Mapped[Decimal] = money()


class Ledger(Base):
    """One per account: whoever moves its money locks this row first, so that no two do at once."""

    __tablename__ = "ledger"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]


class Balance(Base):
    """Of one currency (U-22): `credit` is the sum of its entries, of which `reserved` is spoken for (R-CRD-6)."""

    __tablename__ = "balance"
    __table_args__ = (
        CheckConstraint("reserved >= 0 AND credit >= reserved", name="credit"),
        CheckConstraint("due >= 0 AND clearing >= 0", name="due"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    credit: Mapped[Decimal] = money()
    reserved: Mapped[Decimal] = money()
    due: Mapped[Decimal] = money()
    clearing: Mapped[Decimal] = money()


class CreditEntry(Authored):
    """One movement of the credit, never changed; `place` is its place in the ledger."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        CheckConstraint("amount <> 0 AND balance >= 0", name="amount"),
        Index(None, "firm_id", "account_id", "place"),
    )

    place: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    currency: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[Decimal] = money()
    balance: Mapped[Decimal] = money()
    entered_on: Mapped[dt.date]
    invoice_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    note: Mapped[str]


class Refund(Authored):
    """Money of a payment that was given back, never changed."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        Index(None, "firm_id", "account_id"),
    )

    payment_id: Mapped[UUID]
    amount: Mapped[Decimal] = money()
    currency: Mapped[str]
    given_on: Mapped[dt.date]
    note: Mapped[str]
