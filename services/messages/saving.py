"""Hands an attachment over to documents, which copy it: read here, ask there, nothing to record."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Actor, Context
from chassis.db import Transactions
from contracts.chat_files import AttachmentNotFound, AttachmentRef, InternalAttachment, SavedAttachment
from contracts.documents import AdoptFile, Documents, Uploader
from services.messages import model, people
from services.messages.keeping import path


def save(db: Transactions, documents: Documents, ctx: Context, request: AttachmentRef) -> SavedAttachment:
    """Make an attachment that was sent a document of its account. Raises what the contract says."""
    people.member(ctx)
    with db.reading(ctx) as session:
        asked = _adoption(session, ctx, request)
    made = documents.adopt_file(replace(ctx, actor=Actor()), asked)
    return SavedAttachment(account_id=made.account_id, document_id=made.id, name=made.name)


def _adoption(session: Session, ctx: Context, request: AttachmentRef) -> AdoptFile:
    file, message = model.Attachment, model.Message
    of_message = (message.firm_id == file.firm_id) & (message.id == file.message_id)
    query = (
        select(file, message.author_name)
        .join(message, of_message)
        .where(
            file.firm_id == ctx.firm,
            file.account_id == request.account_id,
            file.id == request.attachment_id,
            file.due_at.is_(None),
        )
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise AttachmentNotFound
    row, author_name = found
    if row.is_internal:
        raise InternalAttachment  # R-CHT-4
    return AdoptFile(
        account_id=row.account_id,
        source=f"chat:{row.id}",
        path=path(ctx.firm, row.account_id, row.id),
        name=row.name,
        origin="chat",
        uploader=Uploader(side="client" if row.by_side == "client" else "firm", id=row.by_id, name=author_name),
    )
