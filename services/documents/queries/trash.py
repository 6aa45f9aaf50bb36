"""What lies in the trash of an account (R-DOC-9)."""

from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.listing import Listing, Order
from contracts.folders import ListTrashed, TrashedItems, TrashItem
from services.documents import access, rules
from services.documents.access import Sight, document, folder
from services.documents.queries import rows


def list_trashed(session: Session, ctx: Context, request: ListTrashed) -> TrashedItems:
    """What was deleted and can be restored, as far as the caller could see it before (R-OV-9)."""
    access.staff(ctx)
    sight = access.sight(ctx, request.account_id)
    parts = []
    for kind, table, visible in (
        ("folder", folder, sight.folders()),
        ("document", document, sight.documents()),
    ):
        shown = (table.c.id, literal(kind).label("kind"), table.c.name, table.c.trashed_at, table.c.trashed_by)
        parts.append(select(*shown).where(*visible, table.c.trash_id == table.c.id))
    lying = union_all(*parts).subquery("lying")
    conditions = [rows.named_like(request.q, lying.c.name)] if request.q else []
    listing: Listing[Sight] = Listing(
        source=lying,
        columns=tuple(lying.c),
        visible=lambda _: conditions,
        orders={"-trashed_at": Order((lying.c.trashed_at, lying.c.id))},
        filters={},
        row=_row,
    )
    page = listing.page(session, sight, {}, {}, request.cursor, request.limit)
    made = tuple(TrashItem(**row) for row in page.rows)
    return TrashedItems(items=made, total=page.total, next_cursor=page.next_cursor)


def _row(row: Any, _: Sight) -> dict[str, Any]:
    shown: dict[str, Any] = {key: getattr(row, key) for key in ("id", "kind", "name", "trashed_at", "trashed_by")}
    return {**shown, "until": row.trashed_at + rules.TRASH_KEPT}
