"""Documents as messages: one select for whoever shows some, with what the viewer may know of each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, func, literal, select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.documents import Document, Uploader
from contracts.portal_documents import PortalDocument
from services.documents.access import WORDS, Sight, document, sight
from services.documents.model import Seen
from services.documents.queries import statuses

NOBODY = UUID(int=0)
seen = Seen.__table__


def source(viewer_id: UUID | None) -> FromClause:
    """Documents beside when this member saw each."""
    mine = and_(
        seen.c.firm_id == document.c.firm_id,
        seen.c.document_id == document.c.id,
        seen.c.member_id == (viewer_id or NOBODY),
    )
    return document.outerjoin(seen, mine)


def is_new_for_me() -> ColumnElement[bool]:
    """Whether the member has not seen this file, which a client brought, of rows of `source` (R-DOC-3, R-DOC-5)."""
    return and_(document.c.side == "client", seen.c.file_id.is_distinct_from(document.c.file_id))


def columns(of: Sight) -> list[ColumnElement[Any]]:
    shown = [column for column in document.c if column.name not in ("firm_id", "source", "trash_id", "trashed_at")]
    return [
        *shown,
        of.document_rank().label("rank"),
        is_new_for_me().label("is_new_for_me"),
        statuses.shown().label("statuses"),
    ]


def made(row: Any) -> Document:
    return Document(
        id=row.id,
        account_id=row.account_id,
        folder_id=row.folder_id,
        name=row.name,
        description=row.description,
        media_type=row.media_type,
        size=row.size,
        file_id=row.file_id,
        uploaded_at=row.uploaded_at,
        uploader=Uploader(side=row.side, name=row.uploader_name, id=row.uploader_id),
        origin=row.origin,
        is_new=row.is_new,
        is_new_for_me=row.is_new_for_me,
        statuses=tuple(row.statuses),
        access=WORDS[row.rank],  # type: ignore[arg-type]
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def for_client(ctx: Context, shown: Document) -> PortalDocument:
    """The same document for the portal user who asks: nothing of what the firm knows of it."""
    uploader = shown.uploader
    return PortalDocument(
        id=shown.id,
        folder_id=shown.folder_id,
        name=shown.name,
        description=shown.description,
        media_type=shown.media_type,
        size=shown.size,
        uploaded_at=shown.uploaded_at,
        by=uploader.side,
        uploader=uploader.name,
        mine=uploader.side == "client" and uploader.id == ctx.actor.id,
        access=shown.access,
    )


def one(session: Session, ctx: Context, account_id: UUID, document_id: UUID) -> Document:
    """A document that the caller is known to see, as it is in this transaction."""
    of = sight(ctx, account_id)
    query = select(*columns(of)).select_from(source(ctx.actor.id))
    session.flush()
    row = session.execute(query.where(document.c.firm_id == ctx.firm, document.c.id == document_id)).one()
    return made(row)


def as_told(shown: Document) -> Document:
    """The document as an event tells it, to nobody in particular."""
    return replace(shown, access="edit", is_new_for_me=shown.is_new)


def live() -> ColumnElement[bool]:
    return document.c.trash_id.is_(None)


def named_like(part: str, column: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Whose name holds this text, whatever the case; `%` and `_` are themselves."""
    column = document.c.name if column is None else column
    return func.strpos(func.lower(column), func.lower(literal(part))) > 0


def visible(of: Sight) -> Sequence[ColumnElement[bool]]:
    """What is not in the trash and the viewer's to see (R-OV-9)."""
    return [*of.documents(), live()]
