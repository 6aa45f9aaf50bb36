"""What follows for requests from what happens elsewhere: another file, a contact unlinked, an account gone."""

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.accounts import AccountDeleted
from contracts.contacts import LinksChanged
from contracts.documents import DocumentUploaded
from services.documents import model
from services.documents.operations import approvals, signatures


def document_uploaded(session: Session, ctx: Context, event: DocumentUploaded) -> None:
    """End what was asked about the former file; with signatures put on it, it is still that file.

    An event that comes late tells of a file that is a former one itself by now: its successor's does the work.
    """
    document = event.document
    kept = model.Document
    current = select(kept.file_id).where(kept.firm_id == ctx.firm, kept.id == document.id)
    if event.is_first or session.scalar(current) != document.file_id:
        return
    kind = model.SignatureRequest
    is_stamped = exists().where(
        kind.firm_id == ctx.firm, kind.document_id == document.id, kind.stamped_id == document.file_id
    )
    if session.scalar(select(is_stamped)):
        return
    approvals.replaced(session, ctx, document.id, document.file_id)
    signatures.replaced(session, ctx, document.id, document.file_id)


def links_changed(session: Session, ctx: Context, event: LinksChanged) -> None:
    """Flag signers who are no longer contacts of the account (R-LNK-3), unless something newer is known."""
    kind = model.AccountRef
    stored = insert(kind).values(firm_id=ctx.firm, id=event.account_id, links_version=event.version)
    newer = stored.on_conflict_do_update(
        index_elements=["firm_id", "id"],
        set_={"links_version": event.version},
        where=kind.links_version < event.version,
    )
    if session.scalar(newer.returning(kind.id)) is not None:
        signatures.relinked(session, ctx, event.account_id, event.contact_ids)


def account_deleted(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Forget what was asked of the account."""
    for kind in (model.Organizer, model.Approval, model.SignatureRequest, model.DocumentLock, model.InvoiceRef):
        session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.account_id == event.account_id))
    reference = model.AccountRef
    session.execute(delete(reference).where(reference.firm_id == ctx.firm, reference.id == event.account_id))
