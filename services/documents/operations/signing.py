"""To sign or to decline, in the portal or by a link: one signer, once, on the bytes that were asked about (R-SGN-4)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import wrong
from contracts import signing
from contracts.approvals import DocumentLocked
from contracts.signatures import SignatureNotFound
from contracts.signing import AlreadySigned, AskedSignature, NotYourTurn, SigningLinkNotFound
from services.documents import access, links, model, shared, signers
from services.documents.access import ANY_CLIENT
from services.documents.messages import requests as messages
from services.documents.operations import signature_steps as steps
from services.documents.texts import trimmed


def sign_document(session: Session, ctx: Context, request: signing.Sign) -> AskedSignature:
    """Sign as a client.

    Raises SignatureNotFound, SignatureClosed, AlreadySigned, NotYourTurn, DocumentLocked, Invalid.
    """
    return _sign(session, ctx, *_own(session, ctx, request), request)


def decline_to_sign(session: Session, ctx: Context, request: signing.DeclineToSign) -> AskedSignature:
    """Decline as a client, which ends the request. Raises SignatureNotFound, SignatureClosed, AlreadySigned."""
    return _decline(session, ctx, *_own(session, ctx, request), request.reason)


def sign_by_link(session: Session, ctx: Context, request: signing.SignByLink) -> AskedSignature:
    """Sign by a link, which opens nothing from then on. Raises SigningLinkNotFound, and what sign_document does."""
    return _sign(session, ctx, *by_link(session, ctx, request.token, lock=True), request)


def decline_by_link(session: Session, ctx: Context, request: signing.DeclineByLink) -> AskedSignature:
    """Decline by a link, which ends the request. Raises SigningLinkNotFound, SignatureClosed."""
    return _decline(session, ctx, *by_link(session, ctx, request.token, lock=True), request.reason)


def by_link(
    session: Session, ctx: Context, token: str, *, lock: bool = False
) -> tuple[model.SignatureRequest, model.Signer]:
    """The request and the signer whose link this is. Raises SigningLinkNotFound for one that opens nothing."""
    kind, signer = model.SignatureRequest, model.Signer
    is_alive = (
        signer.firm_id == ctx.firm,
        signer.link_digest == links.digest(token),
        signer.link_expires_at > ctx.now,
    )
    found = session.scalar(select(signer).where(*is_alive))
    if found is None:
        raise SigningLinkNotFound
    query = select(kind).where(kind.firm_id == ctx.firm, kind.id == found.request_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one()
    # Whoever held the row before may have used or replaced the link.
    found = session.scalar(select(signer).where(*is_alive).execution_options(populate_existing=True))
    if found is None or not shared.visible(session, ctx, row.account_id, ANY_CLIENT, [row.document_id]):
        raise SigningLinkNotFound
    return row, found


def _own(session: Session, ctx: Context, request: Any) -> tuple[model.SignatureRequest, model.Signer]:
    """The request, held on to, and the caller among its signers. Raises SignatureNotFound to all who are none."""
    access.client(ctx)
    row = steps.locked(session, ctx, request.account_id, request.signature_id)
    mine = [one for one in messages.signers_of(session, ctx, row) if is_own(one, ctx.actor.id)]
    if not mine or row.sent_at is None:
        raise SignatureNotFound
    return row, mine[0]


def is_own(signer: model.Signer, contact_id: UUID | None) -> bool:
    """Whether this is the contact's own to sign, or to look at since."""
    return contact_id is not None and signer.contact_id == contact_id and not signer.is_unlinked


def _sign(
    session: Session, ctx: Context, row: model.SignatureRequest, me: model.Signer, request: Any
) -> AskedSignature:
    _check_open(row, me)
    waiting = [one for one in messages.signers_of(session, ctx, row) if one.status == "pending"]
    if not signers.is_turn(row.order, me.position, [one.position for one in waiting]):
        raise NotYourTurn
    if not request.has_consented:
        raise wrong("has_consented", "Agree to the statement to sign.")
    document = _about(session, ctx, row)
    name = trimmed("signed_name", request.signed_name)
    values = signers.filled(me.fields, request.values)
    me.status, me.signed_at, me.link_digest, me.link_expires_at = "signed", ctx.now, None, None
    me.evidence = {
        "address": request.address,
        "agent": request.agent,
        "sha256": row.sha256,
        "intent": row.intent,
        "signed_name": name,
        "values": values,
    }
    session.flush()
    everyone = messages.signers_of(session, ctx, row)
    row.status = signers.status(sum(one.status == "signed" for one in everyone), len(everyone))
    if row.status == "signed":
        steps.end(session, ctx, row, "signed")
    else:
        steps.invite(session, ctx, row, everyone)
    steps.tell(session, ctx, row, "signed", *(["completed"] if row.status == "signed" else []))
    return messages.asked(row, me, everyone, document.name, is_locked=False)


def _decline(
    session: Session, ctx: Context, row: model.SignatureRequest, me: model.Signer, reason: str
) -> AskedSignature:
    _check_open(row, me)
    document = messages.about(session, ctx, row)
    me.status, me.reason = "declined", trimmed("reason", reason)
    session.flush()
    steps.end(session, ctx, row, "declined")
    steps.tell(session, ctx, row, "declined")
    everyone = messages.signers_of(session, ctx, row)
    return messages.asked(row, me, everyone, document.name, is_locked=document.is_locked)


def _check_open(row: model.SignatureRequest, me: model.Signer) -> None:
    if me.status != "pending":
        raise AlreadySigned
    if row.status not in signers.OPEN:
        raise steps.closed(row)


def _about(session: Session, ctx: Context, row: model.SignatureRequest) -> Any:
    """The document, which is still the file that was asked about. Raises SignatureClosed, DocumentLocked."""
    document = messages.about(session, ctx, row)
    if not document.is_current:
        raise steps.closed(row)
    if document.is_locked:
        raise DocumentLocked
    return document
