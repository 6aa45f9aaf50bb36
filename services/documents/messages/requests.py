"""Approvals and signature requests as messages, each with its document's name and whether that is locked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.wire import load
from contracts import signing
from contracts.approvals import Approval
from contracts.organizers import Author
from contracts.signatures import Signature, Signer, SignField
from services.documents import model, shared, signers
from services.documents.access import document
from services.documents.changing import as_json


def author(kept: dict[str, Any]) -> Author:
    return load(Author, kept)


def about(session: Session, ctx: Context, row: Any) -> Any:
    """`name` and `is_locked` of the document that a request is about; `is_current`: it is still that file."""
    query = select(
        document.c.name, shared.is_locked().label("is_locked"), shared.is_still(row.file_id).label("is_current")
    )
    return session.execute(query.where(document.c.firm_id == ctx.firm, document.c.id == row.document_id)).one()


def approval(session: Session, ctx: Context, row: model.Approval) -> Approval:
    """The approval as a message; to a client without where the answer came from."""
    of_document = about(session, ctx, row)
    return approval_of(ctx, row, of_document.name, is_locked=of_document.is_locked)


def approval_of(ctx: Context, row: model.Approval, name: str, *, is_locked: bool) -> Approval:
    return Approval(
        id=row.id,
        account_id=row.account_id,
        document_id=row.document_id,
        document_name=name,
        document_version=row.number,
        status=row.status,  # type: ignore[arg-type]
        note=row.note,
        reason=row.reason,
        requested_at=row.created_at,
        requested_by=author(row.created_by),
        answered_at=row.answered_at,
        answered_by=None if row.answered_by is None else author(row.answered_by),
        address="" if ctx.actor.kind == "portal" else row.address,
        is_locked=is_locked,
        version=row.version,
    )


def signers_of(session: Session, ctx: Context, request: model.SignatureRequest) -> list[model.Signer]:
    """The signers in order."""
    kind = model.Signer
    query = select(kind).where(kind.firm_id == ctx.firm, kind.request_id == request.id)
    return list(session.scalars(query.order_by(kind.position).execution_options(populate_existing=True)))


def fields(row: model.Signer) -> tuple[SignField, ...]:
    return tuple(load(SignField, one) for one in row.fields)


def signer(row: model.Signer) -> Signer:
    return Signer(
        id=row.id,
        contact_id=row.contact_id,
        name=row.name,
        email=row.email,
        way=row.way,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        fields=fields(row),
        signed_at=row.signed_at,
        reason=row.reason,
        is_unlinked=row.is_unlinked,
        link_expires_at=row.link_expires_at,
    )


def evidence(row: model.Signer) -> signing.Evidence:
    """What proves a signature."""
    person = {"signer_id": row.id, "contact_id": row.contact_id, "name": row.name, "email": row.email, "way": row.way}
    return load(signing.Evidence, as_json({**person, "signed_at": row.signed_at, **(row.evidence or {})}))


def signature(session: Session, ctx: Context, row: model.SignatureRequest) -> Signature:
    """The whole request, as the firm sees it."""
    everyone = signers_of(session, ctx, row)
    of_document = about(session, ctx, row)
    return Signature(
        id=row.id,
        account_id=row.account_id,
        document_id=row.document_id,
        document_name=of_document.name,
        document_version=row.number,
        kind=row.kind,  # type: ignore[arg-type]
        order=row.order,  # type: ignore[arg-type]
        status=row.status,  # type: ignore[arg-type]
        message=row.message,
        intent=row.intent,
        signers=tuple(signer(one) for one in everyone),
        signed=sum(one.status == "signed" for one in everyone),
        total=len(everyone),
        is_locked=of_document.is_locked,
        is_stamped=row.stamped_id is not None,
        remind_after_days=row.remind_after_days,
        created_at=row.created_at,
        created_by=author(row.created_by),
        sent_at=row.sent_at,
        reminded_at=row.reminded_at,
        reminder_due_at=row.reminder_due_at,
        ended_at=row.ended_at,
        reason=row.reason,
        version=row.version,
    )


def asked(
    row: model.SignatureRequest, me: model.Signer, everyone: Sequence[model.Signer], name: str, *, is_locked: bool
) -> signing.AskedSignature:
    """What one signer sees of a request: nothing of the others but how many have signed (R-POR-3)."""
    waiting = [one.position for one in everyone if one.status == "pending"]
    is_open = row.status in signers.OPEN and me.status == "pending"
    return signing.AskedSignature(
        id=row.id,
        document_id=row.document_id,
        document_name=name,
        status=row.status,  # type: ignore[arg-type]
        my_status=me.status,  # type: ignore[arg-type]
        is_my_turn=is_open and not is_locked and signers.is_turn(row.order, me.position, waiting),
        is_locked=is_locked,
        order=row.order,  # type: ignore[arg-type]
        message=row.message,
        intent=row.intent,
        name=me.name,
        fields=fields(me),
        signed=sum(one.status == "signed" for one in everyone),
        total=len(everyone),
        sent_at=row.sent_at,
        signed_at=me.signed_at,
        expires_at=me.link_expires_at if me.way == "link" else None,
    )
