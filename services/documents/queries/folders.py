"""The tree of an account's folders, with what each holds for who asks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.folders import AccountRef, Folder, FolderList, FolderNotFound
from contracts.portal_documents import PortalAccountRef, PortalFolder, PortalFolders
from services.documents import access, items, rules
from services.documents.access import EDIT, WORDS, Sight, document, folder
from services.documents.queries import rows


def list_folders(session: Session, ctx: Context, request: AccountRef) -> FolderList:
    """Every folder that the caller sees, by name; each tells how much lies in it and below, and is New (R-DOC-2)."""
    access.staff(ctx)
    return FolderList(items=tuple(_tree(session, ctx, request.account_id)))


def one(session: Session, ctx: Context, account_id: UUID, folder_id: UUID) -> Folder:
    """One folder as the tree has it. Raises FolderNotFound where a change hid it from the caller."""
    for found in _tree(session, ctx, account_id):
        if found.id == folder_id:
            return found
    raise FolderNotFound


def list_portal_folders(session: Session, ctx: Context, request: PortalAccountRef) -> PortalFolders:
    """The folders that the client sees: none that are private (R-DOC-8)."""
    access.client(ctx)
    found = _seen(session, access.sight(ctx, request.account_id))
    shown = {row.id for row in found}
    made = [
        PortalFolder(
            id=row.id,
            parent_id=row.parent_id if row.parent_id in shown else None,
            name=row.name,
            may_upload=row.rank == EDIT,
        )
        for row in found
    ]
    return PortalFolders(items=tuple(made))


def _tree(session: Session, ctx: Context, account_id: UUID) -> list[Folder]:
    sight = access.sight(ctx, account_id)
    every = items.all_folders(session, ctx, account_id)
    found = _seen(session, sight)
    shown = {row.id for row in found}
    reaches = rules.reaches(every)
    sums = rules.summed(_counts(session, sight), every)
    return [
        Folder(
            id=row.id,
            account_id=account_id,
            parent_id=row.parent_id if row.parent_id in shown else None,
            name=row.name,
            client_access=row.client_access,
            reach=reaches[row.id],  # type: ignore[arg-type]
            documents=sums[row.id][0],
            new=sums[row.id][1],
            access=WORDS[row.rank],  # type: ignore[arg-type]
            version=row.version,
        )
        for row in found
    ]


def _seen(session: Session, sight: Sight) -> Sequence[Any]:
    shown = (folder.c.id, folder.c.parent_id, folder.c.name, folder.c.client_access, folder.c.version)
    query = (
        select(*shown, sight.folder_rank().label("rank"))
        .where(*sight.folders(), folder.c.trash_id.is_(None))
        .order_by(func.lower(folder.c.name), folder.c.id)
    )
    return session.execute(query).all()


def _counts(session: Session, sight: Sight) -> dict[UUID, tuple[int, int]]:
    query = (
        select(document.c.folder_id, func.count(), func.count().filter(document.c.is_new))
        .where(*rows.visible(sight))
        .group_by(document.c.folder_id)
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query)}
