"""Approvals, signature requests and their signers, and documents locked until an invoice is paid."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.documents.model.base import Base, Versioned

Person = JSONB(none_as_null=True)  # who acted, by the name of that day


class Request(Versioned):
    """About a document as it was: `file_id` and `number` say which file."""

    __abstract__ = True

    document_id: Mapped[UUID]
    file_id: Mapped[UUID]
    number: Mapped[int]
    created_by: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Approval(Request):
    __tablename__ = "approval"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "document_id"], ["document.firm_id", "document.id"], ondelete="CASCADE"),
        CheckConstraint("status IN ('pending', 'approved', 'disapproved', 'withdrawn')", name="status"),
        Index(
            "uq_approval_pending", "firm_id", "document_id", unique=True, postgresql_where=text("status = 'pending'")
        ),
        Index(None, "firm_id", "account_id", "created_at", "id"),
        Index(None, "firm_id", "document_id"),
    )

    status: Mapped[str]
    note: Mapped[str]
    reason: Mapped[str]
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[dict[str, Any] | None] = mapped_column(Person)
    address: Mapped[str]


class SignatureRequest(Request):
    """`stamped_*` say where the PDF with the signatures is, once it was made."""

    __tablename__ = "signature_request"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "document_id"], ["document.firm_id", "document.id"], ondelete="CASCADE"),
        CheckConstraint(
            "status IN ('prepared', 'pending', 'partially_signed', 'signed', 'declined', 'voided')", name="status"
        ),
        Index(
            "uq_signature_request_open",
            "firm_id",
            "document_id",
            unique=True,
            postgresql_where=text("status IN ('prepared', 'pending', 'partially_signed')"),
        ),
        Index(None, "firm_id", "account_id", "created_at", "id"),
        Index(None, "firm_id", "document_id"),
        Index(
            "ix_signature_request_reminder_due_at",
            "reminder_due_at",
            postgresql_where=text("reminder_due_at IS NOT NULL"),
        ),
        Index(
            "ix_signature_request_unstamped",
            "ended_at",
            postgresql_where=text("status = 'signed' AND stamped_id IS NULL"),
        ),
    )

    kind: Mapped[str]
    order: Mapped[str]
    status: Mapped[str]
    message: Mapped[str]
    intent: Mapped[str]
    sha256: Mapped[str]
    remind_after_days: Mapped[int]
    sent_at: Mapped[dt.datetime | None]
    reminded_at: Mapped[dt.datetime | None]
    reminder_due_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    reason: Mapped[str]
    stamped_id: Mapped[UUID | None]
    stamped_sha256: Mapped[str]


class Signer(Base):
    """`evidence` is what proves the signature; of a link only its digest is kept."""

    __tablename__ = "signer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["firm_id", "request_id"], ["signature_request.firm_id", "signature_request.id"], ondelete="CASCADE"
        ),
        CheckConstraint("status IN ('pending', 'signed', 'declined')", name="status"),
        CheckConstraint("way IN ('portal', 'link')", name="way"),
        Index(None, "firm_id", "request_id", "position"),
        Index("uq_signer_link_digest", "link_digest", unique=True),
        Index(None, "firm_id", "contact_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    account_id: Mapped[UUID]
    request_id: Mapped[UUID]
    position: Mapped[int]
    contact_id: Mapped[UUID | None]
    name: Mapped[str]
    email: Mapped[str]
    way: Mapped[str]
    status: Mapped[str]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    signed_at: Mapped[dt.datetime | None]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_unlinked: Mapped[bool] = mapped_column(default=False)
    link_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    link_expires_at: Mapped[dt.datetime | None]


class DocumentLock(Base):
    """A document that opens once an invoice is paid (R-CRD-8)."""

    __tablename__ = "document_lock"
    __table_args__ = (
        ForeignKeyConstraint(["firm_id", "document_id"], ["document.firm_id", "document.id"], ondelete="CASCADE"),
        Index(None, "firm_id", "invoice_id"),
    )

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    invoice_id: Mapped[UUID]


class InvoiceRef(Base):
    """What billing told of an invoice."""

    __tablename__ = "invoice_ref"

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    account_id: Mapped[UUID]
    is_paid: Mapped[bool]
    version: Mapped[int]


class AccountRef(Base):
    """The last change of an account's links that contacts told of."""

    __tablename__ = "account_ref"

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    links_version: Mapped[int]
