"""Documents that a client sees once an invoice is paid, whatever the means (R-CRD-8, R-APR-3)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from chassis.outbox import emit
from contracts.approvals import DocumentLock, DocumentLockChanged, LockDocument
from contracts.billing import InvoiceChanged
from services.documents import access, items, model


def lock_document(session: Session, ctx: Context, request: LockDocument) -> DocumentLock:
    """Lock a document until an invoice is paid, or take the lock off.

    Raises DocumentNotFound, NotYoursToEdit, Invalid.
    """
    access.staff(ctx)
    document, _ = items.find_document(
        session, ctx, request.account_id, request.document_id, needs=access.EDIT, lock=True
    )
    lock = session.get(model.DocumentLock, (ctx.firm, document.id), populate_existing=True)
    before = None if lock is None else lock.invoice_id
    if request.invoice_id is None:
        if lock is not None:
            session.delete(lock)
    else:
        _check(session, ctx, document.account_id, request.invoice_id)
        if lock is None:
            lock = model.DocumentLock(firm_id=ctx.firm, document_id=document.id, account_id=document.account_id)
            session.add(lock)
        lock.invoice_id = request.invoice_id
    session.flush()
    made = _message(session, ctx, document.id, request.invoice_id)
    if before != request.invoice_id:
        emit(session, ctx, DocumentLockChanged(account_id=document.account_id, lock=made))
    return made


def invoice_changed(session: Session, ctx: Context, event: InvoiceChanged) -> None:
    """Open or lock what waits for an invoice, as billing tells how that is."""
    invoice = event.invoice
    is_paid = invoice.status == "paid"
    invoice_told(session, ctx, event.account_id, invoice.id, invoice.version, is_paid=is_paid)


def invoice_told(
    session: Session, ctx: Context, account_id: UUID, invoice_id: UUID, version: int, *, is_paid: bool
) -> None:
    """Keep whether an invoice is paid, unless something newer is known; tell of what it opens or locks."""
    kind = model.InvoiceRef
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id == invoice_id)
    known = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if known is not None and known.version > version:
        return
    values = {"account_id": account_id, "is_paid": is_paid, "version": version}
    stored = insert(kind).values(firm_id=ctx.firm, id=invoice_id, **values)
    session.execute(
        stored.on_conflict_do_update(
            index_elements=["firm_id", "id"], set_=values, where=stored.excluded.version >= kind.version
        )
    )
    if (known is not None and known.is_paid) == is_paid:
        return
    locks = select(model.DocumentLock).where(
        model.DocumentLock.firm_id == ctx.firm, model.DocumentLock.invoice_id == invoice_id
    )
    for lock in session.scalars(locks.order_by(model.DocumentLock.document_id)):
        told = DocumentLock(document_id=lock.document_id, invoice_id=invoice_id, is_locked=not is_paid)
        emit(session, ctx, DocumentLockChanged(account_id=lock.account_id, lock=told))


def _check(session: Session, ctx: Context, account_id: UUID, invoice_id: UUID) -> None:
    kind = model.InvoiceRef
    query = select(kind.id).where(kind.firm_id == ctx.firm, kind.id == invoice_id, kind.account_id == account_id)
    if session.scalar(query) is None:
        raise wrong("invoice_id", "Not an invoice of this account, or not known here yet.").naming([invoice_id])


def _message(session: Session, ctx: Context, document_id: UUID, invoice_id: UUID | None) -> DocumentLock:
    is_paid = False
    if invoice_id is not None:
        kind = model.InvoiceRef
        query = select(kind.is_paid).where(kind.firm_id == ctx.firm, kind.id == invoice_id)
        is_paid = bool(session.scalar(query))
    return DocumentLock(
        document_id=document_id, invoice_id=invoice_id, is_locked=invoice_id is not None and not is_paid
    )
