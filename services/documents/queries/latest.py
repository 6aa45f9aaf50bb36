"""The section Documents: the latest that clients uploaded (R-DOC-1, R-DOC-6)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, true

from chassis.errors import wrong
from chassis.listing import Listing, Order, flag_of, id_of, instant
from contracts.sections import Section
from services.documents.access import document, folder
from services.documents.queries import documents, rows, statuses
from services.documents.queries.asking import Asked

ROWS = 5  # R-DOC-1
SIDES = ("client", "firm", "all")


def _uploaded_by(value: str, _: Asked) -> ColumnElement[bool]:
    if value not in SIDES:
        raise wrong("filters.uploaded_by", f"Must be one of {', '.join(SIDES)}.")
    return true() if value == "all" else document.c.side == value


def _new(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "mine":
        return rows.is_new_for_me()
    return document.c.is_new.is_(flag_of("new", value))


def _row(row: Any, _: Asked) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "description": row.description,
        "folder": {"id": str(row.folder_id), "name": row.folder_name},
        "uploaded_at": instant(row.uploaded_at),
        "uploader": {"side": row.side, "name": row.uploader_name},
        "origin": row.origin,
        "is_new": row.is_new,
        "statuses": row.statuses,
    }


def listing(asked: Asked) -> Listing[Asked]:
    """The list behind the section, for one viewer."""
    above = and_(folder.c.firm_id == document.c.firm_id, folder.c.id == document.c.folder_id)
    orders: dict[str, Order] = {"-uploaded_at": documents.BY_UPLOAD, "name": documents.BY_NAME}
    return Listing(
        source=rows.source(asked.reader_id).join(folder, above),
        columns=(
            *(document.c[name] for name in ("id", "name", "media_type", "size", "description", "folder_id")),
            *(document.c[name] for name in ("uploaded_at", "side", "uploader_name", "origin", "is_new")),
            folder.c.name.label("folder_name"),
            statuses.shown().label("statuses"),
        ),
        visible=lambda asked: rows.visible(asked.sight),
        orders=orders,
        filters={
            "uploaded_by": _uploaded_by,
            "folder": lambda value, _: document.c.folder_id == id_of("folder", value),
            "q": lambda value, _: rows.named_like(value),
            "new": _new,
            "status": lambda value, _: statuses.having(value),
        },
        row=_row,
        unless_said={"uploaded_by": "client"},
    )


def statement(asked: Asked) -> Select[Any]:
    """The newest rows in one statement: the count of all beside each, or alone where there is none."""
    source = listing(asked)
    conditions, order = source.conditions(asked, {}), source.chosen({})
    shown = source.statement(conditions, order, ROWS).subquery("shown")
    every = source.count(conditions).subquery("every")
    (total,) = every.c
    return (
        select(total.label("total"), *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.key_0.desc(), shown.c.key_1.desc())
    )


def section(found: Sequence[Any], asked: Asked) -> Section:
    """What the statement found."""
    made = tuple(_row(row, asked) for row in found if row.id is not None)
    return Section(name="documents", rows=made, total=found[0].total)
