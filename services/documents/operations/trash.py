"""The trash: what was deleted can be restored for 120 days, or deleted for good at once (R-DOC-9)."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis import history
from chassis.context import Context
from chassis.db import Transactions
from chassis.outbox import emit
from contracts.accounts import AccountDeleted
from contracts.common import Done
from contracts.documents import DocumentChanged, DocumentDeleted, NotYoursToEdit
from contracts.folders import FolderGone, FolderNotFound, FoldersChanged, ItemRef, RestoreItem, TrashItemNotFound
from services.documents import access, items, model, rules
from services.documents.access import EDIT, document, folder
from services.documents.operations import folders
from services.documents.queries import rows

BATCH = 100  # items in the trash that one sweep deletes, each in a transaction of its own
OUT = {"trash_id": None, "trashed_at": None, "trashed_by": ""}


def restore_item(session: Session, ctx: Context, request: RestoreItem) -> Done:
    """Put something from the trash back where it lay, or into another folder.

    Raises TrashItemNotFound, NotYoursToEdit, FolderGone, FolderNotFound.
    """
    access.staff(ctx)
    items.lock_tree(session, request.account_id)
    row = _find(session, ctx, request.account_id, request.item_id)
    if isinstance(row, model.Document):
        row.folder_id = _place(session, ctx, row, request, row.folder_id) or row.folder_id
        for key, value in OUT.items():
            setattr(row, key, value)
        row.version += 1
        shown = rows.one(session, ctx, row.account_id, row.id)
        emit(session, ctx, DocumentChanged(account_id=row.account_id, document=rows.as_told(shown)))
        return Done()
    row.parent_id = _place(session, ctx, row, request, row.parent_id)
    row.name = rules.numbered(row.name, folders.names_in(session, ctx, row.account_id, row.parent_id))
    session.flush()
    for table in (folder, document):
        lying = update(table).where(table.c.firm_id == ctx.firm, table.c.trash_id == row.id)
        session.execute(lying.values(**OUT, version=table.c.version + 1))
    emit(session, ctx, FoldersChanged(account_id=row.account_id, folder_ids=(row.id,)))
    return Done()


def purge_item(session: Session, ctx: Context, request: ItemRef) -> Done:
    """Delete something in the trash for good: a document with all versions, a folder with all that was ever in it.

    Raises TrashItemNotFound, NotYoursToEdit.
    """
    access.staff(ctx)
    items.lock_tree(session, request.account_id)
    row = _find(session, ctx, request.account_id, request.item_id)
    if isinstance(row, model.Document):
        _purge_documents(session, ctx, row.account_id, [row.id])
        return Done()
    # What was deleted from within before it was deleted itself goes too: it has nowhere to be restored to.
    ids = rules.below(row.id, items.all_folders(session, ctx, row.account_id, trashed=True))
    within = select(document.c.id).where(document.c.firm_id == ctx.firm, document.c.folder_id.in_(ids))
    _purge_documents(session, ctx, row.account_id, session.scalars(within.with_for_update()).all())
    session.execute(delete(folder).where(folder.c.firm_id == ctx.firm, folder.c.id.in_(ids)))
    _end_exemptions(session, ctx, ids)
    emit(session, ctx, FoldersChanged(account_id=row.account_id, folder_ids=tuple(sorted(ids))))
    return Done()


def empty(db: Transactions, now: Context) -> int:
    """Delete for good what has been in the trash of any firm for as long as it is kept; how many items there were."""
    with db.reading(now) as session:
        due = _due(session, now)
    for firm_id, account_id, item_id in due:
        ctx = replace(now, firm_id=firm_id)
        with db.transaction(ctx) as session:
            try:
                purge_item(session, ctx, ItemRef(account_id=account_id, item_id=item_id))
            except TrashItemNotFound:
                continue  # somebody was quicker
    return len(due)


def account_deleted(session: Session, ctx: Context, event: AccountDeleted) -> None:
    """Forget all documents and folders of the account; the sweep removes the files."""
    mine = (document.c.firm_id == ctx.firm, document.c.account_id == event.account_id)
    _leave(session, ctx, event.account_id, session.scalars(select(document.c.id).where(*mine)).all())
    for kind in (model.Document, model.Folder, model.Exemption):
        session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.account_id == event.account_id))
    history.forget(session, ctx, event.account_id)


def _find(session: Session, ctx: Context, account_id: UUID, item_id: UUID) -> model.Document | model.Folder:
    kinds: tuple[type[model.Document | model.Folder], ...] = (model.Document, model.Folder)
    for kind in kinds:
        found = items.find_trashed(session, ctx, kind, account_id, item_id)
        if found is not None:
            if found[1] < EDIT:
                raise NotYoursToEdit
            return found[0]  # type: ignore[no-any-return]
    raise TrashItemNotFound


def _place(session: Session, ctx: Context, row: Any, request: RestoreItem, lay_in: UUID | None) -> UUID | None:
    """Where it goes: the folder asked for, or where it lay; None: the top."""
    folder_id = request.folder_id or lay_in
    if folder_id is None:
        folders.check_top(ctx)
        return None
    try:
        items.find_folder(session, ctx, row.account_id, folder_id, needs=EDIT, stays=True)
    except FolderNotFound as exc:
        if request.folder_id is None:
            raise FolderGone from exc
        raise
    return folder_id


def _purge_documents(session: Session, ctx: Context, account_id: UUID, ids: Collection[UUID]) -> None:
    _leave(session, ctx, account_id, ids)
    session.execute(delete(document).where(document.c.firm_id == ctx.firm, document.c.id.in_(ids)))
    _end_exemptions(session, ctx, ids)
    for document_id in ids:
        emit(session, ctx, DocumentDeleted(account_id=account_id, document_id=document_id, is_final=True))


def _leave(session: Session, ctx: Context, account_id: UUID, ids: Collection[UUID]) -> None:
    """Put the files of all versions on the record of those that go."""
    version = model.DocumentVersion
    query = select(version.file_id).where(version.firm_id == ctx.firm, version.document_id.in_(ids)).distinct()
    left = [
        {"firm_id": ctx.firm, "file_id": file_id, "account_id": account_id, "due_at": ctx.now}
        for file_id in session.scalars(query)
    ]
    if left:
        session.execute(insert(model.Leftover).values(left).on_conflict_do_nothing())


def _end_exemptions(session: Session, ctx: Context, ids: Collection[UUID]) -> None:
    kind = model.Exemption
    session.execute(delete(kind).where(kind.firm_id == ctx.firm, kind.item_id.in_(ids)))


def _due(session: Session, now: Context) -> list[Any]:
    before = now.now - rules.TRASH_KEPT
    found: list[Any] = []
    for table in (document, folder):
        query = select(table.c.firm_id, table.c.account_id, table.c.id, table.c.trashed_at)
        query = query.where(table.c.trash_id == table.c.id, table.c.trashed_at <= before)
        found += session.execute(query.order_by(table.c.trashed_at).limit(BATCH)).all()
    return [row[:3] for row in sorted(found, key=lambda row: row.trashed_at)[:BATCH]]
