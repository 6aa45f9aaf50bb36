"""Folders: a tree for each account, and what clients may do in each (R-DOC-8)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.outbox import emit
from chassis.wire import dump
from contracts.common import Done
from contracts.documents import NotYoursToEdit
from contracts.folders import (
    ChangeFolder,
    CreateFolder,
    Folder,
    FolderExists,
    FolderIsBelow,
    FolderRef,
    FoldersChanged,
    LastOpenFolder,
)
from services.documents import access, first, items, model, rules
from services.documents.access import EDIT, document, folder
from services.documents.queries import folders as shown


def create_folder(session: Session, ctx: Context, request: CreateFolder) -> Folder:
    """Make a folder. Raises FolderNotFound, FolderExists, NotYoursToEdit."""
    access.staff(ctx)
    first.make(session, ctx, request.account_id)
    items.lock_tree(session, request.account_id)
    client_access: str = request.client_access or "private"
    if request.parent_id is None:
        check_top(ctx)
    else:
        above = items.find_folder(session, ctx, request.account_id, request.parent_id, needs=EDIT)
        client_access = request.client_access or above.client_access
    name = rules.trimmed(request.name)
    _check_free(session, ctx, request.account_id, request.parent_id, name)
    row = model.Folder(
        firm_id=ctx.firm,
        id=new_id(),
        account_id=request.account_id,
        parent_id=request.parent_id,
        name=name,
        client_access=client_access,
        version=1,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    session.add(row)
    return _told(session, ctx, row)


def change_folder(session: Session, ctx: Context, request: ChangeFolder) -> Folder:
    """Rename or move a folder, or open or close it to clients.

    Raises FolderNotFound, NotYoursToEdit, FolderChangedMeanwhile, FolderExists, FolderIsBelow, LastOpenFolder.
    """
    access.staff(ctx)
    items.lock_tree(session, request.account_id)
    row = items.find_folder(session, ctx, request.account_id, request.folder_id, needs=EDIT, lock=True)
    if row.version != request.version:
        raise items.folder_changed(shown.one(session, ctx, row.account_id, row.id))
    given = {key: value for key, value in dump(request).items() if key in ("name", "parent_id", "client_access")}
    if "name" in given:
        given["name"] = rules.trimmed(given["name"])
    parent_id = given.get("parent_id", row.parent_id)
    if parent_id != row.parent_id:
        _check_place(session, ctx, row, parent_id)
    name = given.get("name", row.name)
    if (parent_id, name) != (row.parent_id, row.name):
        _check_free(session, ctx, row.account_id, parent_id, name, but=row.id)
    for key, value in given.items():
        setattr(row, key, value)
    row.version += 1
    row.updated_at = ctx.now
    session.flush()
    _check_open(session, ctx, row.account_id)
    return _told(session, ctx, row)


def delete_folder(session: Session, ctx: Context, request: FolderRef) -> Done:
    """Put a folder into the trash with all that lies in it. Raises FolderNotFound, NotYoursToEdit, LastOpenFolder."""
    access.staff(ctx)
    items.lock_tree(session, request.account_id)
    row = items.find_folder(session, ctx, request.account_id, request.folder_id, needs=EDIT, lock=True)
    ids = rules.below(row.id, items.all_folders(session, ctx, row.account_id))
    trashed = {"trash_id": row.id, "trashed_at": ctx.now, "trashed_by": ctx.actor.name}
    # The folders first: whoever puts something into one of them holds it, and is waited for here.
    for table, column in ((folder, folder.c.id), (document, document.c.folder_id)):
        lying = update(table).where(table.c.firm_id == ctx.firm, column.in_(ids), table.c.trash_id.is_(None))
        session.execute(lying.values(**trashed, version=table.c.version + 1))
    session.expire_all()
    _check_open(session, ctx, request.account_id)
    emit(session, ctx, FoldersChanged(account_id=request.account_id, folder_ids=tuple(sorted(ids))))
    return Done()


def check_top(ctx: Context) -> None:
    """Raise NotYoursToEdit for who may edit no more than what an exemption gives them."""
    if access.viewer(ctx).rank < EDIT:
        raise NotYoursToEdit


def names_in(session: Session, ctx: Context, account_id: UUID, parent_id: UUID | None) -> set[str]:
    """The names taken in a place, as they are compared."""
    query = select(folder.c.name).where(
        folder.c.firm_id == ctx.firm,
        folder.c.account_id == account_id,
        folder.c.parent_id.is_not_distinct_from(parent_id),
        folder.c.trash_id.is_(None),
    )
    return {name.casefold() for name in session.scalars(query)}


def _check_free(
    session: Session, ctx: Context, account_id: UUID, parent_id: UUID | None, name: str, but: UUID | None = None
) -> None:
    query = select(folder.c.id).where(
        folder.c.firm_id == ctx.firm,
        folder.c.account_id == account_id,
        folder.c.parent_id.is_not_distinct_from(parent_id),
        func.lower(folder.c.name) == func.lower(name),
        folder.c.trash_id.is_(None),
        folder.c.id.is_distinct_from(but),
    )
    if session.scalar(query) is not None:
        raise FolderExists


def _check_place(session: Session, ctx: Context, row: model.Folder, parent_id: UUID | None) -> None:
    if parent_id is None:
        check_top(ctx)
        return
    items.find_folder(session, ctx, row.account_id, parent_id, needs=EDIT)
    if parent_id in rules.below(row.id, items.all_folders(session, ctx, row.account_id)):
        raise FolderIsBelow


def _check_open(session: Session, ctx: Context, account_id: UUID) -> None:
    folders: Collection[Any] = items.all_folders(session, ctx, account_id)
    if "edit" not in rules.reaches(folders).values():
        raise LastOpenFolder


def _told(session: Session, ctx: Context, row: model.Folder) -> Folder:
    session.flush()
    emit(session, ctx, FoldersChanged(account_id=row.account_id, folder_ids=(row.id,)))
    return shown.one(session, ctx, row.account_id, row.id)
