"""Documents: files that came, other files for them, names, places, what is New (R-DOC-2..5)."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import Unavailable, wrong
from chassis.outbox import emit
from chassis.wire import dump
from contracts.common import Done
from contracts.documents import (
    ChangeDocument,
    Document,
    DocumentChanged,
    DocumentDeleted,
    DocumentRef,
    DocumentsSeen,
    DocumentUploaded,
    VersionRef,
)
from services.documents import access, first, items, model, rules
from services.documents.access import EDIT, VIEW, document
from services.documents.queries import rows


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A file of ours that no document shows yet, and who brought it."""

    file_id: UUID
    media_type: str
    size: int
    sha256: str
    side: str
    uploader_id: UUID | None
    uploader_name: str
    origin: str


class Place(NamedTuple):
    """Where a document goes; without a folder into the account's first one."""

    account_id: UUID
    folder_id: UUID | None = None


def add(
    session: Session,
    ctx: Context,
    arrived: Arrived,
    place: Place,
    name: str,
    *,
    description: str = "",
    source: str | None = None,
) -> Document:
    """Show a file as a document. Raises FolderNotFound, NotYoursToEdit, Unavailable for a file that took too long."""
    account_id, folder_id = place
    first.make(session, ctx, account_id)
    if folder_id is None:
        folder = items.default_folder(session, ctx, account_id)
    else:
        folder = items.find_folder(session, ctx, account_id, folder_id, needs=EDIT, stays=True)
    _take(session, ctx, arrived.file_id)
    row = model.Document(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=account_id,
        folder_id=folder.id,
        name=rules.trimmed(name),
        description=description.strip(),
        is_new=arrived.side == "client",
        source=source,
        uploaded_at=ctx.now,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
        **asdict(arrived),
    )
    session.add(row)
    session.flush()
    _keep_version(session, ctx, row, number=1)
    shown = rows.one(session, ctx, account_id, row.id)
    emit(session, ctx, DocumentUploaded(account_id=account_id, document=rows.as_told(shown)))
    return shown


def add_version(session: Session, ctx: Context, arrived: Arrived, account_id: UUID, document_id: UUID) -> Document:
    """Show another file for a document; a client's is New (R-DOC-4), the firm's never (R-DOC-5).

    Raises DocumentNotFound, NotYoursToEdit, Unavailable for a file that took too long.
    """
    row, _ = items.find_document(session, ctx, account_id, document_id, needs=EDIT, lock=True)
    _take(session, ctx, arrived.file_id)
    _show(ctx, row, asdict(arrived))
    return _told(session, ctx, row)


def restore_version(session: Session, ctx: Context, request: VersionRef) -> Document:
    """Show the file of an older version again, as a version of its own; shown already, nothing changes.

    Raises DocumentNotFound, NotYoursToEdit, and Invalid for a version of another document.
    """
    access.staff(ctx)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id, needs=EDIT, lock=True)
    version = model.DocumentVersion
    mine = (version.firm_id == ctx.firm, version.document_id == row.id)
    old = session.scalar(select(version).where(*mine, version.id == request.version_id))
    if old is None:
        raise wrong("version_id", "There is no such version of this document.")
    if old.file_id == row.file_id:
        return rows.one(session, ctx, row.account_id, row.id)
    _show(ctx, row, {**_file_of(old), **by_firm(ctx)})
    return _told(session, ctx, row, restored_from=old.number)


def change_document(session: Session, ctx: Context, request: ChangeDocument) -> Document:
    """Rename, describe or move a document; none of it makes it seen (R-DOC-4).

    Raises DocumentNotFound, FolderNotFound, NotYoursToEdit, DocumentChangedMeanwhile.
    """
    access.staff(ctx)
    given = {key: value for key, value in dump(request).items() if key in ("name", "description", "folder_id")}
    if "folder_id" in given:
        items.find_folder(session, ctx, request.account_id, given["folder_id"], needs=EDIT, stays=True)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id, needs=EDIT, lock=True)
    if row.version != request.version:
        raise items.document_changed(rows.one(session, ctx, row.account_id, row.id))
    if "name" in given:
        given["name"] = rules.trimmed(given["name"])
    if "description" in given:
        given["description"] = given["description"].strip()
    for key, value in given.items():
        setattr(row, key, value)
    row.version += 1
    row.updated_at = ctx.now
    return _changed(session, ctx, row)


def delete_document(session: Session, ctx: Context, request: DocumentRef) -> Done:
    """Put a document into the trash. Raises DocumentNotFound, NotYoursToEdit."""
    access.staff(ctx)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id, needs=EDIT, lock=True)
    row.trash_id, row.trashed_at, row.trashed_by = row.id, ctx.now, ctx.actor.name
    row.version += 1
    session.flush()
    emit(session, ctx, DocumentDeleted(account_id=row.account_id, document_id=row.id))
    return Done()


def mark_unseen(session: Session, ctx: Context, request: DocumentRef) -> Document:
    """Make a client's document New again, for the firm and for the caller (R-DOC-3). Raises DocumentNotFound."""
    access.staff(ctx)
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id, needs=VIEW, lock=True)
    if row.side != "client":
        raise wrong("document_id", "Only what a client uploaded can be New (R-DOC-5).")
    row.is_new = True
    seen = model.Seen
    session.execute(
        delete(seen).where(seen.firm_id == ctx.firm, seen.document_id == row.id, seen.member_id == ctx.actor.id)
    )
    return _changed(session, ctx, row)


def mark_seen(session: Session, ctx: Context, account_id: UUID, shown: Collection[tuple[UUID, UUID]]) -> None:
    """Note that the member has seen these documents, each as it was with that file (R-DOC-3, R-DOC-4).

    A file that came meanwhile stays New. Nobody but a member sees anything by this.
    """
    if ctx.actor.kind != "member" or ctx.actor.id is None or not shown:
        return
    still = tuple_(document.c.id, document.c.file_id).in_(sorted(shown))
    mine = (document.c.firm_id == ctx.firm, document.c.account_id == account_id, still)
    query = select(document.c.id, document.c.file_id).where(*mine).order_by(document.c.id)
    found = session.execute(query.with_for_update()).all()
    if not found:
        return
    stored = insert(model.Seen).values(
        [
            {"firm_id": ctx.firm, "document_id": document_id, "member_id": ctx.actor.id, "file_id": file_id}
            | {"seen_at": ctx.now}
            for document_id, file_id in found
        ]
    )
    session.execute(
        stored.on_conflict_do_update(
            index_elements=["firm_id", "document_id", "member_id"],
            set_={"file_id": stored.excluded.file_id, "seen_at": stored.excluded.seen_at},
        )
    )
    was_new = update(document).where(*mine, document.c.is_new.is_(True)).values(is_new=False)
    changed = session.scalars(was_new.returning(document.c.id)).all()
    if changed:
        emit(session, ctx, DocumentsSeen(account_id=account_id, document_ids=tuple(sorted(changed))))


def by_firm(ctx: Context) -> dict[str, Any]:
    """The caller as who brings a file for the firm."""
    return {"side": "firm", "uploader_id": ctx.actor.id, "uploader_name": ctx.actor.name, "origin": "page"}


def by_client(ctx: Context) -> dict[str, Any]:
    """The portal user as who brings a file."""
    return {"side": "client", "uploader_id": ctx.actor.id, "uploader_name": ctx.actor.name, "origin": "portal"}


def _show(ctx: Context, row: model.Document, values: dict[str, Any]) -> None:
    for key, value in values.items():
        setattr(row, key, value)
    row.uploaded_at = row.updated_at = ctx.now
    row.is_new = row.side == "client"
    row.version += 1


def _told(session: Session, ctx: Context, row: model.Document, restored_from: int | None = None) -> Document:
    version = model.DocumentVersion
    mine = (version.firm_id == ctx.firm, version.document_id == row.id)
    last = session.scalars(select(func.max(version.number)).where(*mine)).one()
    _keep_version(session, ctx, row, number=last + 1, restored_from=restored_from)
    shown = rows.one(session, ctx, row.account_id, row.id)
    event = DocumentUploaded(account_id=row.account_id, document=rows.as_told(shown), is_first=False)
    emit(session, ctx, event)
    return shown


def _changed(session: Session, ctx: Context, row: model.Document) -> Document:
    shown = rows.one(session, ctx, row.account_id, row.id)
    emit(session, ctx, DocumentChanged(account_id=row.account_id, document=rows.as_told(shown)))
    return shown


def _keep_version(
    session: Session, ctx: Context, row: model.Document, *, number: int, restored_from: int | None = None
) -> None:
    kept = {**_file_of(row), "uploaded_at": row.uploaded_at, "side": row.side, "origin": row.origin}
    kept |= {"uploader_id": row.uploader_id, "uploader_name": row.uploader_name, "restored_from": restored_from}
    made = model.DocumentVersion(firm_id=ctx.firm, id=new_id(), document_id=row.id, number=number, **kept)
    session.add(made)


def _file_of(row: model.Document | model.DocumentVersion) -> dict[str, Any]:
    return {"file_id": row.file_id, "media_type": row.media_type, "size": row.size, "sha256": row.sha256}


def _take(session: Session, ctx: Context, file_id: UUID) -> None:
    """Take a file off the record of those that go again."""
    left = model.Leftover
    mine = delete(left).where(left.firm_id == ctx.firm, left.file_id == file_id)
    if session.execute(mine.returning(left.file_id)).first() is None:
        raise Unavailable("The file took too long to be kept; send it again.")
