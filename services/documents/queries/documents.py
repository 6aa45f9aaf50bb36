"""Documents one by one, and what lies in a folder."""

from typing import Any

from sqlalchemy import ColumnElement, Text, func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.listing import Listing, Order
from contracts.documents import (
    Document,
    DocumentPage,
    DocumentRef,
    DocumentVersion,
    DocumentVersions,
    ListDocuments,
    Uploader,
)
from contracts.portal_documents import ListPortalDocuments, PortalDocument, PortalDocumentPage, PortalDocumentRef
from services.documents import access, items, model, shared
from services.documents.access import Sight, document
from services.documents.queries import rows

BY_NAME = Order((func.lower(document.c.name, type_=Text), document.c.id), is_descending=False)
BY_UPLOAD = Order((document.c.uploaded_at, document.c.id))


def get_document(session: Session, ctx: Context, request: DocumentRef) -> Document:
    """One document; reading about it makes it not seen (R-DOC-4). Raises DocumentNotFound."""
    access.staff(ctx)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id)
    return rows.one(session, ctx, row.account_id, row.id)


def list_documents(session: Session, ctx: Context, request: ListDocuments) -> DocumentPage:
    """What lies directly in a folder. Raises FolderNotFound."""
    access.staff(ctx)
    items.find_folder(session, ctx, request.account_id, request.folder_id)
    page = _page(session, ctx, request)
    made = tuple(row["document"] for row in page.rows)
    return DocumentPage(items=made, total=page.total, next_cursor=page.next_cursor)


def list_versions(session: Session, ctx: Context, request: DocumentRef) -> DocumentVersions:
    """All files that a document was, the newest first. Raises DocumentNotFound."""
    access.staff(ctx)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id)
    version = model.DocumentVersion
    query = select(version).where(version.firm_id == ctx.firm, version.document_id == row.id)
    made = [
        DocumentVersion(
            id=each.id,
            number=each.number,
            media_type=each.media_type,
            size=each.size,
            sha256=each.sha256,
            uploaded_at=each.uploaded_at,
            uploader=Uploader(side=each.side, name=each.uploader_name, id=each.uploader_id),  # type: ignore[arg-type]
            origin=each.origin,  # type: ignore[arg-type]
            restored_from=each.restored_from,
        )
        for each in session.scalars(query.order_by(version.number.desc()))
    ]
    return DocumentVersions(items=tuple(made))


def get_portal_document(session: Session, ctx: Context, request: PortalDocumentRef) -> PortalDocument:
    """One document as the client sees it; an unpaid invoice keeps it (R-APR-3).

    Raises DocumentNotFound, DocumentLocked.
    """
    access.client(ctx)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id)
    shared.check_open(session, ctx, row.id)
    return rows.for_client(ctx, rows.one(session, ctx, row.account_id, row.id))


def list_portal_documents(session: Session, ctx: Context, request: ListPortalDocuments) -> PortalDocumentPage:
    """What the client sees of the account, or of a folder: nothing private, nothing unpaid (R-DOC-8, R-APR-3).

    Raises FolderNotFound.
    """
    access.client(ctx)
    if request.folder_id is not None:
        items.find_folder(session, ctx, request.account_id, request.folder_id)
    page = _page(session, ctx, request, ~shared.is_locked())
    made = tuple(rows.for_client(ctx, row["document"]) for row in page.rows)
    return PortalDocumentPage(items=made, total=page.total, next_cursor=page.next_cursor)


def _page(
    session: Session, ctx: Context, request: ListDocuments | ListPortalDocuments, *more: ColumnElement[bool]
) -> Any:
    sight = access.sight(ctx, request.account_id)
    conditions = [*rows.visible(sight), *more]
    if request.folder_id is not None:
        conditions.append(document.c.folder_id == request.folder_id)
    if request.q:
        conditions.append(rows.named_like(request.q))
    listing: Listing[Sight] = Listing(
        source=rows.source(ctx.actor.id),
        columns=rows.columns(sight),
        visible=lambda _: conditions,
        orders={"name": BY_NAME, "-uploaded_at": BY_UPLOAD},
        filters={},
        row=lambda row, _: {"document": rows.made(row)},
    )
    return listing.page(session, sight, {}, {"sort": request.sort}, request.cursor, request.limit)
