"""What all changes of a signature request have in common: it is held on to, moved on, told of; links are made."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.signatures import Signature, SignatureChanged, SignatureClosed, SignatureNotFound
from contracts.signing import SigningLink, SigningLinkMade
from services.documents import actors, links, model, shared, signers
from services.documents.access import document
from services.documents.messages import requests as messages

SWEPT = 200  # requests of one round; the next one comes soon


def locked(session: Session, ctx: Context, account_id: UUID, signature_id: UUID) -> model.SignatureRequest:
    """The request, held on to, of a document in the caller's sight. Raises SignatureNotFound."""
    return found(session, ctx, account_id, signature_id, lock=True)


def found(
    session: Session, ctx: Context, account_id: UUID, signature_id: UUID, *, lock: bool = False
) -> model.SignatureRequest:
    """The request of a document in the caller's sight. Raises SignatureNotFound."""
    kind = model.SignatureRequest
    query = select(kind).where(kind.firm_id == ctx.firm, kind.account_id == account_id, kind.id == signature_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None or not shared.is_visible(session, ctx, row.account_id, row.document_id):
        raise SignatureNotFound
    return row


def tell(session: Session, ctx: Context, row: model.SignatureRequest, *changes: Any) -> Signature:
    """Raise the version and tell of each change; the caller holds the row."""
    row.version += 1
    row.updated_at = ctx.now
    session.flush()
    made = messages.signature(session, ctx, row)
    by = messages.author(actors.author(ctx))
    for change in changes:
        emit(session, ctx, SignatureChanged(account_id=row.account_id, signature=made, change=change, by=by))
    return made


def begin(session: Session, ctx: Context, row: model.SignatureRequest) -> None:
    """Send a request: it waits for its signers, who are reminded once."""
    row.status, row.sent_at = "pending", ctx.now
    if row.remind_after_days:
        row.reminder_due_at = ctx.now + timedelta(days=row.remind_after_days)
    session.flush()
    invite(session, ctx, row, messages.signers_of(session, ctx, row))


def invite(
    session: Session,
    ctx: Context,
    row: model.SignatureRequest,
    everyone: Sequence[model.Signer],
    *,
    is_anew: bool = False,
) -> None:
    """Make a link for each whose turn it is and who has none; the life of one begins when it is of use.

    `is_anew`: for those who have one too, as their reminder: nobody keeps a token that could be mailed again.
    """
    waiting = [one.position for one in everyone if one.status == "pending"]
    for one in everyone:
        is_due = one.status == "pending" and signers.is_turn(row.order, one.position, waiting)
        needs = is_anew or one.link_digest is None
        if is_due and needs and one.way == "link" and not one.is_unlinked:
            make_link(session, ctx, row, one)


def make_link(session: Session, ctx: Context, row: model.SignatureRequest, signer: model.Signer) -> SigningLink:
    """Make a link of seven days that takes the place of the former (R-SGN-4); it is told to whoever sends mail."""
    token = links.make(ctx.firm)
    signer.link_digest, signer.link_expires_at = links.digest(token), ctx.now + links.LIFE
    session.flush()
    name = session.scalars(
        select(document.c.name).where(document.c.firm_id == ctx.firm, document.c.id == row.document_id)
    ).one()
    made = SigningLink(signer_id=signer.id, token=token, expires_at=signer.link_expires_at)
    told = SigningLinkMade(
        account_id=row.account_id,
        signature_id=row.id,
        signer_id=signer.id,
        name=signer.name,
        email=signer.email,
        document_name=name,
        message=row.message,
        token=token,
        expires_at=made.expires_at,
    )
    emit(session, ctx, told)
    return made


def end(session: Session, ctx: Context, row: model.SignatureRequest, status: str, reason: str = "") -> None:
    """Close a request: nobody is reminded, no link opens anything."""
    row.status, row.reason = status, reason
    row.ended_at, row.reminder_due_at = ctx.now, None
    for one in messages.signers_of(session, ctx, row):
        one.link_digest = one.link_expires_at = None


def closed(row: model.SignatureRequest) -> SignatureClosed:
    return SignatureClosed(state=row.status)
