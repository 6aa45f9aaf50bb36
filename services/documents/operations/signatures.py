"""Signature requests of the firm: prepared, sent, reminded of, voided (R-SGN-2, R-SGN-4)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from chassis.wire import UNSET
from contracts import signatures
from contracts.documents import DocumentChangedMeanwhile
from contracts.signatures import Signature
from contracts.signing import AlreadySigned, SignerRef, SigningLink
from services.documents import access, actors, items, model, shared, signers
from services.documents.access import ANY_CLIENT
from services.documents.changing import as_json, changed_meanwhile
from services.documents.messages import requests as messages
from services.documents.operations import signature_steps as steps
from services.documents.texts import trimmed

UNFINISHED = ("prepared", *signers.OPEN)


def request_signature(
    session: Session,
    ctx: Context,
    request: signatures.RequestSignature,
    chosen: Sequence[signers.Chosen],
    file_id: UUID,
) -> Signature:
    """Ask those chosen to sign the file, or only prepare it.

    Raises DocumentNotFound, NotYoursToEdit, NotShared, SignaturePending, and DocumentChangedMeanwhile where the
    document is another file since it was looked at.
    """
    document, _ = items.find_document(
        session, ctx, request.account_id, request.document_id, needs=access.EDIT, lock=True
    )
    if document.file_id != file_id:
        raise DocumentChangedMeanwhile("The document is another file since; look at it and ask again.")
    _check_sight(session, ctx, document, chosen)
    kind = model.SignatureRequest
    is_open = select(kind.status).where(
        kind.firm_id == ctx.firm, kind.document_id == document.id, kind.status.in_(UNFINISHED)
    )
    known = session.scalar(is_open)  # nobody else asks meanwhile: the document is held on to
    if known is not None:
        raise signatures.SignaturePending(state=known)
    row = kind(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=document.account_id,
        document_id=document.id,
        file_id=document.file_id,
        number=shared.number(session, ctx, document),
        created_by=actors.author(ctx),
        kind=request.kind,
        order=request.order,
        status="prepared",
        message=request.message,
        intent=trimmed("intent", request.intent),
        sha256=document.sha256,
        remind_after_days=request.remind_after_days,
        reason="",
        stamped_sha256="",
        version=0,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    session.flush()
    _put_signers(session, ctx, row, chosen)
    if not request.is_sent:
        return steps.tell(session, ctx, row, "prepared")
    steps.begin(session, ctx, row)
    return steps.tell(session, ctx, row, "sent")


def change_signature(
    session: Session, ctx: Context, request: signatures.ChangeSignature, chosen: Sequence[signers.Chosen] | None
) -> Signature:
    """Change a prepared request; `chosen` are its signers from then on, None leaves them.

    Raises SignatureNotFound, SignatureChangedMeanwhile, SignatureClosed, NotYoursToEdit, NotShared.
    """
    row = _mine(session, ctx, request)
    if row.version != request.version:
        raise changed_meanwhile(signatures.SignatureChangedMeanwhile, messages.signature(session, ctx, row))
    if row.status != "prepared":
        raise steps.closed(row)
    if chosen is not None:
        document, _ = items.find_document(session, ctx, row.account_id, row.document_id)
        _check_sight(session, ctx, document, chosen)
        kind = model.Signer
        session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.request_id == row.id))
        _put_signers(session, ctx, row, chosen)
    for name in ("order", "message", "remind_after_days"):
        if getattr(request, name) is not UNSET:
            setattr(row, name, getattr(request, name))
    return steps.tell(session, ctx, row, "changed")


def send_signature(session: Session, ctx: Context, request: signatures.SignatureRef) -> Signature:
    """Send a prepared request. Raises SignatureNotFound, SignatureClosed, NotYoursToEdit, NotShared."""
    row = _mine(session, ctx, request)
    if row.status != "prepared":
        raise steps.closed(row)
    document, _ = items.find_document(session, ctx, row.account_id, row.document_id)
    everyone = messages.signers_of(session, ctx, row)
    _check_sight(session, ctx, document, everyone)
    if any(one.is_unlinked for one in everyone):
        raise steps.closed(row)
    steps.begin(session, ctx, row)
    return steps.tell(session, ctx, row, "sent")


def void_signature(session: Session, ctx: Context, request: signatures.VoidSignature) -> Signature:
    """Withdraw a request that is not all signed, e.g. because it was signed on paper.

    Raises SignatureNotFound, SignatureClosed, NotYoursToEdit.
    """
    row = _mine(session, ctx, request)
    if row.status not in UNFINISHED:
        raise steps.closed(row)
    steps.end(session, ctx, row, "voided", trimmed("reason", request.reason))
    return steps.tell(session, ctx, row, "voided")


def remind_signers(session: Session, ctx: Context, request: signatures.SignatureRef) -> Signature:
    """Remind those who have not signed. Raises SignatureNotFound, SignatureClosed, NotYoursToEdit."""
    row = _mine(session, ctx, request)
    if row.status not in signers.OPEN:
        raise steps.closed(row)
    return _remind(session, ctx, row)


def remind_if_due(session: Session, ctx: Context, signature_id: UUID) -> None:
    """Remind those who have not signed where the time has come, once (R-SGN-4)."""
    kind = model.SignatureRequest
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id == signature_id, kind.reminder_due_at <= ctx.now)
    row = session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if row is None or row.status not in signers.OPEN:
        return
    if shared.visible(session, ctx, row.account_id, ANY_CLIENT, [row.document_id]):
        _remind(session, ctx, row)
    else:
        row.reminder_due_at = None  # what was put away since is asked of nobody


def make_signing_link(session: Session, ctx: Context, request: SignerRef) -> SigningLink:
    """Make a link for a signer who signs by one; the former opens nothing from then on.

    Raises SignatureNotFound for a signer who is none too, SignatureClosed, AlreadySigned, NotYoursToEdit.
    """
    row = _mine(session, ctx, request)
    if row.status not in signers.OPEN:
        raise steps.closed(row)
    found = [one for one in messages.signers_of(session, ctx, row) if one.id == request.signer_id]
    if not found or found[0].way != "link" or found[0].is_unlinked:
        raise signatures.SignatureNotFound("No such signer, or one who signs in the portal, or was unlinked.")
    if found[0].status != "pending":
        raise AlreadySigned
    return steps.make_link(session, ctx, row, found[0])


def replaced(session: Session, ctx: Context, document_id: UUID, file_id: UUID) -> None:
    """Invalidate what asks for signatures of another file of the document than this one."""
    kind = model.SignatureRequest
    query = select(kind).where(
        kind.firm_id == ctx.firm,
        kind.document_id == document_id,
        kind.status.in_(UNFINISHED),
        kind.file_id != file_id,
    )
    for row in session.scalars(query.with_for_update().execution_options(populate_existing=True)):
        steps.end(session, ctx, row, "voided", shared.REPLACED)
        steps.tell(session, ctx, row, "invalidated")


def relinked(session: Session, ctx: Context, account_id: UUID, contact_ids: Sequence[UUID]) -> None:
    """Flag whoever has yet to sign and is no longer a contact of the account, and unflag who is again (R-LNK-3)."""
    kind = model.SignatureRequest
    rows = select(kind).where(kind.firm_id == ctx.firm, kind.account_id == account_id, kind.status.in_(UNFINISHED))
    for row in session.scalars(rows.order_by(kind.id).with_for_update().execution_options(populate_existing=True)):
        changes: dict[str, None] = {}
        for one in messages.signers_of(session, ctx, row):
            if one.contact_id is None or one.status != "pending":
                continue
            is_unlinked = one.contact_id not in contact_ids
            if is_unlinked != one.is_unlinked:
                one.is_unlinked = is_unlinked
                one.link_digest = one.link_expires_at = None
                changes["signer_unlinked" if is_unlinked else "signer_linked"] = None
        if changes:
            steps.tell(session, ctx, row, *changes)


def _mine(session: Session, ctx: Context, request: Any) -> model.SignatureRequest:
    """The request of a document that the caller may change, held on to."""
    access.staff(ctx)
    row = steps.locked(session, ctx, request.account_id, request.signature_id)
    items.find_document(session, ctx, row.account_id, row.document_id, needs=access.EDIT)
    return row


def _remind(session: Session, ctx: Context, row: model.SignatureRequest) -> Signature:
    row.reminded_at, row.reminder_due_at = ctx.now, None
    steps.invite(session, ctx, row, messages.signers_of(session, ctx, row), is_anew=True)
    made = steps.tell(session, ctx, row, "reminded")
    waiting = tuple(one for one in made.signers if one.status == "pending" and not one.is_unlinked)
    due = signatures.SignatureReminderDue(
        account_id=row.account_id,
        signature_id=row.id,
        document_name=made.document_name,
        signers=waiting,
        sent_at=row.sent_at or row.created_at,
    )
    emit(session, ctx, due)
    return made


def _check_sight(session: Session, ctx: Context, document: model.Document, chosen: Sequence[Any]) -> None:
    """Raise NotShared unless each sees what they shall sign (R-SGN-3); by a link one sees what any client does."""
    for contact_id in {one.contact_id if one.way == "portal" else None for one in chosen}:
        shared.require(session, ctx, document, contact_id=contact_id)


def _put_signers(session: Session, ctx: Context, row: model.SignatureRequest, chosen: Sequence[signers.Chosen]) -> None:
    number = 0
    for position, one in enumerate(chosen):
        fields = []
        for place in one.fields:
            fields.append(as_json(place) | {"id": number})
            number += 1
        session.add(
            model.Signer(
                firm_id=ctx.firm,
                id=new_id(),
                account_id=row.account_id,
                request_id=row.id,
                position=position,
                contact_id=one.contact_id,
                name=one.name,
                email=one.email,
                way=one.way,
                status="pending",
                fields=fields,
                reason="",
            )
        )
    session.flush()
