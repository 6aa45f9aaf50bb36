"""Approvals: asked for by the firm, answered once by a client, gone with the next version (R-APR-*)."""

from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from contracts import approvals
from contracts.approvals import Approval, ApprovalAnswered, ApprovalChanged, ApprovalNotFound, ApprovalPending
from services.documents import access, actors, items, model, shared
from services.documents.messages import requests as messages
from services.documents.texts import trimmed

Change = Literal["requested", "approved", "disapproved", "withdrawn"]


def request_approval(session: Session, ctx: Context, request: approvals.RequestApproval) -> Approval:
    """Ask the client to approve a document as it is; after an answer it can be asked for anew (R-APR-2).

    Raises DocumentNotFound, NotYoursToEdit, NotShared, ApprovalPending.
    """
    access.staff(ctx)
    document, _ = items.find_document(
        session, ctx, request.account_id, request.document_id, needs=access.EDIT, lock=True
    )
    shared.require(session, ctx, document)
    kind = model.Approval
    is_pending = select(kind.id).where(
        kind.firm_id == ctx.firm, kind.document_id == document.id, kind.status == "pending"
    )
    if session.scalar(is_pending) is not None:  # nobody else asks meanwhile: the document is held on to
        raise ApprovalPending
    row = kind(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=document.account_id,
        document_id=document.id,
        file_id=document.file_id,
        number=shared.number(session, ctx, document),
        created_by=actors.author(ctx),
        status="pending",
        note=request.note,
        reason="",
        address="",
        version=0,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    return _tell(session, ctx, row, "requested")


def withdraw_approval(session: Session, ctx: Context, request: approvals.ApprovalRef) -> Approval:
    """Take back a request that nobody has answered. Raises ApprovalNotFound, ApprovalAnswered, NotYoursToEdit."""
    access.staff(ctx)
    row = _locked(session, ctx, request)
    items.find_document(session, ctx, row.account_id, row.document_id, needs=access.EDIT)
    if row.status != "pending":
        raise ApprovalAnswered(state=row.status)
    row.status = "withdrawn"
    return _tell(session, ctx, row, "withdrawn")


def approve_document(session: Session, ctx: Context, request: approvals.Approve) -> Approval:
    """Approve as a client; the first answer decides (R-APR-4).

    Raises ApprovalNotFound, ApprovalAnswered, DocumentLocked.
    """
    return _answer(session, ctx, request, "approved", "")


def disapprove_document(session: Session, ctx: Context, request: approvals.Disapprove) -> Approval:
    """Disapprove as a client, with a reason (R-APR-2). Raises ApprovalNotFound, ApprovalAnswered, DocumentLocked."""
    return _answer(session, ctx, request, "disapproved", trimmed("reason", request.reason))


def _answer(
    session: Session, ctx: Context, request: Any, status: Literal["approved", "disapproved"], reason: str
) -> Approval:
    access.client(ctx)
    row = _locked(session, ctx, request)
    if row.status != "pending":
        raise ApprovalAnswered(state=row.status)
    about = messages.about(session, ctx, row)
    if not about.is_current:
        raise ApprovalAnswered(state="withdrawn")
    if about.is_locked:
        raise approvals.DocumentLocked
    row.status, row.reason = status, reason
    row.answered_at, row.answered_by, row.address = ctx.now, actors.author(ctx), request.address
    return _tell(session, ctx, row, status)


def replaced(session: Session, ctx: Context, document_id: Any, file_id: Any) -> None:
    """Withdraw what was asked about another file of the document than this one."""
    kind = model.Approval
    query = select(kind).where(
        kind.firm_id == ctx.firm, kind.document_id == document_id, kind.status == "pending", kind.file_id != file_id
    )
    for row in session.scalars(query.with_for_update().execution_options(populate_existing=True)):
        row.status, row.reason = "withdrawn", shared.REPLACED
        _tell(session, ctx, row, "withdrawn")


def _locked(session: Session, ctx: Context, request: Any) -> model.Approval:
    """The approval of a document in the caller's sight, held on to. Raises ApprovalNotFound."""
    kind = model.Approval
    query = select(kind).where(
        kind.firm_id == ctx.firm, kind.account_id == request.account_id, kind.id == request.approval_id
    )
    row = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None or not shared.is_visible(session, ctx, row.account_id, row.document_id):
        raise ApprovalNotFound
    return row


def _tell(session: Session, ctx: Context, row: model.Approval, change: Change) -> Approval:
    row.version += 1
    row.updated_at = ctx.now
    session.flush()
    made = messages.approval(session, ctx, row)
    by = messages.author(actors.author(ctx))
    told = replace(made, address=row.address)
    emit(session, ctx, ApprovalChanged(account_id=row.account_id, approval=told, change=change, by=by))
    return made
