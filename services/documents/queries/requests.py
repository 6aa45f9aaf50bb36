"""Approvals and signature requests to be read: by the firm's people, by clients and whoever holds a link."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts import approvals, signatures, signing
from contracts.approvals import ApprovalNotFound, DocumentLocked
from contracts.documents import DocumentNotFound
from contracts.files import Content
from contracts.signatures import SignatureNotFound
from services.documents import access, files, model, shared, signers
from services.documents.access import document
from services.documents.messages import requests as messages
from services.documents.operations.signature_steps import found
from services.documents.operations.signing import by_link, is_own
from services.documents.queries import rows

PDF = "application/pdf"


def get_approval(session: Session, ctx: Context, request: approvals.ApprovalRef) -> approvals.Approval:
    """One approval, as the firm sees it. Raises ApprovalNotFound."""
    access.staff(ctx)
    kind = model.Approval
    query = select(kind).where(
        kind.firm_id == ctx.firm, kind.account_id == request.account_id, kind.id == request.approval_id
    )
    row = session.scalar(query)
    if row is None or not shared.is_visible(session, ctx, row.account_id, row.document_id):
        raise ApprovalNotFound
    return messages.approval(session, ctx, row)


def list_own_approvals(session: Session, ctx: Context, request: approvals.AccountApprovals) -> approvals.Approvals:
    """What the client is asked to approve, pending first, and what was answered; none that was withdrawn."""
    access.client(ctx)
    kind = model.Approval
    query = (
        select(kind, document.c.name, shared.is_locked().label("is_locked"))
        .join(document, and_(document.c.firm_id == kind.firm_id, document.c.id == kind.document_id))
        .where(
            kind.firm_id == ctx.firm,
            kind.account_id == request.account_id,
            kind.status != "withdrawn",
            *rows.visible(access.sight(ctx, request.account_id)),
        )
        .order_by((kind.status == "pending").desc(), func.coalesce(kind.answered_at, kind.created_at).desc(), kind.id)
    )
    made = (
        messages.approval_of(ctx, row, name, is_locked=is_locked) for row, name, is_locked in session.execute(query)
    )
    return approvals.Approvals(items=tuple(made))


def get_signature(session: Session, ctx: Context, request: signatures.SignatureRef) -> signatures.Signature:
    """One signature request, as the firm sees it. Raises SignatureNotFound."""
    access.staff(ctx)
    return messages.signature(session, ctx, found(session, ctx, request.account_id, request.signature_id))


def get_signature_evidence(
    session: Session, ctx: Context, request: signatures.SignatureRef
) -> signing.SignatureEvidence:
    """What proves the signatures there are. Raises SignatureNotFound."""
    access.staff(ctx)
    row = found(session, ctx, request.account_id, request.signature_id)
    return signing.SignatureEvidence(
        signature_id=row.id,
        document_id=row.document_id,
        document_name=messages.about(session, ctx, row).name,
        document_version=row.number,
        sha256=row.sha256,
        status=row.status,  # type: ignore[arg-type]
        signatures=tuple(messages.evidence(one) for one in messages.signers_of(session, ctx, row) if one.evidence),
        completed_at=row.ended_at if row.status == "signed" else None,
        stamped_sha256=row.stamped_sha256,
    )


def get_signed_file(session: Session, ctx: Context, request: signatures.SignatureRef) -> Content:
    """The PDF with the signatures on it. Raises SignatureNotFound, also before it was made."""
    access.staff(ctx)
    return _signed_file(session, ctx, found(session, ctx, request.account_id, request.signature_id))


def get_own_signed_file(session: Session, ctx: Context, request: signatures.SignatureRef) -> Content:
    """The same for a signer. Raises SignatureNotFound, DocumentLocked."""
    access.client(ctx)
    row, _ = _own(session, ctx, request)
    if messages.about(session, ctx, row).is_locked:
        raise DocumentLocked
    return _signed_file(session, ctx, row)


def list_own_signatures(session: Session, ctx: Context, request: signing.AccountSignatures) -> signing.AskedSignatures:
    """What the client is asked to sign, what waits for them first (R-POR-3)."""
    access.client(ctx)
    kind, signer = model.SignatureRequest, model.Signer
    mine = select(signer.request_id).where(
        signer.firm_id == ctx.firm,
        signer.account_id == request.account_id,
        signer.contact_id == ctx.actor.id,
        signer.is_unlinked.is_(False),
    )
    query = (
        select(kind, document.c.name, shared.is_locked().label("is_locked"))
        .join(document, and_(document.c.firm_id == kind.firm_id, document.c.id == kind.document_id))
        .where(
            kind.firm_id == ctx.firm,
            kind.account_id == request.account_id,
            kind.id.in_(mine),
            kind.sent_at.is_not(None),
            *rows.visible(access.sight(ctx, request.account_id)),
        )
        .order_by(kind.sent_at.desc(), kind.id.desc())
    )
    asked = [tuple(row) for row in session.execute(query)]
    people: dict[UUID, list[model.Signer]] = defaultdict(list)
    everyone = select(signer).where(signer.firm_id == ctx.firm, signer.request_id.in_([row.id for row, _, _ in asked]))
    for one in session.scalars(everyone.order_by(signer.position)):
        people[one.request_id].append(one)
    made = [
        messages.asked(row, me, people[row.id], name, is_locked=is_locked)
        for row, name, is_locked in asked
        for me in people[row.id]
        if is_own(me, ctx.actor.id)
    ]
    waits = [one for one in made if one.my_status == "pending" and one.status in signers.OPEN]
    return signing.AskedSignatures(items=(*waits, *(one for one in made if one not in waits)))


def get_own_signature(session: Session, ctx: Context, request: signatures.SignatureRef) -> signing.AskedSignature:
    """What the client is asked to sign, with their own fields alone (R-POR-3). Raises SignatureNotFound."""
    access.client(ctx)
    return _asked(session, ctx, *_own(session, ctx, request))


def get_link(session: Session, ctx: Context, request: signing.LinkRef) -> signing.AskedSignature:
    """What the holder of a link is asked to sign. Raises SigningLinkNotFound."""
    return _asked(session, ctx, *by_link(session, ctx, request.token))


def get_link_file(session: Session, ctx: Context, request: signing.LinkRef) -> Content:
    """The PDF that the holder of a link is asked to sign. Raises SigningLinkNotFound, DocumentLocked."""
    row, _ = by_link(session, ctx, request.token)
    about = messages.about(session, ctx, row)
    if about.is_locked:
        raise DocumentLocked
    return _content(ctx, row, row.file_id, row.sha256, about.name)


def _own(
    session: Session, ctx: Context, request: signatures.SignatureRef
) -> tuple[model.SignatureRequest, model.Signer]:
    row = found(session, ctx, request.account_id, request.signature_id)
    mine = [one for one in messages.signers_of(session, ctx, row) if is_own(one, ctx.actor.id)]
    if not mine or row.sent_at is None:
        raise SignatureNotFound
    return row, mine[0]


def _asked(session: Session, ctx: Context, row: model.SignatureRequest, me: model.Signer) -> signing.AskedSignature:
    about = messages.about(session, ctx, row)
    everyone = messages.signers_of(session, ctx, row)
    return messages.asked(row, me, everyone, about.name, is_locked=about.is_locked)


def _signed_file(session: Session, ctx: Context, row: model.SignatureRequest) -> Content:
    if row.stamped_id is None:
        raise DocumentNotFound("There is no signed PDF of this request; its evidence says what was signed.")
    return _content(ctx, row, row.stamped_id, row.stamped_sha256, messages.about(session, ctx, row).name)


def _content(ctx: Context, row: model.SignatureRequest, file_id: UUID, sha256: str, name: str) -> Content:
    return Content(
        media_type=PDF,
        etag=sha256,
        path=files.path(ctx.firm, row.account_id, file_id),
        file_name=name or "document.pdf",
    )
