"""Files on their way in: what was sent becomes ours, a row shows it, the sweep removes the rest.

Files come first and rows last, so that whatever dies between leaves a file nobody sees, on record as such (ADR 13).
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import once
from chassis.blobs import BlobNotFound, Blobs
from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import Forbidden, Invalid, Unavailable, wrong
from chassis.logs import log
from contracts.documents import MAX_BYTES, AdoptFile, Document, UploadDocument, UploadVersion
from contracts.portal_documents import UploadPortalDocument, UploadPortalVersion
from services.documents import access, first, items, model, rules, shared
from services.documents.access import EDIT, document
from services.documents.operations import documents
from services.documents.operations.documents import Arrived
from services.documents.queries import rows

MADE_WITHIN = dt.timedelta(hours=1)  # from the first byte that is ours to the row that shows it; far longer than needed
BATCH = 200  # files that one sweep removes
Show = Callable[[Session, Arrived], Document]


def path(firm_id: UUID, account_id: UUID, file_id: UUID) -> str:
    """Where a file of a document is kept."""
    return f"documents/{firm_id}/{account_id}/{file_id}"


def upload_document(
    db: Transactions, blobs: Blobs, ctx: Context, request: UploadDocument | UploadPortalDocument
) -> Document:
    """Make an upload a document, once per key; a repeated request comes with an upload of its own.

    Raises FolderNotFound, NotYoursToEdit, Invalid, Unavailable.
    """
    _check_door(ctx, request)
    first.ensure(db, ctx, request.account_id)
    with db.reading(ctx) as session:
        if request.folder_id is not None:
            items.find_folder(session, ctx, request.account_id, request.folder_id, needs=EDIT)
        else:
            items.default_folder(session, ctx, request.account_id, stays=False)
    name = rules.trimmed(request.name)
    description = getattr(request, "description", "")

    def show(session: Session, arrived: Arrived) -> Document:
        place = documents.Place(request.account_id, request.folder_id)
        return documents.add(session, ctx, arrived, place, name, description=description)

    return _take_in(db, blobs, ctx, request, name, show)


def upload_version(
    db: Transactions, blobs: Blobs, ctx: Context, request: UploadVersion | UploadPortalVersion
) -> Document:
    """Make an upload the next version of a document, once per key; clients pay first where they must (R-APR-3).

    Raises DocumentNotFound, NotYoursToEdit, DocumentLocked.
    """
    _check_door(ctx, request)
    with db.reading(ctx) as session:
        row, _ = items.find_document(session, ctx, request.account_id, request.document_id, needs=EDIT)
        if ctx.actor.kind == "portal":
            shared.check_open(session, ctx, row.id)
        name = row.name

    def show(session: Session, arrived: Arrived) -> Document:
        return documents.add_version(session, ctx, arrived, request.account_id, request.document_id)

    return _take_in(db, blobs, ctx, request, name, show)


def _check_door(ctx: Context, request: Any) -> None:
    is_portal = isinstance(request, UploadPortalDocument | UploadPortalVersion)
    (access.client if is_portal else access.staff)(ctx)


def _take_in(db: Transactions, blobs: Blobs, ctx: Context, request: Any, name: str, show: Show) -> Document:
    if not request.sha256:
        raise wrong("upload", "Send the file through the gateway, which measures it.")
    asked = once.digest(type(request).__name__, replace(request, upload=f"{request.upload[:9]}{'0' * 32}"))
    known = once.recall(db, ctx, asked, Document)
    if known is not None:
        return known  # type: ignore[no-any-return]
    file_id = new_id()
    try:
        kind = rules.media_type(blobs.beginning(request.upload, rules.SNIFFED), name)
        begin(db, ctx, request.account_id, file_id)
        # A copy, so that the same request finds its upload again where this one ends half way; its sender removes it.
        blobs.copy(request.upload, path(ctx.firm, request.account_id, file_id))
    except BlobNotFound as exc:
        raise Unavailable("The upload is gone; send it again.") from exc
    brought = documents.by_client(ctx) if ctx.actor.kind == "portal" else documents.by_firm(ctx)
    arrived = Arrived(file_id=file_id, media_type=kind, size=request.size, sha256=request.sha256, **brought)
    try:
        with db.transaction(ctx) as session:
            made = show(session, arrived)
            once.remember(session, ctx, asked, made)
    except IntegrityError:
        known = once.recall(db, ctx, asked, Document)  # a twin was faster
        if known is None:
            raise
        return known  # type: ignore[no-any-return]
    return made


def adopt_file(db: Transactions, blobs: Blobs, ctx: Context, request: AdoptFile) -> Document:
    """Make another service's file a document, once per `source`. Raises Forbidden, Invalid, FolderNotFound."""
    if ctx.actor.kind != "system":
        raise Forbidden
    first.ensure(db, ctx, request.account_id)
    known = _adopted(db, ctx, request.source)
    if known is not None:
        return known
    name = rules.trimmed(request.name)
    file_id = new_id()
    ours = path(ctx.firm, request.account_id, file_id)
    try:
        begin(db, ctx, request.account_id, file_id)
        blobs.copy(request.path, ours)
        kind = rules.media_type(blobs.beginning(ours, rules.SNIFFED), name)
        size, sha256 = _measured(blobs, ours)
    except (BlobNotFound, ValueError) as exc:
        raise wrong("path", "There is no such file in the store.") from exc
    uploader = request.uploader
    arrived = Arrived(
        file_id=file_id,
        media_type=kind,
        size=size,
        sha256=sha256,
        side=uploader.side,
        uploader_id=uploader.id,
        uploader_name=uploader.name,
        origin=request.origin,
    )
    try:
        with db.transaction(ctx) as session:
            place = documents.Place(request.account_id, request.folder_id)
            return documents.add(session, ctx, arrived, place, name, source=request.source)
    except IntegrityError:
        known = _adopted(db, ctx, request.source)  # a twin was faster
        if known is None:
            raise
        return known


def _adopted(db: Transactions, ctx: Context, source: str) -> Document | None:
    """What this file was made already, even where it lies in the trash since."""
    with db.reading(ctx) as session:
        query = select(document.c.account_id, document.c.id)
        found = session.execute(query.where(document.c.firm_id == ctx.firm, document.c.source == source)).one_or_none()
        return None if found is None else rows.one(session, ctx, found.account_id, found.id)


def _measured(blobs: Blobs, at: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for part in blobs.open(at).parts:
        digest.update(part)
        size += len(part)
        if size > MAX_BYTES:
            raise Invalid(errors=[{"field": "path", "message": f"At most {MAX_BYTES} bytes."}])
    return size, digest.hexdigest()


def begin(db: Transactions, ctx: Context, account_id: UUID, file_id: UUID) -> None:
    """Put on record that a file is about to be ours: if nobody shows it in time, it goes again."""
    with db.transaction(ctx) as session:
        due_at = ctx.now + MADE_WITHIN
        session.add(model.Leftover(firm_id=ctx.firm, file_id=file_id, account_id=account_id, due_at=due_at))


def sweep(db: Transactions, blobs: Blobs, now: Context) -> int:
    """Remove the files, of every firm, that no document shows; how many there were."""
    with db.reading(now) as session:
        due = _due(session, now)
    gone = 0
    for firm_id, account_id, file_id in due:
        try:
            blobs.delete(path(firm_id, account_id, file_id))
        except Unavailable as problem:
            log.warning("files of documents wait for their removal", error=str(problem))
            break
        with db.transaction(replace(now, firm_id=firm_id)) as session:
            left = model.Leftover
            session.execute(delete(left).where(left.firm_id == firm_id, left.file_id == file_id))
        gone += 1
    return gone


def _due(session: Session, now: Context) -> list[Any]:
    left = model.Leftover
    query = select(left.firm_id, left.account_id, left.file_id).where(left.due_at <= now.now)
    return [tuple(row) for row in session.execute(query.order_by(left.due_at).limit(BATCH))]
