"""How folders and documents are found by who may see them, and locked for a change: folders first, then documents."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.db import await_lock
from chassis.wire import to_json
from contracts.documents import DocumentChangedMeanwhile, DocumentNotFound, NotYoursToEdit
from contracts.folders import FolderChangedMeanwhile, FolderNotFound
from services.documents import access, model
from services.documents.access import EDIT, NONE, VIEW, Sight, document, folder
from services.documents.rules import first_folder


def lock_tree(session: Session, account_id: UUID) -> None:
    """Be the only one who changes the account's folders until the transaction ends."""
    await_lock(session, f"folders of {account_id}")


def find_document(
    session: Session,
    ctx: Context,
    account_id: UUID,
    document_id: UUID,
    *,
    needs: int = VIEW,
    lock: bool = False,
) -> tuple[model.Document, int]:
    """A document that is not in the trash, and the caller's rank. Raises DocumentNotFound, NotYoursToEdit."""
    sight = access.sight(ctx, account_id)
    query = select(model.Document, sight.document_rank().label("rank")).where(
        document.c.firm_id == ctx.firm,
        document.c.account_id == account_id,
        document.c.id == document_id,
        document.c.trash_id.is_(None),
    )
    found = session.execute(_locked(query, model.Document) if lock else query).one_or_none()
    if found is None or found.rank == NONE:
        raise DocumentNotFound
    if found.rank < needs:
        raise NotYoursToEdit
    return found[0], found.rank


def find_folder(
    session: Session,
    ctx: Context,
    account_id: UUID,
    folder_id: UUID,
    *,
    needs: int = VIEW,
    lock: bool = False,
    stays: bool = False,
) -> model.Folder:
    """A folder that is not in the trash; `stays` holds off whoever would delete it until the transaction ends.

    Raises FolderNotFound, NotYoursToEdit.
    """
    sight = access.sight(ctx, account_id)
    query = select(model.Folder, sight.folder_rank().label("rank")).where(
        folder.c.firm_id == ctx.firm,
        folder.c.account_id == account_id,
        folder.c.id == folder_id,
        folder.c.trash_id.is_(None),
    )
    if lock or stays:
        query = _locked(query, model.Folder, is_shared=stays)
    found = session.execute(query).one_or_none()
    if found is None or found.rank == NONE:
        raise FolderNotFound
    if found.rank < needs:
        raise NotYoursToEdit
    return found[0]  # type: ignore[no-any-return]


def find_trashed(
    session: Session, ctx: Context, kind: type[model.Folder] | type[model.Document], account_id: UUID, item_id: UUID
) -> tuple[Any, int] | None:
    """What was itself deleted, locked, with the caller's rank; None where there is no such thing for them."""
    sight = access.sight(ctx, account_id)
    table = kind.__table__
    rank: ColumnElement[int] = sight.folder_rank() if kind is model.Folder else sight.document_rank()
    query = select(kind, rank.label("rank")).where(
        table.c.firm_id == ctx.firm,
        table.c.account_id == account_id,
        table.c.id == item_id,
        table.c.trash_id == item_id,
    )
    found = session.execute(_locked(query, kind)).one_or_none()
    return None if found is None or found.rank == NONE else (found[0], found.rank)


def _locked(query: Select[Any], kind: Any, *, is_shared: bool = False) -> Select[Any]:
    return query.with_for_update(of=kind, read=is_shared).execution_options(populate_existing=True)


def all_folders(session: Session, ctx: Context, account_id: UUID, *, trashed: bool = False) -> list[model.Folder]:
    """Every folder of the account, whoever may see it; with `trashed` those in the trash too."""
    query = select(model.Folder).where(folder.c.firm_id == ctx.firm, folder.c.account_id == account_id)
    if not trashed:
        query = query.where(folder.c.trash_id.is_(None))
    return list(session.scalars(query.execution_options(populate_existing=True)))


def default_folder(session: Session, ctx: Context, account_id: UUID, *, stays: bool = True) -> model.Folder:
    """The first folder that is open to clients and the caller's to edit; `stays` as above. Raises NotYoursToEdit."""
    mine = access.sight(ctx, account_id)
    conditions = [folder.c.firm_id == ctx.firm, folder.c.account_id == account_id, folder.c.trash_id.is_(None)]
    conditions.append(mine.folder_rank() == EDIT)
    if mine.viewer.kind != "contact":
        conditions.append(Sight(ctx.firm, account_id, access.ANY_CLIENT).folder_rank() == EDIT)
    query = select(model.Folder).where(*conditions).order_by(*_oldest(account_id)).limit(1)
    found: model.Folder | None = session.scalar(_locked(query, model.Folder, is_shared=True) if stays else query)
    if found is None:
        raise NotYoursToEdit("There is no folder here that you may put files into.")
    return found


def _oldest(account_id: UUID) -> tuple[ColumnElement[Any], ...]:
    return folder.c.id != first_folder(account_id), folder.c.created_at, folder.c.id


def document_changed(current: Any) -> DocumentChangedMeanwhile:
    """The refusal of a change made on an older version."""
    return DocumentChangedMeanwhile(current=orjson.loads(to_json(current)))


def folder_changed(current: Any) -> FolderChangedMeanwhile:
    """The refusal of a change made on an older version."""
    return FolderChangedMeanwhile(current=orjson.loads(to_json(current)))
