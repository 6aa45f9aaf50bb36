"""What clients see of documents, and which of them wait for an invoice to be paid (R-DOC-8, R-CRD-8)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.approvals import DocumentLocked, NotShared
from services.documents import access, model
from services.documents.access import ANY_CLIENT, Sight, Viewer, document, exemption

REPLACED = "Another version of the document came."
lock = model.DocumentLock.__table__
invoice = model.InvoiceRef.__table__
stamp = model.SignatureRequest.__table__.alias("stamp")


def is_locked() -> ColumnElement[bool]:
    """Whether the row's document waits for an invoice that billing has not told to be paid."""
    is_paid = exists().where(
        invoice.c.firm_id == lock.c.firm_id, invoice.c.id == lock.c.invoice_id, invoice.c.is_paid.is_(True)
    )
    return exists().where(
        lock.c.firm_id == document.c.firm_id, lock.c.document_id == document.c.id, ~is_paid.correlate(lock)
    )


def is_still(file_id: Any) -> ColumnElement[bool]:
    """Whether the row's document is this file, or this file with signatures on it."""
    is_stamped = exists().where(
        stamp.c.firm_id == document.c.firm_id,
        stamp.c.document_id == document.c.id,
        stamp.c.stamped_id == document.c.file_id,
        stamp.c.file_id == file_id,
    )
    return or_(document.c.file_id == file_id, is_stamped)


def visible(session: Session, ctx: Context, account_id: UUID, viewer: Viewer, ids: Collection[UUID]) -> set[UUID]:
    """Those of the documents that are not in the trash and that the viewer sees."""
    sight = Sight(ctx.firm, account_id, viewer)
    query = select(document.c.id).where(*sight.documents(), document.c.id.in_(ids), document.c.trash_id.is_(None))
    return set(session.scalars(query))


def is_visible(session: Session, ctx: Context, account_id: UUID, document_id: UUID) -> bool:
    """Whether the document is there and the caller's to see (R-ACC-7)."""
    return document_id in visible(session, ctx, account_id, access.viewer(ctx), [document_id])


def check_open(session: Session, ctx: Context, document_id: UUID) -> None:
    """Raise DocumentLocked where an invoice has to be paid first (R-APR-3)."""
    query = select(document.c.id).where(document.c.firm_id == ctx.firm, document.c.id == document_id, is_locked())
    if session.scalar(query) is not None:
        raise DocumentLocked


def require(session: Session, ctx: Context, row: model.Document, *, contact_id: UUID | None = None) -> None:
    """Raise NotShared unless the contact sees the document; without one, unless some client does."""
    viewers = [ANY_CLIENT] if contact_id is None else [Viewer("contact", contact_id)]
    if contact_id is None:
        holders = select(exemption.c.holder_id).where(
            exemption.c.firm_id == ctx.firm,
            exemption.c.account_id == row.account_id,
            exemption.c.kind == "contact",
            exemption.c.access != "none",
        )
        viewers += [Viewer("contact", holder_id) for holder_id in session.scalars(holders.distinct())]
    if not any(visible(session, ctx, row.account_id, viewer, [row.id]) for viewer in viewers):
        raise NotShared(errors=[{"field": "document_id", "message": " ".join((NotShared.__doc__ or "").split())}])


def number(session: Session, ctx: Context, row: model.Document) -> int:
    """The number of the version that the document shows."""
    kind = model.DocumentVersion
    query = select(func.max(kind.number)).where(kind.firm_id == ctx.firm, kind.document_id == row.id)
    return session.scalar(query) or 1
