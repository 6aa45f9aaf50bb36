"""The section Signatures: what waits for somebody to sign, the oldest first, then what ended (R-SGN-1, R-SGN-5)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, extract, func, not_, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from chassis.errors import wrong
from chassis.listing import Listing, Order, id_of, instant
from contracts.sections import Section
from services.documents import model, shared
from services.documents.access import document
from services.documents.queries import rows
from services.documents.queries.asking import Asked
from services.documents.signers import OPEN

ROWS = 5  # R-OV-3
MICROSECONDS = 1_000_000  # of a second: what an instant is kept to
STATUSES = ("prepared", "pending", "partially_signed", "signed", "declined", "voided")

request = model.SignatureRequest.__table__
signer = model.Signer.__table__
is_open = request.c.status.in_(OPEN)
is_prepared = request.c.status == "prepared"


def _micros(instant: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(extract("epoch", instant) * MICROSECONDS, BigInteger)


# Ascending throughout: what is open by its sending, then the others the other way round.
rank = case((is_open, 0), (is_prepared, 1), else_=2)
since = func.coalesce(
    case((is_open, _micros(request.c.sent_at))), -_micros(func.coalesce(request.c.ended_at, request.c.created_at))
)
of_request = and_(signer.c.firm_id == request.c.firm_id, signer.c.request_id == request.c.id)


def _counted(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).where(of_request, *conditions).correlate(request).scalar_subquery()


def _missing() -> ColumnElement[Any]:
    """Who has not signed, with the flag of those who have left the account (R-LNK-3); null for nobody."""
    person = func.jsonb_build_object("name", signer.c.name, "is_unlinked", signer.c.is_unlinked)
    return (
        select(func.jsonb_agg(aggregate_order_by(person, signer.c.position), type_=JSONB))
        .where(of_request, signer.c.status != "signed")
        .correlate(request)
        .scalar_subquery()
    )


def _visible(asked: Asked) -> list[ColumnElement[bool]]:
    mine = [request.c.firm_id == asked.firm_id, request.c.account_id == asked.account_id]
    return [*mine, *rows.visible(asked.sight)]


def _with_status(value: str, _: Asked) -> ColumnElement[bool]:
    if value == "sent":
        return not_(is_prepared)
    if value == "open":
        return is_open
    if value not in STATUSES:
        raise wrong("filters.status", f"Must be sent, open or one of {', '.join(STATUSES)}.")
    return request.c.status == value


def _row(row: Any, _: Asked) -> dict[str, Any]:
    missing = row.missing or []
    return {
        "id": str(row.id),
        "document": {"id": str(row.document_id), "name": row.document_name},
        "status": row.status,
        "signed": row.signed,
        "total": row.total_signers,
        "missing": [one["name"] for one in missing],
        "signer_unlinked": row.status in OPEN and any(one["is_unlinked"] for one in missing),
        "sent_at": instant(row.sent_at),
        "last_reminder_at": instant(row.reminded_at),
        "ended_at": instant(row.ended_at),
        "is_locked": row.is_locked,
        "is_stamped": row.stamped_id is not None,
    }


LISTING: Listing[Asked] = Listing(
    source=request.join(
        document, and_(document.c.firm_id == request.c.firm_id, document.c.id == request.c.document_id)
    ),
    columns=(
        *(request.c[name] for name in ("id", "document_id", "status", "sent_at", "reminded_at", "ended_at")),
        request.c.stamped_id,
        document.c.name.label("document_name"),
        shared.is_locked().label("is_locked"),
        _counted(signer.c.status == "signed").label("signed"),
        _counted().label("total_signers"),
        _missing().label("missing"),
    ),
    visible=_visible,
    orders={"waiting": Order((rank, since, request.c.id), is_descending=False)},
    filters={
        "status": _with_status,
        "document": lambda value, _: request.c.document_id == id_of("document", value),
    },
    row=_row,
)


def listing(_: Asked) -> Listing[Asked]:
    """The list behind the section, prepared requests too (R-SGN-2)."""
    return LISTING


def statement(asked: Asked) -> Select[Any]:
    """The first rows of what was sent in one statement: both counts beside each, or alone where there is none."""
    conditions, order = LISTING.conditions(asked, {"status": "sent"}), LISTING.chosen({})
    shown = LISTING.statement(conditions, order, ROWS).subquery("shown")
    every = (
        select(func.count().label("total"), func.count().filter(is_open).label("open"))
        .select_from(LISTING.source)
        .where(*conditions)
        .subquery("every")
    )
    return (
        select(every.c.total, every.c.open, *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.key_0, shown.c.key_1, shown.c.key_2)
    )


def section(found: Sequence[Any], asked: Asked) -> Section:
    """What the statement found."""
    made = tuple(_row(row, asked) for row in found if row.id is not None)
    return Section(name="signatures", rows=made, total=found[0].total, footer={"open": found[0].open})
