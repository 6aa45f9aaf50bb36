"""Files on their way out: one, or many as a zip; what a member looks at is seen, what a client looks at is not."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import wrong
from contracts.documents import MOST_AT_ONCE, DocumentNotFound, GetArchive, GetFile
from contracts.files import Archive, Content, Packed
from contracts.folders import FolderNotFound
from contracts.portal_documents import GetPortalFile
from services.documents import access, files, items, model, rules, shared
from services.documents.access import document
from services.documents.operations.documents import mark_seen
from services.documents.queries import rows

T = TypeVar("T")
Shown = list[tuple[UUID, UUID]]  # documents, each with the file that went out
EVERYTHING = "Documents.zip"


def get_file(db: Transactions, ctx: Context, request: GetFile) -> Content:
    """The file of a document, which a member has seen by it (R-DOC-4). Raises DocumentNotFound, Invalid."""
    access.staff(ctx)
    return _noting(db, ctx, request, lambda session: _file(session, ctx, request, request.version_id))


def get_portal_file(session: Session, ctx: Context, request: GetPortalFile) -> Content:
    """The file of a document for a client, by whom nothing is seen (R-DOC-4); an unpaid invoice keeps it (R-APR-3).

    Raises DocumentNotFound, DocumentLocked.
    """
    access.client(ctx)
    content, _ = _file(session, ctx, request, None)
    shared.check_open(session, ctx, request.document_id)
    return content


def get_archive(db: Transactions, ctx: Context, request: GetArchive) -> Archive:
    """Many files as one; a member has seen them all by it (R-DOC-4).

    Raises DocumentNotFound, FolderNotFound, and Invalid for nothing or too many.
    """
    access.staff(ctx)
    return _noting(db, ctx, request, lambda session: _archive(session, ctx, request))


def _noting(
    db: Transactions, ctx: Context, request: GetFile | GetArchive, read: Callable[[Session], tuple[T, Shown]]
) -> T:
    """What `read` gives; in a second transaction, where there is something to note, that it was seen."""
    with db.reading(ctx) as session:
        answer, shown = read(session)
        marks = request.by_person if request.mark_seen is None else request.mark_seen
        unseen = _unseen(session, ctx, request.account_id, shown) if marks and ctx.actor.kind == "member" else []
    if unseen:
        with db.transaction(ctx) as session:
            mark_seen(session, ctx, request.account_id, unseen)
    return answer


def _unseen(session: Session, ctx: Context, account_id: UUID, shown: Collection[tuple[UUID, UUID]]) -> Shown:
    files_of = dict(shown)
    query = select(document.c.id).select_from(rows.source(ctx.actor.id))
    mine = (document.c.firm_id == ctx.firm, document.c.account_id == account_id, document.c.id.in_(files_of))
    found = session.scalars(query.where(*mine, document.c.is_new | rows.is_new_for_me()))
    return [(document_id, files_of[document_id]) for document_id in found]


def _file(
    session: Session, ctx: Context, request: GetFile | GetPortalFile, version_id: UUID | None
) -> tuple[Content, Shown]:
    row, _ = items.find_document(session, ctx, request.account_id, request.document_id)
    file: Any = row if version_id is None else _version(session, ctx, row, version_id)
    is_inline = request.inline and file.media_type in rules.SHOWN_INLINE
    content = Content(
        media_type=file.media_type,
        etag=str(file.file_id),
        path=files.path(ctx.firm, row.account_id, file.file_id),
        file_name="" if is_inline else rules.saved_as(row.name),
    )
    return content, [(row.id, file.file_id)]


def _version(session: Session, ctx: Context, row: model.Document, version_id: UUID) -> model.DocumentVersion:
    version = model.DocumentVersion
    mine = (version.firm_id == ctx.firm, version.document_id == row.id)
    found = session.scalar(select(version).where(*mine, version.id == version_id))
    if found is None:
        raise DocumentNotFound
    return found


def _archive(session: Session, ctx: Context, request: GetArchive) -> tuple[Archive, Shown]:
    sight = access.sight(ctx, request.account_id)
    every = items.all_folders(session, ctx, request.account_id)
    seen = {row.id: row for row in session.scalars(select(model.Folder).where(*sight.folders())) if not row.trash_id}
    for folder_id in request.folder_id:
        if folder_id not in seen:
            raise FolderNotFound
    wanted = {each for folder_id in request.folder_id for each in rules.below(folder_id, every)}
    query = select(document).where(*rows.visible(sight))
    if request.document_id or request.folder_id:
        query = query.where(document.c.id.in_(request.document_id) | document.c.folder_id.in_(wanted))
    found = session.execute(query.order_by(document.c.created_at, document.c.id).limit(MOST_AT_ONCE + 1)).all()
    if not {row.id for row in found}.issuperset(request.document_id):
        raise DocumentNotFound
    if not found:
        raise wrong("folder_id", "There is nothing to put into a zip.")
    if len(found) > MOST_AT_ONCE:
        raise wrong("folder_id", f"Choose fewer: a zip holds at most {MOST_AT_ONCE} documents.")
    steps = _Steps({row.id: row for row in every}, seen.keys(), set(request.folder_id))
    packed = tuple(
        Packed(
            name=steps.name(row, is_alone=row.id in request.document_id and row.folder_id not in wanted),
            path=files.path(ctx.firm, row.account_id, row.file_id),
            size=row.size,
        )
        for row in found
    )
    return Archive(file_name=_called(request, seen), files=packed), [(row.id, row.file_id) for row in found]


def _called(request: GetArchive, seen: dict[UUID, model.Folder]) -> str:
    if len(request.folder_id) == 1 and not request.document_id:
        return f"{rules.saved_as(seen[request.folder_id[0]].name)}.zip"
    return EVERYTHING


class _Steps:
    """Names within a zip: no two the same, with the folders above that were chosen and that the caller sees."""

    def __init__(self, known: dict[UUID, Any], seen: Collection[UUID], chosen: set[UUID]) -> None:
        self._known, self._seen, self._chosen = known, seen, chosen
        self._taken: set[str] = set()

    def name(self, row: Any, *, is_alone: bool) -> str:
        steps = [] if is_alone else self._above(row.folder_id)
        name = rules.numbered("/".join([*steps, rules.saved_as(row.name)]), self._taken)
        self._taken.add(name.casefold())
        return name

    def _above(self, folder_id: UUID | None) -> list[str]:
        steps: list[str] = []
        while folder_id is not None:
            folder = self._known[folder_id]
            if folder_id in self._seen:
                steps.insert(0, rules.saved_as(folder.name))
            is_top = folder_id in self._chosen and not self._below_chosen(folder)
            folder_id = None if is_top else folder.parent_id
        return steps

    def _below_chosen(self, folder: Any) -> bool:
        parent = self._known.get(folder.parent_id)
        return parent is not None and (parent.id in self._chosen or self._below_chosen(parent))
