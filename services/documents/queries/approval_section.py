"""The section Approvals: what waits for the client's answer, then what was answered lately (R-APR-1, R-APR-4)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from chassis.errors import wrong
from chassis.listing import Listing, Order, id_of, instant
from contracts.sections import Section
from services.documents import model, shared
from services.documents.access import document
from services.documents.queries import rows
from services.documents.queries.asking import Asked

ROWS = 5  # R-OV-3
RECENT = dt.timedelta(days=30)  # R-APR-4
STATUSES = ("pending", "approved", "disapproved", "withdrawn")

approval = model.Approval.__table__
is_pending = approval.c.status == "pending"
at = func.coalesce(approval.c.answered_at, approval.c.created_at)


def _visible(asked: Asked) -> list[ColumnElement[bool]]:
    mine = [approval.c.firm_id == asked.firm_id, approval.c.account_id == asked.account_id]
    return [*mine, *rows.visible(asked.sight)]


def _with_status(value: str, asked: Asked) -> ColumnElement[bool]:
    if value == "all":
        return true()
    if value == "current":
        answered = approval.c.status.in_(("approved", "disapproved"))
        return or_(is_pending, and_(answered, approval.c.answered_at > asked.now - RECENT))
    if value not in STATUSES:
        raise wrong("filters.status", f"Must be current, all or one of {', '.join(STATUSES)}.")
    return approval.c.status == value


def _row(row: Any, _: Asked) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "document": {"id": str(row.document_id), "name": row.document_name},
        "document_version": row.number,
        "status": row.status,
        "reason": row.reason,
        "requested_at": instant(row.created_at),
        "requested_by": row.created_by["name"],
        "answered_at": instant(row.answered_at),
        "answered_by": row.answered_by["name"] if row.answered_by else None,
        "is_locked": row.is_locked,
    }


LISTING: Listing[Asked] = Listing(
    source=approval.join(
        document, and_(document.c.firm_id == approval.c.firm_id, document.c.id == approval.c.document_id)
    ),
    columns=(
        *(approval.c[name] for name in ("id", "document_id", "number", "status", "reason", "created_at")),
        *(approval.c[name] for name in ("created_by", "answered_at", "answered_by")),
        document.c.name.label("document_name"),
        shared.is_locked().label("is_locked"),
    ),
    visible=_visible,
    orders={"-at": Order((is_pending, at, approval.c.id))},
    filters={
        "status": _with_status,
        "document": lambda value, _: approval.c.document_id == id_of("document", value),
    },
    row=_row,
    unless_said={"status": "current"},
)


def listing(_: Asked) -> Listing[Asked]:
    """The list behind the section."""
    return LISTING


def statement(asked: Asked) -> Select[Any]:
    """The first rows in one statement: both counts beside each, or alone where there is none."""
    conditions, order = LISTING.conditions(asked, {}), LISTING.chosen({})
    shown = LISTING.statement(conditions, order, ROWS).subquery("shown")
    every = (
        select(func.count().label("total"), func.count().filter(is_pending).label("pending"))
        .select_from(LISTING.source)
        .where(*conditions)
        .subquery("every")
    )
    return (
        select(every.c.total, every.c.pending, *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.key_0.desc(), shown.c.key_1.desc(), shown.c.key_2.desc())
    )


def section(found: Sequence[Any], asked: Asked) -> Section:
    """What the statement found."""
    made = tuple(_row(row, asked) for row in found if row.id is not None)
    return Section(name="approvals", rows=made, total=found[0].total, footer={"pending": found[0].pending})
