"""The section Email: threads, each as its latest e-mail in the account, the latest on top (R-EML-1, R-EML-5)."""

from typing import Any, get_args

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, false, func, or_, select, true

from chassis.addresses import fold
from chassis.errors import wrong
from chassis.listing import Listing, Order, instant
from contracts.emails import Direction, EmailStatus
from contracts.sections import Section
from services.messages import model
from services.messages.queries.listing import ACCOUNT, FIRM, Asked

ROWS = 5  # R-EML-1
LONGEST_Q = 200  # characters

listed = model.AccountThread.__table__
email = model.Email.__table__
filing = model.EmailFiling.__table__
person = model.EmailPerson.__table__
account = model.AccountRef.__table__


def _visible(_: Asked | None = None) -> list[ColumnElement[bool]]:
    return [listed.c.firm_id == FIRM, listed.c.account_id == ACCOUNT]


def _one_of(name: str, column: ColumnElement[Any], known: tuple[str, ...], value: str) -> ColumnElement[bool]:
    if value not in known:
        raise wrong(f"filters.{name}", f"Must be one of {', '.join(known)}.")
    return column == value


def _says(value: str, _: Asked) -> ColumnElement[bool]:
    if not 1 <= len(value) <= LONGEST_Q:
        raise wrong("filters.q", f"Must have 1 to {LONGEST_Q} characters.")
    places = (email.c.subject, email.c.sender_name, email.c.sender_email, cast(email.c.to, Text))
    return or_(*(place.icontains(value, autoescape=True) for place in places))


def _with(value: str, _: Asked) -> ColumnElement[bool]:
    return exists().where(
        filing.c.firm_id == FIRM,
        filing.c.account_id == ACCOUNT,
        filing.c.thread_id == listed.c.thread_id,
        person.c.firm_id == FIRM,
        person.c.email_id == filing.c.email_id,
        person.c.folded == fold(value),
    )


def _row(row: Any, _: Asked) -> dict[str, Any]:
    sender = {"name": row.sender_name, "email": row.sender_email}
    return {
        "id": str(row.id),
        "thread_id": str(row.thread_id),
        "subject": row.subject,
        "correspondent": sender if row.direction == "received" else next(iter(row.to), sender),
        "direction": row.direction,
        "sent_at": instant(row.sent_at),
        "status": row.status,
        "problem": row.problem,
        "has_attachments": row.has_attachments,
        "count": row.count,
    }


LISTING: Listing[Asked] = Listing(
    source=listed.join(email, and_(email.c.firm_id == listed.c.firm_id, email.c.id == listed.c.latest_id)),
    columns=(
        email.c.id,
        listed.c.thread_id,
        email.c.subject,
        email.c.sender_name,
        email.c.sender_email,
        email.c.to,
        email.c.direction,
        email.c.sent_at,
        email.c.status,
        email.c.problem,
        (func.jsonb_array_length(email.c.files) > 0).label("has_attachments"),
        listed.c.count,
    ),
    visible=_visible,
    orders={"-sent_at": Order((listed.c.latest_at, listed.c.thread_id))},
    filters={
        "direction": lambda value, _: _one_of("direction", email.c.direction, get_args(Direction), value),
        "status": lambda value, _: _one_of("status", email.c.status, get_args(EmailStatus), value),
        "address": _with,
        "q": _says,
    },
    row=_row,
)


def statement() -> Select[Any]:
    """The section in one statement: the count of all and whether mail is synced beside each row, or alone."""
    shown = LISTING.statement(_visible(), LISTING.orders["-sent_at"], ROWS).subquery("shown")
    count = select(func.count()).select_from(listed).where(*_visible()).scalar_subquery()
    synced = select(account.c.is_synced).where(account.c.firm_id == FIRM, account.c.id == ACCOUNT).scalar_subquery()
    every = select(count.label("total"), func.coalesce(synced, false()).label("is_synced")).subquery("every")
    return (
        select(every.c.total, every.c.is_synced, *shown.c)
        .select_from(every.outerjoin(shown, true()))
        .order_by(shown.c.key_0.desc(), shown.c.key_1.desc())
    )


def section(rows: Any, asked: Asked) -> Section:
    """Where no address is synced, the footer says so (R-EML-4)."""
    shown = tuple(_row(row, asked) for row in rows if row.id is not None)
    return Section(name="emails", rows=shown, total=rows[0].total, footer={"is_synced": rows[0].is_synced})
