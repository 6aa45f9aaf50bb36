"""Tables of proposals: what is offered, who signs it, what recurs by it."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKeyConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.billing.model.base import MONEY, Authored, Base, Versioned


class Proposal(Authored, Versioned):
    """`version` counts changes of what it says, not of who has signed; `status` is that of its last change."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("kind IN ('proposal', 'engagement_letter')", name="kind"),
        CheckConstraint(
            "status IN ('draft', 'pending', 'partially_signed', 'signed', 'expired', 'withdrawn')", name="status"
        ),
        CheckConstraint("requirement IN ('all', 'one')", name="requirement"),
        CheckConstraint("invoicing IN ('on_signature', 'later', 'recurring')", name="invoicing"),
        CheckConstraint("(status = 'draft') = (sent_at IS NULL)", name="sent"),
        Index(
            "ix_proposal_sent", "firm_id", "account_id", "sent_at", "id", postgresql_where=text("sent_at IS NOT NULL")
        ),
        Index("ix_proposal_draft", "firm_id", "account_id", "id", postgresql_where=text("sent_at IS NULL")),
        Index(
            "ix_proposal_expiring",
            "expires_on",
            postgresql_where=text("status IN ('pending', 'partially_signed') AND expires_on IS NOT NULL"),
        ),
    )

    kind: Mapped[str]
    name: Mapped[str]
    introduction: Mapped[str]
    terms: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    packages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    requirement: Mapped[str]
    currency: Mapped[str]
    deposit: Mapped[Decimal | None] = mapped_column(MONEY)
    payment_method: Mapped[str]
    authorization: Mapped[str]
    invoicing: Mapped[str]
    issues_invoices: Mapped[bool]
    recurs_from: Mapped[dt.date | None]
    expires_on: Mapped[dt.date | None]
    status: Mapped[str]
    sent_at: Mapped[dt.datetime | None]
    signed_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawal_reason: Mapped[str] = mapped_column(server_default="", default="")
    package_id: Mapped[UUID | None]
    signed_content: Mapped[str | None]
    deposit_received_at: Mapped[dt.datetime | None]
    invoice_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}", default=list)


class ProposalSigner(Base):
    """A contact as it was when the proposal was sent, and what proves that it signed."""

    __tablename__ = "proposal_signer"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "proposal_id"], ["proposal.firm_id", "proposal.id"], ondelete="CASCADE"),
        CheckConstraint("signed_at IS NULL OR removed_at IS NULL", name="signed_stays"),
        Index(None, "firm_id", "account_id", "contact_id"),
    )

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    email: Mapped[str]
    is_unlinked: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[dt.datetime | None]
    declined_at: Mapped[dt.datetime | None]
    decline_reason: Mapped[str] = mapped_column(server_default="", default="")
    signed_at: Mapped[dt.datetime | None]
    ip: Mapped[str] = mapped_column(server_default="", default="")
    agent: Mapped[str] = mapped_column(server_default="", default="")
    package_id: Mapped[UUID | None]
    version_seen: Mapped[int | None]
    content_sha256: Mapped[str] = mapped_column(server_default="", default="")


class RecurringInvoice(Base):
    """What is invoiced each month since a signature; `day` is that of the month, `next_on` the next one due."""

    __tablename__ = "recurring_invoice"
    __table_args__ = (
        CheckConstraint("day BETWEEN 1 AND 31", name="day"),
        Index(None, "firm_id", "proposal_id", unique=True),
        Index(None, "firm_id", "account_id"),
        Index("ix_recurring_invoice_due", "next_on", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)
    account_id: Mapped[UUID]
    proposal_id: Mapped[UUID]
    name: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    currency: Mapped[str]
    day: Mapped[int]
    next_on: Mapped[dt.date]
    issues_invoices: Mapped[bool]
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class RecurringIssue(Base):
    """The one invoice of one day: its key is what keeps it from being made twice."""

    __tablename__ = "recurring_issue"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "recurring_id"], ["recurring_invoice.firm_id", "recurring_invoice.id"], ondelete="CASCADE"
        ),
    )

    recurring_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_on: Mapped[dt.date] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    invoice_id: Mapped[UUID]


class SignerAccount(Base):
    """An account as its owners last told: whether it is archived (R-ARC-1), whether its contacts are linked still."""

    __tablename__ = "signer_account"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="active", default="active")
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    links_version: Mapped[int] = mapped_column(server_default="0", default=0)
