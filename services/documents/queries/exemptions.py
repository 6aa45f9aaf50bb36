"""Who is exempted from what a document or a folder says (R-ACC-7)."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from contracts.documents import DocumentNotFound
from contracts.folders import Exempted, Exemptions, FolderNotFound, ItemNotFound, ItemRef
from services.documents import access, items
from services.documents.access import VIEW, exemption


def find_item(session: Session, ctx: Context, account_id: UUID, item_id: UUID, *, needs: int = VIEW) -> None:
    """See to it that the caller reaches the document or folder. Raises ItemNotFound, NotYoursToEdit."""
    try:
        items.find_document(session, ctx, account_id, item_id, needs=needs)
    except DocumentNotFound:
        try:
            items.find_folder(session, ctx, account_id, item_id, needs=needs)
        except FolderNotFound as exc:
            raise ItemNotFound from exc


def list_exemptions(
    session: Session, ctx: Context, request: ItemRef, names: Mapping[tuple[str, UUID], str]
) -> Exemptions:
    """The exemptions of a document or folder itself, with these names. Raises ItemNotFound."""
    access.staff(ctx)
    find_item(session, ctx, request.account_id, request.item_id)
    query = (
        select(exemption.c.kind, exemption.c.holder_id, exemption.c.access)
        .where(exemption.c.firm_id == ctx.firm, exemption.c.item_id == request.item_id)
        .order_by(exemption.c.kind, exemption.c.holder_id)
    )
    made = [
        Exempted(kind=row.kind, id=row.holder_id, access=row.access, name=names.get((row.kind, row.holder_id), ""))
        for row in session.execute(query)
    ]
    return Exemptions(item_id=request.item_id, items=tuple(made))
