"""The section Organizers: the last ones sent to the client or begun by one, with their status (R-ORG-1 to R-ORG-5)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true

from chassis.errors import wrong
from chassis.listing import Listing, Order, flag_of, instant
from contracts.sections import Section
from services.documents import model
from services.documents.queries.asking import Asked

ROWS = 5  # R-OV-3
STATUSES = ("not_opened", "opened", "in_progress", "submitted", "reopened", "sealed")

organizer = model.Organizer.__table__
dated = func.coalesce(organizer.c.sent_at, organizer.c.created_at)  # the last (re)sending (R-ORG-5)
status = case((organizer.c.is_sealed, "sealed"), else_=organizer.c.status)
is_pending = and_(~organizer.c.is_sealed, organizer.c.status != "submitted")


def _visible(asked: Asked) -> list[ColumnElement[bool]]:
    return [organizer.c.firm_id == asked.firm_id, organizer.c.account_id == asked.account_id]


def _with_status(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "pending":  # R-ORG-2
        return is_pending
    if value == "finished":
        return organizer.c.status == "submitted"
    if value not in STATUSES:
        raise wrong("filters.status", f"Must be pending, finished or one of {', '.join(STATUSES)}.")
    return status == value


def _archived(value: str, _: Asked) -> ColumnElement[bool]:
    return true() if value == "all" else organizer.c.is_archived.is_(flag_of("archived", value))


def _row(row: Any, _: Asked) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "status": row.shown_status,
        "progress": row.progress,
        "is_archived": row.is_archived,
        "sent_at": instant(row.sent_at),
        "created_at": instant(row.created_at),
        "submitted_at": instant(row.submitted_at),
        "updated_at": instant(row.updated_at),
    }


LISTING: Listing[Asked] = Listing(
    source=organizer,
    columns=(
        organizer.c.id,
        organizer.c.name,
        status.label("shown_status"),
        organizer.c.progress,
        organizer.c.is_archived,
        organizer.c.sent_at,
        organizer.c.created_at,
        organizer.c.submitted_at,
        organizer.c.updated_at,
    ),
    visible=_visible,
    orders={
        "-sent_at": Order((dated, organizer.c.id)),
        "name": Order((organizer.c.name, organizer.c.id), is_descending=False),
    },
    filters={"status": _with_status, "archived": _archived},
    row=_row,
    unless_said={"archived": "false"},
)


def listing(_: Asked) -> Listing[Asked]:
    """The list behind the section."""
    return LISTING


def statement(asked: Asked) -> Select[Any]:
    """The last rows in one statement: both counts beside each, or alone where there is none.

    The footer counts what is not submitted, not sealed, not archived (R-ORG-2).
    """
    conditions, order = LISTING.conditions(asked, {}), LISTING.chosen({})
    shown = LISTING.statement(conditions, order, ROWS).subquery("shown")
    every = (
        select(func.count().label("total"), func.count().filter(is_pending).label("pending"))
        .select_from(organizer)
        .where(*conditions)
        .subquery("every")
    )
    return (
        select(every.c.total, every.c.pending, *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.key_0.desc(), shown.c.key_1.desc())
    )


def section(found: Sequence[Any], asked: Asked) -> Section:
    """What the statement found."""
    made = tuple(_row(row, asked) for row in found if row.id is not None)
    return Section(name="organizers", rows=made, total=found[0].total, footer={"pending": found[0].pending})
